"""Decision tables: gaps, overlaps and dead rules are told when they are there, and only then."""

import json
from collections.abc import Mapping, Sequence
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalog.compiler import compile_form
from app.checker.model import Model
from app.checker.problem import Problem
from app.checker.tables.coverage import problems
from app.checker.values.domains import UNKNOWN, Domain, domain_of
from app.decisions import DecisionFault, DecisionTable, parse_decisions
from tests.architecture.shipped import TERRITORIES, bundle
from tests.architecture.shipped import tables as shipped_tables
from tests.unit.decisions.dmn import a_decision, a_file

Cells = Sequence[Sequence[str]]
PATH = "dmn/tri.dmn"


def a_table(
    cells: Cells,
    *,
    inputs: Sequence[str] = ("visite.issue",),
    policy: str = "FIRST",
    defaults: Sequence[str] = (),
) -> DecisionTable:
    rules = [(row, [f'"{number}"']) for number, row in enumerate(cells, 1)]
    decision = a_decision(rules, inputs=inputs, defaults=defaults, attributes=f'hitPolicy="{policy}"')
    return parse_decisions(a_file(decision))["tri"]


def a_form(identifier: str, *fields: Mapping[str, object]) -> dict[str, object]:
    found = [{"libelle": "Question", "obligatoire": True, **field} for field in fields]
    return {"id": identifier, "titre": "Formulaire", "champs": found}


def judged(table: DecisionTable, *forms: dict[str, object]) -> list[Problem]:
    compiled = {
        str(form["id"]): (
            f"forms/{form['id']}.json",
            compile_form(json.dumps(form).encode(), settings=CARENE),
        )
        for form in forms
    }
    model = Model(files={}, whole=bool(forms), tables={table.id: (PATH, table)}, forms=compiled)
    return list(problems(model))


def found(table: DecisionTable, *forms: dict[str, object]) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.element, problem.severity) for problem in judged(table, *forms)]


CARENE = bundle("carene").settings
OPTIONS = [{"valeur": v, "libelle": v} for v in "abc"]
ISSUE: Mapping[str, object] = {"cle": "issue", "type": "choix", "options": OPTIONS}
COUNT: Mapping[str, object] = {"cle": "jours", "type": "nombre", "min": 0}
PRIORITY = {
    "cle": "priorite",
    "type": "choix",
    "options": [{"valeur": v, "libelle": v} for v in ("P0", "P1")],
}


@pytest.mark.parametrize("code", TERRITORIES)
def test_the_shipped_tables_have_neither_gap_nor_overlap_nor_dead_rule(code: str) -> None:
    shipped = bundle(code)
    model = Model(
        files=shipped.files,
        whole=True,
        settings=shipped.settings,
        forms={key: (f"forms/{key}.json", form) for key, form in shipped.forms.items()},
        tables={key: (f"dmn/{key}.dmn", table) for key, table in shipped_tables(code).items()},
    )
    assert list(problems(model)) == []


def test_a_gap_is_told_as_an_example_in_words() -> None:
    table = a_table([('"P0"', "-"), ('"P1"', "<= 14")], inputs=("triage.priorite", "triage.jours"))
    (problem,) = judged(table, a_form("triage", PRIORITY, COUNT))
    assert (problem.path, problem.element, problem.severity, problem.code) == (
        PATH,
        "tri",
        "error",
        "dmn-gap",
    )
    assert problem.message == (
        "Dans la table « Tri des signalements », aucune règle ne répond "
        'quand Entrée 1 = "P1" et Entrée 2 > 14. '
        "Ajoutez une règle pour ce cas, ou une valeur par défaut à chaque résultat."
    )


def test_an_option_that_no_rule_names_is_a_gap() -> None:
    assert found(a_table([['"a"'], ['"b"']]), a_form("visite", ISSUE)) == [("dmn-gap", "tri", "error")]
    assert found(a_table([['"a"'], ['"b"'], ['"c"']]), a_form("visite", ISSUE)) == []
    assert found(a_table([['"a"'], ['not("a")']]), a_form("visite", ISSUE)) == []


def test_an_answer_that_may_be_missing_is_a_gap() -> None:
    optional = a_form("visite", {**ISSUE, "obligatoire": False})
    (problem,) = judged(a_table([['"a","b","c"']]), optional)
    assert (problem.code, problem.severity) == ("dmn-gap", "error")
    assert "quand Entrée 1 reste sans réponse" in problem.message
    assert found(a_table([['"a","b","c"'], ["null"]]), optional) == []
    hidden = a_form("visite", {"cle": "vu", "type": "oui_non"}, {**ISSUE, "si": "vu == true"})
    assert found(a_table([['"a","b","c"']]), hidden) == [("dmn-gap", "tri", "error")]


