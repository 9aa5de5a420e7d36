"""What each column of the sheet means: proposed from its heading, put right by people, kept as a profile."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

STEP, SINCE, REFERENCE, OPENED, FULL_NAME = "etape", "depuis", "reference", "date_alerte", "nom_complet"
"""What is said of a case whatever its programme."""
IGNORED: Final = ""
SKIPPED: Final = "-"
"""A step that is not taken over: the situation is closed."""


@dataclass(frozen=True)
class Matching:
    """The answers of whoever imports.

    Attributes:
        columns: heading → what it means (``meanings``), in the order of the sheet.
        visits: the same for the second sheet, whose lines are acts or repeated steps.
        steps: folded words of the sheet → ``process/element``, or ``-``.
        words: meaning → folded words → the value they stand for.
        defaults: ``form.field`` → what is answered where the sheet says nothing, as typed.
        twins: take over lines that look like a case that exists already.
        breaches: let what was missed before the import be stated as missed.
        told: tell Supervision once, when it is done.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    visits: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    twins: bool = False
    breaches: bool = False
    told: bool = False

    def plain(self) -> dict[str, Any]:
        """Return it as a JSON column holds it."""
        return {
            "colonnes": dict(self.columns),
            "visites": dict(self.visits),
            "etapes": dict(self.steps),
            "mots": {key: dict(words) for key, words in self.words.items()},
            "defauts": dict(self.defaults),
            "doublons": self.twins,
            "manquements": self.breaches,
            "avis": self.told,
        }

    @property
    def digest(self) -> str:
        """What tells one matching from another: a preview confirms the one it was made with."""
        return sha256(json.dumps(self.plain(), sort_keys=True).encode()).hexdigest()[:32]

    def meaning(self, key: str) -> tuple[str, ...]:
        """Return the columns of the sheet that have a meaning, in their order."""
        return tuple(column for column, meant in self.columns.items() if meant == key)


def read(kept: Mapping[str, Any]) -> Matching:
    """Return a matching that was kept; what it lacks is empty."""
    return Matching(
        columns=_texts(kept.get("colonnes")),
        visits=_texts(kept.get("visites")),
        steps=_texts(kept.get("etapes")),
        words={str(key): _texts(words) for key, words in (kept.get("mots") or {}).items()},
        defaults=_texts(kept.get("defauts")),
        twins=kept.get("doublons") is True,
        breaches=kept.get("manquements") is True,
        told=kept.get("avis") is True,
    )


def _texts(found: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}


def renewed(base: Matching, **given: Any) -> Matching:
    """Return a matching with some of its parts replaced."""
    return replace(base, **given)


def fitted(known: Mapping[str, str], columns: Sequence[str], proposed: Mapping[str, str]) -> dict[str, str]:
    """Return the meaning of each column of a sheet: that of a profile, else the one proposed."""
    return {column: known.get(column, proposed.get(column, IGNORED)) for column in columns}


def kept_for(columns: Iterable[str], known: Mapping[str, str]) -> int:
    """Return how many columns of a sheet a profile knows: the best profile knows the most."""
    return sum(1 for column in columns if column in known)
