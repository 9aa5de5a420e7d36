"""A simulation touches no database, sends no mail, opens no socket and leaves no file."""

import hashlib
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner, Result
from flask import Flask

from app import tenancy
from app.catalog.bundle import bundle_from_files
from app.cli import main
from app.database import db
from app.engine import ProgrammeFault
from app.models import Case, Task
from app.simulator import Plan, simulate
from tests import build
from tests.rows import the_case
from tests.simulator.lives import shipped

ARGUMENTS = ("simulate", "carene", "--households", "6", "--months", "5", "--seed", "1", "--json")


class Post:
    """What a mail server has received."""

    def __init__(self) -> None:
        self.received: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(envelope)
        return "250 OK"


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    """A mail server of this machine, and its port."""
    handler = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def photographed(folder: Path) -> dict[str, str]:
    """Every file under a folder with the digest of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def production(
    app: Flask, tmp_path: Path, post: tuple[Post, int], monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Post]:
    """A server's folder, whose database holds a case, and a mail server, both named by the environment."""
    settings = build.a_server(app, tmp_path)
    with build.serving("carene"):
        assert the_case(build.a_case()).reference
    db.session.remove()
    db.engine.dispose()
    settings.files_folder.mkdir(exist_ok=True)
    (settings.files_folder / "piece.pdf").write_bytes(b"%PDF-")
    for name, value in {
        "DATABASE_URL": settings.database_url,
        "RELAIS_FILES": str(settings.files_folder),
        "RELAIS_INSTANCE": str(tmp_path / "instance"),
        "RELAIS_SMTP_URL": f"smtp://127.0.0.1:{post[1]}",
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path, post[0]


def simulated(*arguments: str) -> Result:
    run = CliRunner().invoke(main, [*ARGUMENTS, *arguments])
    assert run.exit_code == 0, run.output
    assert '"incidents": 0' in run.stdout
    return run


def _refused(*_: Any, **__: Any) -> Any:
    raise AssertionError("a simulation opens no socket")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_nothing_is_touched_sent_or_left(
    production: tuple[Path, Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, post = production
    before = photographed(folder)
    assert any(name.endswith(".sqlite3") for name in before)
    rooms = {place: set(Path(place).glob("relais-simulation-*")) for place in _temporary()}
    monkeypatch.setattr(socket, "socket", _refused)
    simulated()
    assert photographed(folder) == before
    assert post.received == []
    assert {place: set(Path(place).glob("relais-simulation-*")) for place in _temporary()} == rooms


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_reading_a_release_writes_nothing(
    production: tuple[Path, Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, post = production
    simulated("--release", "1")  # makes the keys of this instance, as any command does
    before = photographed(folder)
    monkeypatch.setattr(socket, "socket", _refused)
    simulated("--release", "1")
    assert photographed(folder) == before
    assert post.received == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_run_inside_a_server_leaves_its_territory_and_its_rows_alone(app: Flask, tmp_path: Path) -> None:
    build.a_server(app, tmp_path)
    with build.serving("carene"):
        here, case = tenancy.current_id(), build.a_case().case_id
        count = db.session.query(Task).count()
        assert simulate(shipped(), Plan(2, 3, 1)).started == 2
        assert tenancy.current_id() == here
        assert [row.id for row in db.session.query(Case)] == [case]
        assert db.session.query(Task).count() == count


def test_the_room_is_cleared_when_a_programme_cannot_run() -> None:
    files = dict(shipped().files)
    files["bpmn/visite.bpmn"] = files["bpmn/visite.bpmn"].replace(b'"P21D"', b"P21D")
    before = {place: set(Path(place).glob("relais-simulation-*")) for place in _temporary()}
    with pytest.raises(ProgrammeFault):
        simulate(bundle_from_files(files), Plan(1, 1, 1))
    assert {place: set(Path(place).glob("relais-simulation-*")) for place in _temporary()} == before


def _temporary() -> list[str]:
    """Where a run may put its room."""
    return [place for place in ("/dev/shm", tempfile.gettempdir()) if Path(place).is_dir()]  # noqa: S108
