"""A form of the draft being edited: read, kept in one operation with whatever it moves elsewhere, undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy import select

from app.catalog import form_edits, form_text
from app.catalog.compiler import compile_form
from app.catalog.form_edits import Place
from app.catalog.form_text import FormText, Tree
from app.catalog.forms import Form
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import Settings, parse_settings
from app.database import db, transaction
from app.errors import BundleFault, Conflict, NotFound
from app.models import DraftChange
from app.services import form_uses, releases, studio
from app.services.actors import Actor
from app.services.studio import DraftFile, StaleFile, admitting, drafting

FOLDER: Final = "forms"


@dataclass(frozen=True)
class EditedForm:
    """A form of the draft: its ``file``, and ``files``, every text of the draft beside it."""

    id: str
    file: DraftFile
    files: Mapping[str, str]

    @cached_property
    def read(self) -> FormText:
        """The JSON as written.

        Raises:
            BundleFault: it cannot be read, or is not shaped as a form.
        """
        found = form_text.read(self.file.text, file=self.file.name)
        fault = form_edits.shape_fault(found.tree)
        if fault:
            raise BundleFault(file=self.file.name, cause=fault)
        return found

    @property
    def tree(self) -> Tree:
        """The parsed form."""
        return self.read.tree

    @property
    def title(self) -> str:
        """What people call the form."""
        return str(self.tree.get("titre") or self.id)

    @cached_property
    def settings(self) -> Settings:
        """The settings of the draft; those of the release in force while the draft's cannot be read."""
        try:
            return parse_settings(self.files.get(SETTINGS_FILE, ""))
        except BundleFault:
            return releases.current().bundle.settings

    def compiled(self) -> Form:
        """Return the compiled form.

        Raises:
            BundleFault: it has a fault.
        """
        return compile_form(self.file.text, settings=self.settings, file=self.file.name)

    def others(self) -> dict[str, Tree]:
        """Return the other forms of the draft that can be read, by id."""
        found = {}
        for name, text in self.files.items():
            if name.startswith(f"{FOLDER}/") and name != self.file.name:
                try:
                    read = form_text.read(text, file=name)
                except BundleFault:
                    continue
                if not form_edits.shape_fault(read.tree):
                    found[PurePosixPath(name).stem] = read.tree
        return found

    def released_keys(self) -> frozenset[str]:
        """Return the keys that the form has in the release in force: answers were given under them."""
        if releases.newest() is None:
            return frozenset()
        form = releases.current().bundle.forms.get(self.id)
        return frozenset(line.key for line in form.field_list()) if form is not None else frozenset()


def name_of(form: str) -> str:
    """Return the name of a form's file in a bundle."""
    return f"{FOLDER}/{form}.json"


def opened(form: str, by: Actor) -> EditedForm:
    """Return a form of the draft, begun if need be.

    Raises:
        NotFound: the draft has no such form.
    """
    draft = studio.opened(by)
    file = studio.read(name_of(form))
    return EditedForm(form, file, {name: data.decode() for name, data in draft.files.items()})


def keep(form: EditedForm, tree: Tree, *, base: str, by: Actor, reason: str = "") -> int | None:
    """Write the edited form into the draft; return its version, None when nothing changed.

    Args:
        base: the digest of the text that the person saw.
        reason: a sentence that the history keeps; with one the edit can be undone alone.

    Raises:
        StaleFile: somebody changed the form meanwhile. Refused: it cannot be kept.
    """
    return keep_all(
        {form.file.name: form_text.write(form.read, tree)}, {form.file.name: base}, by=by, reason=reason
    )


def keep_all(
    texts: Mapping[str, str], bases: Mapping[str, str | None], *, by: Actor, reason: str = ""
) -> int | None:
    """Write several files of the draft in one operation; return its version, None when nothing changed.

    Raises:
        StaleFile: one of them is not what ``bases`` says that the person saw. Refused: one cannot be kept.
    """
    with admitting.journalled(by, what="enregistrer"):
        kept = {name: admitting.admitted_text(name, text) for name, text in texts.items()}
        with transaction():
            row = drafting.for_writing()
            moved: dict[str, str | None] = {}
            for name, text in kept.items():
                before = row.files.get(name)
                if before != text:
                    drafting.expect(name, before, bases.get(name))
                    moved[name] = text
            if not moved:
                return None
            drafting.change(row, moved, by=by, reason=reason)
            version = row.version
    return version


def rename(form: EditedForm, place: Place, new: str, *, everywhere: bool, base: str, by: Actor) -> int | None:
    """Give a field another key, in the form and, when asked, wherever the draft names it, in one operation.

    Raises:
        NoSuchPlace: the form has nothing there. StaleFile: a file changed meanwhile.
    """
    told = form_uses.rename(form.files, form.id, place, new).files
    texts = told if everywhere else {form.file.name: told[form.file.name]}
    bases = {name: studio.digest_of(form.files[name]) for name in texts} | {form.file.name: base}
    old = str(form_edits.at(form.tree, place).get("cle", ""))
    return keep_all(texts, bases, by=by, reason=f"« {form.id}.{old} » devient « {form.id}.{new} ».")


class CannotUndo(Conflict):
    """What an operation wrote was changed again since."""

    sentence_template = (
        "« {name} » a changé depuis : annuler effacerait ce qui a été fait après. Ouvrez l'historique de ce "
        "fichier pour reprendre un état d'avant."
    )


def undo(version: int, by: Actor) -> list[str]:
    """Take back the operation that made this version of the draft; return the names of the files put back.

    Raises:
        NotFound: no such operation of this person. CannotUndo: a file was changed since.
    """
    wanted = select(DraftChange).where(
        DraftChange.version == version, DraftChange.reason != "", DraftChange.user_id == by.user_id
    )
    with transaction():
        changes = list(db.session.scalars(wanted))
        if not changes:
            raise NotFound
        row = drafting.for_writing()
        for change in changes:
            now = row.files.get(change.name)
            if (studio.digest_of(now) if now is not None else None) != change.after:
                raise CannotUndo(name=change.name)
        before = {change.name: change.before for change in changes}
        drafting.change(row, before, by=by, reason="Annulé.")
    return sorted(before)


def create(form: str, title: str, *, copied: str | None, by: Actor) -> DraftFile:
    """Add a form to the draft, blank or copied from another.

    Raises:
        NotFound: nothing of that name to copy. Taken: a form has that name. Refused: it does not fit.
    """
    tree: Tree = {"id": form, "titre": title, form_edits.FIELDS: [dict(_FIRST)]}
    text = form_text.fresh(tree)
    if copied is not None:
        source = opened(copied, by)
        text = form_text.write(source.read, form_edits.change(source.tree, {"id": form, "titre": title}))
    try:
        return studio.save(name_of(form), text, base=None, by=by)
    except StaleFile as fault:
        raise drafting.Taken(name=name_of(form)) from fault


_FIRST: Final[Tree] = {"cle": "commentaire", "type": "texte_long", "libelle": "Commentaire"}
