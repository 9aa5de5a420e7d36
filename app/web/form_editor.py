"""What the page of a form shows while it is edited: its fields in order, one of them in its panel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.catalog import form_edits, form_head, form_lists, form_panel
from app.catalog.form_conditions import ALONE, OPERATORS
from app.catalog.form_edits import Place, written
from app.catalog.form_keys import Inner, inner_uses
from app.catalog.form_text import Tree
from app.catalog.kinds import KINDS
from app.catalog.settings import Settings
from app.catalog.submission import Flat
from app.checker import Problem
from app.services.form_drafts import EditedForm
from app.services.form_uses import Use, class_change, uses_in
from app.web import form_words
from app.web.form_outline import Line, by_place, line_of
from app.web.form_words import CLASSES, BoxWords

BLANK_OPTIONS: Final = 2
LISTS: Final = (
    ("prestations", "Prestations du territoire"),
    ("articles", "Petit matériel"),
    ("compteurs", "Compteurs"),
    ("sites", "Sites du territoire, et logements hors site"),
    ("sites_ouverts", "Sites du territoire"),
    ("partenaires", "Genres de partenaires"),
    ("communes", "Communes du territoire"),
    ("annuaire", "Structures de l'annuaire"),
    ("intervenants", "Équipes, personnes et partenaires"),
    ("champs_partageables", "Réponses qui peuvent se transmettre"),
    ("inscrites", "Situations d'une séance"),
)
"""Lists that a choice may name, in words."""


@dataclass(frozen=True)
class Box:
    """A box of the panel with the text it shows."""

    name: str
    words: BoxWords
    value: str


@dataclass(frozen=True)
class ClassChoice:
    """One class a field may have: what it is, and what changing to it would change."""

    value: str
    label: str
    help: str
    effects: Sequence[str]
    here: bool


@dataclass(frozen=True)
class Panel:
    """The field being edited. ``flat`` holds every text of its boxes, as typed when they were refused."""

    place: str
    table: str
    row: Tree
    kind: str
    label: str
    key: str
    released: bool
    flat: Flat
    first: Sequence[Box]
    own: Sequence[Box]
    last: Sequence[Box]
    classes: Sequence[ClassChoice]
    options: Sequence[Mapping[str, str]] | None
    conditions: Sequence[Mapping[str, str]]
    columns: Sequence[Line]
    cases: Sequence[Mapping[str, str]]
    readable: Sequence[tuple[str, str]]
    values: Mapping[str, Sequence[tuple[str, str]]]
    uses: Sequence[Use]
    inner: Sequence[Inner]
    problems: Sequence[Problem]
    wrong: Mapping[str, str] = field(default_factory=dict)


def panel(
    edited: EditedForm,
    place: Place,
    problems: Sequence[Problem],
    typed: Flat | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Panel:
    """Return the panel of a field; with ``typed``, what was refused stands in its boxes.

    Raises:
        NoSuchPlace: the form has nothing there.
    """
    row = form_edits.at(edited.tree, place)
    kind, key = form_panel.kind_name(row), str(row.get("cle", ""))
    shown = Flat({**boxes_of(row).values, **(typed.values if typed is not None else {})})
    table = str(form_edits.at(edited.tree, place[:2]).get("cle", "")) if len(place) == 3 else ""
    full = f"{table}.{key}" if table else key
    first, own, last = _groups(kind, shown)
    above = readable(edited.tree, place)
    columns = enumerate(row.get(form_edits.COLUMNS, ()))
    return Panel(
        place=written(place),
        table=table,
        row=row,
        kind=kind,
        label=str(row.get("libelle") or key),
        key=key,
        released=full in edited.released_keys(),
        flat=shown,
        first=first,
        own=own,
        last=last,
        classes=class_choices(edited.settings, row, last_of(shown, "classe"), inherits=bool(table)),
        options=_option_rows(shown) if form_lists.needs_options(kind) else None,
        conditions=rows_of(shown, "si_lignes", ("champ", "signe", "valeur"), 1),
        columns=[line_of((*place, rank), column, (), None) for rank, column in columns],
        cases=rows_of(shown, "sim_selon", ("si", "poids"), 1),
        readable=[(name, label) for name, label, _ in above],
        values={name: options for name, _, options in above if options},
        uses=uses_in(edited.files, edited.id, full) if key else [],
        inner=inner_uses(edited.tree, place),
        problems=by_place(edited.tree, problems).get(place, ()),
        wrong=wrong or {},
    )


def _groups(kind: str, flat: Flat) -> tuple[list[Box], list[Box], list[Box]]:
    """Return the boxes of a type: at the top, its own, those of « Valeur proposée »."""
    apart = (*form_words.FIRST, *form_words.LAST)
    own = [name for name in form_panel.boxes(kind) if name in form_words.BOXES and name not in apart]
    first, last = (form_words.FIRST, form_words.LAST) if asks(kind) else (("libelle",), ())
    return _boxes(first, kind, flat), _boxes(own, kind, flat), _boxes(last, kind, flat)


def asks(kind: str) -> bool:
    """Whether a field of this type is answered."""
    return kind in KINDS and KINDS[kind].answered


def boxes_of(row: Tree) -> Flat:
    """Return the texts of every box of a field."""
    values = form_panel.shown(row).values | form_lists.simulation_boxes(row)
    if form_lists.needs_options(form_panel.kind_name(row)):
        values |= form_lists.option_boxes(row)
    return Flat(values)


def last_of(flat: Flat, box: str) -> str:
    """Return what a box holds, empty without any."""
    return form_panel.last(flat, box) or ""


def _boxes(names: Iterable[str], kind: str, flat: Flat) -> list[Box]:
    return [Box(name, form_words.box_of(name, kind), last_of(flat, name)) for name in names]


def class_choices(settings: Settings, row: Tree, chosen: str, *, inherits: bool) -> list[ClassChoice]:
    """Return the classes, each with who would gain and lose the answer."""
    before = str(row.get("classe") or "technique")
    found = []
    if inherits and "classe" not in row:
        found.append(ClassChoice("", "Celle du tableau", "", (), here=not chosen))
    for value, (label, told) in CLASSES.items():
        sent = "" if value == "technique" and "classe" not in row and not inherits else value
        effects = () if inherits and "classe" not in row else class_change(settings, before, value)
        found.append(ClassChoice(sent, label, told, effects, here=chosen == sent))
    return found


def _option_rows(flat: Flat) -> list[Mapping[str, str]]:
    return rows_of(flat, "options", form_lists.OPTION_PARTS, BLANK_OPTIONS)


def rows_of(flat: Flat, box: str, names: Sequence[str], blank: int) -> list[Mapping[str, str]]:
    """Return the rows of a box, some blank ones after them, each with its number."""
    numbers = flat.rows(box)
    more = range((numbers[-1] + 1) if numbers else 0, ((numbers[-1] + 1) if numbers else 0) + blank)
    return [
        {"rank": str(rank), **{name: flat.first(f"{box}.{rank}.{name}") or "" for name in names}}
        for rank in (*numbers, *more)
    ]


def readable(tree: Tree, place: Place) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the fields that a condition at ``place`` may name: key, label, possible answers."""
    found = []
    for where, row in form_edits.walk(tree):
        beside = len(where) == 2 or where[:2] == place[:2]
        if where >= place or not beside or where == place[:2] or not asks(form_panel.kind_name(row)):
            continue
        kind = form_panel.kind_name(row)
        options = [(value, label) for value, label, _ in form_lists.option_rows(row.get("options"))]
        options = [("oui", "oui"), ("non", "non")] if kind == "oui_non" else options
        found.append((str(row.get("cle", "")), str(row.get("libelle", "")), options))
    return found


