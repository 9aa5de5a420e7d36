"""The ``relais`` command, as a script calls it: another process, its own database."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def relais(tmp_path, terminal):
    """Run ``relais`` in an instance of its own; returns the finished process."""

    def run(*words: str, answers: str = "") -> subprocess.CompletedProcess[str]:
        ours = ("RELAIS_", "DATABASE_")
        env = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        env |= {"RELAIS_INSTANCE": str(tmp_path / "instance"), "RELAIS_PROGRAMMES": str(ROOT)}
        return subprocess.run(
            [*terminal.command, *words],
            capture_output=True,
            text=True,
            input=answers,
            env=env,
            cwd=ROOT,
            timeout=120,
            check=False,
        )

    return run


def test_an_operator_opens_a_territory_from_an_empty_machine(relais):
    assert relais("db", "upgrade").returncode == 0
    loaded = relais("territory", "load", "carene")
    assert loaded.returncode == 0, loaded.stderr
    assert "version 1" in loaded.stdout
    again = relais("territory", "load", "carene")
    assert again.stdout == loaded.stdout
    added = relais(
        "user", "add", "claire@exemple.fr", "--territory", "carene", "--role", "travailleur_social",
        "--password", "une phrase assez longue",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    assert relais("case", "list", "--territory", "carene").stdout == ""
    assert "carene\tCARENE" in relais("territory", "list").stdout


def test_a_wrong_word_is_answered_by_a_sentence_and_no_traceback(relais):
    assert relais("db", "upgrade").returncode == 0
    for words in (
        ("territory", "load", "atlantide"),
        ("case", "list", "--territory", "atlantide"),
        ("user", "add", "x@exemple.fr", "--territory", "atlantide", "--role", "rien", "--password", "x" * 20),
    ):
        answer = relais(*words)
        assert answer.returncode != 0
        assert "Traceback" not in answer.stderr
        assert answer.stderr.strip()


def test_a_role_that_does_not_exist_is_named_with_those_that_do(relais):
    relais("db", "upgrade")
    relais("territory", "load", "carene")
    answer = relais(
        "user", "add", "x@exemple.fr", "--territory", "carene", "--role", "roi", "--password", "x" * 20
    )
    assert answer.returncode == 1
    assert "« roi »" in answer.stderr
    assert "technicien" in answer.stderr


def test_the_doctor_says_what_is_missing_and_how_to_mend_it(relais):
    before = relais("doctor")
    assert before.returncode == 1
    assert "relais db upgrade" in before.stdout
    relais("db", "upgrade")
    after = relais("doctor")
    assert "✓ Base de données" in after.stdout
    assert "RELAIS_SMTP_URL" in after.stdout


def test_a_database_that_is_not_there_yet_is_told_in_a_sentence(relais):
    answer = relais("territory", "list")
    assert answer.returncode == 1
    assert "relais db upgrade" in answer.stderr
    assert "Traceback" not in answer.stderr
