"""The draft file by file: read, saved with the digest that its writer saw, renamed, removed, replaced."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.catalog.bundle import MAX_FILES
from app.catalog.settings import FILE as SETTINGS_FILE
from app.database import db, transaction
from app.errors import BundleFault, Conflict, NotFound
from app.ids import new_id
from app.models import DraftChange, ProgrammeDraft, Release
from app.services import drafts, journal, releases
from app.services.actors import Actor
from app.services.drafts import Draft
from app.services.studio import admitting, past, titles
from app.services.studio.admitting import digest_of


@dataclass(frozen=True)
class DraftFile:
    """A file of the draft as stored; nobody changed it since the draft began when ``changed_by`` is None."""

    name: str
    text: str
    digest: str
    changed_by: str | None
    changed_at: datetime | None


class StaleFile(Conflict):
    """The file is no longer what its writer saw. ``theirs`` is what stands there now, None once removed."""

    sentence_template = (
        "{who} a changé ce fichier pendant que vous y travailliez. Rien n'est écrasé : comparez les deux, "
        "puis gardez la vôtre ou reprenez la sienne."
    )

    def __init__(self, theirs: DraftFile | None, *, who: str | None, when: datetime | None) -> None:
        self.theirs, self.who, self.when = theirs, who, when
        super().__init__(who=who or "Quelqu'un")


def opened(by: Actor) -> Draft:
    """Return the draft, begun from the current release when there is none.

    A draft that nobody changed follows the release that was published since.

    Raises:
        NotFound: the territory has no release yet.
    """
    draft = drafts.current()
    current = releases.current()
    if draft is None or draft.based_on != current.number:
        begun = draft is None
        drafts.begin(current)
        if begun:
            with transaction():
                details = {"version": current.number}
                journal.write("brouillon.commence", actor=by.name, user_id=by.user_id, details=details)
        draft = drafts.current()
    if draft is None:
        raise NotFound
    return draft


def files() -> list[DraftFile]:
    """Return every file of the draft, in the order of names; none before it is begun."""
    row = db.session.scalar(select(ProgrammeDraft))
    if row is None:
        return []
    last = past.latest()
    return [_file(name, row.files[name], last.get(name)) for name in sorted(row.files)]


def read(name: str) -> DraftFile:
    """Return one file.

    Raises:
        NotFound: the draft has none of that name.
    """
    row = db.session.scalar(select(ProgrammeDraft))
    if row is None or name not in row.files:
        raise NotFound
    return _file(name, row.files[name], past.latest(name).get(name))


def save(name: str, text: str, *, base: str | None, by: Actor) -> DraftFile:
    """Keep a file as somebody wrote it, faults of sense and all.

    Args:
        base: the digest of the text that the writer started from, None for a new file.

    Raises:
        StaleFile: somebody changed, added or removed it meanwhile.
        Refused: what cannot be kept under that name (a ``BundleFault``); the journal says so.
    """
    with admitting.journalled(by, what="enregistrer"):
        kept = admitting.admitted_text(name, text)
        with transaction():
            row = for_writing()
            before = row.files.get(name)
            if before != kept:  # the same text twice is no conflict
                expect(name, before, base)
                if before is None and len(row.files) >= MAX_FILES:
                    raise admitting.too_many()
                change(row, {name: kept}, by=by)
    return read(name)


def remove(name: str, *, base: str | None, by: Actor) -> None:
    """Take a file out of the draft; its last state stays in the history.

    Raises:
        NotFound: there is none. StaleFile: it changed meanwhile. BundleFault: the settings cannot go.
    """
    _not_the_settings(name)
    with transaction():
        row = for_writing()
        before = row.files.get(name)
        if before is None:
            raise NotFound
        expect(name, before, base)
        change(row, {name: None}, by=by, reason="Retiré.")


def rename(name: str, new: str, *, base: str | None, by: Actor) -> DraftFile:
    """Give a file another name; a form's ``id`` follows, because it is its name.

    Raises:
        NotFound: there is none. StaleFile: it changed meanwhile. Conflict: the new name is taken.
        Refused: the new name does not fit.
    """
    _not_the_settings(name)
    with admitting.journalled(by, what="renommer"):
        if name.rpartition("/")[0] != new.rpartition("/")[0]:
            raise admitting.Refused(
                file=new, cause="un fichier garde son genre. Gardez le dossier.", kind="nom"
            )
        with transaction():
            row = for_writing()
            before = row.files.get(name)
            if before is None:
                raise NotFound
            expect(name, before, base)
            if new in row.files:
                raise Taken(name=new)
            kept = admitting.admitted_text(new, titles.with_id(name, before, new))
            told = f"« {name} » devient « {new} »."
            change(row, {name: None, new: kept}, by=by, reason=told)
    return read(new)


class Taken(Conflict):
    """Another file has that name."""

    sentence_template = "« {name} » existe déjà. Choisissez un autre nom."


def replace(files: Mapping[str, bytes], *, expected: int, by: Actor, reason: str) -> int:
    """Replace the whole draft (an import, a pull, an earlier release); return its new version.

    Args:
        expected: the version of the draft that the person saw.
        reason: a sentence that the history of each changed file keeps.

    Raises:
        Conflict: the draft changed meanwhile. Refused: a file cannot be kept; nothing is replaced.
    """
    with admitting.journalled(by, what="importer"):
        texts = admitting.admitted_all(files)
        if SETTINGS_FILE not in texts:
            raise admitting.Refused(file=SETTINGS_FILE, cause="ce fichier manque.", kind="manque")
    with transaction():
        row = for_writing()
        if row.version != expected:
            raise Conflict
        moved: dict[str, str | None] = {name: None for name in row.files if name not in texts}
        moved |= {name: text for name, text in texts.items() if row.files.get(name) != text}
        change(row, moved, by=by, reason=reason)
        return row.version


def restore(name: str, change_id: UUID, *, base: str | None, by: Actor) -> None:
    """Put a file back as it was before a change; what it is now stays in the history.

    Args:
        base: the digest of the file that the person saw, None when it does not exist.

    Raises:
        NotFound: no such change of that file. StaleFile: the file changed meanwhile.
    """
    wanted = select(DraftChange).where(DraftChange.id == change_id, DraftChange.name == name)
    with admitting.journalled(by, what="reprendre"), transaction() as session:
        kept = session.scalar(wanted)
        if kept is None:
            raise NotFound
        if kept.before is None:
            _not_the_settings(name)
        row = for_writing()
        expect(name, row.files.get(name), base)
        text = admitting.admitted_text(name, kept.before) if kept.before is not None else None
        if row.files.get(name) != text:
            change(row, {name: text}, by=by, reason="Revenu à un état d'avant.")


def bring_in(files: Mapping[str, bytes], *, by: Actor, reason: str) -> int:
    """Let the draft be these files, faults and all; what each was before is remembered. Return its version.

    Raises:
        BundleFault: a file is no text in UTF-8.
        NotFound: there is no release to begin from.
    """
    texts = drafts.texts_of(files)
    with transaction():
        row = for_writing()
        names = sorted(row.files.keys() | texts.keys())
        moved = {name: texts.get(name) for name in names if row.files.get(name) != texts.get(name)}
        if moved:
            change(row, moved, by=by, reason=reason)
        return row.version


# Inside the transaction of whoever writes


def for_writing() -> ProgrammeDraft:
    """Return the draft, nobody else writing it; begun from the newest release when there is none.

    Raises:
        NotFound: there is no release to begin from.
    """
    releases.in_turn()
    row: ProgrammeDraft | None = db.session.scalar(select(ProgrammeDraft))
    if row is not None:
        return row
    origin: Release | None = db.session.scalar(select(Release).order_by(Release.number.desc()).limit(1))
    if origin is None:
        raise NotFound
    row = ProgrammeDraft(
        id=new_id(), territory_id=tenancy.current_id(), files=dict(origin.files), based_on=origin.id,
        version=1, updated_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    return row


def change(row: ProgrammeDraft, moved: Mapping[str, str | None], *, by: Actor, reason: str = "") -> None:
    """Write files into the draft (None: removed) and remember what they were."""
    before: dict[str, Any] = row.files
    row.files = {name: text for name, text in sorted({**before, **moved}.items()) if text is not None}
    row.version += 1
    row.updated_at = clock.now()
    for name, text in moved.items():
        past.note(name, before.get(name), text, version=row.version, by=by, reason=reason)


def expect(name: str, before: str | None, base: str | None) -> None:
    """See that a file is what its writer saw.

    Raises:
        StaleFile: it is not.
    """
    if (digest_of(before) if before is not None else None) == base:
        return
    last = past.latest(name).get(name)
    theirs = _file(name, before, last) if before is not None else None
    raise StaleFile(theirs, who=last.by if last else None, when=last.at if last else None)


def _not_the_settings(name: str) -> None:
    if name == SETTINGS_FILE:
        raise BundleFault(
            file=name, cause="ce fichier donne les rôles et les réglages : il reste, sous ce nom."
        )


def _file(name: str, text: str, last: DraftChange | None) -> DraftFile:
    return DraftFile(name, text, digest_of(text), last.by if last else None, last.at if last else None)
