"""``relais check`` as a person and a script use it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from app.checker import Problem, Verdict, report
from tests.checker.corpus.build import ROUTE, SETTINGS, VISIT, edit, put
from tests.checker.folders import flat
from tests.terminal import Terminal

Relais = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).resolve().parents[2]
CARENE = "bpmn/territories/carene"
WRONG_FORM = edit(ROUTE, 'name="formulaire" value="appel"', 'name="formulaire" value="appels"')
UNUSED = put("messages/essai.txt", "Objet : Essai\n\nBonjour,\n")


@pytest.fixture
def relais(terminal: Terminal) -> Relais:
    """Run the command as a script would, without any database."""

    def run(*words: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
        ours = ("RELAIS_", "DATABASE_")
        clean = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        return subprocess.run(
            [*terminal.command, "check", *words],
            capture_output=True,
            text=True,
            env=clean | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | env,
            cwd=cwd,
            timeout=120,
            check=False,
        )

    return run


def test_the_shipped_territory_has_nothing_to_mend(relais: Relais):
    ran = relais(CARENE)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("✓ ")
    assert ran.stdout.endswith("fichiers vérifiés, rien à signaler.\n")


def test_a_script_reads_every_file_and_every_problem(relais: Relais, tmp_path: Path):
    folder = flat(tmp_path / "territoire", WRONG_FORM, UNUSED)
    ran = relais("territoire", "--json", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (1, "")
    printed = json.loads(ran.stdout)
    assert set(printed) == {"files"}
    by_path = {item["path"]: item for item in printed["files"]}
    assert set(by_path) == {
        path.relative_to(tmp_path).as_posix() for path in folder.rglob("*") if path.is_file()
    }
    assert all(set(item) == {"path", "ok", "problems"} for item in printed["files"])
    route = by_path[f"territoire/{ROUTE}"]
    assert route["ok"] is False
    (problem,) = route["problems"]
    assert {key: problem[key] for key in ("element", "severity", "code")} == {
        "element": "appeler",
        "severity": "error",
        "code": "unknown-form",
    }
    assert set(problem) == {"element", "severity", "code", "message"}
    assert "« appels »" in problem["message"]
    assert by_path["territoire/forms/appel.json"] == {
        "path": "territoire/forms/appel.json",
        "ok": True,
        "problems": [],
    }


def test_a_person_reads_where_what_and_what_to_do(relais: Relais, tmp_path: Path):
    flat(tmp_path / "territoire", WRONG_FORM)
    ran = relais("territoire", cwd=tmp_path)
    assert ran.returncode == 1
    assert ran.stdout.splitlines() == [
        "territoire/bpmn/parcours.bpmn",
        "  ✗ erreur sur « appeler » (unknown-form)",
        "    L'étape « Appeler le ménage » demande le formulaire « appels », qui n'existe pas. Créez",
        "    forms/appels.json, ou corrigez la propriété « formulaire ».",
        "",
        "✗ 15 fichiers vérifiés : 1 erreur dans 1 fichier.",
    ]


def test_warnings_alone_do_not_fail(relais: Relais, tmp_path: Path):
    flat(tmp_path / "territoire", UNUSED)
    ran = relais("territoire", cwd=tmp_path)
    assert ran.returncode == 0
    assert "  ! avertissement (unused-template)" in ran.stdout.splitlines()
    assert ran.stdout.endswith("! 16 fichiers vérifiés : 1 avertissement dans 1 fichier.\n")
    printed = json.loads(relais("territoire", "--json", cwd=tmp_path).stdout)
    assert all(item["ok"] for item in printed["files"])


@pytest.mark.parametrize("words", [("nulle/part",), (), ("vide",), ("nulle/part", "--json")])
def test_a_wrong_use_is_said_in_french_on_the_side(relais: Relais, tmp_path: Path, words: tuple[str, ...]):
    (tmp_path / "vide").mkdir()
    ran = relais(*words, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.endswith(".\n")
    assert len(ran.stderr.splitlines()) == 1


def test_nothing_is_painted_outside_a_terminal(relais: Relais, tmp_path: Path):
    flat(tmp_path / "territoire", WRONG_FORM)
    assert "\x1b" not in relais("territoire", cwd=tmp_path).stdout


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252"])
def test_a_terminal_without_our_signs_is_no_obstacle(tmp_path: Path, encoding: str):
    flat(tmp_path / "territoire", WRONG_FORM)
    clean = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    ran = subprocess.run(
        [sys.executable, "-m", "app.cli", "check", "territoire"],
        capture_output=True, env=clean, cwd=tmp_path, timeout=120, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert b"(unknown-form)" in ran.stdout


def test_checking_needs_no_database_and_leaves_no_trace(relais: Relais, tmp_path: Path):
    flat(tmp_path / "territoire")
    before = sorted(tmp_path.rglob("*"))
    ran = relais("territoire", cwd=tmp_path, DATABASE_URL="postgresql://nulle.part.invalid/rien")
    assert ran.returncode == 0, ran.stderr
    assert sorted(tmp_path.rglob("*")) == before


def _told(*problems: Problem) -> list[str]:
    plain: list[str] = list(report([Verdict("a.bpmn", problems)], lambda text, **_: text))
    return plain


def test_alike_problems_are_told_together():
    alike = [
        Problem("a.bpmn", f"g{n}", "error", "several-ways-out", "Placez une passerelle.") for n in range(12)
    ]
    first_eight = ", ".join(f"« g{n} »" for n in range(8))
    lines = _told(*alike, Problem("a.bpmn", "", "warning", "unlabelled", "Donnez un nom."))
    assert lines == [
        "a.bpmn",
        f"  ✗ erreur sur {first_eight} et 4 autres (several-ways-out)",
        "    Placez une passerelle.",
        "  ! avertissement (unlabelled)",
        "    Donnez un nom.",
        "",
        "✗ 1 fichier vérifié : 12 erreurs et 1 avertissement dans 1 fichier.",
    ]


def test_a_line_never_parts_a_word_from_its_guillemets():
    words = " ".join(["voici"] * 14)
    lines = _told(
        Problem("a.bpmn", "", "error", "bad-form", f"{words} du mot « formulaire » : le reste ; et oui ?")
    )
    assert not any(line.rstrip().endswith("«") for line in lines)
    assert not any(line.strip().startswith(("»", ":", ";", "?")) for line in lines)


def test_a_terminal_gets_colours_beside_the_words():
    lines = list(
        report([Verdict("a.bpmn", (Problem("a.bpmn", "x", "error", "script", "Non."),))], click.style)
    )
    assert click.style("✗ erreur", fg="red") in lines[1]
    assert click.unstyle(lines[1]) == "  ✗ erreur sur « x » (script)"


def test_problems_come_in_the_order_of_the_file_errors_first(relais: Relais, tmp_path: Path):
    flat(
        tmp_path / "territoire",
        edit(VISIT, 'name="formulaire" value="equipement"', 'name="formulaire" value="outils"'),
        edit(VISIT, 'name="formulaire" value="visite"', 'name="formulaire" value="visites"'),
        edit(SETTINGS, 'rappel = "rappel_tache"', 'rappel = "rappel"'),
    )
    printed = json.loads(relais("territoire", "--json", cwd=tmp_path).stdout)
    visit = next(item for item in printed["files"] if item["path"].endswith("visite.bpmn"))
    errors = [problem["element"] for problem in visit["problems"] if problem["severity"] == "error"]
    assert errors == ["realiser_visite", "poser_materiel"]
