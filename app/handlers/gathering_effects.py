"""What the verbs of a network ask for: registrations, mails, decisions, papers (ANG-1, ANG-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class OnNetwork:
    """Something done to what the process carries for its network."""


@dataclass(frozen=True)
class OpenGathering(OnNetwork):
    """Open the registrations of this process, or say them anew: a day put off, more places.

    ``groups``: ``[{"cle": "g1", "libelle": "…", "places": 20 | None}]``. ``forget_days``: how many days
    after the gathering the names of those who registered are kept.
    """

    title: str
    day: date
    hour: str
    place: str
    text: str
    closes_on: date
    places: int | None
    groups: tuple[Mapping[str, Any], ...]
    forget_days: int


@dataclass(frozen=True)
class CloseGathering(OnNetwork):
    """Take no more registrations."""


@dataclass(frozen=True)
class WriteStructures(OnNetwork):
    """Write to the structures of the directory: of these kinds, of every kind when there is none."""

    message: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class WriteRegistered(OnNetwork):
    """Write to whoever registered; ``came``: only those who came."""

    message: str
    came: bool


@dataclass(frozen=True)
class PublishPaper(OnNetwork):
    """Make a paper public; published again, it takes the place of the former one.

    ``parts``: ``[{"titre", "texte"}]``, ``files``: ``[{"id", "nom"}]``, ``approvals``: ``[{"qui", "le"}]``.
    """

    title: str
    kind: str
    about: str
    parts: tuple[Mapping[str, str], ...]
    files: tuple[Mapping[str, str], ...]
    approvals: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class OpenRound(OnNetwork):
    """Put a proposal to the structures of the directory until ``closes_in`` days are over.

    A second time it is an amended text: a new round begins, and the voices given before do not count.
    """

    title: str
    kind: str
    text: str
    reason: str
    closes_in: int
    message: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class CloseRound(OnNetwork):
    """Take no more voices in this round."""


@dataclass(frozen=True)
class Decide(OnNetwork):
    """Say what became of the proposal: ``adoptee``, ``retiree`` or ``rejetee``, with a sentence."""

    status: str
    result: str
