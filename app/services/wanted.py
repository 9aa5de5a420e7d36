"""What a list of tasks is asked for, as the address of the list says it: view, search, filters, order."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args
from uuid import UUID

Which = Literal["miennes", "equipe", "retard", "semaine", "suivi", "non_lues", "brouillons"]
WHICH: Final[tuple[Which, ...]] = get_args(Which)
Sort = Literal["echeance", "priorite", "entree", "recentes", "commune", "dossier"]
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
NOBODY: Final = "aucune"
"""The value of ``personne`` for the tasks that nobody holds."""
LONGEST: Final = 200
"""Characters of a value that are read."""
MOST_PAGE: Final = 100_000


@dataclass(frozen=True)
class Wanted:
    """A list of tasks. Empty values ask for nothing; attributes are named as in the address.

    ``etape`` is « process.element », ``personne`` an account's id or ``NOBODY``, ``echeance`` ``retard`` or
    ``bientot``, ``suspendues`` « oui ».
    """

    vue: Which = "equipe"
    q: str = ""
    etape: str = ""
    couloir: str = ""
    commune: str = ""
    partenaire: str = ""
    priorite: str = ""
    personne: str = ""
    echeance: str = ""
    suspendues: str = ""
    tri: Sort = "echeance"
    page: int = 1

    @property
    def filtered(self) -> bool:
        """Whether a filter is set, beside view, search and order."""
        return any(getattr(self, name) for name in FILTERS)

    def query(self, **other: str) -> dict[str, str]:
        """Return the parameters of its address, without the page; ``other`` replaces some, "" leaves out."""
        kept = {item.name: str(getattr(self, item.name)) for item in fields(self) if item.name != "page"}
        kept |= other
        if kept["tri"] == "echeance":
            kept["tri"] = ""
        return {name: value for name, value in kept.items() if value}


FILTERS: Final = (
    "etape",
    "couloir",
    "commune",
    "partenaire",
    "priorite",
    "personne",
    "echeance",
    "suspendues",
)


def read(given: Mapping[str, Any], *, vue: Which = "equipe") -> Wanted:
    """Return what an address asks for; values that mean nothing are left out.

    Args:
        given: parameters, as typed.
        vue: the view when none is named.
    """
    texts = {name: _clean(given.get(name)) for name in (*FILTERS, "q", "vue", "tri")}
    if texts["personne"] != NOBODY and identity(texts["personne"]) is None:
        texts["personne"] = ""
    if identity(texts["partenaire"]) is None:
        texts["partenaire"] = ""
    return Wanted(
        vue=next((which for which in WHICH if which == texts["vue"]), vue),
        q=texts["q"],
        etape=texts["etape"],
        couloir=texts["couloir"],
        commune=texts["commune"],
        partenaire=texts["partenaire"],
        priorite=texts["priorite"],
        personne=texts["personne"],
        echeance=texts["echeance"] if texts["echeance"] in ("retard", "bientot") else "",
        suspendues="oui" if texts["suspendues"] == "oui" else "",
        tri=next((sort for sort in SORTS if sort == texts["tri"]), "echeance"),
        page=_page(given.get("page")),
    )


def identity(text: str) -> UUID | None:
    """Return the id that a text writes, None when it writes none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _clean(value: Any) -> str:
    return "".join(sign for sign in str(value or "")[:LONGEST] if sign.isprintable()).strip()


def _page(text: Any) -> int:
    digits = str(text or "1")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 1
    return min(max(1, number), MOST_PAGE)
