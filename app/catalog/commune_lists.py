"""A list of communes as people paste it, read against the national list: found, or told line by line.

A line holds a name, a code, or the cells of a sheet in any order (code, name, postcode, department). A code
of five characters is read as an INSEE code first, as a postcode otherwise. Of several communes of one name,
the only one that lies in a department of the others is taken, and counted as such.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.catalog.communes import Group, Hit, Listed, National, key
from app.catalog.places import Commune

MOST_LINES: Final = 2_000
_MOST_CHOICES: Final = 16
"""What a doubt offers: the most frequent name is that of fifteen communes."""
_MOST_CLOSE: Final = 6
_MOST_GUESSED: Final = 20
"""Unknown names for which something close is looked for: the search is long."""
_CODE: Final = re.compile(r"\d[0-9AB]\d{3}", re.IGNORECASE)
_POSTCODE: Final = re.compile(r"\d{5}")
_HINT: Final = re.compile(r"\d{2}|9[78]\d|2[AB]", re.IGNORECASE)
_APART: Final = re.compile(r"[\s(),]+")
_HEADS: Final = frozenset(
    key(
        "Codes code INSEE, noms nom, communes commune, postal postaux CP, libellé de du la, département"
    ).split()
)
"""Words of which the heads of a sheet are made."""


@dataclass(frozen=True)
class Doubt:
    """A line that is not taken: what to say of it, and what was perhaps meant."""

    line: str
    sentence: str
    communes: tuple[Listed, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Read:
    """What a pasted list gives: communes by INSEE code, and the doubts in the order of lines.

    ``supposed`` names those taken, among several of their name, because the others lie around them.
    """

    communes: Mapping[str, Commune]
    doubts: tuple[Doubt, ...]
    supposed: tuple[Listed, ...] = ()


@dataclass(frozen=True)
class _Item:
    """What one line, or one part of it, says."""

    number: int
    line: str
    codes: tuple[str, ...]
    name: str
    hints: tuple[str, ...] = ()


@dataclass
class _Reading:
    national: National
    named: Mapping[str, Sequence[Hit]]
    postal: Mapping[str, Sequence[Listed]]
    groups: Sequence[tuple[str, Group]]
    around: set[str]
    guessed: int = 0
    found: dict[str, Commune] = field(default_factory=dict)
    doubts: list[tuple[int, Doubt]] = field(default_factory=list)
    open: list[tuple[_Item, str, Sequence[Listed]]] = field(default_factory=list)
    supposed: list[Listed] = field(default_factory=list)


def read(text: str, national: National, *, beside: Iterable[str] = ()) -> Read:
    """Return the communes that a pasted list names, and what is to say of the other lines.

    Args:
        beside: INSEE codes chosen already; names shared by several communes are looked for around them.
    """
    items = list(_items(text, national))
    chosen = [one for one in map(national.get, beside) if one is not None]
    reading = _Reading(
        national,
        national.named({key(item.name) for item in items if item.name}),
        national.at_postcodes(code for item in items for code in item.codes),
        national.groups_named(),
        {one.department for one in chosen},
    )
    for item in items:
        _take(item, reading)
    for item, said, meant in reading.open:
        near = [one for one in meant if one.department in reading.around]
        if item.name and len(near) == 1:
            reading.supposed.append(near[0])
            _keep(near[0], reading)
        else:
            _doubt(item, f"{said} {len(meant)} communes. Choisissez.", reading, meant)
    lines = text.replace("\r", "").split("\n")
    if len(lines) > MOST_LINES:
        rest = f"La liste a plus de {MOST_LINES} lignes : la suite n'est pas lue. Collez-la à part."
        reading.doubts.append((MOST_LINES, Doubt("\n".join(lines[MOST_LINES:]), rest)))
    doubts = tuple(doubt for _, doubt in sorted(reading.doubts, key=lambda one: one[0]))
    return Read(reading.found, doubts, tuple(reading.supposed))


def taken(commune: Listed) -> Commune:
    """Return a commune of the national list as a territory writes it."""
    return Commune(commune.insee, commune.name, commune.postcodes)


def _items(text: str, national: National) -> Iterable[_Item]:
    for number, line in enumerate(text.replace("\r", "").split("\n")[:MOST_LINES], 1):
        if not line.strip() or _is_head(line):
            continue
        separator = "\t" if "\t" in line else ";"
        cells = [" ".join(cell.split()) for cell in line.split(separator) if cell.strip()]
        if len(cells) == 1 and "," in cells[0]:
            cells = [" ".join(cell.split()) for cell in cells[0].split(",") if cell.strip()]
            if not (any(map(_is_code, cells)) and not all(map(_is_code, cells))):
                yield from (_item(number, cell, [cell]) for cell in cells)
                continue
        words = cells[0].split() if len(cells) == 1 else cells
        if (
            len(words) > 1
            and all(map(_is_code, words))
            and (len(cells) == 1 or all(map(national.get, words)))
        ):
            yield from (_item(number, word, [word]) for word in words)
        else:
            yield _item(number, line.strip(), cells)


def _item(number: int, line: str, cells: Sequence[str]) -> _Item:
    codes, hints, names = [], [], []
    for cell in cells:
        words = [word for word in _APART.split(cell) if word]
        codes += [word.upper() for word in words if _is_code(word)]
        rest = [word for word in words if not _is_code(word)]
        if len(rest) == 1 and _HINT.fullmatch(rest[0]):
            hints.append(rest[0].upper())
        elif len(rest) > 1 and _HINT.fullmatch(rest[-1]):
            hints.append(rest[-1].upper())
            names.append(" ".join(rest[:-1]))
        elif rest:
            apart = re.fullmatch(r"(.+?)\s*\((.+)\)", cell)
            names += [apart[1], apart[2]] if apart and not codes and not hints else [" ".join(rest)]
    return _Item(number, line, tuple(codes), names[0] if names else "", (*hints, *map(key, names[1:])))


def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def _is_head(line: str) -> bool:
    words = key(line).split()
    return bool(words) and all(word in _HEADS for word in words) and key(line) not in {"la", "de", "du"}


def _take(item: _Item, reading: _Reading) -> None:
    hits = list(reading.named.get(key(item.name), ())) if item.name else []
    by_code = [hit for hit in map(reading.national.now, item.codes) if hit is not None]
    postal = [one for code in item.codes for one in reading.postal.get(code, ())]
    named = {hit.commune.insee for hit in hits}
    if by_code and not item.name:
        _keep(by_code[0].commune, reading)
    elif agreed := [hit for hit in by_code if hit.commune.insee in named]:
        _keep(agreed[0].commune, reading)
    elif hits:
        _among(item, [hit.commune for hit in hits], postal, by_code, reading)
    elif by_code and not item.name.isdigit():
        there = by_code[0].commune
        said = f"{item.codes[0]} est le code de {there.name}, et le nom « {item.name[:60]} » n'est pas connu"
        _doubt(
            item,
            f"{said}. Gardez la bonne, ou corrigez la ligne.",
            reading,
            [there, *_close(item.name, reading)],
        )
    elif postal and not item.name:
        _one_of(item, f"le code postal {item.codes[0]} est celui de", postal, reading)
    elif item.name and len(item.codes) > 1 and _POSTCODE.fullmatch(item.codes[-1]):
        code = item.codes[0]
        reading.found[code] = Commune(code, item.name[:200], (item.codes[-1],))  # newer than the list
    else:
        _unknown(item, reading)


def _among(
    item: _Item, meant: list[Listed], postal: Sequence[Listed], by_code: Sequence[Hit], reading: _Reading
) -> None:
    """Take the one commune of that name which the rest of the line points to."""
    codes = {one.insee for one in postal}
    departments = {
        group.code
        for told, group in reading.groups
        if group.is_department and (group.code in item.hints or told in item.hints)
    }
    fits = [one for one in meant if (not codes or one.insee in codes)
            and (not departments or one.department in departments)]  # fmt: skip
    other = [code for code in item.codes if code not in reading.postal and reading.national.now(code)]
    nowhere = any(_HINT.fullmatch(hint) for hint in item.hints if hint not in departments)
    contradicted = bool(other or nowhere or (item.codes and not codes))
    if len(fits) == 1 and not contradicted:
        _keep(fits[0], reading)
    elif fits and not contradicted:
        _one_of(item, f"« {item.name[:60]} » désigne", fits, reading)
    else:
        there = [hit.commune for hit in by_code]
        told = ", ".join(other or item.codes or item.hints)
        said = f"« {item.name[:60]} » ne va pas avec {told}. Choisissez, ou corrigez la ligne."
        _doubt(item, said, reading, [*meant, *there])


def _one_of(item: _Item, said: str, meant: Sequence[Listed], reading: _Reading) -> None:
    if len(meant) == 1:
        _keep(meant[0], reading)
    else:
        reading.open.append((item, said, meant))


def _unknown(item: _Item, reading: _Reading) -> None:
    name = key(item.name)
    groups = [one for told, one in reading.groups if name and _says(told, name)]
    if groups:
        said = (
            f"Ligne {item.number} : « {item.name[:60]} » n'est pas une commune, mais un ensemble. "
            "Ajoutez toutes ses communes, ou corrigez la ligne."
        )
        reading.doubts.append((item.number, Doubt(item.line, said, (), tuple(groups[:2]))))
        return
    close = _close(item.name, reading)
    told = (item.name or " ".join((*item.codes, *item.hints)))[:60]
    then = (
        "Choisissez, ou corrigez la ligne."
        if close
        else "Corrigez la ligne, ou écrivez : code INSEE ; nom ; code postal."
    )
    _doubt(item, f"« {told} » n'est ni une commune, ni un code connu. {then}", reading, close)


def _says(told: str, name: str) -> bool:
    return told == name or (len(name) > 5 and (told.endswith(f" {name}") or name in told.split()))


def _close(name: str, reading: _Reading) -> list[Listed]:
    """Return the communes that a name unknown here was perhaps meant for."""
    wanted = key(name)
    reading.guessed += 1
    if len(wanted) < 3 or reading.guessed > _MOST_GUESSED:
        return []
    found = [hit.commune for hit in reading.national.find(name).hits[:_MOST_CLOSE]]
    near = [] if found else list(reading.national.near(wanted))
    for close in difflib.get_close_matches(wanted, [told for told, _ in near], _MOST_CLOSE, 0.8):
        found += [commune for told, commune in near if told == close and commune not in found]
    return found[:_MOST_CLOSE]


def _keep(commune: Listed, reading: _Reading) -> None:
    reading.found[commune.insee] = taken(commune)
    reading.around.add(commune.department)


def _doubt(item: _Item, sentence: str, reading: _Reading, meant: Iterable[Listed]) -> None:
    choices = tuple(dict.fromkeys(meant))[:_MOST_CHOICES]
    reading.doubts.append((item.number, Doubt(item.line, f"Ligne {item.number} : {sentence}", choices)))
