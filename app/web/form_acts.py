"""What the buttons of the form editor do: each makes a new form of what was typed, and says so."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.catalog import form_edits, form_head, form_lists, form_panel
from app.catalog.form_edits import NoSuchPlace, Place, change
from app.catalog.form_panel import Mistyped
from app.catalog.form_text import Tree
from app.catalog.kinds import KINDS
from app.catalog.submission import Flat
from app.web.form_words import TYPES

LONGEST_LABEL: Final = 500


@dataclass(frozen=True)
class Asked:
    """A button pressed: the form, the field it is about, what was typed, the button's own argument."""

    tree: Tree
    place: Place | None
    flat: Flat
    argument: str = ""

    def the_place(self) -> Place:
        """Return the field it is about.

        Raises:
            NoSuchPlace: it says none.
        """
        if self.place is None:
            raise NoSuchPlace("")
        return self.place

    def number(self) -> int:
        """Return the button's argument as a rank."""
        if not re.fullmatch(r"\d{1,3}", self.argument, re.ASCII):
            raise NoSuchPlace(self.argument)
        return int(self.argument)

    def text(self, box: str) -> str:
        """Return what a box holds, empty without any."""
        return form_panel.last(self.flat, box) or ""


@dataclass(frozen=True)
class Done:
    """The form after a button, the field then open, a sentence, whether the step can be undone alone."""

    tree: Tree
    place: Place | None
    said: str = ""
    undoable: bool = False


def types_of(tree: Tree) -> dict[str, str]:
    """Return the type of each field and column, by key."""
    return {str(row.get("cle", "")): form_panel.kind_name(row) for _, row in form_edits.walk(tree)}


def save_field(asked: Asked) -> Done:
    """Keep what the panel of a field says."""
    place = asked.the_place()
    row = form_edits.at(asked.tree, place)
    kind = form_panel.kind_name(row)
    found = form_panel.typed(row, _without_type(asked.flat, kind), types_of(asked.tree))
    if form_lists.needs_options(kind):
        found = form_lists.typed_options(found, asked.flat)
    found = form_lists.typed_simulation(found, asked.flat)
    if not str(found.get("libelle") or "").strip():
        raise Mistyped("libelle", "Écrivez la question.")
    return Done(form_edits.put(asked.tree, place, found), place)


def _without_type(flat: Flat, kind: str) -> Flat:
    """The type changes by its own button, the key by its own page."""
    kept = {box: texts for box, texts in flat.values.items() if box != "cle"}
    return Flat({**kept, "type": [kind]})


def change_type(asked: Asked) -> Done:
    """Give a field another type, and say which of its keys the new one does not have."""
    place = asked.the_place()
    row, kind = form_edits.at(asked.tree, place), asked.text("type")
    _fits(kind, place)
    found = form_panel.of_kind(row, kind)
    if KINDS[kind].answered and not found.get("cle"):
        key = form_edits.key_from(str(row.get("libelle", "")), form_edits.taken_keys(asked.tree, place))
        found = change(found, {"cle": key})
    lost = sorted(key for key in row if key not in found and key != "format")
    said = f"Le champ est maintenant du type « {TYPES[kind].label} »."
    if lost:
        said += f" Ce que ce type n'a pas est parti : {', '.join(lost)}."
    return Done(form_edits.put(asked.tree, place, found), place, said, undoable=True)


def add_field(asked: Asked) -> Done:
    """Add a field after the one that is open, or at the end of a section."""
    after = asked.text("apres")
    if after:
        place = form_edits.place_of(after)[:2]
        form_edits.at(asked.tree, place)
        place = (place[0], place[1] + 1)
    else:
        section = asked.number() if asked.argument else 0
        if section >= len(form_edits.sections(asked.tree)):
            raise NoSuchPlace(asked.argument)
        place = (section, len(form_edits.sections(asked.tree)[section].get(form_edits.FIELDS, ())))
    if sum(len(where) == 2 for where, _ in form_edits.walk(asked.tree)) >= form_edits.MOST_FIELDS:
        raise Mistyped("nouveau_libelle", "Ce formulaire a déjà 300 champs : faites-en deux.")
    row = _new_row(asked, place)
    return Done(form_edits.insert(asked.tree, place, row), place, "Le champ est ajouté.")


def add_column(asked: Asked) -> Done:
    """Add a column to a table."""
    table = asked.the_place()[:2]
    columns = form_edits.at(asked.tree, table).get(form_edits.COLUMNS, ())
    place = (*table, len(columns))
    row = _new_row(asked, place)
    return Done(form_edits.insert(asked.tree, place, row), place, "La colonne est ajoutée.")


def _new_row(asked: Asked, place: Place) -> Tree:
    kind, label = asked.text("nouveau_type"), asked.text("nouveau_libelle")
    _fits(kind, place)
    if not label:
        raise Mistyped("nouveau_libelle", "Écrivez la question du nouveau champ.")
    if len(label) > LONGEST_LABEL:
        raise Mistyped("nouveau_libelle", f"Une question tient en {LONGEST_LABEL} signes.")
    row: Tree = {"libelle": label}
    if KINDS[kind].answered:
        row = {"cle": form_edits.key_from(label, form_edits.taken_keys(asked.tree, place)), **row}
    return form_panel.of_kind(change(row, {"type": kind}), kind)


