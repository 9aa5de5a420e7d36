"""What « relais check » says of [campagne]: what it names in vain, on its key."""

import shutil
from pathlib import Path

import pytest

from app.checker import check_paths
from app.config import ROOT


@pytest.fixture(scope="module")
def carene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of CARENE's files."""
    root = tmp_path_factory.mktemp("campagne")
    for part in ("bpmn/base", "forms/base", "bpmn/territories/carene", "forms/territories/carene"):
        shutil.copytree(ROOT / part, root / part)
    return root


def told(root: Path, *swaps: tuple[str, str], about: str = "campagne.") -> set[tuple[str, str]]:
    place = root / "bpmn/territories/carene"
    text = before = (place / "territoire.toml").read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    (place / "territoire.toml").write_text(text, encoding="utf-8")
    verdicts = check_paths([place])
    (place / "territoire.toml").write_text(before, encoding="utf-8")
    return {
        (problem.element, problem.code)
        for verdict in verdicts
        for problem in verdict.problems
        if problem.element.startswith(about)
    }


def test_the_shipped_campaign_names_nothing_in_vain(carene: Path) -> None:
    assert told(carene) == set()


def test_fields_forms_and_templates_that_do_not_exist_are_told(carene: Path) -> None:
    found = told(
        carene,
        ('motif = "motif_refus"', 'motif = "motif"'),
        ("porte.accepte_visite == true", "porte.visite == true"),
        ('statut = "porte.statut"\n', 'statu = "porte.statut"\n'),
        ('document = "resultats_campagne"', 'document = "bilan"'),
    )
    assert found == {
        ("campagne.motif", "unknown-field"),
        ("campagne.accord_si", "unknown-field"),
        ("campagne.signalement.statu", "unknown-field"),
        ("campagne.signalement", "unknown-field"),  # « statut » is asked of every alert
        ("campagne.document", "unknown-template"),
    }
    assert ("campagne.formulaire", "unknown-form") in told(
        carene, ('formulaire = "questionnaire_facteur"', 'formulaire = "questionnaire"')
    )


def test_what_a_trial_takes_for_a_refusal_is_an_answer_of_a_form(carene: Path) -> None:
    assert told(carene, about="simulation.refus") == set()
    wrong = (
        ('"visite.issue" = ["refus"]', '"visite.isue" = ["refus"]\n"viste.issue" = ["refus"]'),
        ('"rendez_vous.issue" = ["refus"]', '"rendez_vous.issue" = ["refuse"]\n"visite.indecence" = ["oui"]'),
    )
    assert told(carene, *wrong, about="simulation.refus") == {
        ("simulation.refus.visite.isue", "unknown-field"),
        ("simulation.refus.viste.issue", "unknown-form"),
        ("simulation.refus.rendez_vous.issue", "unknown-field"),
    }
