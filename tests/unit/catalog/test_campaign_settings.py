"""[campagne] of territoire.toml: what it says, and a sentence for whatever does not fit (CAR-5)."""

from typing import Any

import pytest

from app.catalog.campaigns import read_campaigns
from app.catalog.source import Section, SettingsFault

GOOD: dict[str, Any] = {
    "formulaire": "questionnaire",
    "role": "facteur",
    "accord_si": "porte.visite == true",
    "signalement": {"origine": '"la_poste"', "indices": '["froid" if porte.froid == true else None]'},
}


def read(**changes: Any) -> Any:
    return read_campaigns(Section("campagne", GOOD | changes), ("facteur",))


def test_what_is_left_out_has_a_value_that_asks_nothing() -> None:
    rules = read()
    assert (rules.passes, rules.forget_days, rules.ceiling, rules.document) == (2, 30, None, None)
    assert (rules.absent_if, rules.set_aside_if, rules.eligible_if) == ("False", "False", "False")
    assert set(rules.expressions) == {
        "accord_si", "absent_si", "ecarte_si", "eligible_si", "signalement.origine", "signalement.indices",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"formulaire": ""}, "campagne.formulaire"),
        ({"role": "postier"}, "rôle « postier » n'existe pas"),
        ({"accord_si": "porte.visite ="}, "campagne.accord_si"),
        ({"eligible_si": "visite.issue == true"}, "« visite.issue », inconnu ici"),
        ({"signalement": {"nom": "__import__('os')"}}, "campagne.signalement.nom"),
        ({"signalement": {"Nom": "porte.nom"}}, "minuscules"),
        ({"plafond": "RICHE"}, "campagne.plafond"),
        ({"passages": 0}, "campagne.passages"),
        ({"oubli_jours": 999_999}, "campagne.oubli_jours"),
        ({"inconnu": 1}, "« campagne.inconnu » est inconnu"),
    ],
)
def test_each_value_that_does_not_fit_is_told_by_its_key(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsFault) as refused:
        read(**changes)
    assert words in str(refused.value)
