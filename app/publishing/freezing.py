"""The moment a draft becomes a release, or an old release is taken up again: one transaction, one line."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.catalog import identity
from app.catalog.bundle import Bundle, bundle_from_files, bundle_from_text
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import load_toml
from app.database import as_one, db, transaction
from app.errors import BundleFault, Conflict, Invalid, NotFound
from app.models import ProgrammeDraft, Publication, Release, Territory
from app.services import journal, live, release_rights, releases, starting
from app.services.actors import Actor
from app.services.releases import LoadedRelease

_TABLES: Final = (identity.LIVE, identity.STAFFING)


class AlreadyCurrent(Conflict):
    """That release's programme is in force already."""

    sentence_template = "La version {number} dit la même chose que la version en vigueur : rien n'est publié."


def as_of_today(bundle: Bundle) -> Bundle:
    """Return a draft with the values that live in the territory today, where its designer left them alone.

    Contact, closing days, Anah year and staffing change on screens: a draft begun before must not undo them.
    """
    row = db.session.scalar(select(ProgrammeDraft.based_on))
    texts: Mapping[str, str] | None = db.session.scalar(select(Release.files).where(Release.id == row))
    if texts is None or _own(bundle.files[SETTINGS_FILE].decode()) != _own(texts.get(SETTINGS_FILE, "")):
        return bundle
    return _settled(bundle)


def moves_values(bundle: Bundle) -> bool:
    """Whether publishing a bundle would change a live value of the territory."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    before = {"nom": territory.name, **territory.live}
    wanted = {"nom": bundle.settings.name, **live.of_bundle(bundle)}
    return any(before.get(key) != value for key, value in wanted.items())


def freeze(publication_id: UUID, bundle: Bundle, proof: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    """Publish what was proven, and let the draft go on from there; nothing when it was stopped meanwhile.

    Raises:
        RelaisError: a file cannot run; nothing is published.
    """
    with as_one() as session:
        releases.in_turn()
        row = session.scalars(select(Publication).where(Publication.id == publication_id)).one()
        if row.status != "running":
            return
        note, by, user_id = row.note, row.by, row.user_id
        release = releases.publish(bundle, note=note, proof=proof)
        with transaction():
            row = session.scalars(select(Publication).where(Publication.id == publication_id)).one()
            row.status, row.release_id, row.report = "published", release.id, dict(report)
            row.done = row.total = 100
            row.ended_at = row.heard_at = clock.now()
            details = {"version": release.number, "empreinte": release.fingerprint}
            journal.write(
                "atelier.publie", actor=by, user_id=user_id, subject=str(release.id), details=details
            )
            _go_on(release, row.draft_version)


def roll_back(number: int, *, note: str, by: Actor) -> LoadedRelease:
    """Publish an earlier release's programme again, its proof taken over; running cases keep theirs.

    Raises:
        NotFound: no such release. Invalid: no note. AlreadyCurrent: it is what is in force.
        BundleFault, UnreadableRelease: this version of Relais cannot run it.
    """
    told = " ".join(note.split())[:500]
    if not told:
        raise Invalid({"note": ["Dites en une phrase pourquoi vous revenez à cette version."]})
    row = db.session.scalar(select(Release).where(Release.number == number))
    if row is None:
        raise NotFound
    territory = db.session.get_one(Territory, tenancy.current_id())
    origin = {"territoire": territory.code, "version": number}
    proof, bundle = {"reprise_de": origin, **row.proof}, _settled(bundle_from_text(dict(row.files)))
    with as_one():
        releases.in_turn()
        current = releases.newest()
        if current is not None and current.fingerprint == bundle.fingerprint:
            raise AlreadyCurrent(number=number)
        release_rights.require(bundle, by)
        release = releases.publish(bundle, note=told, proof=proof)
        with transaction():
            details = {"version": release.number, "revient_a": number}
            journal.write(
                "atelier.retour", actor=by.name, user_id=by.user_id, subject=str(release.id), details=details
            )
    starting.arm_all()
    return release


def _settled(bundle: Bundle) -> Bundle:
    """Return a bundle with today's name, code and live values, as it is when they cannot be written in."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    try:
        return bundle_from_files(live.settled(bundle, territory))
    except BundleFault:
        return bundle


def _own(text: str) -> dict[str, Any]:
    """Return what of the settings lives outside releases; nothing of a text that cannot be read."""
    try:
        parsed = load_toml(text)
    except BundleFault:
        return {}
    return {key: parsed.get(key) for key in (*_TABLES, "nom")}


def _go_on(release: LoadedRelease, version: int) -> None:
    """Let the draft say that it comes from this release; unchanged since, it takes its very files."""
    row = db.session.scalar(select(ProgrammeDraft))
    if row is None:
        return
    row.based_on = release.id
    if row.version == version:
        row.files = release.bundle.as_text()
