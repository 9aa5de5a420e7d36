"""The guide « Ouvrir un territoire », followed to the letter with a terminal and a text editor."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import clock
from app.config import ROOT, Settings
from app.database import db, end_read
from app.models import Task, Timer
from app.services import live, releases
from app.services.cases import OpenedAlert
from app.web import build as build_app
from tests import build
from tests.terminal import Terminal

GUIDE = ROOT / "docs" / "guides" / "ouvrir-un-territoire.md"
LAST = timedelta(microseconds=1)
"""A deadline is the first instant that is too late."""
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`(estuaire/[\w./-]+\.\w+)`")


@dataclass(frozen=True)
class Command:
    """A line to type."""

    words: str


@dataclass(frozen=True)
class Edit:
    """What to replace in a file, and by what."""

    file: str
    before: str
    after: str


def steps() -> Iterator[Command | Edit]:
    """Yield what the guide asks for, in order: lines to type, texts to replace in the file named last."""
    text = GUIDE.read_text(encoding="utf-8")
    file, before, place = "", None, 0
    for fence in _FENCE.finditer(text):
        named = _FILE.findall(text[place : fence.start()])
        file, place = (named[-1] if named else file), fence.end()
        kind, content = fence.group(1), fence.group(2).removesuffix("\n")
        if kind == "sh":
            yield from (Command(line) for line in content.splitlines() if line.strip())
        elif kind == "avant":
            assert before is None, f"two « avant » in a row: {content}"
            before = content
        elif kind == "apres":
            assert before is not None, f"« apres » without « avant »: {content}"
            yield Edit(file, before, content)
            before = None
        else:
            raise AssertionError(f"the guide holds a block that nobody can follow: {kind}")
    assert before is None


class Reader:
    """Somebody at a terminal, in an empty folder, with a database of their own."""

    def __init__(self, folder: Path, relais_command: list[str]) -> None:
        self.folder = folder / "bureau"
        self.said: dict[str, str] = {}
        commands = folder / "bin"
        for made in (self.folder, commands):
            made.mkdir()
        relais = commands / "relais"
        relais.write_text(f'#!/bin/sh\nexec {shlex.join(relais_command)} "$@"\n')
        relais.chmod(0o755)
        ours = ("RELAIS_", "DATABASE_")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        self.env = kept | {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "RELAIS_INSTANCE": str(folder / "instance"),
        }

    def follow(self, step: Command | Edit) -> None:
        """Do what a step says."""
        if isinstance(step, Edit):
            path = self.folder / step.file
            text = path.read_text(encoding="utf-8")
            assert text.count(step.before) == 1, (step.file, step.before)
            path.write_text(text.replace(step.before, step.after), encoding="utf-8")
        else:
            self.said[step.words] = self.type(step.words)

    def type(self, words: str) -> str:
        """Type a line; it must succeed."""
        done = self.run(words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def run(self, words: str) -> subprocess.CompletedProcess[str]:
        """Type a line, and a password wherever one is asked for."""
        return subprocess.run(  # noqa: S602  # lines of our own guide
            words, shell=True, cwd=self.folder, env=self.env,
            input="une phrase assez longue\n" * 2, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    @contextmanager
    def server(self) -> Iterator[None]:
        """Act on the reader's server, in the new territory."""
        app = build_app(Settings.from_env(self.env))
        with app.app_context():
            try:
                with build.serving("estuaire"):
                    yield
            finally:
                db.session.remove()
                db.engine.dispose()

    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprint of each territory, as ``territory list`` tells it."""
        rows = (line.split("\t") for line in self.type("relais territory list").splitlines())
        return {row[0]: row[3] for row in rows}

    def files(self) -> dict[str, bytes]:
        """Return what the exported folder holds."""
        root = self.folder / "estuaire"
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def days_of(opened: OpenedAlert) -> tuple[int, int]:
    """Return the days given to fix the visit, and those after which nobody has (both from today)."""
    end_read()
    task = db.session.scalars(
        select(Task).where(Task.case_id == opened.case_id, Task.element == "prendre_rendez_vous")
    ).one()
    timer = db.session.scalars(
        select(Timer).where(Timer.process_id == opened.process_id, Timer.element == "sans_rendez_vous")
    ).one()
    assert task.due_at is not None
    today = clock.today()
    due, alone = (moment.astimezone(clock.PARIS).date() for moment in (task.due_at - LAST, timer.due_at))
    return (due - today).days, (alone - today).days


def a_case() -> OpenedAlert:
    return build.a_case("prendre_rendez_vous", answers={"analyser_signalement": {"priorite": "P3"}})


def asked(opened: OpenedAlert) -> list[str]:
    """Return the questions of the open step of a case."""
    end_read()
    task = build.the_task("prendre_rendez_vous", case=opened)
    return [item.key for item in releases.of(task.process.release_id).forms["rendez_vous"].fields]


def opening_lines() -> list[Command]:
    """The lines with which the guide begins, up to the first export: every reader here types them."""
    lines = []
    for step in steps():
        assert isinstance(step, Command), "the guide changes a file before it exports any"
        lines.append(step)
        if " export " in step.words:
            return lines
    raise AssertionError("the guide exports nothing")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, terminal: Terminal) -> Reader:
    """Somebody who has typed the guide's first lines, once: each test goes on from a copy of their desk."""
    reader = Reader(tmp_path_factory.mktemp("guide"), terminal.command)
    for line in opening_lines():
        reader.follow(line)
    return reader


