"""One field of a form as the boxes of the editor: the texts they show, and the field that typed texts make.

A box whose text is what the field's value already shows leaves that value as it is written: opening and
saving changes nothing. What no box shows stays. Texts come as ``Flat``, by dotted name
(``si_lignes.0.champ``).
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from app.access import CLASSES
from app.catalog import form_conditions
from app.catalog.form_conditions import Condition, Row
from app.catalog.form_edits import change
from app.catalog.form_text import Tree
from app.catalog.kinds import KINDS
from app.catalog.kinds.computed import RESULTS
from app.catalog.kinds.words import AUTOCOMPLETE
from app.catalog.submission import Flat

LOOKS: Final = ("boutons", "liste")
FORMATS: Final = ("courriel", "telephone")
MODES: Final = ("toujours", "lignes", "expression")
"""How a condition is told: none, by rows, as an expression."""
_COMMON: Final = (
    "cle", "libelle", "aide", "obligatoire", "classe", "si", "message", "reprise_de", "initiale", "alimente",
    "lecture_seule",
)  # fmt: skip
_DATED: Final = frozenset({"date", "creneau"})
"""Types whose bounds are days."""
_NUMBER: Final = re.compile(r"-?\d{1,30}(?:[.,]\d{1,20})?", re.ASCII)


class Mistyped(ValueError):
    """What was typed in a box cannot be kept; ``box`` is its name, the message a French sentence."""

    def __init__(self, box: str, sentence: str) -> None:
        self.box = box
        super().__init__(sentence)


class Codec(NamedTuple):
    """How a value is shown in one box, and read from it (the box's name, its text); None: the key goes."""

    show: Callable[[Any], str]
    read: Callable[[str, str], Any]


def _shown_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else plain(value)


def plain(value: Any) -> str:
    """Return a number or any other plain value as typed: a comma before decimals, « oui » for true."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value)


def number(box: str, text: str) -> int | Decimal:
    """Read a number typed with a comma or a point.

    Raises:
        Mistyped: it is none.
    """
    bare = "".join(text.split())
    if not _NUMBER.fullmatch(bare):
        raise Mistyped(box, f"« {text[:40]} » n'est pas un nombre. Écrivez par exemple 12 ou 12,5.")
    try:
        return int(bare) if bare.lstrip("-").isdigit() else Decimal(bare.replace(",", "."))
    except InvalidOperation as fault:
        raise Mistyped(box, f"« {text[:40]} » n'est pas un nombre.") from fault


def _bound(box: str, text: str) -> Any:
    """Read « min » or « max »: a number, or the day and the word of a date."""
    return number(box, text) if _NUMBER.fullmatch("".join(text.split())) else text


def _among(words: tuple[str, ...]) -> Codec:
    def read(box: str, text: str) -> str:
        if text not in words:
            raise Mistyped(box, "Choisissez une valeur de la liste.")
        return text

    return Codec(_shown_text, read)


def _flag(_box: str, text: str) -> bool | None:
    return True if text == "oui" else None


def _shut(_box: str, text: str) -> bool | None:
    return False if text == "non" else None


_TEXT: Final = Codec(_shown_text, lambda _box, text: text)
_COUNT: Final = Codec(_shown_text, number)
_YES: Final = Codec(lambda value: "oui" if value is True else "", _flag)
_BOXES: Final[Mapping[str, Codec]] = {
    "cle": _TEXT, "libelle": _TEXT, "aide": _TEXT, "message": _TEXT, "obligatoire": _YES,
    "classe": _among(tuple(CLASSES)),
    "reprise_de": _TEXT, "initiale": _TEXT, "alimente": _TEXT, "lecture_seule": _YES, "genre": _TEXT,
    "presentation": _among(LOOKS), "min": Codec(_shown_text, _bound), "max": Codec(_shown_text, _bound),
    "decimales": _COUNT, "unite": _TEXT, "nombre": _COUNT, "chiffres": _COUNT,
    "saisie_auto": _among(tuple(AUTOCOMPLETE)), "engagement": _TEXT, "calcul": _TEXT,
    "resultat": _among(RESULTS), "affiche": Codec(lambda value: "non" if value is False else "", _shut),
    "lignes_de": _TEXT, "nom_ligne": _TEXT, "bouton": _TEXT,
}  # fmt: skip
"""Every plain key of a field that has one box."""


def kind_name(row: Tree) -> str:
    """Return the type of a field as the compiler understands it, whatever way it is written."""
    named = row.get("type")
    named = "courriel" if named == "email" else named
    if named == "texte" and row.get("format") in FORMATS:
        named = row["format"]
    return named if isinstance(named, str) else ""


def boxes(kind: str) -> tuple[str, ...]:
    """Return the plain keys that a field of this type may have: no options, columns nor simulation."""
    own = KINDS[kind].attributes if kind in KINDS else frozenset()
    return (*_COMMON, *sorted(key for key in own if key in _BOXES))


def shown(row: Tree) -> Flat:
    """Return the texts of a field's boxes."""
    kind = kind_name(row)
    values = {"type": [kind]}
    values |= {key: [_BOXES[key].show(row.get(key))] for key in boxes(kind) if key != "si"}
    return Flat(values | condition_boxes(row.get("si")))


def condition_boxes(text: Any) -> dict[str, list[str]]:
    """Return the boxes of a condition: how it is told, its rows, its expression."""
    if not isinstance(text, str) or not text.strip():
        return {"si_mode": ["toujours"], "si_joint": ["and"], "si": [""]}
    rows = form_conditions.read(text)
    values = {"si_mode": ["expression" if rows is None else "lignes"], "si": [text]}
    values["si_joint"] = [rows.join if rows is not None else "and"]
    for rank, row in enumerate(rows.rows if rows is not None else ()):
        for part, said in zip(("champ", "signe", "valeur"), row, strict=True):
            values[f"si_lignes.{rank}.{part}"] = [said]
    return values


def typed(row: Tree, flat: Flat, types: Mapping[str, str]) -> Tree:
    """Return the field that typed texts make of ``row``.

    Args:
        types: the type of each field that a condition may name.

    Raises:
        Mistyped: a box cannot be kept.
    """
    kind = flat.first("type") or kind_name(row)
    if kind not in KINDS:
        raise Mistyped("type", "Choisissez un type de champ dans la liste.")
    found = row if kind == kind_name(row) else of_kind(row, kind)
    before = shown(row)
    changes: dict[str, Any] = {}
    for key in boxes(kind):
        text = last(flat, key)
        if key == "si" or text is None or _words(text) == _words(before.first(key) or ""):
            continue
        read = number if key in {"min", "max"} and kind not in _DATED else _BOXES[key].read
        changes[key] = read(key, text) if text else None
    if "cle" in changes and changes["cle"] is None and KINDS[kind].answered:
        raise Mistyped(
            "cle", "Donnez une clé à ce champ : des minuscules sans accent, comme « date_visite »."
        )
    if "si_mode" in flat.values:
        changes |= condition(row, flat, types)
    return change(found, changes)


def last(flat: Flat, box: str) -> str | None:
    """Return what a box sent: a ticked box comes after the blank that stands for it unticked."""
    texts = flat.all(box)
    return texts[-1].replace("\r\n", "\n").strip() if texts else None


def _words(text: str) -> list[str]:
    """Return what counts of a text when two are compared: a browser changes line ends."""
    return text.split()


def condition(row: Tree, flat: Flat, types: Mapping[str, str]) -> dict[str, Any]:
    """Return what the boxes of a condition change of the key « si »."""
    before = Flat(condition_boxes(row.get("si")))
    mode = flat.first("si_mode")
    if mode == "toujours":
        return {"si": None} if before.first("si_mode") != "toujours" else {}
    if mode == "expression":
        text = (flat.first("si") or "").strip()
        return {} if text == (before.first("si") or "").strip() else {"si": text or None}
    rows = tuple(found for number in flat.rows("si_lignes") if (found := _row(flat, number)).field)
    join: form_conditions.Join = "or" if flat.first("si_joint") == "or" else "and"
    wanted = Condition(rows, join)
    same_rows = rows == tuple(_row(before, number) for number in before.rows("si_lignes"))
    if (
        before.first("si_mode") == "lignes"
        and same_rows
        and (len(rows) < 2 or join == before.first("si_joint"))
    ):
        return {}
    if not rows:
        return {"si": None} if before.first("si_mode") == "lignes" else {}
    try:
        return {"si": form_conditions.write(wanted, types)}
    except ValueError as fault:
        raise Mistyped("si_lignes", str(fault)) from fault


def of_kind(row: Tree, kind: str) -> Tree:
    """Return a field under another type: keys the new one does not have go, and it gets what it needs."""
    own, old = KINDS[kind].attributes, kind_name(row)
    alien = (KINDS[old].attributes if old in KINDS else frozenset()) - own
    changes: dict[str, Any] = {key: None for key in (*alien, "format") if key in row}
    changes["type"] = kind
    if "simulation" in row and not alike_answers(old, kind):
        changes["simulation"] = None
    if "options" in own and "options" not in row:
        changes["options"] = [{"valeur": "oui", "libelle": "Oui"}, {"valeur": "non", "libelle": "Non"}]
    if "colonnes" in own and "colonnes" not in row:
        changes["colonnes"] = [{"cle": "libelle", "type": "texte", "libelle": "Libellé"}]
    if "calcul" in own and "calcul" not in row:
        changes |= {"calcul": '""', "resultat": "texte"}
    if not KINDS[kind].entered:
        changes |= {"obligatoire": None, "reprise_de": None}
    changes |= _bounds_of(row, old, kind)
    return change(row, changes)


def alike_answers(old: str, kind: str) -> bool:
    """Whether what a simulation says of one type holds for the other."""
    groups = (
        {"choix", "cases", "oui_non"},
        {"nombre", "montant"},
        {"texte", "texte_long"},
        {"date", "creneau"},
    )
    return any({old, kind} <= group for group in groups)


def _bounds_of(row: Tree, old: str, kind: str) -> dict[str, Any]:
    """Bounds mean another thing for another type: a number of signs, of rows, a value, a day."""
    meant = {
        "nombre": "value",
        "montant": "value",
        "date": "day",
        "creneau": "day",
        "texte": "signs",
        "texte_long": "signs",
    }
    if meant.get(old, old) == meant.get(kind, kind):
        return {}
    return {key: None for key in ("min", "max") if key in row}


def _row(flat: Flat, number: int) -> Row:
    parts = (flat.first(f"si_lignes.{number}.{part}") or "" for part in ("champ", "signe", "valeur"))
    name, sign, value = parts
    return Row(name.strip(), sign, value)
