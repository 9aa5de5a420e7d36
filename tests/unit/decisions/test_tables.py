from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.decisions import DecisionFault, DecisionTable, Evaluation, parse_decisions
from app.expressions import designer_functions
from tests.unit.decisions.dmn import a_decision, a_file

TRIAGE = a_decision(
    [
        (("true", "-", "-", "-"), ('"P0"', "1")),
        (("-", "[0..14]", "-", "-"), ('"P1"', "3")),
        (("-", "-", "> 10", ">= 1"), ('"P2"', "15")),
        (("-", "-", "-", ">= 2"), ('"P3"', "30")),
        (("-", "-", "-", "-"), ('"P4"', "null")),
    ],
    identifier="triage",
    inputs=(
        "signalement.danger",
        "jours_entre(aujourdhui(), signalement.date_coupure)",
        "taux(signalement.depense, signalement.revenu)",
        "compte(signalement.froid, signalement.restriction, signalement.impaye)",
    ),
    outputs=("priorite", "jours"),
)
FUNCTIONS = designer_functions(datetime(2026, 3, 2, 9, tzinfo=UTC))


def the_table(decision: str, identifier: str = "tri") -> DecisionTable:
    return parse_decisions(a_file(decision))[identifier]


def triaged(**answers: object) -> Evaluation:
    return the_table(TRIAGE, "triage").evaluate({"signalement": answers}, FUNCTIONS)


@pytest.mark.parametrize(
    ("answers", "priority", "number"),
    [
        ({"danger": True, "froid": True, "impaye": True}, "P0", 1),
        ({"danger": False, "date_coupure": date(2026, 3, 16)}, "P1", 2),
        ({"date_coupure": date(2026, 3, 17)}, "P4", 5),
        ({"depense": 1100, "revenu": Decimal(9000), "froid": True}, "P2", 3),
        ({"depense": 900, "revenu": 9000, "froid": True}, "P4", 5),
        ({"depense": 900, "revenu": 0, "froid": True, "impaye": True}, "P3", 4),
        ({}, "P4", 5),
    ],
)
def test_the_first_rule_that_matches_gives_the_priority(
    answers: dict[str, object], priority: str, number: int
) -> None:
    evaluation = triaged(**answers)
    assert isinstance(evaluation.outputs, dict)
    assert evaluation.outputs["priorite"] == priority
    assert evaluation.numbers == (number,)
    assert evaluation.rules == (f"regle_{number}",)


def test_an_evaluation_shows_the_inputs_it_saw() -> None:
    evaluation = triaged(danger=False, date_coupure=date(2026, 3, 4), depense=Decimal(500), revenu=None)
    assert evaluation.decision == "triage"
    assert evaluation.outputs == {"priorite": "P1", "jours": 3}
    assert evaluation.inputs == {
        "signalement.danger": False,
        "jours_entre(aujourdhui(), signalement.date_coupure)": 2,
        "taux(signalement.depense, signalement.revenu)": None,
        "compte(signalement.froid, signalement.restriction, signalement.impaye)": 0,
    }


def test_a_table_tells_the_names_it_reads() -> None:
    table = the_table(
        a_decision([((">= seuil",), ("reglages.delai",))], inputs=("a.b",), defaults=("reglages.autre",))
    )
    assert table.reads == {"a.b", "seuil", "reglages.delai", "reglages.autre"}
    assert [rule.annotation for rule in table.rules] == ["Note 1"]


def test_an_input_that_does_not_exist_yet_is_missing() -> None:
    table = the_table(
        a_decision([(("null",), ('"absent"',)), (("-",), ('"la"',))], inputs=("jamais.vu.ici",))
    )
    assert table.evaluate({}).outputs == {"resultat": "absent"}
    assert table.evaluate({"jamais": None}).outputs == {"resultat": "absent"}
    assert table.evaluate({"jamais": {"vu": {"ici": 3}}}).outputs == {"resultat": "la"}


UNIQUE = [((">= 10",), ('"grand"',)), (("< 5",), ('"petit"',)), (("[4..6]",), ('"moyen"',))]


