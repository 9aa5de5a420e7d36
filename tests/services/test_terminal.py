"""What a file or a name holds never commands the terminal that shows it, nor breaks a narrow one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.catalog.bundle import resolve
from app.catalog.folder import write_folder
from app.cli import main
from app.config import ROOT

HOSTILE = "\x1b[2J\x9b31m\u202e"
SIGNS = ("\x1b", "\x9b", "\u202e", "\r")


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path / "x", resolve(Path(ROOT), "carene").files, code="carene", ancestors=[])
    return tmp_path / "x"


def told(*arguments, color=True):
    """All that a command prints, on a terminal that has colours unless said."""
    result = CliRunner().invoke(main, list(map(str, arguments)), color=color)
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result.output


def rewrite(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def clean(output):
    """The output without the colours that the program itself gives."""
    for number in (0, 1, 31, 32, 33):
        output = output.replace(f"\x1b[{number}m", "")
    return output


def assert_tame(output):
    assert not [sign for sign in SIGNS if sign in clean(output)]


@pytest.mark.parametrize("arguments", [("check",), ("territory", "import")])
def test_the_name_of_a_file_is_shown_without_its_commands(folder, arguments):
    (folder / "bpmn" / f"a{HOSTILE}\n✓ tout va bien.bpmn").write_text("x")
    output = told(*arguments, folder)
    assert_tame(output)
    assert not any(line.startswith("✓ tout va bien") for line in output.splitlines())


def test_a_path_that_does_not_exist_is_shown_without_its_commands(tmp_path):
    assert_tame(told("check", f"{tmp_path}/{HOSTILE}"))


def test_what_a_file_says_is_shown_without_its_commands(folder):
    rewrite(folder / "forms" / "visite.json", '"texte"', '"\\u001b[2J\\u009b31m\\u202e"')
    rewrite(folder / "bpmn" / "visite.bpmn", 'value="visite"', 'value="&#x9b;31m&#x202e;&#13;"')
    output = told("check", folder)
    assert "bad-form" in output
    assert "unknown-form" in output
    assert_tame(output)
    assert_tame(told("check", folder, "--json", color=True))


def test_the_name_of_a_territory_is_shown_without_its_commands(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/a.db")
    monkeypatch.setenv("RELAIS_DEMO", "1")
    rewrite(folder / "territoire.toml", 'nom = "', 'nom = "\\u001b[2J\\u009b\\u202e\\r\\n')
    told("db", "upgrade")
    assert_tame(told("territory", "import", folder, "--households", "1", "--months", "1"))
    listed = told("territory", "list")
    assert_tame(listed)
    assert len(listed.splitlines()) == 1
    assert_tame(told("simulate", "carene", "--folder", folder, "--households", "1", "--months", "1"))


@pytest.mark.parametrize(
    ("arguments", "encoding"),
    [
        (["doctor"], "ascii"),
        (["doctor"], "latin-1"),
        (["doctor"], "utf-16"),
        (["check", "{folder}"], "latin-1"),
        (["simulate", "carene", "--households", "1", "--months", "1"], "ascii"),
    ],
)
def test_a_terminal_without_our_signs_breaks_nothing(folder, tmp_path, arguments, encoding):
    given = [one.format(folder=folder) for one in arguments]
    env = {
        **os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "C", "RELAIS_DEMO": "1",
        "DATABASE_URL": f"sqlite:///{tmp_path}/b.db",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *given], env=env, cwd=ROOT, capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr
    assert done.stdout
