"""The real application on a loopback address, with the demonstration's people, and a clock that travels."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app import clock, scheduler, tenancy
from app.config import ROOT, Settings
from app.database import db
from app.services import demo, mailbox, partners
from app.services.actors import SYSTEM
from app.web import build
from tests import build as builders
from tests.conftest import DATA_KEY
from tests.web.server import PASSWORD

NORA: Final = "nora.kermarec@exemple.invalid"
"""A social worker who enters with a password."""


class _Quiet(WSGIRequestHandler):
    """Writes no line a request."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug's own name
        """Say nothing."""


@dataclass(frozen=True)
class Live:
    """A server that answers at ``url``; the test holds its clock and its pump."""

    app: Flask
    url: str

    def pump(self) -> int:
        """Do what is due: timers, reminders, messages, documents."""
        with self.app.app_context():
            done = scheduler.drain()
            db.session.remove()
        return done

    def travel(self, moment: datetime) -> None:
        """Move the server's clock to this moment, as ``RELAIS_CLOCK_SHIFT`` does at start, and pump."""
        clock.shift(clock.shifted() + (moment - clock.now()))
        self.pump()

    def pass_days(self, days: int) -> None:
        """Let days go by, one night after another."""
        for _ in range(days):
            self.travel(clock.now() + timedelta(days=1))

    def mail_to(self, name: str) -> list[str]:
        """Return the bodies of the messages to a recipient, newest first."""
        with self.app.app_context():
            found = [mail.body for mail in mailbox.newest() if mail.recipient_name == name]
            db.session.remove()
        return found

    @contextmanager
    def acting(self, code: str = "carene", *, root: Path = ROOT) -> Iterator[None]:
        """Act or look in the territory directly, as a test prepares what is not its subject."""
        with self.app.app_context():
            with builders.serving(code, root=root):
                yield
            db.session.remove()

    def task_of(self, reference: str, element: str) -> UUID:
        """Return the open task of a case."""
        with self.acting():
            found = [
                task.id
                for task in builders.open_tasks()
                if task.element == element and task.case is not None and task.case.reference == reference
            ]
        assert len(found) == 1, (reference, element)
        return found[0]


@contextmanager
def serving(
    database_url: str,
    folder: Path,
    *,
    started: datetime | None = None,
    root: Path = ROOT,
    code: str = "carene",
) -> Iterator[Live]:
    """Serve a territory with the demonstration's accounts and directory, and no case.

    ``started`` is the moment the server believes it is; the clock comes back afterwards.
    """
    before = clock.shifted()
    server = make_server("127.0.0.1", 0, lambda *_: (), threaded=True, request_handler=_Quiet)
    app = build(
        Settings(
            database_url=database_url,
            secret_key="clé-secrète-des-tests-assez-longue",
            data_key=DATA_KEY,
            base_url=f"http://127.0.0.1:{server.server_port}",
            files_folder=folder / "files",
            programmes_root=root,
            demo=True,
            clock_shift=started - clock.now() if started is not None else timedelta(),
        )
    )
    server.app = _whole(app)
    with app.app_context():
        _people(code)
        scheduler.arm_calendars()
        db.session.remove()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Live(app, f"http://127.0.0.1:{server.server_port}")
    finally:
        clock.shift(before)
        _stop(server, thread, app)


def _whole(app: Flask) -> Callable[..., list[bytes]]:
    """Read an answer whole and close it before it is sent: a browser that goes away leaves no file open."""

    def answered(environ: Any, start_response: Any) -> list[bytes]:
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answered


def _people(code: str) -> None:
    sample = json.loads((ROOT / f"app/data/demo/{code}.json").read_text(encoding="utf-8"))
    with builders.serving(code):
        for account in sample["comptes"]:
            builders.a_user(*account["roles"], name=account["nom"], email=account["courriel"])
        if code == "carene":
            builders.a_user(
                "travailleur_social",
                name="Nora Kermarec",
                email="nora.kermarec@exemple.invalid",
                password=PASSWORD,
            )
        for partner in sample["partenaires"]:
            partners.save(None, partner, by=SYSTEM)
        for account in sample["comptes"]:
            if "structure" in account:
                demo.works_for(account["courriel"], account["structure"])


def _stop(server: BaseWSGIServer, thread: threading.Thread, app: Flask) -> None:
    server.shutdown()
    server.server_close()
    thread.join()
    with app.app_context():
        assert tenancy.scope_or_none() is None
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
