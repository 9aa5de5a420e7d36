"""What the text alone does not show: useful-looking growth, stopped by the language's limits when it runs."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app import engine
from app.catalog.compiler import compile_form
from app.catalog.settings import parse_settings
from app.checker import check_files
from app.decisions import DecisionFault, parse_decisions
from app.engine import StepFault
from app.errors import Invalid
from app.expressions import designer_functions
from tests.bpmn_builder import process
from tests.checker.corpus.patience import ended_after
from tests.engine_play import Caller
from tests.unit.decisions.dmn import a_decision, a_file

PATIENCE = 120  # seconds before a test that hangs is ended, with the place where it hangs


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    """End the whole process, saying where it was, when a judgement never ends."""
    with ended_after(PATIENCE):
        yield


NOW = datetime(2026, 3, 16, 11, 0, tzinfo=UTC)
GROWING: dict[str, tuple[str, dict[str, object]]] = {
    "a text that doubles": ("texte + texte", {"texte": "a" * 6_000}),
    "a number that squares": ("n * n", {"n": Decimal(10) ** 15}),
    "a division by almost nothing": ("1 / petit", {"petit": Decimal("1e-30")}),
    "a product of answers": ("*".join(["n"] * 15), {"n": 999_999}),
    "a list added to itself": ("membres + membres", {"membres": ["m1"] * 400}),
}


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_is_stopped_when_a_step_runs(name: str) -> None:
    text, names = GROWING[name]
    route = process().service("ici", "noter", a=text).end()
    assert "bad-expression" not in {
        item.code for item in check_files({"bpmn/essai.bpmn": route.xml()}, whole=False)
    }
    programme = engine.compile_fresh({"a.bpmn": route.xml()}, "croissance")
    with pytest.raises(StepFault) as caught:
        engine.start(
            programme, "essai", names, Caller(verbs={"noter": lambda _: pytest.fail("the verb ran")})
        )
    assert caught.value.element == "ici"


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_is_stopped_when_a_table_is_consulted(name: str) -> None:
    text, names = GROWING[name]
    for xml in (
        a_file(a_decision([(("-",), (text,))])),
        a_file(a_decision([(("-",), ("1",))], inputs=(text,))),
    ):
        assert "bad-decision" not in {item.code for item in check_files({"dmn/a.dmn": xml}, whole=False)}
        (table,) = parse_decisions(xml).values()
        with pytest.raises(DecisionFault):
            table.evaluate(names, designer_functions(NOW, frozenset()))


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_in_a_form_gives_no_answer(name: str) -> None:
    text, names = GROWING[name]
    (first,) = names
    text = re.sub(rf"\b{first}\b", f"ailleurs.{first}", text)
    form = {
        "id": "essai",
        "titre": "Essai",
        "champs": [
            {"cle": "calcule", "type": "calcul", "libelle": "Calcul", "calcul": text, "resultat": "texte"},
            {"cle": "note", "type": "texte", "libelle": "Note", "si": f"({text}) is None"},
        ],
    }
    content = json.dumps(form).encode()
    assert "bad-form" not in {item.code for item in check_files({"forms/essai.json": content}, whole=False)}
    compiled = compile_form(content, settings=parse_settings('nom = "A"\ncode = "aa"\n'))
    try:
        answers = compiled.parse({"note": "a"}, classes=None, context={"ailleurs": names})
    except Invalid as refused:
        assert refused.problems
    else:
        assert answers.get("calcule") is None
        assert answers.get("note") is None


def test_a_text_that_doubles_at_each_turn_of_a_loop_is_stopped() -> None:
    growing = a_file(a_decision([(("-",), ("tri.resultat + tri.resultat",))], inputs=("tri.resultat",)))
    route = process().rule("grandir", "tri").xor("encore", default="fin").when("true", "oui").to("grandir")
    xml = route.at("encore").end().xml()
    (table,) = parse_decisions(growing).values()

    class Deciding(Caller):
        def decide(
            self,
            decision: str,  # noqa: ARG002 - the hooks keep the signature that the engine calls
            element: str,  # noqa: ARG002
            scope: str | None,  # noqa: ARG002
            names: Mapping[str, object],
        ) -> Mapping[str, object]:
            outputs = table.evaluate(names, self.functions()).outputs
            assert isinstance(outputs, dict)
            return outputs

    programme = engine.compile_fresh({"a.bpmn": xml}, "tours")
    with pytest.raises((StepFault, DecisionFault)) as caught:
        engine.start(programme, "essai", {"tri": {"resultat": "a" * 10}}, Deciding())
    assert "trop long" in str(caught.value)
