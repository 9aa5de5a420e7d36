"""What a demonstration shows beside its cases: a campaign from door to door, places shared out, an advance.

A territory's sample file tells it: its ``campagnes`` (each with its own « parcours ») and ``budget``. The
services do everything, on the day it is said to have happened.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import select

from app import clock
from app.catalog.forms import Answers, Form
from app.database import db, end_read
from app.models import Agreement, Campaign, Partner, Quota, Round, Target, Task
from app.services import acts, campaign_imports, campaigns, doors, quota_changes, releases, task_view, tasks
from app.services.actors import Actor
from app.services.demo_days import working_day
from app.services.payments import Paid, record
from app.services.quota_changes import Wanted

Draw = Callable[[Form, Mapping[str, Any], Mapping[str, Any], frozenset[str]], Answers]
"""Draws plausible answers of a form, in a context, that hold what is wanted, of these classes."""

DOORS: Final = "portes"
SHEET: Final = "adresses"
_NAMESPACE: Final = UUID("6f1f0d2c-5c1f-4a51-9d0a-6d2f2c1b7e10")


def begin_campaign(story: Mapping[str, Any], by: Actor, draw: Draw) -> UUID:
    """Begin a campaign by its act; return the id of its process."""
    release = releases.current()
    form = release.forms[story["formulaire"]]
    answers = draw(form, {}, {}, by.rights.collect)
    process_id = acts.start(story["geste"], None, {**answers, **_dated(story["preparation"])}, by=by)
    end_read()
    return process_id


def go_on(step: Sequence[Any], process_id: UUID, people: Callable[[str], Actor], draw: Draw) -> None:
    """Do one step of a campaign: an answer of its process, a sheet of addresses, doors knocked at.

    Args:
        step: ``[what, day, by, details]``.
        process_id: the campaign's process.
        people: the sample account of an e-mail.
        draw: draws what the step does not say.
    """
    what, _, who, details = step
    by = people(who)
    if what == SHEET:
        _load(_campaign(process_id), "\n".join(details).encode(), by)
    elif what == DOORS:
        _knock(_campaign(process_id), details, by, people(details["coordination"]))
    else:
        _answer(process_id, what, {**_dated(details)}, by, draw)
    end_read()


def _answer(process_id: UUID, element: str, wanted: Mapping[str, Any], by: Actor, draw: Draw) -> None:
    query = select(Task.id).where(
        Task.process_id == process_id, Task.element == element, Task.status == "open"
    )
    view = task_view.open_task(db.session.scalars(query).one(), by)
    drawn = draw(view.form, view.context, {}, by.rights.collect)
    tasks.complete(view.task.id, {**drawn, **wanted}, by=by)


def _load(campaign_id: UUID, sheet: bytes, by: Actor) -> None:
    preview_id = campaign_imports.send(campaign_id, sheet, "adresses.csv", by=by)
    seen = campaign_imports.show(campaign_id, preview_id).seen
    campaign_imports.load(campaign_id, preview_id, seen, by=by)


def _knock(campaign_id: UUID, told: Mapping[str, Any], by: Actor, coordination: Actor) -> None:
    """Open a round as its coordinator does, then answer at its doors as a postman."""
    query = select(Round.id).where(Round.campaign_id == campaign_id, Round.name == told["tournee"])
    round_id = db.session.scalars(query).one()
    campaigns.open_round(campaign_id, round_id, by=coordination)
    end_read()
    release = releases.current()
    context = doors.context_of(release.settings)
    for address, said in told["reponses"].items():
        target_id = db.session.scalars(
            select(Target.id).where(Target.campaign_id == campaign_id, Target.address == address)
        ).one()
        answers = doors.form_of(release).parse(said, classes=by.rights.collect, context=context)
        end_read()
        doors.record(round_id, target_id, uuid5(_NAMESPACE, address), answers, said_at=None, by=by)


def _campaign(process_id: UUID) -> UUID:
    return db.session.scalars(select(Campaign.id).where(Campaign.process_id == process_id)).one()


def _dated(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers, « J+12 » read as so many days from the day they are given."""
    today = clock.today()
    days = {key: int(value[1:]) for key, value in told.items() if str(value).startswith(("J+", "J-"))}
    return {**told, **{key: working_day(today + timedelta(days=number)) for key, number in days.items()}}


def share_out(told: Mapping[str, Any], by: Actor) -> None:
    """Share the places of a quota out, or pay an advance, under what is in force that day."""
    for part in told.get("parts", ()):
        whole = db.session.scalar(
            select(Quota).where(Quota.code == part["quota"], Quota.partner_id.is_(None))
        )
        if whole is None:
            continue
        version, starts = whole.version, max(whole.starts_on, clock.today())
        end_read()
        wanted = Wanted(part["quota"], _partner(part["structure"]), part["nombre"], starts, None)
        quota_changes.save(wanted, version=version, by=by)
    for paid in told.get("versements", ()):
        _pay(paid, by)


def _pay(paid: Mapping[str, Any], by: Actor) -> None:
    """Note a payment under the agreement of that kind in force; nothing when there is none that day."""
    today = clock.today()
    query = select(Agreement.id, Agreement.version).where(
        Agreement.kind == paid["convention"], Agreement.starts_on <= today, Agreement.ends_on >= today
    )
    held = db.session.execute(query.order_by(Agreement.starts_on)).first()
    whom = _partner(paid["structure"])
    end_read()
    if held is not None:
        given = Paid(paid["genre"], Decimal(paid["montant"]), today, paid["reference"], whom)
        record(held.id, given, version=held.version, by=by)


def _partner(name: str) -> UUID:
    return db.session.scalars(select(Partner.id).where(Partner.name == name)).one()
