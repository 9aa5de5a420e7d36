"""A condition in words, for pages without a script: « Si « Statut » est « Locataire » »."""

from typing import Any

from app.catalog.fields import Field
from app.catalog.forms import Form

ELSEWHERE = "À remplir selon vos réponses plus haut."


def condition_phrase(item: Field, form: Form) -> str:
    """Return when a field is to be filled; empty when it always is, or when no answer here decides."""
    if item.condition is None or not item.condition.own:
        return ""
    tree = item.condition.tree()
    words = _words(tree, form) if tree is not None else None
    return f"À remplir si {words}." if words else ELSEWHERE


def _words(tree: list[Any], form: Form) -> str | None:
    sign, *operands = tree
    if sign in {"and", "or"}:
        parts = [_words(operand, form) for operand in operands]
        joined = " et " if sign == "and" else " ou "
        return None if None in parts else joined.join(part for part in parts if part)
    if sign == "not" or len(operands) != 2:
        return None
    left, right = operands
    if sign == "in" and _is_field(right):
        return _sentence(form, right[1], left, "comporte")
    if not _is_field(left):
        return None
    if right is None:
        return _sentence(form, left[1], None, "est vide" if sign == "==" else "est rempli")
    verbs = {"==": "est", "!=": "n'est pas", ">": "dépasse", ">=": "est d'au moins", "<": "est sous"}
    return _sentence(form, left[1], right, verbs[sign]) if sign in verbs else None


def _is_field(operand: Any) -> bool:
    return isinstance(operand, list) and len(operand) == 2 and operand[0] == "champ"


def _sentence(form: Form, key: str, value: object, verb: str) -> str | None:
    item = form.field(key)
    if item is None or isinstance(value, list):
        return None
    if value is None:
        return f"« {item.label} » {verb}"
    if isinstance(value, bool):
        return f"« {item.label} » {verb} « {'oui' if value else 'non'} »"
    label = next((option.label for option in item.options if option.value == value), str(value))
    return f"« {item.label} » {verb} « {label} »"
