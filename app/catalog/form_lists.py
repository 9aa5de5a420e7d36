"""The boxes of the editor that come in rows: possible answers and simulation.

As in ``form_panel``, what the boxes already show is left as it is written.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.catalog.form_edits import change, key_from
from app.catalog.form_panel import Mistyped, last, number, plain
from app.catalog.form_text import Tree
from app.catalog.kinds import KINDS
from app.catalog.submission import Flat

OPTION_PARTS: Final = ("valeur", "libelle", "aide")
_WEIGHTS: Final = re.compile(r"\s*(.+?)\s*:\s*(\d{1,9}(?:[.,]\d{1,6})?)\s*", re.ASCII)


def option_rows(options: Any) -> list[tuple[str, str, str]]:
    """Return possible answers as value, label and hint, whatever way they are written."""
    if isinstance(options, Mapping):
        return [(str(value), plain(label), "") for value, label in options.items()]
    rows = options if isinstance(options, list) else []
    pairs = [{"valeur": row, "libelle": row} if isinstance(row, str) else row for row in rows]
    return [
        tuple(plain(row.get(part, "")) for part in OPTION_PARTS)  # type: ignore[misc]  # three of them
        for row in pairs
        if isinstance(row, Mapping)
    ]


def option_boxes(row: Tree) -> dict[str, list[str]]:
    """Return the boxes of « options »: written here, or the name of a list."""
    options = row.get("options")
    named = options if isinstance(options, str) else ""
    values = {"options_mode": ["liste" if named else "ici"], "options_liste": [named]}
    for rank, parts in enumerate(option_rows(options)):
        for part, text in zip(OPTION_PARTS, parts, strict=True):
            values[f"options.{rank}.{part}"] = [text]
    return values


def typed_options(row: Tree, flat: Flat) -> Tree:
    """Return the field with the possible answers typed; a row left blank goes.

    Raises:
        Mistyped: no answer is left, one has no value, or two have the same.
    """
    if "options_mode" not in flat.values:
        return row
    if flat.first("options_mode") == "liste":
        named = (flat.first("options_liste") or "").strip()
        if not named:
            raise Mistyped(
                "options_liste", "Nommez la liste d'où viennent les réponses, comme « prestations »."
            )
        return change(row, {"options": named})
    found = _typed_rows(flat)
    if found == option_rows(row.get("options")):
        return row
    if not found:
        raise Mistyped("options", "Écrivez au moins une réponse possible.")
    values = [value for value, _, _ in found]
    if len(set(values)) != len(values):
        raise Mistyped("options", "Deux réponses ont la même valeur : donnez à chacune la sienne.")
    return change(row, {"options": _in_their_shape(row.get("options"), found)})


def _typed_rows(flat: Flat) -> list[tuple[str, str, str]]:
    found = []
    for rank in flat.rows("options"):
        value, label, hint = ((flat.first(f"options.{rank}.{part}") or "").strip() for part in OPTION_PARTS)
        if not (value or label or hint):
            continue
        if not label:
            raise Mistyped(
                f"options.{rank}.libelle", f"Écrivez ce qui se lit pour la réponse « {value or hint} »."
            )
        found.append((value or value_from(label), label, hint))
    return found


def value_from(label: str) -> str:
    """Return the value of a new answer, made from its label."""
    return key_from(label, frozenset()).removeprefix("champ_") or label


def _in_their_shape(options: Any, rows: list[tuple[str, str, str]]) -> Any:
    """Return the answers written as those before them were; a row that did not change is the same one."""
    if isinstance(options, Mapping) and not any(hint for _, _, hint in rows):
        return {value: label for value, label, _ in rows}
    texts = isinstance(options, list) and options and all(isinstance(item, str) for item in options)
    if texts and all(value == label and not hint for value, label, hint in rows):
        return [value for value, _, _ in rows]
    kept: dict[tuple[str, str, str], Any] = {}
    if isinstance(options, list):
        kept = dict(zip(option_rows(options), options, strict=False))
    return [item if isinstance(item := kept.get(parts), dict) else _option(*parts) for parts in rows]


def _option(value: str, label: str, hint: str) -> Tree:
    return {"valeur": value, "libelle": label} | ({"aide": hint} if hint else {})


# Simulation of a field


def weights_text(weights: Any) -> str:
    """Return weights on one line: « oui : 9 ; non : 1 »."""
    if not isinstance(weights, Mapping):
        return ""
    return " ; ".join(f"{value} : {plain(weight)}" for value, weight in weights.items())


def read_weights(box: str, text: str) -> Tree:
    """Read « oui : 9 ; non : 1 ».

    Raises:
        Mistyped: a part is no answer and its weight.
    """
    found: Tree = {}
    for part in text.split(";"):
        match = _WEIGHTS.fullmatch(part)
        if match is None:
            raise Mistyped(
                box, f"« {part.strip()[:40]} » : écrivez chaque réponse et sa chance, « oui : 9 ; non : 1 »."
            )
        found[match[1]] = number(box, match[2])
    return found


def simulation_boxes(row: Tree) -> dict[str, list[str]]:
    """Return the boxes of the simulation of a field."""
    said = row.get("simulation")
    said = said if isinstance(said, Mapping) else {}
    values = {
        f"sim.{key}": [plain(said[key]) if key in said else ""] for key in ("constance", "part", "min", "max")
    }
    values["sim.poids"] = [weights_text(said.get("poids"))]
    values["sim.dans_jours"] = [pair_text(said.get("dans_jours"))]
    values["sim.ouvres"] = ["oui" if said.get("ouvres") is True else ""]
    texts = said.get("valeurs")
    values["sim.valeurs"] = ["\n".join(map(str, texts)) if isinstance(texts, list) else ""]
    for rank, case in enumerate(_cases(said)):
        values[f"sim_selon.{rank}.si"] = [str(case.get("si", ""))]
        values[f"sim_selon.{rank}.poids"] = [weights_text(case.get("poids"))]
    return values


def _cases(said: Mapping[str, Any]) -> list[Tree]:
    cases = said.get("selon", [])
    return [case for case in cases if isinstance(case, dict)] if isinstance(cases, list) else []


def typed_simulation(row: Tree, flat: Flat) -> Tree:
    """Return the field with the simulation typed.

    Raises:
        Mistyped: a box cannot be kept.
    """
    before = Flat(simulation_boxes(row))
    said = row.get("simulation")
    said = said if isinstance(said, dict) else {}
    changes: Tree = {}
    for box in before.values:
        text = last(flat, box)
        if not box.startswith("sim.") or text is None or text.split() == (before.first(box) or "").split():
            continue
        changes[box[4:]] = _simulated(box, text) if text else None
    cases = _typed_cases(flat, before, _cases(said))
    if cases is not None:
        changes["selon"] = cases or None
    if not changes:
        return row
    new = change(said, changes)
    return change(row, {"simulation": new or None})


def _simulated(box: str, text: str) -> Any:
    if box == "sim.poids":
        return read_weights(box, text)
    if box == "sim.dans_jours":
        return read_pair(box, text)
    if box == "sim.ouvres":
        return text == "oui" or None
    if box == "sim.valeurs":
        return [line.strip() for line in text.splitlines() if line.strip()]
    return number(box, text)


def _typed_cases(flat: Flat, before: Flat, cases: list[Tree]) -> list[Tree] | None:
    """Return the cases typed, None when they are those that were there."""
    found: list[Tree] = []
    if not flat.rows("sim_selon"):
        return None
    same = True
    for rank in flat.rows("sim_selon"):
        boxes = [f"sim_selon.{rank}.{part}" for part in ("si", "poids")]
        typed = [last(flat, box) or "" for box in boxes]
        if typed == [before.first(box) or "" for box in boxes]:
            found += cases[rank : rank + 1]
            continue
        same = False
        if any(typed):
            if not all(typed):
                raise Mistyped(boxes[0], "Un cas porte sa condition et les chances de chaque réponse.")
            found.append({"si": typed[0], "poids": read_weights(boxes[1], typed[1])})
    return None if same else found


def pair_text(value: Any) -> str:
    """Return a pair of days as typed: « 3 à 21 »."""
    return " à ".join(map(plain, value)) if isinstance(value, list) else ""


def read_pair(box: str, text: str) -> list[Any]:
    """Read « 3 à 21 ».

    Raises:
        Mistyped: no two whole numbers.
    """
    words = re.findall(r"\d{1,5}", text, re.ASCII)
    if len(words) != 2:
        raise Mistyped(box, "Écrivez deux nombres de jours, comme « 3 à 21 ».")
    return [int(word) for word in words]


def needs_options(kind: str) -> bool:
    """Whether a field of this type has possible answers of its own."""
    return kind in KINDS and "options" in KINDS[kind].attributes
