"""Reading a parsed TOML or JSON table with French sentences for whatever does not fit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, overload

_MISSING: Any = object()


class SettingsFault(ValueError):
    """A value does not fit; the message is the French sentence, without the file's name."""


MAX_FIGURES = 40
"""Figures of a decimal number, its exponent written out."""


def plain_decimal(text: str) -> Decimal:
    """Return a decimal of a file; one whose exponent would fill the memory when written out is refused.

    Raises:
        ValueError: too large, too small, or not finite.
    """
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) > MAX_FIGURES or len(text) > 2 * MAX_FIGURES:
        raise ValueError(f"« {text[:20]} » a trop de chiffres")
    return value


def listed(words: Sequence[str]) -> str:
    """Return the words between quotation marks, separated by commas."""
    if not words:
        return "aucune"
    return ", ".join(f"« {word} »" for word in words)


@dataclass(frozen=True)
class Section:
    """A table of a file and where it stands in it (``path``, dotted)."""

    path: str
    values: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The last word of the path: the id of a role, a lane, a kind."""
        return self.path.rpartition(".")[2]

    def at(self, key: str) -> str:
        """Return the dotted path of ``key``, for a sentence."""
        return f"{self.path}.{key}" if self.path else key

    def only(self, *allowed: str) -> None:
        """Refuse any key that is not in ``allowed``."""
        for key in self.values:
            if key not in allowed:
                raise SettingsFault(f"« {self.at(key)} » est inconnu. Clés possibles : {listed(allowed)}.")

    def keys_like(self, pattern: re.Pattern[str]) -> None:
        """Refuse keys that are no plain identifiers."""
        for key in self.values:
            if not pattern.fullmatch(key):
                raise SettingsFault(
                    f"« {self.at(key)} » : une clé s'écrit en minuscules sans accent, "
                    "avec des chiffres et « _ »."
                )

    def section(self, key: str) -> "Section":
        """Return the sub-table, empty when absent."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise SettingsFault(f"« {self.at(key)} » : un groupe de clés est attendu.")
        return Section(self.at(key), value)

    def sections(self, key: str, pattern: re.Pattern[str]) -> Iterator["Section"]:
        """Yield each table ``[key.<id>]``."""
        parent = self.section(key)
        parent.keys_like(pattern)
        for name in parent.values:
            yield parent.section(name)

    def rows(self, key: str) -> Iterator["Section"]:
        """Yield each table of a list of tables ``[[key]]``."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise SettingsFault(f"« {self.at(key)} » : une liste est attendue.")
        for number, row in enumerate(value, start=1):
            if not isinstance(row, Mapping):
                raise SettingsFault(f"« {self.at(key)} » n° {number} : un groupe de clés est attendu.")
            yield Section(f"{self.at(key)}[{number}]", row)

    def text(self, key: str, *, pattern: re.Pattern[str] | None = None, shape: str = "") -> str:
        """Return a text that must be there."""
        found = self.optional_text(key, pattern=pattern, shape=shape)
        if not found:
            raise SettingsFault(f"« {self.at(key)} » manque : écrivez un texte.")
        return found

    def optional_text(
        self, key: str, *, pattern: re.Pattern[str] | None = None, shape: str = ""
    ) -> str | None:
        """Return a text, or None when absent or blank."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise SettingsFault(f"« {self.at(key)} » : un texte entre guillemets est attendu.")
        if pattern is not None and not pattern.fullmatch(value):
            raise SettingsFault(f"« {self.at(key)} » : « {value[:40]} » ne convient pas, il faut {shape}.")
        return value.strip() or None

    def texts(self, key: str, allowed: Sequence[str] | None = None, noun: str = "la valeur") -> list[str]:
        """Return a list of texts, each in ``allowed``; empty when absent."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise SettingsFault(f"« {self.at(key)} » : une liste de textes est attendue.")
        for item in value:
            if allowed is not None and item not in allowed:
                raise SettingsFault(
                    f"« {self.at(key)} » : {noun} « {item[:60]} » n'existe pas. "
                    f"Valeurs possibles : {listed(allowed)}."
                )
        return list(value)

    def texts_or_one(self, key: str, *, pattern: re.Pattern[str], shape: str) -> tuple[str, ...]:
        """Return one text or a list of them as a tuple that is not empty."""
        value = self.values.get(key)
        items = value if isinstance(value, list) else [value]
        if not items or not all(isinstance(item, str) and pattern.fullmatch(item) for item in items):
            raise SettingsFault(f"« {self.at(key)} » : il faut {shape}, entre guillemets.")
        return tuple(items)

    def boolean(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise SettingsFault(f"« {self.at(key)} » : écrivez true ou false.")
        return value

    def integer(self, key: str, *, low: int, high: int) -> int | None:
        """Return a whole number between ``low`` and ``high``, None when absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise SettingsFault(f"« {self.at(key)} » : un nombre entier entre {low} et {high} est attendu.")
        return value

    def number(self, key: str) -> Decimal | int | None:
        """Return a number, None when absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise SettingsFault(f"« {self.at(key)} » : un nombre est attendu.")
        return value

    @overload
    def one_of(self, key: str, allowed: Sequence[str]) -> str: ...
    @overload
    def one_of(self, key: str, allowed: Sequence[str], default: None) -> str | None: ...
    @overload
    def one_of(self, key: str, allowed: Sequence[str], default: str) -> str: ...
    def one_of(self, key: str, allowed: Sequence[str], default: str | None = _MISSING) -> str | None:
        """Return one of ``allowed``."""
        if key not in self.values and default is not _MISSING:
            return default
        value = self.values.get(key)
        if value not in allowed:
            raise SettingsFault(f"« {self.at(key)} » : choisissez parmi {listed(allowed)}.")
        return str(value)

    def a_date(self, key: str) -> date:
        """Return a date that must be there."""
        return self._as_date(self.values.get(key), key)

    def dates(self, key: str) -> list[date]:
        """Return a list of dates, empty when absent."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise SettingsFault(f"« {self.at(key)} » : une liste de dates est attendue.")
        return [self._as_date(item, key) for item in value]

    def _as_date(self, value: object, key: str) -> date:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise SettingsFault(
                f"« {self.at(key)} » : une date sans guillemets est attendue, comme 2026-01-15."
            )
        return value
