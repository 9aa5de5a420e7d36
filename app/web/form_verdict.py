"""Whether an expression can stand at a place of a form, said while it is typed."""

from collections.abc import Iterable
from typing import NamedTuple

from app.catalog import form_conditions, form_edits, form_lists, form_panel
from app.catalog.conditions import compile_expression
from app.catalog.form_edits import Place
from app.catalog.form_panel import Mistyped
from app.catalog.kinds.tables import ITEM
from app.catalog.submission import Flat
from app.expressions import ExpressionError
from app.services.form_drafts import EditedForm
from app.web.form_acts import types_of
from app.web.form_editor import asks


class Verdict(NamedTuple):
    """What is said of an expression; ``ok`` when it can be kept."""

    ok: bool
    message: str


def verdict(edited: EditedForm, place: Place | None, flat: Flat) -> Verdict:
    """Judge the condition, the calculation or the first value typed in the panel of a field.

    The box ``boite`` says which: ``si`` (its mode and rows are read too), ``calcul``, ``initiale``.
    """
    box = flat.first("boite") or "si"
    try:
        text = _text(edited, place, flat) if box == "si" else (flat.first(box) or "").strip()
    except Mistyped as fault:
        return Verdict(ok=False, message=str(fault))
    if not text:
        return Verdict(ok=True, message="Toujours demandé." if box == "si" else "")
    known = frozenset() if box == "initiale" else known_before(edited, _before(place, flat))
    try:
        expression = compile_expression(text, known)
    except ExpressionError as fault:
        return Verdict(ok=False, message=str(fault))
    strange = _unknown(edited, expression.other)
    if strange:
        return Verdict(ok=False, message=strange)
    if box != "si":
        return Verdict(ok=True, message="Cette expression se lit.")
    return Verdict(ok=True, message=f"Demandé seulement quand : {in_words(edited, text)}.")


def _before(place: Place | None, flat: Flat) -> Place | None:
    """Return the place above which fields may be read: that of the field, or of the section that is open."""
    rank = flat.first("rubrique") or ""
    return (int(rank), 0) if place is None and rank.isascii() and rank.isdigit() and len(rank) < 4 else place


def _unknown(edited: EditedForm, names: Iterable[str]) -> str:
    """Return what is wrong with a name of another form, empty when each exists or is none of a form."""
    others = edited.others()
    for name in sorted(names):
        form, _, rest = name.partition(".")
        key = rest.partition(".")[0]
        if form in others and form_edits.place_of_key(others[form], key) is None:
            title = others[form].get("titre", form)
            return f"« {name} » : le formulaire « {title} » n'a pas de champ « {key} ». Corrigez le nom."
    return ""


def _text(edited: EditedForm, place: Place | None, flat: Flat) -> str:
    row = form_edits.at(edited.tree, place) if place is not None else {}
    changed = form_panel.condition(row, flat, types_of(edited.tree))
    return str((changed["si"] if "si" in changed else row.get("si")) or "")


def known_before(edited: EditedForm, place: Place | None) -> frozenset[str]:
    """Return the names that an expression at a place may read bare: the fields above it."""
    own = {
        str(row.get("cle"))
        for where, row in form_edits.walk(edited.tree)
        if (place is None or where < place)
        and (len(where) == 2 or (place is not None and where[:2] == place[:2]))
        and asks(form_panel.kind_name(row))
    }
    return frozenset(own | ({ITEM} if place is not None and len(place) == 3 else set()))


def in_words(edited: EditedForm, text: str) -> str:
    """Return a condition in words where rows can say it, else as written."""
    rows = form_conditions.read(text)
    if rows is None:
        return text
    fields = {str(row.get("cle")): row for _, row in form_edits.walk(edited.tree)}

    def named(field: str, value: str) -> str:
        options = form_lists.option_rows(fields.get(field, {}).get("options"))
        labels = {option: label for option, label, _ in options}
        return " ou ".join(f"« {labels.get(part, part)} »" for part in value.split(form_conditions.BETWEEN))

    said = [
        f"« {fields.get(row.field, {}).get('libelle', row.field)} » {form_conditions.OPERATORS[row.operator]}"
        + (f" {named(row.field, row.value)}" if row.value else "")
        for row in rows.rows
    ]
    return (" et " if rows.join == "and" else " ou ").join(said)
