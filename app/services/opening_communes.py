"""The communes of a territory in preparation: added one by one, by department or group, from a pasted list.

Each is kept as soon as it is added: a page closed, a way back or a second click loses and doubles nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.catalog import commune_lists, communes
from app.catalog.commune_lists import Doubt, Read
from app.catalog.communes import Listed
from app.catalog.places import Commune
from app.errors import Conflict, Invalid
from app.services import openings
from app.services.actors import Actor
from app.services.openings import Preparation

MOST: Final = 1_000
LONGEST: Final = 100_000
"""Characters of a pasted list."""


class TooManyCommunes(Conflict):
    """More communes than a territory may hold."""

    sentence_template = (
        "Un territoire compte {most} communes au plus : rien n'est ajouté. Retirez-en, ou choisissez un "
        "ensemble plus petit."
    )


@dataclass(frozen=True)
class Added:
    """What a pasted list gave: how many communes are new, how many lines are still to settle."""

    new: int
    left: int
    supposed: tuple[Listed, ...] = ()


def add(opening_id: UUID, code: str, *, by: Actor) -> int:
    """Add the commune of an INSEE code, or all those of a department or of a group; return how many are new.

    Raises:
        Invalid: no such code. TooManyCommunes: nothing is added. AlreadyOpened, Forbidden, NotFound: see
            ``openings``.
    """
    national = communes.national()
    kind, _, named = code.partition(":")
    if kind == "ensemble":
        found = national.members(named) if named in national.groups else []
    else:
        one = national.get(code)
        found = [one] if one is not None else []
    if not found:
        raise Invalid({"q": ["Cette commune n'est pas dans la liste. Cherchez-la de nouveau."]})
    return _add(opening_id, [commune_lists.taken(one) for one in found], by)


def paste(opening_id: UUID, text: str, *, by: Actor) -> Added:
    """Add the communes that a pasted list names without doubt; the other lines are kept, to be settled.

    Raises:
        Invalid: the list is too long. TooManyCommunes: nothing is added. AlreadyOpened, Forbidden, NotFound.
    """
    if len(text) > LONGEST:
        raise Invalid({"liste": ["Cette liste est trop longue. Collez-la en plusieurs fois."]})
    told = _read(text, openings.find(opening_id, by))
    left = "\n".join(one.line for one in told.doubts)
    new = _add(opening_id, list(told.communes.values()), by, left=left)
    return Added(new, len(told.doubts), told.supposed)


def unsettled(found: Preparation) -> tuple[Doubt, ...]:
    """Return what is to say of the lines of a pasted list that are still to settle."""
    return _read(left(found), found).doubts if left(found) else ()


def left(found: Preparation) -> str:
    """Return the lines of a pasted list that are still to settle."""
    return str(found.state.get("communes_a_regler", ""))


def _read(text: str, found: Preparation) -> Read:
    return commune_lists.read(text, communes.national(), beside=[row["insee"] for row in chosen(found)])


def remove(opening_id: UUID, codes: Collection[str] | None, *, by: Actor) -> int:
    """Take communes out, or all of them with None; return how many went.

    Raises:
        AlreadyOpened, Forbidden, NotFound: see ``openings``.
    """
    gone: list[str] = []

    def without(state: Mapping[str, Any]) -> Mapping[str, Any]:
        rows = state.get("communes", [])
        kept = [row for row in rows if codes is not None and row["insee"] not in codes]
        gone.extend(row["insee"] for row in rows if row not in kept)
        return {"communes": kept}

    openings.alter(opening_id, without, by=by)
    return len(gone)


def settle(opening_id: UUID, *, by: Actor) -> None:
    """Take the step as done.

    Raises:
        Invalid: no commune was added. AlreadyOpened, Forbidden, NotFound: see ``openings``.
    """
    if not chosen(openings.find(opening_id, by)):
        sentence = "Ajoutez au moins une commune : cherchez-la par son nom, ou collez une liste."
        raise Invalid({"q": [sentence]})
    openings.keep(opening_id, "communes", {}, expected=None, by=by)


def chosen(found: Preparation) -> Sequence[Mapping[str, Any]]:
    """Return the communes of a preparation: ``insee``, ``nom``, ``cp`` (a list)."""
    rows: Sequence[Mapping[str, Any]] = found.state.get("communes", [])
    return rows


def _add(opening_id: UUID, rows: Sequence[Commune], by: Actor, *, left: str | None = None) -> int:
    new: list[str] = []

    def with_rows(state: Mapping[str, Any]) -> Mapping[str, Any]:
        there = {row["insee"]: row for row in state.get("communes", [])}
        new.extend(one.insee for one in rows if one.insee not in there)
        for one in rows:
            there[one.insee] = {"insee": one.insee, "nom": one.name, "cp": list(one.postcodes)}
        if len(there) > MOST:
            raise TooManyCommunes(most=MOST)
        kept = {} if left is None else {"communes_a_regler": left}
        return {"communes": [there[insee] for insee in sorted(there)], **kept}

    openings.alter(opening_id, with_rows, by=by)
    return len(new)
