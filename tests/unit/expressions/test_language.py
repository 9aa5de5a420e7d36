import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.expressions import KNOWN_FUNCTIONS, ExpressionError, check, designer_functions, evaluate, is_path
from tests.unit.expressions.hostile import CASES, hostile_texts, within_50_ms

_EVENTS: list[str] = []
_WATCHING = [False]
_FORBIDDEN = {
    "open",
    "os.system",
    "subprocess.Popen",
    "exec",
    "import",
    "os.exec",
    "os.posix_spawn",
    "ctypes",
}


def _watch(event: str, _arguments: object) -> None:
    if _WATCHING[0] and event.split("/", maxsplit=1)[0] in _FORBIDDEN:
        _EVENTS.append(event)


sys.addaudithook(_watch)


@contextmanager
def nothing_executes() -> Iterator[None]:
    """Python's own audit events tell whether a file, a process or a module was touched."""
    _EVENTS.clear()
    _WATCHING[0] = True
    try:
        yield
    finally:
        _WATCHING[0] = False
    assert _EVENTS == []


def test_the_watch_sees_a_file_being_opened(tmp_path: Path) -> None:
    with pytest.raises(AssertionError), nothing_executes():
        (tmp_path / "mark").write_text("x", encoding="ascii")


@pytest.mark.parametrize(("text", "expected"), CASES["useful"].items())
def test_what_designers_need_evaluates(text: str, expected: object) -> None:
    result = evaluate(text, CASES["names"])
    assert result == expected
    assert type(result) is type(expected)
    check(text)


@pytest.mark.parametrize("text", hostile_texts(), ids=lambda text: text[:30])
def test_an_attack_or_a_bomb_is_refused_when_saved_within_50_ms(text: str) -> None:
    with within_50_ms(), nothing_executes(), pytest.raises(ExpressionError):
        check(text)


@pytest.mark.parametrize("number", range(len(hostile_texts())))
def test_an_attack_or_a_bomb_is_refused_when_run_within_50_ms(number: int, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    text = hostile_texts(str(mark))[number]
    functions = designer_functions(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with within_50_ms(), nothing_executes(), pytest.raises(ExpressionError):
        evaluate(text, CASES["names"], functions)
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        "not " * 400 + "x",
        "a." * 900 + "b",
        "a" + "[0]" * 600,
        " if x else ".join(["x"] * 150),
        ",".join(["1"] * 900),
        "len(" * 19 + "x" + ")" * 19 + "+" + "+".join(["1"] * 60),
        "\x00",
        "x" + "\\" + "\n",
        "1e400",
        "1e9999999999",
        "9" * 30,
        "x if x",
        "(x",
        "'x",
        "b'a'",
        "1j",
        "...",
        "{'a': 1}",
        "{1}",
        "membres[0:1]",
        "max(*membres)",
        "max(membres, key=len)",
        "rep['__class__']",
        "'a' 'b'.upper()",
        "present()",
        "x is 1",
        "x is membres",
        "_x",
        "P7D",
        "PT4H",
        "",
        "   ",
    ],
    ids=lambda text: text[:20],
)
def test_other_doors_are_shut_when_saved(text: str) -> None:
    with within_50_ms(), pytest.raises(ExpressionError) as refused:
        check(text)
    assert str(refused.value).endswith((".", ")", '".'))


@given(st.text(alphabet="ab.x_[]()'\"0 1+-*/%<>=!,?é\n\\{}:lmfdnotri&|@", max_size=60))
def test_any_text_gives_a_value_or_a_sentence(text: str) -> None:
    try:
        evaluate(text, CASES["names"])
    except ExpressionError as fault:
        assert str(fault)


def test_check_gives_the_dotted_names_that_are_read() -> None:
    read = check("visite.issue == 'faite' and rep['n'] > len(gestes) and gestes[0].cout < reglages.plafond")
    assert read == {"visite.issue", "rep.n", "gestes", "reglages.plafond"}
    assert check("jours_ouvres(5)") == frozenset()
    assert check("rep[cle]") == {"rep", "cle"}


def test_a_path_is_only_names_and_dots() -> None:
    assert is_path("orientations")
    assert is_path("decision.orientations")
    assert not any(is_path(text) for text in ("f(x)", "'x'", "a + b", "a[0].b", "true", "3"))


def test_an_unknown_function_is_refused_when_saved_and_named() -> None:
    with pytest.raises(ExpressionError, match="« calculer »"):
        check("calculer(3)")
    assert check("calculer(3)", KNOWN_FUNCTIONS | {"calculer"}) == frozenset()


def test_a_missing_last_key_is_absent_and_a_missing_first_name_is_an_error() -> None:
    names = {"visite": {"issue": "faite"}}
    assert evaluate("visite.date", names) is None
    with pytest.raises(ExpressionError, match="« diagnostic »"):
        evaluate("diagnostic.date", names)
    with pytest.raises(ExpressionError, match=r"« visite\.date\.jour »"):
        evaluate("visite.date.jour", names)