def earlier_fields(edited: EditedForm) -> list[tuple[str, str]]:
    """Return the answers of other forms that a field may be proposed: « form.field » and words."""
    found = []
    for form, tree in sorted(edited.others().items()):
        title = str(tree.get("titre", form))
        for place, row in form_edits.walk(tree):
            if len(place) == 2 and asks(form_panel.kind_name(row)) and row.get("cle"):
                found.append((f"{form}.{row['cle']}", f"{title} : {row.get('libelle', '')}"))
    return found


def head_boxes(tree: Tree) -> Flat:
    """Return the boxes of the form's own head: title, appointment, effort, rules."""
    values = form_head.group_boxes(tree, form_head.HEAD)
    values |= form_head.group_boxes(tree.get("agenda"), form_head.AGENDA, "agenda.")
    values |= form_head.group_boxes(tree.get("simulation"), form_head.EFFORT, "effort.")
    rules: Sequence[Any] = tree.get("regles", ())
    for rank, rule in enumerate(rules):
        values |= form_head.rule_boxes(rule, rank)
    return Flat(values)


def rule_rows(flat: Flat) -> list[Mapping[str, str]]:
    """Return the rules in their boxes, a blank one after them."""
    return rows_of(flat, "regles", ("exige", "message", "champs"), 1)


OPERATOR_WORDS: Final = tuple(OPERATORS.items())
WITHOUT_VALUE: Final = ALONE