def test_a_default_answers_every_gap() -> None:
    assert found(a_table([['"a"']], defaults=['"x"']), a_form("visite", ISSUE)) == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([["< 10"], [">= 10"]], []),
        ([["< 10"], ["> 10"]], [("dmn-gap", "tri", "error")]),
        ([["[0..10]"], ["[11..20]"], ["> 20"]], []),
        ([["[0..10]"], ["]10..20]"], ["> 20"]], []),
        ([["[0..10]"], ["[12..20]"], ["> 20"]], [("dmn-gap", "tri", "error")]),
        ([["<= 14"]], [("dmn-gap", "tri", "error")]),
        ([["? >= 0 and ? < 3"], ["? >= 3"]], []),
        ([["? % 2 == 0"], ["? % 2 == 1"]], []),
    ],
)
def test_whole_numbers_between_two_bounds(cells: Cells, expected: list[tuple[str, str, str]]) -> None:
    table = a_table(cells, inputs=["visite.jours"])
    assert found(table, a_form("visite", COUNT)) == expected


def test_numbers_with_decimals_leave_no_room_between_bounds() -> None:
    table = a_table([["<= 14"], [">= 15"]], inputs=["visite.part"])
    part = {"cle": "part", "type": "nombre", "min": 0, "decimales": 1}
    assert found(table, a_form("visite", part)) == [("dmn-gap", "tri", "error")]
    assert found(table, a_form("visite", {**COUNT, "cle": "part"})) == []


def test_dates_count_by_days() -> None:
    day = {"cle": "date", "type": "date"}
    halves = [['< date("2026-07-01")'], ['>= date("2026-07-01")']]
    assert found(a_table(halves, inputs=["visite.date"]), a_form("visite", day)) == []
    (problem,) = judged(
        a_table([['< date("2026-07-01")'], ['> date("2026-07-31")']], inputs=["visite.date"]),
        a_form("visite", day),
    )
    assert "Entrée 1 = 01/07/2026" in problem.message


def test_a_question_that_is_yes_or_no_by_its_shape_is_never_missing() -> None:
    inputs = ['"froid" in signalement.indices or signalement.dpe == "G"']
    assert found(a_table([["true"], ["false"]], inputs=inputs)) == []
    assert found(a_table([["true"]], inputs=inputs)) == [("dmn-gap", "tri", "error")]


def test_a_table_alone_is_only_warned_of_what_the_rest_of_the_bundle_may_exclude() -> None:
    assert found(a_table([['"a"'], ['"b"']])) == [("dmn-gap", "tri", "warning")]
    assert found(a_table([["true"], ["false"]])) == [("dmn-gap", "tri", "warning")]
    assert found(a_table([["< 3"], ["> 3"]])) == [("dmn-gap", "tri", "error")]


def test_two_rules_of_a_unique_table_may_not_both_apply() -> None:
    table = a_table([["<= 14"], ["[10..20]"], ["> 20"]], inputs=["visite.jours"], policy="UNIQUE")
    (problem,) = judged(table, a_form("visite", COUNT))
    assert (problem.code, problem.element, problem.severity) == ("dmn-overlap", "regle_2", "error")
    assert "les règles 1 et 2 s'appliquent toutes deux quand Entrée 1 = 10" in problem.message
    parted = a_table([["< 10"], ["[10..20]"], ["> 20"]], inputs=["visite.jours"], policy="UNIQUE")
    assert found(parted, a_form("visite", COUNT)) == []


def test_two_columns_of_one_question_are_one_value() -> None:
    table = a_table([("< 10", "-"), ("-", ">= 10")], inputs=("visite.jours", "visite.jours"), policy="UNIQUE")
    assert found(table, a_form("visite", COUNT)) == []


def test_columns_that_read_one_answer_only_raise_a_doubt() -> None:
    table = a_table(
        [("true", "-"), ("-", "true"), ("false", "false")],
        inputs=("visite.jours > 10", "visite.jours <= 10"),
        policy="UNIQUE",
    )
    assert found(table, a_form("visite", COUNT)) == [("dmn-overlap", "regle_2", "warning")]


