"""What « relais check » says of [gestes]: each code on its key, and nothing of acts that hold."""

from pathlib import Path

import pytest

from app.checker import check_paths
from tests import duty_house
from tests.bpmn_builder import Block, process, timer

GOOD = """
[gestes.reunion]
libelle = "Préparer une réunion"
processus = "reunion"
roles = ["pole"]
pour = "territoire"
ouvert_si = "territoire.termines.reunion >= 0 and reglages.visites_mois > 1"
sinon = "Pas encore."
"""


def meeting(lane: str = "pole") -> Block:
    return process("reunion", name="Réunion").user("preparer", lane=lane, formulaire="seance").end()


def by_itself() -> Block:
    return (
        Block("reunion", name="Réunion")
        .start("debut", timer("mois_apres(ancre, rang)", "timeDate"))
        .user("preparer", lane="pole", formulaire="seance")
        .end()
    )


def told(folder: Path, settings: str, diagram: Block | None = None) -> list[tuple[str, str]]:
    duty_house.write(folder, extra={"reunion.bpmn": (diagram or meeting()).xml()}, settings=settings)
    verdicts = check_paths([str(folder / "bpmn/territories/mesures")])
    return [
        (problem.element, problem.code)
        for verdict in verdicts
        for problem in verdict.problems
        if problem.element.startswith(("gestes", "reseau"))
    ]


def test_an_act_that_holds_is_left_alone_and_its_process_is_used(tmp_path: Path) -> None:
    assert told(tmp_path / "un", GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ('processus = "reunion"', 'processus = "reunoin"', ("gestes.reunion.processus", "unknown-process")),
        (
            'pour = "territoire"',
            'pendant = "mesures"',
            ("gestes.reunion.pendant", "unknown-process"),
        ),
        ('roles = ["pole"]', 'roles = ["pole", "referent"]', ("gestes.reunion.roles", "act-lane")),
        ("termines.reunion", "termines.reunoin", ("gestes.reunion.ouvert_si", "unknown-process")),
        ("territoire.termines.reunion", "visite.issue", ("gestes.reunion.ouvert_si", "unknown-name")),
        (GOOD, f'{GOOD}[reseau]\nevenements = ["reunoin"]\n', ("reseau.evenements", "unknown-process")),
        ("visites_mois", "visites_moi", ("gestes.reunion.ouvert_si", "unknown-setting")),
        (">= 0 and", ">= 0 et", ("gestes.reunion.ouvert_si", "bad-expression")),
    ],
)
def test_each_fault_of_an_act_is_told_on_its_key(
    tmp_path: Path, before: str, after: str, wanted: tuple[str, str]
) -> None:
    assert before in GOOD
    assert wanted in told(tmp_path / "un", GOOD.replace(before, after))


def test_a_process_that_waits_by_itself_or_begins_with_no_step_of_a_person_is_no_act(tmp_path: Path) -> None:
    assert ("gestes.reunion.processus", "act-first-step") in told(tmp_path / "un", GOOD, by_itself())
    gateway = process("reunion", name="Réunion").xor("question", default="fin").when("1 > 2").end("fin_b")
    assert ("gestes.reunion.processus", "act-first-step") in told(
        tmp_path / "deux", GOOD, gateway.at("question").end("fin")
    )
