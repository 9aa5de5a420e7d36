"""Communes typed in the settings of a draft: found in the national list, added as rows of the file."""

from typing import Final

from app.catalog import commune_lists, communes, toml_edits
from app.catalog.commune_lists import Doubt
from app.catalog.places import Commune
from app.catalog.toml_edits import Place
from app.errors import BundleFault

MOST: Final = 1_000
_TOLD: Final = 5


def added(text: str, place: Place, typed: str) -> str:
    """Return the settings with the communes that a list names; those that are there already stay as they are.

    A department or an intercommunality, by its name, gives all its communes.

    Raises:
        BundleFault: a line is unknown or ambiguous, or nothing is new; the sentence says which.
    """
    national = communes.national()
    there = {entry.said for entry in toml_edits.entries(toml_edits.read(text)) if entry.place[:1] == place
             and entry.place[-1] == "insee"}  # fmt: skip
    told = commune_lists.read(typed[: MOST * 100], national, beside=sorted(there))
    found = dict(told.communes)
    doubts = [one for one in told.doubts if len(one.groups) != 1]
    for doubt in told.doubts:
        for group in doubt.groups if len(doubt.groups) == 1 else ():
            found |= {one.insee: commune_lists.taken(one) for one in national.members(group.code)}
    if doubts:
        named = [f"{one.sentence} {_choices(one)}".strip() for one in doubts[:_TOLD]]
        raise BundleFault(file="communes", cause=" ".join(named))
    new = [commune for insee, commune in sorted(found.items()) if insee not in there]
    if not new:
        raise BundleFault(file="communes", cause="ces communes y sont déjà.")
    if len(new) + len(there) > MOST:
        raise BundleFault(file="communes", cause=f"un territoire en compte {MOST} au plus.")
    return toml_edits.with_rows(text, place, [_row(one) for one in new])


def _choices(doubt: Doubt) -> str:
    return ", ".join(f"{commune.name} ({commune.insee})" for commune in doubt.communes)


def _row(commune: Commune) -> dict[str, str | tuple[str, ...]]:
    codes = commune.postcodes
    return {"insee": commune.insee, "nom": commune.name, "cp": codes[0] if len(codes) == 1 else codes}
