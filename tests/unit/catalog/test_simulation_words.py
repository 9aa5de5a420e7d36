"""What designers say for the simulator: defaults, refusals in a sentence, out of the fingerprint."""

import json
import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.catalog.bundle import bundle_from_files, resolve
from app.catalog.compiler import compile_form
from app.catalog.forms import Form
from app.catalog.kinds.base import Habits
from app.catalog.settings import parse_settings
from app.catalog.simulation import Crew, Effort
from app.config import ROOT
from app.errors import BundleFault

TOML = """
nom = "Essai"
code = "essai"
[couloirs.equipe]
libelle = "Équipe"
roles = ["agent"]
[roles.agent]
libelle = "Agent"
droits = []
collecte = ["technique"]
lecture = []
"""


def a_form(*fields: dict[str, Any], **top: Any) -> Form:
    """A form compiled in the shipped territory."""
    document = {"id": "essai", "titre": "Essai", "champs": list(fields), **top}
    return compile_form(json.dumps(document), settings=resolve(ROOT, "carene").settings)


def a_choice(key: str = "issue", **simulation: Any) -> dict[str, Any]:
    """A required choice of three."""
    return {
        "cle": key, "type": "choix", "libelle": "Issue", "obligatoire": True,
        "options": ["oui", "non", "absent"], "simulation": simulation,
    }  # fmt: skip


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # sample answers, no secret


def drawn(form: Form, key: str, habits: Habits | None = None, times: int = 300) -> list[object]:
    return [form.sample(dice(seed), {}, habits=habits)[key] for seed in range(times)]


def test_a_territory_that_says_nothing_gets_a_usual_world() -> None:
    simulation = parse_settings(TOML).simulation
    assert simulation.seasons == (1.0,) * 12
    assert simulation.crews == {}


def test_a_crew_is_read_and_the_rest_is_usual() -> None:
    text = TOML + "[simulation.equipes.equipe]\npersonnes = 3\nheures_semaine = 3.5\nsans_reponse = 0\n"
    crew = parse_settings(text).simulation.crews["equipe"]
    assert crew == Crew(people=3, hours_week=Decimal("3.5"), unanswered=Decimal(0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[simulation]\nsaison = []", "saison"),
        ("[simulation]\nsaisons = [1, 2, 3]", "douze nombres"),
        ("[simulation]\nsaisons = [0,0,0,0,0,0,0,0,0,0,0,0]", "au-dessus de zéro"),
        ("[simulation]\nalertes_mois = 0", "alertes_mois"),
        ("[simulation.equipes.inconnu]\npersonnes = 1", "couloir"),
        ("[simulation.equipes.equipe]\npersonnes = 0", "personnes"),
        ("[simulation.equipes.equipe]\nheures_semaine = 90", "heures_semaine"),
        ("[simulation.equipes.equipe]\nabsence = 1.5", "entre 0 et 1"),
        ("[simulation.equipes.equipe]\nreponse_jours = [9, 2]", "du plus petit au plus grand"),
        ("[simulation.equipes.equipe]\nreponse_jours = [true, 2]", "jours"),
    ],
)
def test_a_world_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(BundleFault) as refused:
        parse_settings(TOML + text)
    assert words in refused.value.sentence


def test_the_world_is_no_part_of_the_fingerprint() -> None:
    files = dict(resolve(ROOT, "carene").files)
    before = bundle_from_files(files)
    files["territoire.toml"] = files["territoire.toml"].replace(b"alertes_mois = 8", b"alertes_mois = 80")
    after = bundle_from_files(files)
    assert after.settings.simulation.alerts_month == 80
    assert after.fingerprint == before.fingerprint


def test_a_form_says_its_effort() -> None:
    said = {"minutes": 45, "le": "rendez_vous.date", "attente_part": 0.2, "attente_jours": [1, 9]}
    form = a_form(a_choice(), simulation=said)
    assert form.effort == Effort(45, "rendez_vous.date", Decimal("0.2"), (1, 9))
    assert a_form(a_choice()).effort == Effort()


@pytest.mark.parametrize("said", [{"minute": 1}, {"minutes": 0}, {"le": 3}, {"attente_part": 2}])
def test_an_effort_that_cannot_be_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(BundleFault):
        a_form(a_choice(), simulation=said)


def test_weights_rule_the_draw() -> None:
    given = drawn(a_form(a_choice(poids={"oui": 9, "non": 1})), "issue")
    assert "absent" not in given
    assert 0.8 < given.count("oui") / len(given) < 0.98


def test_weights_may_depend_on_what_was_answered_before() -> None:
    cases = [{"si": 'premier == "oui"', "poids": {"absent": 1}}]
    form = a_form(
        a_choice("premier", poids={"oui": 1, "non": 1}), a_choice("second", selon=cases, poids={"non": 1})
    )
    pairs = [form.sample(dice(seed), {}) for seed in range(60)]
    assert {(one["premier"], one["second"]) for one in pairs} == {("oui", "absent"), ("non", "non")}


def test_a_condition_of_weights_is_checked_with_the_form() -> None:
    with pytest.raises(BundleFault):
        a_form(a_choice(selon=[{"si": "import os", "poids": {"oui": 1}}]))


def test_a_household_may_repeat_itself() -> None:
    form = a_form(a_choice(poids={"oui": 1}, constance=0.5))
    repeated = drawn(form, "issue", Habits(earlier={"issue": "absent"})).count("absent")
    assert 100 < repeated < 200
    assert "absent" not in drawn(form, "issue")


def test_what_a_form_proposes_is_mostly_kept() -> None:
    proposed = Habits(proposed={"issue": "absent"})
    assert drawn(a_form(a_choice()), "issue", proposed).count("absent") > 240
    assert "absent" not in drawn(a_form(a_choice(poids={"oui": 1})), "issue", proposed)


def test_a_habit_that_no_longer_fits_is_given_up() -> None:
    day = {"cle": "jour", "type": "date", "libelle": "Jour", "obligatoire": True, "max": "aujourdhui"}
    form = a_form(day)
    assert form.sample(dice(1), {}, habits=Habits(proposed={"jour": date(2099, 1, 1)}))["jour"]


def test_a_date_may_keep_to_working_days() -> None:
    day = {
        "cle": "jour", "type": "date", "libelle": "Jour", "obligatoire": True,
        "simulation": {"dans_jours": [1, 30], "ouvres": True},
    }  # fmt: skip
    assert {one.weekday() for one in drawn(a_form(day), "jour", times=120)} == {0, 1, 2, 3, 4}  # type: ignore[attr-defined]
