"""The list of a form being edited: its sections, its fields and columns in order, what is wrong with each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.catalog import form_edits, form_panel
from app.catalog.form_edits import Place, written
from app.catalog.form_text import Tree
from app.checker import Problem
from app.services.form_drafts import EditedForm
from app.web.form_words import TYPES


@dataclass(frozen=True)
class Line:
    """A field or a column in the list of the form."""

    place: str
    key: str
    label: str
    type: str
    required: bool
    conditional: bool
    classe: str
    depth: int
    problems: Sequence[Problem]
    here: bool


@dataclass(frozen=True)
class Part:
    """A section in the list of the form; ``rank`` is None for the only one of a short form."""

    rank: int | None
    title: str
    introduction: str
    conditional: bool
    lines: Sequence[Line]


def parts(edited: EditedForm, problems: Sequence[Problem], here: Place | None) -> list[Part]:
    """Return the list of the form, section by section."""
    told = by_place(edited.tree, problems)
    found = []
    for rank, part in enumerate(form_edits.sections(edited.tree)):
        lines = [
            line_of(place, row, told.get(place, ()), here)
            for place, row in form_edits.walk(edited.tree)
            if place[0] == rank
        ]
        named = form_edits.SECTIONS in edited.tree
        found.append(
            Part(
                rank=rank if named else None,
                title=str(part.get("titre", "")) if named else "",
                introduction=str(part.get("introduction", "")) if named else "",
                conditional=named and bool(part.get("si")),
                lines=lines,
            )
        )
    return found


def line_of(place: Place, row: Tree, problems: Sequence[Problem], here: Place | None) -> Line:
    """Return a field or a column as a line of the list."""
    kind = form_panel.kind_name(row)
    return Line(
        place=written(place),
        key=str(row.get("cle", "")),
        label=str(row.get("libelle") or row.get("cle") or "sans question"),
        type=TYPES[kind].label if kind in TYPES else kind or "type inconnu",
        required=row.get("obligatoire") is True,
        conditional=bool(row.get("si")),
        classe=str(row.get("classe", "technique")),
        depth=len(place) - 2,
        problems=problems,
        here=place == here,
    )


def by_place(tree: Tree, problems: Iterable[Problem]) -> dict[Place, list[Problem]]:
    """Return the problems of the form on the fields they name: « key » or « table.column »."""
    found: dict[Place, list[Problem]] = {}
    for problem in problems:
        place = place_of_element(tree, problem.element) or _named_in(tree, problem.message)
        if place is not None:
            found.setdefault(place, []).append(problem)
    return found


def place_of_element(tree: Tree, element: str) -> Place | None:
    """Return where the field that the checker names stands."""
    table, dot, column = element.partition(".")
    return form_edits.place_of_key(tree, column, table) if dot else form_edits.place_of_key(tree, table)


def _named_in(tree: Tree, message: str) -> Place | None:
    """Return the field that a refusal of the whole file names first: « key » or « table.column »."""
    quoted = message.partition("« ")[2].partition(" »")[0]
    for name in (quoted, quoted.rpartition(".")[0]):
        found = place_of_element(tree, name) if name else None
        if found is not None:
            return found
    return None


def unplaced(tree: Tree, problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems of the form that stand on no field."""
    return [
        problem
        for problem in problems
        if place_of_element(tree, problem.element) is None and _named_in(tree, problem.message) is None
    ]
