"""Cases that are no longer open to everyone: archived, then erased (LAW-5)."""

from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.database import db
from app.errors import Forbidden, Gone
from app.models import Case
from app.services.actors import Actor

SEES: Final = "archives.voir"
"""Who still opens an archived case."""


class Archived(Forbidden):
    """The case is in the restricted archive."""

    sentence_template = (
        "Ce dossier est archivé. Demandez-le à une personne du territoire qui a accès aux archives."
    )


class Erased(Gone):
    """Nothing of the household is left."""

    sentence_template = "Ce dossier a été effacé : il n'en reste que la référence, et les chiffres sans nom."


def shown(actor: Actor) -> list[ColumnElement[bool]]:
    """Return what a list of cases asks for, so that it shows none that ``actor`` may not open."""
    conditions: list[ColumnElement[bool]] = [Case.erased_at.is_(None)]
    if not actor.rights.may(SEES):
        conditions.append(Case.archived_at.is_(None))
    return conditions


def guard(case_id: UUID | None, actor: Actor) -> None:
    """Let ``actor`` open what belongs to a case, or say why not; without a case nothing is asked.

    Raises:
        Archived: it is in the archive, and this person has no access to it.
        Erased: nothing of the household is left.
    """
    if case_id is None:
        return
    row = db.session.execute(select(Case.archived_at, Case.erased_at).where(Case.id == case_id)).first()
    if row is not None and row.erased_at is not None:
        raise Erased
    if row is not None and row.archived_at is not None and not actor.rights.may(SEES):
        raise Archived
