"""One place of a programme that names a form or one of its fields, and how such names are looked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Kind = Literal[
    "etape", "condition", "delai", "operation", "frequence", "decision", "document", "message", "indicateur",
    "formulaire", "reglage",
]  # fmt: skip
KINDS: Final[Mapping[Kind, str]] = {
    "etape": "Étapes",
    "condition": "Conditions du parcours",
    "delai": "Délais et minuteurs",
    "operation": "Opérations automatiques",
    "frequence": "Fréquences",
    "decision": "Tables de décision",
    "formulaire": "Autres formulaires",
    "document": "Documents",
    "message": "Messages",
    "indicateur": "Indicateurs",
    "reglage": "Réglages du territoire",
}
"""Every kind of place, in the order in which people read them."""


@dataclass(frozen=True)
class Use:
    """A place that names a form, or its field ``key`` (empty: the form as a whole).

    ``file`` is the normalised name, ``element`` the id of what names it there (a step, a rule, a field, an
    indicator), ``label`` what people call it, ``sentence`` how it uses the form and what happens without.
    ``by_hand``: another key for the field cannot be written there by itself.
    """

    file: str
    element: str
    kind: Kind
    label: str
    key: str
    sentence: str
    by_hand: bool = False


@lru_cache(maxsize=512)
def named(form: str) -> re.Pattern[str]:
    """Return what finds « form.field » in a text; the group is the field's key."""
    return re.compile(rf"(?<![\w.-]){re.escape(form)}\.([a-z][a-z0-9_]*)(?![\w])")


@lru_cache(maxsize=512)
def printed(form: str) -> re.Pattern[str]:
    """Return what finds « reponses.form.field » in a template."""
    return re.compile(rf"(?<![\w.-])reponses\.{re.escape(form)}\.([a-z][a-z0-9_]*)(?![\w])")


def keys_in(text: str | None, form: str) -> list[str]:
    """Return the fields of the form that a text names, each once, in order."""
    return list(dict.fromkeys(named(form).findall(text or "")))
