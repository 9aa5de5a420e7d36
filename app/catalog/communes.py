"""The national list of communes, as shipped: looked up by code, found by name, postcode, group or department.

The list is ``app/data/communes.tsv.gz``; docs/reference/communes.md says from where, and how to renew it. It
is read at the first question, in the process that asks: where nobody enters a commune, no process holds it.
"""

import gzip
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

FILE: Final = "data/communes.tsv.gz"
MOST: Final = 20
"""Communes that a search lists; as many groups are never that close."""
MOST_GROUPS: Final = 6
_SHORT: Final = re.compile(r"\bst(e?)\b")
_APART: Final = re.compile(r"[^a-z0-9\n|]+")
_LIGATURES: Final = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})


@dataclass(frozen=True)
class Listed:
    """A commune of the list: INSEE code, name, postcodes, code of its department, codes of its groups."""

    insee: str
    name: str
    postcodes: tuple[str, ...]
    department: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Communes that go together: a department, or an intercommunality by its SIREN number."""

    code: str
    name: str
    is_department: bool


@dataclass(frozen=True)
class Hit:
    """A commune found, and the name of the former commune by which it was, if any."""

    commune: Listed
    formerly: str = ""


@dataclass(frozen=True)
class Found:
    """What a search found, the closest first; ``more`` communes are not listed."""

    groups: tuple[Group, ...]
    hits: tuple[Hit, ...]
    more: int


def key(text: str) -> str:
    """Return a name to compare: no case, accents or punctuation, ligatures and « St » written out."""
    flat = (
        unicodedata.normalize("NFKD", text.translate(_LIGATURES)).encode("ascii", "ignore").decode().lower()
    )
    return _SHORT.sub(r"saint\1", _APART.sub(" ", flat)).strip(" ")


class National:
    """The list in memory: lines as they are in the file, and beside each what a search looks at.

    Kept as texts, not as objects: a third of the memory, and reading it takes a tenth of a second.
    """

    def __init__(self, text: str) -> None:
        rows: dict[str, list[str]] = {"#": [], "D": [], "E": [], "C": [], "A": []}
        for line in text.splitlines():
            rows[line[0]].append(line[2:])
        self.version = rows["#"][0]
        self.groups: dict[str, Group] = {}
        for kind in ("D", "E"):
            for line in rows[kind]:
                code, name = line.split("\t")
                self.groups[code] = Group(code, name, kind == "D")
        self._lines, self._former = rows["C"], rows["A"]
        self._seen = _looked_at(self._lines, (1, 0, 2))
        self._former_seen = _looked_at(self._former, (1, 0))
        self._groups_seen = _looked_at([f"{one.name}\t{one.code}" for one in self.groups.values()], (0, 1))

    def __len__(self) -> int:
        return len(self._lines)

    def get(self, insee: str) -> Listed | None:
        """Return the commune of a current code."""
        place = bisect_left(self._lines, f"{insee}\t")
        if place < len(self._lines) and self._lines[place].startswith(f"{insee}\t"):
            return _listed(self._lines[place])
        return None

    def now(self, insee: str) -> Hit | None:
        """Return the commune that a code leads to: its own, or that of which a former one is part."""
        found = self.get(insee)
        if found is not None:
            return Hit(found)
        place = bisect_left(self._former, f"{insee}\t")
        return (
            self._led(place)
            if place < len(self._former) and self._former[place].startswith(f"{insee}\t")
            else None
        )

    def members(self, code: str) -> list[Listed]:
        """Return the communes of a department or of a group, in the order of their codes."""
        return [one for one in map(_listed, self._with(code)) if code == one.department or code in one.groups]

    def at_postcodes(self, postcodes: Iterable[str]) -> dict[str, list[Listed]]:
        """Return, for each code asked that is a postcode, the communes that it serves."""
        wanted, found = frozenset(postcodes), dict[str, list[Listed]]()
        for line in self._lines if wanted else ():
            for code in line.split("\t", 3)[2].split():
                if code in wanted:
                    found.setdefault(code, []).append(_listed(line))
        return found

    def groups_named(self) -> list[tuple[str, Group]]:
        """Return departments and intercommunalities with their comparable names."""
        return [(_name(seen), one) for seen, one in zip(self._groups_seen, self.groups.values(), strict=True)]

    def named(self, names: Iterable[str]) -> dict[str, list[Hit]]:
        """Return, for each comparable name asked, the communes of exactly that name, former ones included."""
        found: dict[str, list[Hit]] = {name: [] for name in names}
        for place, seen in enumerate(self._seen):
            if (name := _name(seen)) in found:
                found[name].append(Hit(_listed(self._lines[place])))
        for place, seen in enumerate(self._former_seen):
            name = _name(seen)
            if name in found:
                hit = self._led(place)
                if hit.commune not in [one.commune for one in found[name]]:
                    found[name].append(hit)
        return found

    def near(self, name: str) -> Iterator[tuple[str, Listed]]:
        """Yield the communes whose name begins alike and is about as long: what was perhaps meant."""
        for place, seen in enumerate(self._seen):
            if seen.startswith(f" {name[:2]}") and abs(len(_name(seen)) - len(name)) <= 2:
                yield _name(seen), _listed(self._lines[place])

    def find(self, text: str) -> Found:
        """Return what every word of ``text`` begins a word of: name, code, postcode, group, department."""
        wanted = key(text)
        if len(wanted) < 2:
            return Found((), (), 0)
        groups = self.groups_named()
        together = [groups[place] for place in _all_of(wanted, self._groups_seen)]
        together.sort(key=lambda one: (one[1].code.lower() != wanted, one[0] != wanted, one[0]))
        hits = [
            (_name(self._seen[place]), Hit(_listed(self._lines[place])))
            for place in _all_of(wanted, self._seen)
        ]
        there = {hit.commune.insee for _, hit in hits}
        for place in _all_of(wanted, self._former_seen):
            led = self._led(place)
            if led.commune.insee not in there:
                there.add(led.commune.insee)
                hits.append((_name(self._former_seen[place]), led))
        hits.sort(key=lambda one: (one[1].commune.insee.lower() != wanted, one[0] != wanted,
                                   not one[0].startswith(wanted), one[0], one[1].commune.insee))  # fmt: skip
        return Found(
            tuple(group for _, group in together[:MOST_GROUPS]),
            tuple(hit for _, hit in hits[:MOST]),
            max(0, len(hits) - MOST),
        )

    def _with(self, code: str) -> Iterator[str]:
        return (line for line in self._lines if code in line)

    def _led(self, place: int) -> Hit:
        code, name, now = self._former[place].split("\t")
        commune = self.get(now)
        if commune is None:
            raise LookupError(f"{code} leads to {now}, which the list does not hold")
        return Hit(commune, name or code)


def _listed(line: str) -> Listed:
    insee, name, postcodes, department, groups = line.split("\t")
    return Listed(insee, name, tuple(postcodes.split()), department, tuple(groups.split()))


def _looked_at(lines: Sequence[str], order: Sequence[int]) -> list[str]:
    """Return what a search looks at of each line, made comparable at once: `` name | codes``."""
    rows = (line.split("\t") for line in lines)
    joined = "\n".join(f" {row[order[0]]} | {' '.join(row[one] for one in order[1:])}" for row in rows)
    flat = (
        unicodedata.normalize("NFKD", joined.translate(_LIGATURES)).encode("ascii", "ignore").decode().lower()
    )
    return _SHORT.sub(r"saint\1", _APART.sub(" ", flat)).split("\n")


def _all_of(wanted: str, seen: Sequence[str]) -> list[int]:
    """Return the places of what holds a word beginning with each word wanted."""
    first, *others = sorted((f" {word}" for word in wanted.split()), key=len, reverse=True)
    return [
        place for place, text in enumerate(seen) if first in text and all(word in text for word in others)
    ]


def _name(seen: str) -> str:
    return seen[1 : seen.rindex("|")].strip()


@cache
def national() -> National:
    """Return the shipped list, read once in the process that asks."""
    return National(gzip.decompress(files("app").joinpath(FILE).read_bytes()).decode())
