"""People of no crew in a simulated run: structures that speak, people who register (ANG-1, ANG-4)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import event

from app import clock
from app.errors import Conflict, Invalid, NotFound
from app.models import Gathering, Voice
from app.services import registration_rows, registrations, voices
from app.services.releases import LoadedRelease
from app.simulator.plan import Plan

At = Callable[[datetime, Callable[[], None]], None]
SILENCE: Final = "silence"
_SPREAD: Final = 20 * 24 * 60
"""Minutes over which people speak or register after they are asked."""


class Outsiders:
    """Lets structures speak and people register, as often as ``[simulation]`` says.

    Args:
        at: plans an action for an instant of the run.
    """

    def __init__(self, plan: Plan, release: LoadedRelease, at: At) -> None:
        self._plan, self._release, self._at, self._count = plan, release, at, 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear of every voice asked for and of every gathering opened, for the time of the block."""
        event.listen(Voice, "after_insert", self._on_voice)
        event.listen(Gathering, "after_insert", self._on_gathering)
        try:
            yield
        finally:
            event.remove(Voice, "after_insert", self._on_voice)
            event.remove(Gathering, "after_insert", self._on_gathering)

    def _on_voice(self, mapper: Any, connection: Any, row: Voice) -> None:
        del mapper, connection
        weights = self._release.settings.simulation.voices
        if not weights:
            return
        self._count += 1
        dice = self._plan.dice("voix", self._count)
        (choice,) = dice.choices(list(weights), [float(weight) for weight in weights.values()])
        if choice != SILENCE:
            when = clock.now() + timedelta(minutes=dice.randrange(_SPREAD // 4))
            self._at(when, partial(self._speak, row.id, choice))

    def _on_gathering(self, mapper: Any, connection: Any, row: Gathering) -> None:
        del mapper, connection
        for _ in range(self._release.settings.simulation.registered):
            self._count += 1
            dice = self._plan.dice("inscription", self._count)
            when = clock.now() + timedelta(minutes=dice.randrange(_SPREAD))
            self._at(when, partial(self._register, row.token, self._count))

    @staticmethod
    def _speak(voice_id: UUID, choice: str) -> None:
        try:
            voices.give(voice_id, choice, "Le texte nous engage trop vite.", by="Structure")
        except Conflict:
            return  # the round was over before this structure spoke

    def _register(self, token: str, number: int) -> None:
        kinds = sorted(registration_rows.kinds(self._release))
        if not kinds:
            return
        typed = {
            "nom": f"Personne {number}", "courriel": f"personne{number}@simulation.invalid",
            "type": kinds[number % len(kinds)], "groupe": "",
        }  # fmt: skip
        try:
            registrations.register(token, typed)
        except (Conflict, Invalid, NotFound):
            return  # closed, or given up meanwhile