def test_presence_can_be_asked_of_anything() -> None:
    names = {"visite": {"issue": "faite", "note": "", "gestes": []}}
    assert evaluate("present(visite.issue)", names) is True
    for absent in ("visite.note", "visite.gestes", "visite.date", "diagnostic.date", "diagnostic"):
        assert evaluate(f"present({absent})", names) is False
    assert evaluate("diagnostic.date is None", names) is True
    assert evaluate("visite.issue is not None", names) is True


def test_nothing_is_read_from_an_object_but_the_items_of_a_mapping() -> None:
    with pytest.raises(ExpressionError, match="une date"):
        evaluate("debut.year", {"debut": date(2026, 1, 1)})
    with pytest.raises(ExpressionError):
        evaluate("x", {"x": object()})
    with pytest.raises(ExpressionError):
        evaluate("x", {"x": evaluate})


def test_money_is_exact() -> None:
    assert evaluate("0.1 + 0.2 == 0.3", {}) is True
    assert evaluate("1.10 * 3", {}) == Decimal("3.30")
    assert evaluate("x + 0.2", {"x": 0.1}) == Decimal("0.3")
    assert evaluate("prix * 2 + 1", {"prix": Decimal("19.99")}) == Decimal("40.98")
    quotient = evaluate("7 / 2", {})
    assert quotient == Decimal("3.5")
    assert isinstance(quotient, Decimal)
    assert evaluate("12345678901234567890.12 + 0.01", {}) == Decimal("12345678901234567890.13")


@given(st.decimals(-(10**6), 10**6, places=2), st.decimals(-(10**6), 10**6, places=2))
def test_numbers_compute_and_compare_like_decimals(a: Decimal, b: Decimal) -> None:
    names = {"a": a, "b": b}
    assert evaluate("a + b", names) == a + b
    assert evaluate("a * b", names) == a * b
    assert evaluate("a - b", names) == a - b
    assert evaluate("a < b", names) is (a < b)
    assert evaluate("max(a, b)", names) == max(a, b)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rien > 3", "valeur absente"),
        ("3 <= rien", "valeur absente"),
        ("nom > 3", "un texte et un nombre"),
        ("jour > instant", "une date et une date avec heure"),
        ("nom + 3", "« + »"),
        ("-nom", "« - »"),
        ("3 / 0", "zéro"),
        ("3 % 0", "zéro"),
        ("3 in 4", "« in »"),
        ("3 in nom", "« in »"),
        ("liste[9]", "2 élément"),
        ("liste['a']", "liste"),
        ("len(3)", "« len"),
        ("len()", "« len"),
        ("max()", "« max"),
        ("min(3, nom)", "« < »"),
        ("round(nom)", "« round"),
        ("round(1, 99)", "« round"),
        ("nombre(nom)", "« Été »"),
        ("nombre(rien)", "nombre(x, 0)"),
        ("date(nom)", 'date("2026-01-31")'),
        ("sum(nom)", "« + »"),
        ("colonne(nom, 'a')", "colonne"),
        ("jour - jour", "jours_entre"),
        ("99999999999 * 99999999999", "démesuré"),
        ("nombre('1e999999') + 1", "démesuré"),
        ("nombre('nan')", "nombre"),
        ("1 // nombre('0,00000000000000000000000000000000000000000001')", "démesuré"),
        ("mois = 3", "« == »"),
        ("casse(3)", "« casse(…) »"),
    ],
)
def test_a_failure_is_a_french_sentence(text: str, words: str) -> None:
    names = {
        "rien": None,
        "nom": "Été",
        "mois": 3,
        "jour": date(2026, 1, 1),
        "instant": datetime(2026, 1, 1, tzinfo=UTC),
        "liste": [1, 2],
    }

    def broken(_value: object) -> object:
        raise KeyError("secret")

    with pytest.raises(ExpressionError) as fault:
        evaluate(text, names, {"casse": broken})
    assert words in str(fault.value)
    assert "secret" not in str(fault.value)


def test_yes_is_not_one() -> None:
    assert evaluate("oui == 1", {"oui": True}) is False
    assert evaluate("1 in liste", {"liste": [True, "a"]}) is False
    assert evaluate("oui is True and oui == true and rien == null", {"oui": True, "rien": None}) is True


def test_an_expression_may_run_over_several_lines() -> None:
    assert evaluate("\n  a == 'x'\r\n  or b\n", {"a": "y", "b": True}) is True


def test_a_long_text_cannot_be_built() -> None:
    with pytest.raises(ExpressionError, match="trop long"):
        evaluate("t + t", {"t": "a" * 6_000})


def test_the_right_half_of_an_and_is_not_computed_when_the_left_is_false() -> None:
    assert evaluate("present(x) and x > 3", {}) is False
    assert evaluate("'haut' if present(x) and x > 3 else 'bas'", {"x": 4}) == "haut"


def test_a_territorys_function_may_replace_a_shared_one() -> None:
    assert evaluate("len(3)", {}, {"len": lambda value: value}) == 3