def _fits(kind: str, place: Place) -> None:
    if kind not in KINDS:
        raise Mistyped("nouveau_type", "Choisissez le type du champ.")
    if len(place) == 3 and not KINDS[kind].in_rows:
        raise Mistyped("nouveau_type", f"Une colonne ne peut pas être du type « {TYPES[kind].label} ».")


def move(by: int) -> Callable[[Asked], Done]:
    """Return the act that moves a field or a column one place."""

    def act(asked: Asked) -> Done:
        tree, place = form_edits.move(asked.tree, asked.the_place(), by)
        return Done(tree, place)

    return act


def move_to(asked: Asked) -> Done:
    """Put a field where it was dropped."""
    tree, place = form_edits.move_to(asked.tree, asked.the_place(), form_edits.place_of(asked.text("vers")))
    return Done(tree, place)


def duplicate(asked: Asked) -> Done:
    """Copy a field or a column after itself."""
    tree, place = form_edits.duplicate(asked.tree, asked.the_place())
    return Done(tree, place, "La copie suit le champ, avec une clé à elle.")


def remove(asked: Asked) -> Done:
    """Take a field or a column out."""
    place = asked.the_place()
    row = form_edits.at(asked.tree, place)
    if len(place) == 3 and len(form_edits.at(asked.tree, place[:2])[form_edits.COLUMNS]) == 1:
        raise Mistyped("", "Un tableau garde au moins une colonne. Retirez plutôt le tableau.")
    tree = form_edits.remove(asked.tree, place)
    if not any(True for _ in form_edits.walk(tree)):
        raise Mistyped("", "Un formulaire garde au moins un champ. Ajoutez-en un autre d'abord.")
    said = f"« {row.get('libelle') or row.get('cle')} » est retiré."
    return Done(tree, place[:2] if len(place) == 3 else None, said, undoable=True)


def option(moved: int | None) -> Callable[[Asked], Done]:
    """Return the act that moves one possible answer, or takes it out (None), after keeping the panel."""

    def act(asked: Asked) -> Done:
        done = save_field(asked)
        place, rank = asked.the_place(), asked.number()
        row = form_edits.at(done.tree, place)
        options = row.get("options")
        rows = list(options.items()) if isinstance(options, Mapping) else list(options or ())
        if not isinstance(options, list | Mapping) or rank >= len(rows):
            raise NoSuchPlace(str(rank))
        taken = rows.pop(rank)
        if moved is not None:
            rows.insert(max(0, rank + moved), taken)
        if not rows:
            raise Mistyped("options", "Gardez au moins une réponse possible.")
        kept: Any = dict(rows) if isinstance(options, Mapping) else rows
        new = row if list(kept) == list(options) else {**row, "options": kept}
        return Done(form_edits.put(done.tree, place, new), place)

    return act


def save_head(asked: Asked) -> Done:
    """Keep the form's title, introduction, appointment, effort and rules."""
    if not asked.text("titre"):
        raise Mistyped("titre", "Donnez un titre au formulaire.")
    tree = form_head.typed_group(asked.tree, form_head.HEAD, asked.flat)
    for key, keys, prefix in (
        ("agenda", form_head.AGENDA, "agenda."),
        ("simulation", form_head.EFFORT, "effort."),
    ):
        held = tree.get(key)
        new = form_head.typed_group(held, keys, asked.flat, prefix)
        if new != (held or {}):
            tree = change(tree, {key: new or None})
    return Done(form_head.typed_rules(tree, asked.flat), None)


def add_section(asked: Asked) -> Done:
    """Add a section at the end."""
    title = asked.text("nouvelle_rubrique")
    if not title:
        raise Mistyped("nouvelle_rubrique", "Écrivez le titre de la rubrique.")
    return Done(form_edits.add_section(asked.tree, title), asked.place, "La rubrique est ajoutée.")


def save_section(asked: Asked) -> Done:
    """Keep a section's title, introduction and condition."""
    rank = asked.number()
    part = form_edits.section(asked.tree, rank)
    if not asked.text("titre"):
        raise Mistyped("titre", "Donnez un titre à la rubrique.")
    new = form_head.typed_group(part, form_head.HEAD, asked.flat)
    new = change(new, form_panel.condition(part, asked.flat, types_of(asked.tree)))
    changes = {key: new.get(key) for key in form_head.SECTION}
    return Done(form_edits.change_section(asked.tree, rank, changes), None)


def move_section(by: int) -> Callable[[Asked], Done]:
    """Return the act that moves a section one place."""
    return lambda asked: Done(form_edits.move_section(asked.tree, asked.number(), by), None)


def remove_section(asked: Asked) -> Done:
    """Take a section out; its fields join its neighbour."""
    tree = form_edits.remove_section(asked.tree, asked.number())
    return Done(
        tree, None, "La rubrique est retirée ; ses champs restent, dans la rubrique voisine.", undoable=True
    )


ACTS: Final[Mapping[str, Callable[[Asked], Done]]] = {
    "champ": save_field,
    "type": change_type,
    "ajouter": add_field,
    "colonne": add_column,
    "monter": move(-1),
    "descendre": move(1),
    "deplacer": move_to,
    "dupliquer": duplicate,
    "retirer": remove,
    "option_monter": option(-1),
    "option_descendre": option(1),
    "option_retirer": option(None),
    "entete": save_head,
    "rubrique_ajouter": add_section,
    "rubrique": save_section,
    "rubrique_monter": move_section(-1),
    "rubrique_descendre": move_section(1),
    "rubrique_retirer": remove_section,
}
"""Every button that edits the form alone, by the word it sends (« monter », « option_monter:2 »)."""
