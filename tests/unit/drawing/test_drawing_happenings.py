"""Messages, signals and repeats said in words: declared once, named where they serve, whole afterwards."""

import pytest

from app.drawing import DrawingFault, Repeat, Values, change, insert, outline
from app.drawing.ways import add_delay
from tests.unit.drawing.test_drawing_edits import DIAGRAMS, VALIDATION, same, whole

MOBILISATION = DIAGRAMS["carene/bpmn/mobilisation.bpmn"]
FLOW = "valider_diagnostic_vers_diagnostic_complet"


def step_of(text: str, ident: str):
    found = outline(text)[0].step(ident)
    assert found is not None
    return found


@pytest.mark.parametrize("event", ["message", "signal"])
@pytest.mark.parametrize("side", ["intermediateCatchEvent", "intermediateThrowEvent"])
def test_what_an_event_waits_for_or_sends_is_declared_named_renamed_and_forgotten(event, side) -> None:
    text, made = insert(VALIDATION, FLOW, f"{side}:{event}", "Le pôle est prévenu")
    whole(text)
    assert (step_of(text, made).event, step_of(text, made).waits_for) == (event, "")
    named = change(text, made, Values(event="pole_prevenu"))
    whole(named)
    assert step_of(named, made).waits_for == "pole_prevenu"
    assert named.count('name="pole_prevenu"') == 1
    assert change(named, made, Values(event="pole_prevenu")) == named
    renamed = change(named, made, Values(event="pole_averti"))
    assert "pole_prevenu" not in renamed
    assert same(change(renamed, made, Values(event="")), text)


def test_two_events_share_one_message_and_one_that_leaves_it_leaves_it_to_the_other() -> None:
    waits = [step for step in outline(MOBILISATION)[0].steps if step.waits_for == "pole_regle"]
    assert len(waits) == 2
    once = change(MOBILISATION, waits[0].id, Values(event="pole_decide"))
    assert 'name="pole_regle"' in once
    assert 'name="pole_regle"' not in change(once, waits[1].id, Values(event="pole_decide"))


def test_an_event_on_a_border_waits_for_a_message_beside_the_delays() -> None:
    text, made = add_delay(VALIDATION, "valider_diagnostic", "Le pôle décide", "", event="message")
    whole(text)
    text = change(text, made, Values(event="pole_decide", interrupting=True))
    step = step_of(text, made)
    assert (step.host, step.waits_for, step.interrupting) == ("valider_diagnostic", "pole_decide", True)
    with pytest.raises(DrawingFault):
        add_delay(VALIDATION, "valider_diagnostic", "Quoi", "", event="erreur")


def test_a_step_is_repeated_over_a_list_and_no_more() -> None:
    wanted = Repeat("visite.pieces", "piece", sequential=True)
    text = change(VALIDATION, "etablir_diagnostic", Values(repeat=wanted))
    whole(text)
    assert step_of(text, "etablir_diagnostic").repeat == wanted
    assert text.count("<bpmn:property ") == 1
    other = change(text, "etablir_diagnostic", Values(repeat=Repeat("visite.mesures", "mesure")))
    assert "visite.pieces" not in other
    assert same(change(other, "etablir_diagnostic", Values(repeat=Repeat())), VALIDATION)


def test_what_a_shipped_step_repeats_over_said_again_changes_nothing_and_its_results_stay() -> None:
    step = next(one for one in outline(MOBILISATION)[0].steps if one.repeat is not None)
    assert step.repeat == Repeat("orientations_a_suivre", "orientation")
    assert change(MOBILISATION, step.id, Values(repeat=step.repeat)) == MOBILISATION
    one_by_one = change(
        MOBILISATION, step.id, Values(repeat=Repeat(step.repeat.list, step.repeat.item, sequential=True))
    )
    assert "<bpmn:loopDataOutputRef>orientations_suivies</bpmn:loopDataOutputRef>" in one_by_one


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (Values(event="x"), "n'attend ni n'envoie"),
        (Values(repeat=Repeat(" ", "piece")), "nom d'une liste"),
        (Values(repeat=Repeat("__import__('os')", "piece")), "nom d'une liste"),
        (Values(repeat=Repeat("pieces", "")), "comment s'appelle"),
        (Values(repeat=Repeat("pieces", "valider_diagnostic")), "sert déjà"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(values, told) -> None:
    with pytest.raises(DrawingFault) as refusal:
        change(VALIDATION, "etablir_diagnostic", values)
    assert told in refusal.value.sentence
