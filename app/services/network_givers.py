"""Who alerts, who has gone quiet, who was told what became of it (MTP-2, CAR-4, LAW-7)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select

from app import clock
from app.database import db
from app.models import Case, Message, Partner
from app.services import network, releases
from app.services.actors import Actor
from app.services.text import fold

UNNAMED = "Ménages et structures non nommées"


@dataclass
class Giver:
    """A structure that alerts: how often, when last, whether it was told what became of its alerts.

    ``told`` is when it was last written to about one of its alerts, ``untold`` how many of them it was
    never written to about. ``quiet``: nothing for as long as the settings say.
    """

    name: str
    alerts: int = 0
    year: int = 0
    open_ones: int = 0
    last_at: datetime | None = None
    told_at: datetime | None = None
    untold: int = 0
    quiet: bool = False
    spellings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Givers:
    """Every structure that alerts, those gone quiet first, and those of the directory that never did."""

    rows: list[Giver]
    silent: list[str]
    quiet_months: int


def givers(actor: Actor) -> Givers:
    """Return who alerts; a case counts as long as it says who did.

    Raises:
        Forbidden: the role does not see the network.
    """
    network.require(actor)
    months = releases.current().settings.network.quiet_months
    now = clock.now()
    told = _told()
    found: dict[str, Giver] = {}
    cases = db.session.execute(select(Case.id, Case.opened_at, Case.status, Case.alert_giver))
    for case in cases:
        name = _name(case.alert_giver or {})
        row = found.setdefault(fold(name), Giver(name))
        row.spellings[name] = row.spellings.get(name, 0) + 1
        row.alerts += 1
        row.year += case.opened_at > now - relativedelta(years=1)
        row.open_ones += case.status == "open"
        row.last_at = max(filter(None, (row.last_at, case.opened_at)))
        at = told.get((case.id, _mail(case.alert_giver or {})))
        row.untold += at is None
        row.told_at = max(filter(None, (row.told_at, at)), default=None)
    limit = now - relativedelta(months=months)
    for row in found.values():
        row.name = max(row.spellings, key=lambda name: row.spellings[name])
        row.quiet = row.last_at is not None and row.last_at < limit
    rows = sorted(found.values(), key=lambda row: (not row.quiet, fold(row.name)))
    return Givers(rows, _never(found), months)


def _name(giver: dict[str, Any]) -> str:
    return " ".join(str(giver.get("structure") or "").split()) or UNNAMED


def _mail(giver: dict[str, Any]) -> str:
    return str(giver.get("courriel") or "").strip().lower()


def _told() -> dict[tuple[Any, str], datetime]:
    """Return when each address was last written to about each case."""
    rows = db.session.execute(
        select(Message.case_id, func.lower(Message.recipient), func.max(Message.queued_at))
        .where(Message.case_id.is_not(None), Message.user_id.is_(None))
        .group_by(Message.case_id, func.lower(Message.recipient))
    )
    return {(case_id, mail): at for case_id, mail, at in rows}


def _never(found: Iterable[str]) -> list[str]:
    """Return the structures of the directory under whose name nobody ever alerted."""
    known = set(found)
    names = db.session.scalars(select(Partner.name).where(Partner.active).order_by(Partner.name))
    return [name for name in names if fold(name) not in known]