@pytest.fixture
def reader(tmp_path: Path, terminal: Terminal, begun: Reader) -> Reader:
    made = Reader(tmp_path, terminal.command)
    made.said = dict(begun.said)
    shutil.copytree(begun.folder, made.folder, dirs_exist_ok=True)
    shutil.copytree(begun.env["RELAIS_INSTANCE"], made.env["RELAIS_INSTANCE"])
    return made


def test_whoever_follows_the_guide_opens_a_territory_and_changes_its_programme(reader):
    todo = list(steps())
    edits = [step for step in todo if isinstance(step, Edit)]
    assert {step.file.rpartition("/")[0] for step in edits} == {
        "estuaire", "estuaire/bpmn", "estuaire/forms", "estuaire/dmn",
    }  # fmt: skip
    publishing = next(
        number for number, step in enumerate(todo)
        if isinstance(step, Command) and step.words.startswith("relais territory import estuaire")
    )  # fmt: skip
    cloned = reader.fingerprints()
    assert cloned["estuaire"] == cloned["carene"]
    for step in todo[len(opening_lines()) : publishing]:
        reader.follow(step)
    said = " ".join(reader.said.values())
    assert "rien à signaler" in said
    assert (reader.folder / "comparaison.html").stat().st_size > 5_000
    with reader.server():
        before = a_case()
        assert days_of(before)[1] == 21
    for step in todo[publishing:]:
        reader.follow(step)
    the_folder_is_given_back_exactly(reader, todo)
    what_opens_follows_the_change_and_what_was_open_does_not(reader, before)


def the_folder_is_given_back_exactly(reader: Reader, todo: list[Command | Edit]) -> None:
    published, kept = reader.files(), reader.fingerprints()
    assert kept["estuaire"] != kept["carene"]
    assert "version 2" in reader.said[next(words for words in reader.said if "--note" in words)]
    assert "rien n'est publié" in reader.said["relais territory import estuaire"]
    assert "rien n'a changé" in reader.said["relais territory export estuaire estuaire"]
    reader.type("relais territory export estuaire ailleurs && diff -r estuaire ailleurs")
    reader.type("relais territory import ailleurs")
    reader.type("relais territory export estuaire estuaire")
    assert reader.files() == published
    assert reader.fingerprints() == kept
    for step in todo:
        if isinstance(step, Edit):
            assert step.after in published[step.file.removeprefix("estuaire/")].decode()


def what_opens_follows_the_change_and_what_was_open_does_not(reader: Reader, before: OpenedAlert) -> None:
    with reader.server():
        after = a_case()
        assert days_of(before) == (21, 21)
        assert days_of(after) == (14, 14)
        assert "acces" in asked(after)
        assert "acces" not in asked(before)
        build.complete("prendre_rendez_vous", case=before, issue="fixe")
        release = releases.current()
        assert release.number == 2
        assert live.contact(release.settings).service == "Maison de l'habitat de l'Estuaire"


def test_a_folder_carried_to_another_machine_opens_the_same_territory(reader, tmp_path):
    reader.env["RELAIS_INSTANCE"] = str(tmp_path / "autre")
    reader.type("relais db upgrade")
    told = reader.type("relais territory import estuaire --households 2 --months 2")
    assert "estuaire : version 1" in told
    reader.type("relais territory export estuaire ailleurs && diff -r estuaire ailleurs")
    with reader.server():
        territory = releases.territory_by_code("estuaire")
        assert territory is not None
        assert [row["territoire"] for row in territory.lineage] == ["carene"]


def test_what_cannot_be_is_said_in_french_without_a_traceback_and_changes_nothing(reader):
    reader.type("relais territory export carene carene")
    before = reader.fingerprints()
    diagram = reader.folder / "estuaire" / "bpmn" / "visite.bpmn"
    whole = diagram.read_text()
    diagram.write_text(whole.replace('"P21D"<', "P21D<"))
    said = {
        "territory import estuaire": "unquoted-duration",
        "territory import nulle-part": "n'existe pas",
        "territory import carene/bpmn": "territoire.toml",
        "territory export estuaire carene": "ni vide, ni un export",
        "territory export atlantide atlantide": "n'existe pas ici",
        "territory clone carene estuaire --name x": "existe déjà",
        "territory clone carene ESTUAIRE --name x": "ne convient pas",
        "territory clone atlantide ici --name x": "n'existe pas ici",
    }
    for words, sentence in said.items():
        done = reader.run(f"relais {words}")
        assert done.returncode == 1, (words, done.stdout, done.stderr)
        assert sentence in done.stdout + done.stderr, words
        assert "Traceback" not in done.stderr
    assert reader.fingerprints() == before
    assert not (reader.folder / "atlantide").exists()
    diagram.write_text(whole)
    a_step_that_cannot_run_is_found_by_the_simulation(reader, reader.folder / "carene" / "territoire.toml")
    diagram.write_text(whole.replace('"P21D"<', "P21D<"))
    kept = reader.type("relais territory import estuaire --draft")
    assert "brouillon enregistré" in kept
    assert reader.fingerprints() == before


def a_step_that_cannot_run_is_found_by_the_simulation(reader: Reader, settings: Path) -> None:
    whole = settings.read_text()
    assert "rendez_vous_max = 3" in whole
    settings.write_text(whole.replace("rendez_vous_max = 3", 'rendez_vous_max = "trois"'))
    done = reader.run("relais territory import carene --households 20 --months 3")
    assert done.returncode == 1, done.stdout
    assert "dans la simulation : rien n'est publié" in done.stderr
