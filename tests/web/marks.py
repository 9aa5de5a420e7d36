"""Answers that give themselves away: each text says its class, each sum is found nowhere else (LAW-1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final

from app.catalog.fields import Field
from app.catalog.forms import Form

_TAGS: Final = re.compile(r"<[^>]*>")
_SPACES: Final = re.compile(r"\s+")
_FIRST_SUM: Final = 3101


@dataclass
class Marks:
    """What was planted so far, by mark: the class it stands for, and the field that holds it."""

    classe_of: dict[str, str] = field(default_factory=dict)
    home_of: dict[str, str] = field(default_factory=dict)

    def wanted(self, form: Form) -> dict[str, Any]:
        """Return answers to ask for: a mark in every text and every sum of the form, tables included."""
        return dict(self._of(form, form.fields))

    def _of(self, form: Form, fields: tuple[Field, ...]) -> Iterator[tuple[str, Any]]:
        for item in fields:
            if item.type == "tableau" and item.rows_from is None:
                row = {c.key: self._plant(form, c, f"{item.key}.{c.key}") for c in item.columns if _holds(c)}
                if row:
                    yield item.key, [row]
            elif _holds(item):
                yield item.key, self._plant(form, item, item.key)

    def _plant(self, form: Form, item: Field, path: str) -> Any:
        home = f"{form.id}.{path}"
        known = next((mark for mark, place in self.home_of.items() if place == home), None)
        if item.type == "montant":
            mark = known or str(_FIRST_SUM + len(self.home_of))
        else:
            mark = known or f"Mot{item.classe}{form.id}{path}".replace("_", "").replace(".", "")
        self.classe_of[mark], self.home_of[mark] = item.classe, home
        return int(mark) if item.type == "montant" else mark

    def found_in(self, *texts: object) -> dict[str, str]:
        """Return the marks that can be read in ``texts``, each with its class."""
        whole = plain(*texts)
        return {
            mark: classe
            for mark, classe in self.classe_of.items()
            if re.search(rf"(?<![\w.,:/-]){mark}(?!\w)" if mark.isdigit() else mark, whole)
        }

    def hidden_in(self, read: frozenset[str], *texts: object) -> dict[str, str]:
        """Return the marks of other classes than ``read`` that can be read in ``texts``."""
        return {mark: self.home_of[mark] for mark, c in self.found_in(*texts).items() if c not in read}


def _holds(item: Field) -> bool:
    """Whether a mark fits: any text, or a sum as large as the marks."""
    if item.type == "montant":
        return not isinstance(item.maximum, int) or item.maximum > _FIRST_SUM + 400
    return item.type in {"texte", "texte_long"} and item.digits is None


def plain(*texts: object) -> str:
    """Return everything a reader, or somebody looking at the source of a page, finds in ``texts``."""
    whole = unescape("\n".join(map(str, texts)))
    return whole + "\n" + _SPACES.sub("", _TAGS.sub(" ; ", whole))


def title_of(page: str) -> str:
    """Return the title of a page."""
    return page.partition("<title>")[2].partition("</title>")[0]