def test_a_rule_that_earlier_ones_always_answer_is_dead() -> None:
    form = a_form("visite", ISSUE, {"cle": "vu", "type": "oui_non"})
    rows = [('"a"', "-"), ('not("a")', "true"), ('"b","c"', "false"), ("-", "-")]
    (problem,) = judged(a_table(rows, inputs=("visite.issue", "visite.vu")), form)
    assert (problem.code, problem.element, problem.severity) == ("dmn-dead-rule", "regle_4", "warning")
    assert found(a_table([rows[0], rows[1], rows[3]], inputs=("visite.issue", "visite.vu")), form) == []


def test_a_rule_for_an_answer_that_does_not_exist_is_dead() -> None:
    assert found(a_table([['"a","b"'], ['"z"'], ['"c"']]), a_form("visite", ISSUE)) == [
        ("dmn-dead-rule", "regle_2", "warning")
    ]


def test_a_cell_that_depends_on_the_case_proves_nothing() -> None:
    assert (
        found(a_table([["> plafond"], ["<= plafond"]], inputs=["visite.jours"]), a_form("visite", COUNT))
        == []
    )
    assert found(a_table([["> plafond"], ["-"]], inputs=["visite.jours"]), a_form("visite", COUNT)) == []


@pytest.mark.parametrize(
    "cell", ["? > true", '? in "abc"', '? < "b"', '> "b"', "? is not None", "len(?) > 2"]
)
def test_an_odd_comparison_is_left_to_the_day_it_is_made(cell: str) -> None:
    assert found(a_table([[cell], ["-"]], inputs=["visite.jours"]), a_form("visite", COUNT)) == []


def test_a_setting_counts_as_the_number_it_is() -> None:
    table = a_table([["< reglages.tee_signe"], ["> reglages.tee_signe"]], inputs=["visite.jours"])
    form = compile_form(json.dumps(a_form("visite", COUNT)).encode(), settings=CARENE)
    model = Model(
        files={},
        whole=True,
        settings=CARENE,
        tables={"tri": (PATH, table)},
        forms={"visite": ("forms/visite.json", form)},
    )
    (problem,) = problems(model)
    assert f"Entrée 1 = {CARENE.rules['tee_signe']}" in problem.message


def test_a_collect_table_may_leave_gaps_and_overlap() -> None:
    assert found(a_table([['"a"'], ['"a"']], policy="COLLECT"), a_form("visite", ISSUE)) == []


def test_an_answer_of_another_table_is_one_of_its_results() -> None:
    first = parse_decisions(
        a_file(a_decision([(["-"], ['"P0"']), (["-"], ['"P1"'])], identifier="tri", outputs=["priorite"]))
    )["tri"]
    second = a_table([['"P0"'], ['"P1"']], inputs=["tri.priorite"])
    model = Model(files={}, whole=True, tables={"tri": (PATH, first), "delai": ("dmn/delai.dmn", second)})
    assert [problem.code for problem in problems(model)] == ["dmn-dead-rule"]
    assert domain_of("tri.priorite", model) == Domain("text", options=("P0", "P1"), absent=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("len(signalement.indices)", Domain("number", absent=False, step=1, low=0)),
        ("len(a) + (1 if b > 2 else 0)", Domain("number", absent=False, step=1, low=0)),
        ("not a", Domain("boolean", absent=False)),
        ("a and b", UNKNOWN),
        ("a > 1 and b", UNKNOWN),
        ("jours_entre(a, b) if a is not None else None", Domain("number", absent=True, step=1)),
        ("visite.inconnu", UNKNOWN),
        ("a +", UNKNOWN),
    ],
)
def test_the_shape_of_a_question_tells_its_answers(text: str, expected: Domain) -> None:
    assert domain_of(text, Model(files={}, whole=False)) == expected


def test_a_table_too_large_to_search_says_so() -> None:
    """Nine households, eight rooms: two always share one, which only trying every arrangement shows."""
    rooms = [{"valeur": f"s{n}", "libelle": f"Salle {n}"} for n in range(8)]
    fields = [{"cle": f"q{n}", "type": "choix", "options": rooms} for n in range(9)]
    rows = [
        [f'"s{room}"' if n in pair else "-" for n in range(9)]
        for pair in combinations(range(9), 2)
        for room in range(8)
    ]
    table = a_table(rows, inputs=[f"visite.q{n}" for n in range(9)])
    assert found(table, a_form("visite", *fields)) == [("dmn-too-large-to-prove", "tri", "warning")]


# Every table over two small forms, judged against what the table itself answers for every case.

