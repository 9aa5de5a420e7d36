"""A process at work for a trial, as whoever asked holds it: lines of JSON come out, it can be stopped."""

import contextlib
import json
import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.errors import Invalid, RelaisError
from app.simulator.house import clear_after

_CHUNK: Final = 1 << 16
_MOST: Final = 64_000_000
"""Bytes of one answer: a larger one is no answer."""
_GRACE: Final = 2.0
Message = Mapping[str, Any]
NO_MEMORY: Final = (
    "Ce calcul demande trop de mémoire. Demandez moins de ménages ou moins de mois, puis recommencez."
)
BROKEN: Final = (
    "Le calcul s'est arrêté sans réponse : il demandait sans doute trop de temps ou de mémoire. Demandez "
    "moins de ménages ou moins de mois, puis recommencez."
)
_UNFORESEEN: Final = (
    "Le calcul s'est arrêté sur une erreur imprévue, notée au journal du serveur. Vérifiez le dispositif, "
    "puis recommencez ; si cela se répète, prévenez la personne qui exploite le serveur."
)


class Child:
    """A process that was forked for us. ``close`` it in the end, whatever happened."""

    def __init__(self, pid: int, out: int, life: int) -> None:
        self.pid, self._out, self._life = pid, out, life
        self._rest = b""
        self._read = 0
        self.ended = False
        self._eyes = selectors.DefaultSelector()
        self._eyes.register(out, selectors.EVENT_READ)

    def messages(self, wait: float) -> list[Message]:
        """Return what it said, after ``wait`` seconds at most for a first word; ``ended`` once it is gone."""
        found: list[Message] = []
        while not self.ended and self._eyes.select(0 if found else wait):
            chunk = os.read(self._out, _CHUNK)
            self._read += len(chunk)
            if not chunk or self._read > _MOST:
                self.ended = True
                break
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            found += [json.loads(line) for line in lines if line]
            if self._rest:  # the rest of a long line comes at once
                wait = max(wait, _GRACE)
                continue
        return found

    def answer(self, wait: float) -> Message:
        """Return its last word, waiting at most ``wait`` seconds for it; what it says before is not heard.

        The word is ``{"done": …}`` or ``{"fault": sentence, "problems": …}``.
        """
        until = time.monotonic() + wait
        try:
            while not self.ended and time.monotonic() < until:
                for message in self.messages(min(1.0, until - time.monotonic())):
                    if "done" in message or "fault" in message:
                        return message
            return {"fault": BROKEN}
        finally:
            self.close()

    def close(self) -> None:
        """Stop it if it is still at work, in order first, and let go of it."""
        if self._life < 0:
            return
        if not self.ended:
            self._signal(signal.SIGTERM)
            until = time.monotonic() + _GRACE
            while not self.ended and time.monotonic() < until:
                self.messages(0.1)
            if not self.ended:
                self._signal(signal.SIGKILL)
        self._eyes.close()
        os.close(self._out)
        os.close(self._life)
        self._life = -1
        clear_after(self.pid)

    def _signal(self, what: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.pid, what)


def outcome(
    work: Callable[[Message, Callable[[Message], None]], Message],
    asked: Message,
    tell: Callable[[Message], None],
) -> Message:
    """Do the work inside its process; return its last word: ``done``, or a ``fault`` in a sentence."""
    try:
        return {"done": work(asked, tell)}
    except Invalid as refusal:
        return {"fault": refusal.sentence, "problems": refusal.problems}
    except RelaisError as fault:
        return {"fault": fault.sentence}
    except MemoryError:
        return {"fault": NO_MEMORY}
    except Exception:  # noqa: BLE001  # the guard of one process: whoever asked must hear a sentence
        traceback.print_exc(file=sys.stderr)  # invented households alone: nothing here is anybody's
        return {"fault": _UNFORESEEN}