@pytest.mark.parametrize("attributes", ["", 'hitPolicy="UNIQUE"'])
def test_unique_gives_its_only_match_and_refuses_two(attributes: str) -> None:
    table = the_table(a_decision(UNIQUE, attributes=attributes))
    assert table.evaluate({"valeur": 12}).outputs == {"resultat": "grand"}
    assert table.evaluate({"valeur": 6}).numbers == (3,)
    with pytest.raises(DecisionFault, match="règles 2 et 3") as fault:
        table.evaluate({"valeur": 4})
    assert fault.value.facts["decision"] == "tri"


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST"])
def test_no_match_without_a_default_is_a_fault(policy: str) -> None:
    table = the_table(a_decision(UNIQUE, attributes=f'hitPolicy="{policy}"'))
    for nothing in (7, None):
        with pytest.raises(DecisionFault, match="aucune règle ne correspond") as fault:
            table.evaluate({"valeur": nothing})
        assert "Tri des signalements" in fault.value.sentence


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST"])
def test_no_match_takes_the_defaults(policy: str) -> None:
    table = the_table(
        a_decision(UNIQUE, attributes=f'hitPolicy="{policy}"', defaults=('"inconnu " + texte(valeur)',))
    )
    evaluation = table.evaluate({"valeur": 7})
    assert evaluation.outputs == {"resultat": "inconnu 7"}
    assert evaluation.rules == ()
    assert evaluation.numbers == ()


def test_collect_gives_every_match_in_order() -> None:
    rules = [(("> 1",), ('"a"',)), (("> 9",), ('"b"',)), (("-",), ('"c"',))]
    table = the_table(a_decision(rules, attributes='hitPolicy="COLLECT"'))
    evaluation = table.evaluate({"valeur": 5})
    assert evaluation.outputs == [{"resultat": "a"}, {"resultat": "c"}]
    assert evaluation.numbers == (1, 3)


def test_collect_without_a_match_is_an_empty_list_or_the_default() -> None:
    rules = [(("> 1",), ('"a"',))]
    table = the_table(a_decision(rules, attributes='hitPolicy="COLLECT"'))
    assert table.evaluate({"valeur": 0}).outputs == []
    table = the_table(a_decision(rules, attributes='hitPolicy="COLLECT"', defaults=('"z"',)))
    assert table.evaluate({"valeur": 0}).outputs == [{"resultat": "z"}]


@pytest.mark.parametrize("policy", ["ANY", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "first", ""])
def test_another_hit_policy_is_refused_when_read(policy: str) -> None:
    with pytest.raises(DecisionFault, match="FIRST, UNIQUE ou COLLECT"):
        the_table(a_decision(UNIQUE, attributes=f'hitPolicy="{policy}"'))


@pytest.mark.parametrize("aggregation", ["SUM", "MIN", "MAX", "COUNT"])
def test_an_aggregation_is_refused_when_read(aggregation: str) -> None:
    with pytest.raises(DecisionFault, match="agrégation"):
        the_table(a_decision(UNIQUE, attributes=f'hitPolicy="COLLECT" aggregation="{aggregation}"'))


