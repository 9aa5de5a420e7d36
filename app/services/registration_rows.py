"""Who has a place in a gathering, who waits for one, what they are told (ANG-4, LAW-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from app import clock
from app.database import db, seal_text
from app.handlers.gatherings import HELD, WAITING
from app.models import Gathering, ProcessInstance, Registration
from app.services import accounts, gathering_rows, journal, releases
from app.services.releases import LoadedRelease

CANCELLED: Final = "annulee"


@dataclass(frozen=True)
class Group:
    """One of the parallel groups; ``left`` places, None when nobody counts them."""

    key: str
    label: str
    left: int | None


@dataclass(frozen=True)
class Shown:
    """What the public page shows. ``left``: places that are left, None without a limit."""

    row: Gathering
    open: bool
    left: int | None
    groups: Sequence[Group]
    kinds: Mapping[str, str]


def shown(row: Gathering) -> Shown:
    """Return a gathering with the places that are left."""
    taken = _taken(row)
    groups = [
        Group(one["cle"], one["libelle"], _left(one.get("places"), taken.get(one["cle"], 0)))
        for one in row.groups
    ]
    return Shown(
        row=row,
        open=is_open(row),
        left=_left(row.places, sum(taken.values())),
        groups=groups,
        kinds=kinds(release_of(row)),
    )


def is_open(row: Gathering) -> bool:
    """Whether one may register today: until the last day, and while the process that carries it goes on."""
    state = db.session.scalar(select(ProcessInstance.status).where(ProcessInstance.id == row.process_id))
    return row.status == "ouverte" and clock.today() <= row.closes_on and state == "running"


def kinds(release: LoadedRelease) -> dict[str, str]:
    """Return the types of structure that the settings name, by key."""
    words = release.settings.registrations
    form = release.forms.get(words.kinds_from[0]) if words is not None else None
    table = form.field(words.kinds_from[1]) if form is not None and words is not None else None
    for column in table.columns if table is not None else ():
        if words is not None and column.key == words.kinds_from[2]:
            return {option.value: option.label for option in column.options}
    return {}


def _left(places: int | None, taken: int) -> int | None:
    return max(0, places - taken) if places else None


def _taken(row: Gathering) -> dict[str, int]:
    """Return how many places are taken, by group (``""``: no group chosen)."""
    query = (
        select(Registration.group_key, func.count())
        .where(Registration.gathering_id == row.id, Registration.status == HELD)
        .group_by(Registration.group_key)
    )
    return {found[0]: found[1] for found in db.session.execute(query)}


def email_key(row: Gathering, address: str) -> str:
    """Return what tells an address from another in one gathering, without keeping it."""
    return seal_text(f"{row.id}:{accounts.normal_email(address)}")


def release_of(row: Gathering) -> LoadedRelease:
    """Return the release that the process of a gathering runs."""
    process = db.session.get_one(ProcessInstance, row.process_id)
    return releases.of(process.release_id)


def tell(
    one: Registration, row: Gathering, what: str, *, link: str | None = None, occasion: str = ""
) -> None:
    """Write to somebody who registered: ``what`` is ``confirmed waiting place`` or ``cancelled``."""
    process = db.session.get_one(ProcessInstance, row.process_id)
    release = releases.of(process.release_id)
    words = release.settings.registrations
    if words is not None:
        facts = gathering_rows.words(row, process, release)
        name: str = getattr(words, what)
        gathering_rows.tell(one, name, facts, release, occasion=occasion, link=link)


def cancel(one: Registration, row: Gathering) -> None:
    """Take a registration back, in the transaction under way."""
    freed = one.status == HELD
    tell(one, row, "cancelled")
    one.status, one.person, one.email_key, one.link = CANCELLED, None, None, None
    one.forgotten_at = clock.now()
    db.session.flush()
    journal.write("inscription.annulee", process_id=row.process_id, subject=str(one.id))
    if freed and row.status == "ouverte":
        promote(row)


def promote(row: Gathering) -> None:
    """Give the places that are free to those who wait, the oldest first, in the transaction under way."""
    waiting = select(Registration).where(Registration.gathering_id == row.id, Registration.status == WAITING)
    for one in db.session.scalars(waiting.order_by(Registration.queued_at, Registration.id)).all():
        now = shown(row)
        if now.left == 0:
            return
        full = next((group for group in now.groups if group.key == one.group_key and group.left == 0), None)
        one.status, one.group_key = HELD, "" if full is not None else one.group_key
        db.session.flush()
        tell(one, row, "place", link=gathering_rows.new_link(one))
        journal.write("inscription.place_donnee", process_id=row.process_id, subject=str(one.id))
