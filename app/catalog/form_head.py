"""The boxes of a form's own head: title, sections, rules between answers, appointment, effort.

As in ``form_panel``, what the boxes already show is left as it is written.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.catalog.form_edits import change
from app.catalog.form_lists import pair_text, read_pair
from app.catalog.form_panel import Mistyped, last, number, plain
from app.catalog.form_text import Tree
from app.catalog.submission import Flat

HEAD: Final = ("titre", "introduction")
AGENDA: Final = ("date", "heure", "minutes", "titre", "couloir")
EFFORT: Final = ("minutes", "le", "attente_part", "attente_jours", "reponse_jours")
SECTION: Final = ("titre", "introduction", "si")
_TEXTS: Final = frozenset({"titre", "introduction", "date", "heure", "couloir", "le"})


def group_boxes(group: Any, keys: tuple[str, ...], prefix: str = "") -> dict[str, list[str]]:
    """Return one box a key of a group; a pair of days as « 3 à 21 »."""
    said = group if isinstance(group, Mapping) else {}
    return {
        f"{prefix}{key}": [
            pair_text(said[key]) if isinstance(said.get(key), list) else plain(said.get(key, ""))
        ]
        for key in keys
    }


def typed_group(group: Any, keys: tuple[str, ...], flat: Flat, prefix: str = "") -> Tree:
    """Return a group with what was typed of it; the same one when nothing was.

    Raises:
        Mistyped: a number is none.
    """
    said: Tree = group if isinstance(group, dict) else {}
    before = Flat(group_boxes(said, keys, prefix))
    changes: Tree = {}
    for key in keys:
        box = f"{prefix}{key}"
        text = last(flat, box)
        if text is None or text.split() == (before.first(box) or "").split():
            continue
        if not text or key in SECTION or key in _TEXTS:
            changes[key] = text or None
        else:
            changes[key] = read_pair(box, text) if key.endswith("_jours") else number(box, text)
    return change(said, changes)


def rule_boxes(rule: Mapping[str, Any], rank: int) -> dict[str, list[str]]:
    """Return the boxes of one rule between answers."""
    fields = rule.get("champs")
    named = [str(key) for key in fields] if isinstance(fields, list) else []
    return {
        f"regles.{rank}.exige": [str(rule.get("exige", ""))],
        f"regles.{rank}.message": [str(rule.get("message", ""))],
        f"regles.{rank}.champs": [" ; ".join(named)],
    }


def typed_rules(tree: Tree, flat: Flat) -> Tree:
    """Return the form with the rules typed; one left blank goes.

    Raises:
        Mistyped: a rule is not whole.
    """
    rules: list[Tree] = tree.get("regles", [])
    found, same = [], True
    for rank in flat.rows("regles"):
        boxes = [f"regles.{rank}.{part}" for part in ("exige", "message", "champs")]
        typed = [last(flat, box) or "" for box in boxes]
        kept = rules[rank] if rank < len(rules) else {}
        said = rule_boxes(kept, rank)
        if all(text.split() == said[box][0].split() for text, box in zip(typed, boxes, strict=True)):
            found += [kept] if kept else []
            continue
        same = False
        if not any(typed):
            continue
        if not all(typed):
            raise Mistyped(
                boxes[0], "Une règle porte ce qui doit tenir, sa phrase, et les champs qu'elle montre."
            )
        keys = [word for word in re.split(r"[\s;,]+", typed[2]) if word]
        found.append(change(kept, {"exige": typed[0], "message": typed[1], "champs": keys}))
    return tree if same else change(tree, {"regles": found or None})
