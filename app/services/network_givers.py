"""Who alerts, who has gone quiet, who was told what became of it, who was trained (MTP-2, CAR-4, LAW-7)."""

from dataclasses import dataclass

from app import clock
from app.handlers.givers import Giver, reckon
from app.services import network, releases
from app.services.actors import Actor


@dataclass(frozen=True)
class Givers:
    """Every structure that alerts, those gone quiet first, and those of the directory that never did.

    ``trains``: the territory names what trains its alert-givers.
    """

    rows: list[Giver]
    never: list[Giver]
    quiet_months: int
    trains: bool


def givers(actor: Actor) -> Givers:
    """Return who alerts; a case counts as long as it says who did.

    Raises:
        Forbidden: the role does not see the network.
    """
    network.require(actor)
    release = releases.current()
    words = release.settings.network
    found = reckon(words, release.forms, clock.now())
    return Givers(found.rows, found.never, words.quiet_months, bool(words.trainings))