def test_outputs_are_expressions_of_every_kind() -> None:
    texts = ('"P1"', "3", "2.50", "true", "null", 'date("2026-01-31")', "valeur * 2", "", "[1, 2]")
    names = tuple(f"r{n}" for n in range(len(texts)))
    evaluation = the_table(a_decision([(("-",), texts)], outputs=names)).evaluate({"valeur": 4})
    assert isinstance(evaluation.outputs, dict)
    expected = ["P1", 3, Decimal("2.50"), True, None, date(2026, 1, 31), 8, None, [1, 2]]
    assert list(evaluation.outputs.values()) == expected


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (a_decision([(("> 3 and",), ("1",))]), "règle 1, colonne « Entrée 1 »"),
        (a_decision([(("-",), ("1 +",))]), "règle 1, résultat « resultat »"),
        (a_decision([(("-",), ("",))]), "ne donne aucun résultat"),
        (a_decision([(("-",), ("oui()",))]), "« oui »"),
        (a_decision([(("-",), ("1",))], inputs=("",)), "vide"),
        (a_decision([(("-",), ("1",))], inputs=("a b",)), "« a b »"),
        (a_decision([(("-",), ("1",))], inputs=("a",), outputs=("",)), "un seul mot"),
        (a_decision([(("-",), ("1",))], outputs=("ma priorité",)), "un seul mot"),
        (a_decision([(("-",), ("1", "2"))], outputs=("a", "a")), "« a »"),
        (a_decision([(("-",), ("1", "2"))], outputs=("a", "b"), defaults=("1",)), "valeur par défaut"),
        (a_decision([(("-",), ("1",))], defaults=("1 +",)), "valeur par défaut"),
        (a_decision([(("-", "-"), ("1",))]), "une cellule par colonne"),
        (a_decision([((), ("1",))], inputs=()), "au moins une entrée"),
        (a_decision([(("-",), ())], outputs=()), "aucun résultat"),
        (a_decision([(("-",), ("1",))], identifier="mon tri"), "un seul mot"),
        (a_decision([(("-",), ("1",))] * 401), "400 règles"),
        (
            a_decision(
                [(("-",), ("1",))],
                extra='<informationRequirement><requiredDecision href="#autre"/></informationRequirement>',
            ),
            "dépend d'une autre décision",
        ),
        ('<decision id="tri"><literalExpression><text>1</text></literalExpression></decision>', "une table"),
        ("", "aucune décision"),
        (a_decision(UNIQUE) * 2, "identifiant « tri »"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(decision: str, words: str) -> None:
    with pytest.raises(DecisionFault) as fault:
        parse_decisions(a_file(decision))
    assert words in fault.value.sentence
    assert fault.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (a_decision([((">= 10",), ("1",))]), "règle 1, colonne « Entrée 1 », cellule « >= 10 »"),
        (a_decision([(("-",), ("absent",))]), "règle 1, résultat « resultat »"),
        (a_decision([(("> absent",), ("1",))]), "« absent »"),
        (a_decision([(("-",), ("1",))], inputs=("valeur + 1",)), "l'entrée « Entrée 1 »"),
        (a_decision([(('"autre"',), ("1",))], defaults=("1 / 0",)), "valeur par défaut"),
    ],
)
def test_a_cell_that_fails_names_its_place(decision: str, words: str) -> None:
    table = the_table(decision)
    with pytest.raises(DecisionFault) as fault:
        table.evaluate({"valeur": "dix"})
    assert words in fault.value.sentence


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<definitions/>",
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>',
        b"pas du xml",
        b'<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd"/>',
        b'<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    ],
)
def test_a_file_that_is_not_dmn_is_refused_in_french(data: bytes) -> None:
    with pytest.raises(DecisionFault) as fault:
        parse_decisions(data)
    assert fault.value.sentence.endswith(".")


def test_a_file_may_hold_several_tables_with_a_prefix_or_without() -> None:
    both = a_file(a_decision(UNIQUE), a_decision(UNIQUE, identifier="autre"))
    assert set(parse_decisions(both)) == {"tri", "autre"}
    prefixed = (
        b'<dmn:definitions xmlns:dmn="https://www.omg.org/spec/DMN/20191111/MODEL/"><dmn:decision id="t">'
        b"<dmn:decisionTable><dmn:input><dmn:inputExpression><dmn:text>a</dmn:text></dmn:inputExpression>"
        b'</dmn:input><dmn:output name="r"/><dmn:rule><dmn:inputEntry><dmn:text/></dmn:inputEntry>'
        b"<dmn:outputEntry><dmn:text>1</dmn:text></dmn:outputEntry></dmn:rule></dmn:decisionTable>"
        b"</dmn:decision></dmn:definitions>"
    )
    assert parse_decisions(prefixed)["t"].evaluate({}).outputs == {"r": 1}


def test_evaluating_changes_nothing() -> None:
    table = the_table(TRIAGE, "triage")
    names = {"signalement": {"danger": True}}
    first = table.evaluate(names, FUNCTIONS)
    assert names == {"signalement": {"danger": True}}
    assert table.evaluate(names, FUNCTIONS) == first
    assert replace(table) == the_table(TRIAGE, "triage")
