"""The bench runs, measures everything it promises and leaves nothing behind."""

import json
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.bench import table
from app.bench.floor import Floor
from app.cli import main
from app.config import ROOT

LINES = (
    "Dossier réel : CARENE",
    "Le même des deux côtés : les fichiers BPMN",
    "Vidé pour SpiffWorkflow nu : verbes et tables ne font rien",
    "Étapes déjà faites dans le dossier",
    "Répondre à une étape, par la page",
    "plancher : SpiffWorkflow nu et une ligne écrite",
    "Instructions SQL pour lire",
    "Instructions SQL pour écrire",
    "Validations (commits)",
    "Octets de l'état",
    "Octets du dossier, toutes lignes",
    "Une échéance entière (bail, moteur, validation)",
    "Corbeille, toutes les listes, par la page",
    "rapport des p95",
    "Échéances par seconde",
    "moteur embarqué",
    "arriéré en cours",
    "un battement de la pompe",
    "Supervision, ses quatre pages",
    "Pendant une simulation depuis la page, 200 ménages × 12 mois",
    "premier jour montré, puis arrêt demandé",
)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A configured database that the bench must not open, and a place for what it makes."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'la-vraie.sqlite3'}")
    monkeypatch.setenv("RELAIS_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def run(*options: str) -> str:
    result = CliRunner().invoke(main, ["bench", "--rapide", *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_bench_prints_every_figure_and_leaves_nothing_behind(elsewhere: Path):
    """Measured once, said twice: as JSON, then as the table of the very same figures."""
    figures = json.loads(run("--json"))
    assert list(elsewhere.iterdir()) == []
    printed = table(figures)
    assert [line for line in LINES if line not in printed] == []
    every_figure_is_there(figures)


def every_figure_is_there(figures):
    assert set(figures["etapes"]) == {"8", "10"}
    for step in figures["etapes"].values():
        assert step["validations"] == 1
        assert step["transactions_ecriture"] == 1
        assert 0 < step["etat"] < step["dossier"]
        assert step["etat"] < step["etat_moteur_nu"]
    assert figures["diagrammes"] == 7
    assert figures["boucle"] == ["Établir le diagnostic", "Valider le diagnostic"]
    assert set(figures["corbeille"]) == {"20", "40", "rapport"}
    assert set(figures["supervision"]) == {"20", "40", "rapport"}
    works = figures["moteur"]
    assert set(works["par_seconde"]) == {"1", "2"}
    assert all(rate > 0 for rate in works["par_seconde"].values())
    assert works["sauvegarde"]["sauvegardes"] >= 2
    assert set(works["regard"]) == {"1", "20", "rapport"}
    assert figures["essai"]["sauvegardes"] == 3 and figures["essai"]["rapport"] > 0
    assert figures["essai"]["premier_progres"] > 0 and figures["essai"]["arret"] > 0
    assert {"ms", "plancher_ms", "rapport", "instructions", "validations"} <= set(figures["echeance"])


def test_the_bare_engine_must_stand_where_the_case_stands(tmp_path: Path):
    diagrams = {f"bpmn/{path.name}": path.read_bytes() for path in (ROOT / "bpmn" / "base").glob("*.bpmn")}
    with Floor(tmp_path, diagrams, "accompagnement") as floor:
        standing = floor.start(1, {"triage": {"priorite": "P2"}})
        assert standing["element"] == "analyser_signalement"
        analysis = {"analyse": {"dans_champ": True, "prestation": "visite"}}
        appointment = {**analysis, "rendez_vous": {"issue": "fixe", "numero": 1}}
        standing = floor.grow(1, [("analyser_signalement", analysis), ("prendre_rendez_vous", appointment)])
        assert standing["element"] == "realiser_visite"
        assert standing["data"] == {"triage": {"priorite": "P2"}, **appointment}
        taken = floor.answer(1, ("realiser_visite", {"visite": {"issue": "realisee"}}))
        assert 0 < taken["bare_ms"] < taken["ms"]
        assert floor.grow(1, [])["element"] == "etablir_diagnostic"
