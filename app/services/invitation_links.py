"""The link of a step answered without an account: held for one answer, renewed by hand (AST-4, AST-12)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.access import CLASSES, Rights
from app.database import db, end_read, seal_text, transaction
from app.errors import Gone, NotFound
from app.models import StepLink, Task, Territory
from app.services import invitations, journal, message_facts, perimeter, releases, tasks
from app.services.actors import Actor
from app.services.releases import LoadedRelease


class Answered(Gone):
    """The step behind the link is over."""

    sentence_template = (
        "Ce lien a déjà servi, ou il n'est plus valable. Merci ; rien d'autre n'est attendu de vous."
    )


@dataclass(frozen=True)
class Held:
    """What a link opens: one step, in one territory, for somebody who reads nothing back."""

    task_id: UUID
    territory: Territory
    release: LoadedRelease
    actor: Actor
    audience: str


_NAMES: Final = {invitations.HOUSEHOLD: "ménage", invitations.GIVER: "structure à l'origine de la demande"}
"""Who answers, where no name is known."""
_READS: Final[Mapping[str, frozenset[str]]] = {invitations.GIVER: frozenset({"technique"})}
"""What the form itself may show back: to whoever asked, what is asked of them; to the household, nothing."""


def renew(task_id: UUID, by: Actor) -> str:
    """Return the address of a new link to an open step; the former link dies.

    Raises:
        NotFound: no such step for this person, or one that invites nobody.
        TaskAlreadyDone: it is no longer open.
    """
    tasks.find(task_id, by, to_write=True)
    token = invitations.new_token()
    with transaction():
        row = db.session.scalar(select(StepLink).where(StepLink.task_id == task_id))
        if row is None:
            raise NotFound
        row.link, row.sent, row.at = seal_text(token), False, clock.now()
        journal.write(
            "invitation.renouvelee",
            actor=by.name,
            user_id=by.user_id,
            case_id=row.case_id,
            subject=str(task_id),
        )
    return message_facts.answer_address(token)


@contextmanager
def holding(token: str) -> Iterator[Held]:
    """Serve the territory of a link for the time of the block.

    Raises:
        Answered: nothing waits behind this link any more, or nothing ever did.
    """
    with tenancy.unscoped("token"):
        found = db.session.execute(
            select(StepLink.task_id, StepLink.territory_id, StepLink.audience).where(
                StepLink.link == seal_text(token)
            )
        ).first()
    end_read()
    if found is None:
        raise Answered
    with tenancy.serving(found.territory_id):
        yield _held(found.task_id, found.audience)


def _held(task_id: UUID, audience: str) -> Held:
    task = db.session.get(Task, task_id)
    if task is None or task.status != "open":
        raise Answered
    if task.case is not None and task.case.keeps_apart and task.lane in perimeter.lanes_apart(task.case.id):
        raise Answered
    return Held(
        task_id=task.id,
        territory=db.session.get_one(Territory, task.territory_id),
        release=releases.of(task.process.release_id),
        actor=Actor(
            kind="link",
            name=_who(task, audience),
            person=f"invitation:{task.id}",
            rights=Rights(collect=frozenset(CLASSES), read=_READS.get(audience, frozenset())),
            lanes=frozenset({task.lane}),
            branch=task.scope,
        ),
        audience=audience,
    )


def _who(task: Task, audience: str) -> str:
    """Return the name under which the answer is kept: the structure's, never the household's."""
    told = task.case.alert_giver if audience == invitations.GIVER and task.case is not None else {}
    return str(told.get("structure") or told.get("nom") or _NAMES[audience])