VALUES: dict[str, tuple[object, ...]] = {
    "f.choix": ("a", "b", "c"),
    "f.libre": ("a", "b", None),
    "f.oui": (True, False),
    "f.nombre": (0, 1, 2, 3, 4),
}
FORM = a_form(
    "f",
    {**ISSUE, "cle": "choix"},
    {"cle": "libre", "type": "choix", "obligatoire": False, "options": OPTIONS[:2]},
    {"cle": "oui", "type": "oui_non"},
    {"cle": "nombre", "type": "nombre", "min": 0, "max": 4},
)
TEXT_CELLS = st.sampled_from(
    [
        "-",
        '"a"',
        '"b"',
        '"a","b"',
        'not("a")',
        'not("a","c")',
        '!= "b"',
        '? == "a" or ? == "c"',
        '["a","c"]',
        '"z"',
    ]
)
CELLS = {
    "f.choix": TEXT_CELLS,
    "f.libre": TEXT_CELLS | st.sampled_from(["null", "not(null)"]),
    "f.oui": st.sampled_from(["-", "true", "false", "not(true)", "!= false"]),
    "f.nombre": st.sampled_from(
        [
            "-",
            "0",
            "> 2",
            "<= 2",
            "[1..3]",
            "]1..3]",
            "[1..3[",
            "not(2)",
            "< 1, > 3",
            "? >= 1 and ? != 3",
            "9",
        ]
    ),
}


@st.composite
def random_tables(draw: st.DrawFn, policy: str) -> DecisionTable:
    inputs = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(*(CELLS[name] for name in inputs)), min_size=1, max_size=5, unique=True))
    return a_table(rows, inputs=inputs, policy=policy)


def cases(table: DecisionTable) -> list[dict[str, object]]:
    """Every combination of answers that the table's inputs can meet."""
    names = sorted({column.expression for column in table.inputs})
    return [
        {"f": {name.partition(".")[2]: value for name, value in zip(names, values, strict=True)}}
        for values in product(*(VALUES[name] for name in names))
    ]


def answers(table: DecisionTable, case: dict[str, object]) -> tuple[int, ...] | None:
    try:
        return table.evaluate(case).numbers
    except DecisionFault as fault:
        return None if "aucune règle" in str(fault) else _both(fault)


def _both(fault: DecisionFault) -> tuple[int, ...]:
    words = str(fault).partition("les règles ")[2].partition(" s'appliquent")[0]
    return tuple(int(number) for number in words.split(" et "))


def matching(table: DecisionTable, case: dict[str, object]) -> set[int]:
    """The rules that accept a case, each tried in a table of its own."""
    alone = [
        a_table([[cell.text for cell in rule.cells]], inputs=[c.expression for c in table.inputs])
        for rule in table.rules
    ]
    return {number for number, one in enumerate(alone, 1) if answers(one, case) is not None}


@settings(max_examples=150, deadline=None)
@given(random_tables("FIRST"))
def test_gaps_and_dead_rules_of_any_table_are_those_that_evaluating_meets(table: DecisionTable) -> None:
    met = [answers(table, case) for case in cases(table)]
    told = judged(table, FORM)
    assert any(problem.code == "dmn-gap" for problem in told) == (None in met)
    reached = {numbers[0] for numbers in met if numbers}
    dead = {problem.element for problem in told if problem.code == "dmn-dead-rule"}
    assert dead == {rule.id for rule in table.rules if rule.number not in reached}


@settings(max_examples=150, deadline=None)
@given(random_tables("UNIQUE"))
def test_overlaps_of_any_table_are_those_that_evaluating_meets(table: DecisionTable) -> None:
    together = [matching(table, case) for case in cases(table)]
    pairs = {pair for numbers in together for pair in combinations(sorted(numbers), 2)}
    told = judged(table, FORM)
    overlaps = {problem.element for problem in told if problem.code == "dmn-overlap"}
    assert overlaps == {f"regle_{later}" for _, later in pairs}
    assert any(problem.code == "dmn-gap" for problem in told) == (set() in together)
    assert all(problem.severity == "error" for problem in told if problem.code != "dmn-dead-rule")


@settings(max_examples=100, deadline=None)
@given(random_tables("UNIQUE"))
def test_evaluating_agrees_with_every_overlap_told(table: DecisionTable) -> None:
    raised = any(len(answers(table, case) or ()) > 1 for case in cases(table))
    assert raised == any(problem.code == "dmn-overlap" for problem in judged(table, FORM))
