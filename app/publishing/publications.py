"""A draft on its way to a release: judged, its scenarios and a simulation lived, then frozen. Rows tell.

What is published is the draft as it stood when it was asked: what is saved meanwhile stays in the draft. The
long part runs in a process of low priority, followed by a thread; the page answers at once.
"""

import contextvars
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock, tenancy
from app.catalog.bundle import Bundle
from app.checker import Problem
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.models import Publication
from app.publishing import freezing, publication_runs
from app.services import release_rights, releases, studio
from app.services.actors import Actor
from app.services.studio import admitting

SILENT: Final = timedelta(seconds=60)
"""A publication at work that has said nothing for so long has lost its server."""
OVER: Final = frozenset({"published", "refused", "stopped"})
MOST_NOTE: Final = 500
_LEFT: Final = "Le serveur s'est arrêté pendant la publication : rien n'est publié. Recommencez."


class DraftMoved(Conflict):
    """The draft is no longer the one that the page showed."""

    sentence_template = (
        "Le brouillon a changé depuis que cette page a été ouverte. Rien n'est publié : relisez ce qui "
        "change, puis publiez."
    )


class Unchanged(Conflict):
    """The draft says what the current release says."""

    sentence_template = (
        "Le brouillon dit la même chose que la version {number}, en vigueur : rien n'est publié."
    )


class UnderWay(Conflict):
    """Somebody publishes already."""

    sentence_template = "{who} publie déjà une version. Attendez qu'elle soit publiée ou refusée."


class RefusedByCheck(Conflict):
    """The draft holds errors."""

    sentence_template = (
        "Le brouillon contient {errors} : rien n'est publié. Corrigez ce qui est dit dans l'atelier, puis "
        "recommencez."
    )


def start(publication_id: UUID, *, version: int, note: str, by: Actor) -> UUID:
    """Ask that the draft be published; asked twice with the same id, it is once.

    Args:
        publication_id: drawn by the page that shows what changes.
        version: of the draft that this page showed.
        note: what the release changes, in a sentence.

    Raises:
        Invalid: no note. DraftMoved, Unchanged, UnderWay, RefusedByCheck: nothing is published.
        WidensRights: it gives rights that only an administrator may give.
        BundleFault: the draft cannot be read whole.
    """
    if _known(publication_id):
        return publication_id
    told = " ".join(note.split())[:MOST_NOTE]
    if not told:
        raise Invalid({"note": ["Dites en une phrase ce que change cette version."]})
    draft = studio.opened(by)
    if draft.version != version:
        raise DraftMoved
    problems = studio.problems()
    _refuse_errors(problems, by)
    bundle = freezing.as_of_today(studio.bundle())
    current = releases.newest()
    if (
        current is not None
        and current.fingerprint == bundle.fingerprint
        and not freezing.moves_values(bundle)
    ):
        raise Unchanged(number=current.number)
    release_rights.require(bundle, by)
    if _keep(publication_id, bundle, version=version, note=told, by=by):
        _follow(publication_id, bundle, problems)
    return publication_id


def find(publication_id: UUID) -> Publication:
    """Return a publication; one whose server went away is refused first.

    Raises:
        NotFound: none of that id here.
    """
    row = db.session.scalar(select(Publication).where(Publication.id == publication_id))
    if row is None:
        raise NotFound
    if row.status not in OVER and row.heard_at < clock.now() - SILENT:
        publication_runs.end(publication_id, "refused", _LEFT)
        row = db.session.scalars(select(Publication).where(Publication.id == publication_id)).one()
    return row


def under_way() -> Publication | None:
    """Return the publication at work here, None when there is none."""
    row = db.session.scalar(
        select(Publication)
        .where(Publication.status.not_in(sorted(OVER)))
        .order_by(Publication.created_at.desc())
    )
    return row if row is not None and find(row.id).status not in OVER else None


def stop(publication_id: UUID) -> None:
    """Stop a publication that has not ended; what is frozen stays frozen.

    Raises:
        NotFound: none of that id here.
    """
    if find(publication_id).status not in OVER:
        publication_runs.end(publication_id, "stopped", "Arrêtée à la demande : rien n'est publié.")


def _known(publication_id: UUID) -> bool:
    return db.session.scalar(select(Publication.id).where(Publication.id == publication_id)) is not None


def _refuse_errors(problems: Sequence[Problem], by: Actor) -> None:
    codes = sorted({item.code for item in problems if item.severity == "error"})
    if codes:
        count = sum(item.severity == "error" for item in problems)
        admitting.note_refusal(by, what="publier", kind=", ".join(codes)[:200])
        raise RefusedByCheck(errors="une erreur" if count == 1 else f"{count} erreurs")


def _keep(publication_id: UUID, bundle: Bundle, *, version: int, note: str, by: Actor) -> bool:
    """Write the row; False when the same click wrote it already."""
    now = clock.now()
    row = Publication(
        id=publication_id, draft_version=version, fingerprint=bundle.fingerprint, note=note, by=by.name,
        user_id=by.user_id, status="running", stage="Vérification", created_at=now, heard_at=now,
    )  # fmt: skip
    try:
        with transaction() as session:
            releases.in_turn()
            if db.session.get(Publication, publication_id) is not None:
                return False
            busy = session.scalar(
                select(Publication.by).where(
                    Publication.status.not_in(sorted(OVER)), Publication.heard_at >= now - SILENT
                )
            )
            if busy is not None:
                raise UnderWay(who=busy)
            session.add(row)
    except IntegrityError:  # the same click twice, at the same instant
        if not _known(publication_id):
            raise Conflict from None
        return False
    return True


def _follow(publication_id: UUID, bundle: Bundle, problems: Sequence[Problem]) -> None:
    # The thread outlives the request: it takes the application itself, and the clock as it stands.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    territory_id, context = tenancy.current_id(), contextvars.copy_context()

    def work() -> None:
        with app.app_context():
            try:
                with tenancy.serving(territory_id):
                    publication_runs.live(publication_id, bundle, problems)
            finally:
                db.session.remove()

    threading.Thread(
        target=lambda: context.run(work), name=f"publication {publication_id}", daemon=True
    ).start()


def told(row: Publication) -> Mapping[str, Any]:
    """Return how far a publication is, for a page that asks again: ``over``, ``percent``, ``told``."""
    share = round(100 * row.done / row.total) if row.total else 0
    return {"over": row.status in OVER, "percent": min(99, share), "told": row.stage}
