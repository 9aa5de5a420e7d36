"""Lines that look like a case that exists, or like another line: told, never decided."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select

from app import perimeter
from app.database import db
from app.models import Case, Dwelling, Household
from app.services import perimeter as sight
from app.services.takeover.situations import Problem, Situation

_AT_ONCE: Final = 400


def of(situations: Sequence[Situation], column: str, *, allowed: bool) -> dict[int, Problem]:
    """Return what each line looks like, by line; a line that is refused for it unless ``allowed``.

    The same full name, or the same address in the same commune: of a case that is open, or of a line above.
    """
    known = _open_cases(situations)
    above: dict[tuple[str, ...], int] = {}
    found: dict[int, Problem] = {}
    for one in situations:
        told = next((f"du dossier {known[key]}" for key in _keys(one) if key in known), None)
        if told is None:
            told = next((f"de la ligne {above[key]}" for key in _keys(one) if key in above), None)
        if told is not None:
            sentence = f"Même ménage ou même adresse que celui {told}. " + (
                "La ligne est reprise quand même, à votre demande."
                if allowed
                else "La ligne n'est pas reprise, sauf si vous cochez « Reprendre aussi les doublons »."
            )
            found[one.line] = Problem(one.line, column, sentence, refuses=not allowed)
        for key in _keys(one):
            above.setdefault(key, one.line)
    return found


def _keys(one: Situation) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = []
    if len(one.match_name.split()) > 1:
        keys.append(("nom", one.match_name))
    if one.match_address and one.insee:
        keys.append(("adresse", one.insee, one.match_address))
    return keys


def _open_cases(situations: Sequence[Situation]) -> dict[tuple[str, ...], str]:
    """Return the reference of the open case of each name and address; everybody's cases count."""
    found: dict[tuple[str, ...], str] = {}
    with perimeter.lifted("step"):
        for some in _parts(sorted({one.match_name for one in situations if one.match_name})):
            people = db.session.execute(
                select(Household.match_name, Case.reference)
                .join(Case, Case.household_id == Household.id)
                .where(Case.status == "open", Household.match_name.in_(some))
            )
            found |= {("nom", row.match_name): row.reference for row in people}
        for some in _parts(sorted({one.match_address for one in situations if one.match_address})):
            places = db.session.execute(
                select(Dwelling.insee, Dwelling.match_address, Case.reference)
                .join(Case, Case.dwelling_id == Dwelling.id)
                .where(Case.status == "open", Dwelling.match_address.in_(some))
            )
            found |= {("adresse", row.insee or "", row.match_address): row.reference for row in places}
    return _as_named(found)


def _as_named(found: dict[tuple[str, ...], str]) -> dict[tuple[str, ...], str]:
    """Return the cases as they may be named: whoever does not see every case is not told which."""
    if perimeter.current() is not None:
        return dict.fromkeys(found, "déjà ouvert")
    seen = set(sight.seen_references(sorted(set(found.values()))))
    return {key: one if one in seen else "déjà ouvert" for key, one in found.items()}


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
