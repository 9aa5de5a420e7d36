"""The worker is killed while it sends mail: every mail arrives, at most twice, under the same Message-ID."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlalchemy import select

from app.database import db, end_read, transaction
from app.models import Message
from app.notifications import outbox
from tests.faults.machines import _RELAIS, Process, assert_sound, at_both_scales, chance, machine, wait_until

MAILS, KILLS = 100, 40
LEASE = timedelta(minutes=6)
"""Each worker starts when what the one before held is free again."""


class Sink:
    """A mail server that keeps every copy, and kills who hands in the mails it was told to, once each.

    Half of them die before the answer, half a moment after it: the commit has come, or it has not.
    """

    def __init__(self, victims: int) -> None:
        self.copies: dict[str, list[bytes]] = {}
        self.worker: Process | None = None
        self._to_kill = victims
        self._dice = chance(41)
        self.killed = threading.Event()

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        name = str(message_from_bytes(content)["Message-ID"])
        first = name not in self.copies
        self.copies.setdefault(name, []).append(content)
        if first and self._to_kill and not self.killed.is_set():
            self._to_kill -= 1
            wait = 0.0 if self._to_kill % 2 else self._dice.random() * 0.03
            if wait:
                threading.Timer(wait, self._kill).start()
            else:
                self._kill()
        return "250 OK"

    def _kill(self) -> None:
        assert self.worker is not None
        self.worker.running.kill()
        self.killed.set()


@pytest.fixture
def sink(request: pytest.FixtureRequest) -> Iterator[tuple[Sink, str]]:
    scale = request.getfixturevalue("scale")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    found = Sink(int(KILLS * scale))
    controller = Controller(found, hostname="127.0.0.1", port=port)
    controller.start()
    yield found, f"smtp://127.0.0.1:{port}"
    controller.stop()


@at_both_scales
def test_a_worker_killed_between_sending_and_committing_doubles_a_mail_at_most_once(
    app, carene, tmp_path, scale, sink
):
    post, address = sink
    mails, kills = int(MAILS * scale), int(KILLS * scale)
    with transaction():
        for number in range(mails):
            outbox.queue(
                "essai", recipient=f"p{number}@exemple.example", recipient_name="", subject=f"Mail {number}",
                body="Bonjour.\n", key=f"essai:{number}",
            )  # fmt: skip
    with machine(app, tmp_path, ahead=timedelta()) as house:
        for number in range(kills + 1):
            post.killed.clear()
            post.worker = house._start(  # the harness's own way, with a mail server of ours
                (*_RELAIS, "worker"), LEASE * number, RELAIS_SMTP_URL=address
            )
            wait_until(lambda: post.killed.is_set() or all_sent(), seconds=90)
            if post.killed.is_set():
                post.worker.running.wait()
            else:
                assert post.worker.end() == 0
    assert all_sent()
    counted = Counter({name: len(copies) for name, copies in post.copies.items()})
    assert len(counted) == mails
    doubled = [name for name, times in counted.items() if times > 1]
    assert max(counted.values()) <= 2
    assert 1 <= len(doubled) <= kills, "a kill before the answer always leaves two copies"
    assert all(copies[0] == copies[-1] for copies in post.copies.values())
    assert_sound()


def all_sent() -> bool:
    end_read()
    waiting = db.session.scalar(select(Message.id).where(Message.status != "sent").limit(1))
    end_read()
    return waiting is None
