"""Each row of a sheet of addresses judged: a door to knock at, or what is wrong and what to do (CAR-5).

Pure: what is known already (targets, open cases, rounds under way) is given.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.catalog import nir
from app.catalog.places import Commune
from app.catalog.sheets import SheetRow
from app.services.text import fold, fold_address

FIELDS: Final[Mapping[str, str]] = {
    "numero": "Numéro dans la voie",
    "adresse": "Adresse (numéro et voie)",
    "complement": "Complément (bâtiment, étage, appartement)",
    "cp": "Code postal",
    "commune": "Commune",
    "insee": "Code INSEE de la commune",
    "tournee": "Tournée",
    "ordre": "Ordre dans la tournée",
}
"""What a column may hold; a column that holds none of these is left out."""
_GUESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "numero": ("numero", "no", "n", "num", "numero de voie", "numero voie", "n voie"),
    "adresse": ("adresse", "voie", "rue", "libelle voie", "nom de la voie", "adresse postale"),
    "complement": ("complement", "complement d adresse", "complement adresse", "batiment", "appartement"),
    "cp": ("cp", "code postal", "codepostal", "postal"),
    "commune": ("commune", "ville", "localite", "nom commune", "nom de la commune"),
    "insee": ("insee", "code insee", "codeinsee", "code commune"),
    "tournee": ("tournee", "nom tournee", "nom de la tournee", "numero de tournee", "secteur"),
    "ordre": ("ordre", "rang", "ordre de passage", "ordre dans la tournee"),
}  # fmt: skip
ADDRESS_MOST: Final = 120
COMPLEMENT_MOST: Final = 80
ROUND_MOST: Final = 40
_PERSONAL: Final = re.compile(r"@|(?:\+33|\b0)[ .-]?[1-9](?:[ .-]?\d{2}){4}\b")
_TITLES: Final = re.compile(r"(?:m\.|mr|mme|mlle|monsieur|madame|famille)\b\.?\s*[^\W\d_]{2,}", re.IGNORECASE)

Key = tuple[str, str]
"""INSEE code and normalised address with its complement: two doors alike have the same."""


@dataclass(frozen=True)
class Door:
    """A row that may be loaded."""

    number: int
    address: str
    complement: str
    postcode: str
    commune: Commune
    round: str | None
    order: int

    @property
    def key(self) -> Key:
        """What finds a duplicate."""
        return key_of(self.commune.insee, self.address, self.complement)


@dataclass(frozen=True)
class Refused:
    """A row that cannot be loaded, with its sentences."""

    number: int
    row: SheetRow
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What is there before the file: ``targets`` by key with their campaign's name, households in a case."""

    communes: Sequence[Commune]
    perimeter: frozenset[str]
    targets: Mapping[Key, str]
    followed: frozenset[Key]
    closed_rounds: frozenset[str]


@dataclass
class Judged:
    """The rows of a file, sorted into doors and refusals, each in the file's order."""

    doors: list[Door] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def key_of(insee: str, address: str, complement: str | None) -> Key:
    """Return the key by which two doors are the same."""
    return insee, " | ".join(part for part in (fold_address(address), fold(complement)) if part)


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Return which column seems to hold each field, by its heading; fields without one are left out."""
    folded = {column: fold(column) for column in columns}
    found: dict[str, str] = {}
    for name, words in _GUESSES.items():
        free = [column for column in columns if column not in found.values()]
        best = next((column for word in words for column in free if folded[column] == word), None)
        if best is not None:
            found[name] = best
    return found


def judge(rows: Sequence[SheetRow], mapping: Mapping[str, str], known: Known) -> Judged:
    """Sort rows into doors and refusals; a row says every reason at once."""
    judged, seen = Judged(), dict[Key, int]()
    for rank, row in enumerate(rows, 1):
        reasons: list[str] = []
        door = _Reader(row, mapping, known, reasons.append).door(rank)
        if door is not None and not reasons:
            reasons += _repeats(door, seen, known)
        if door is None or reasons:
            judged.refused.append(Refused(row.number, row, tuple(reasons)))
            continue
        seen[door.key] = row.number
        judged.doors.append(door)
    return judged


def _repeats(door: Door, seen: Mapping[Key, int], known: Known) -> Iterator[str]:
    if door.key in seen:
        yield (
            f"Cette adresse est déjà à la ligne {seen[door.key]}. Retirez l'une des deux, ou précisez "
            "l'appartement dans le complément."
        )
    if door.key in known.targets:
        yield f"Cette adresse est déjà une cible de « {known.targets[door.key]} ». Retirez la ligne."
    if door.key in known.followed:
        yield "Un dossier est déjà ouvert à cette adresse. Retirez la ligne : le ménage est accompagné."


class _Reader:
    """One row, read field by field; ``say`` takes what is wrong."""

    def __init__(
        self, row: SheetRow, mapping: Mapping[str, str], known: Known, say: Callable[[str], None]
    ) -> None:
        self._row, self._mapping, self._known, self._say = row, mapping, known, say

    def _cell(self, name: str) -> str:
        return " ".join(self._row.cells.get(self._mapping.get(name, ""), "").split())

    def door(self, rank: int) -> Door | None:
        """Return the door, None when the address or the commune cannot be made out."""
        if self._row.beyond:
            self._say(
                "Il y a une cellule de trop : un séparateur se trouve sans doute dans une valeur. "
                "Mettez la valeur entre guillemets."
            )
        self._refuse_people()
        address, commune = self._address(), self._commune()
        complement, name, order = self._complement(), self._round(), self._order(rank)
        if not address or commune is None:
            return None
        postcode = self._cell("cp").zfill(5) if self._cell("cp") else commune.postcode
        return Door(self._row.number, address, complement, postcode, commune, name, order)

    def _refuse_people(self) -> None:
        texts = [self._cell(name) for name in FIELDS]
        if any(nir.holds_number(text) for text in texts):
            self._say("Un numéro de sécurité sociale figure sur cette ligne. Effacez-le.")
        if any(_PERSONAL.search(text) or _TITLES.match(text) for text in texts):
            self._say(
                "Un nom, un téléphone ou un courriel figure sur cette ligne. Ne gardez que l'adresse : "
                "la campagne n'a pas besoin de savoir qui habite là."
            )

    def _address(self) -> str:
        number, street = self._cell("numero"), self._cell("adresse")
        address = f"{number} {street}".strip() if number and not street.startswith(number) else street
        if not street:
            self._say("L'adresse manque. Indiquez le numéro et la voie.")
            return ""
        if address[0] in "=+-@":
            self._say("L'adresse commence par une formule. Écrivez l'adresse en toutes lettres.")
        if sum(letter.isalpha() for letter in address) < 3:
            self._say(f"« {address[:40]} » n'est pas une adresse. Indiquez le nom de la voie.")
        if len(address) > ADDRESS_MOST:
            self._say(f"L'adresse dépasse {ADDRESS_MOST} signes. Mettez le reste dans le complément.")
        return address

    def _complement(self) -> str:
        complement = self._cell("complement")
        if len(complement) > COMPLEMENT_MOST:
            self._say(f"Le complément dépasse {COMPLEMENT_MOST} signes. Raccourcissez-le.")
        return complement

    def _commune(self) -> Commune | None:
        postcode, insee, name = self._cell("cp"), self._cell("insee").upper(), self._cell("commune")
        if postcode and not (postcode.isdecimal() and len(postcode) in (4, 5)):
            self._say(f"« {postcode[:20]} » n'est pas un code postal : il en faut cinq chiffres.")
            return None
        found = self._named(insee, name) if insee or name else self._by_postcode(postcode.zfill(5), postcode)
        if found is None:
            return None
        if postcode and self._elsewhere(postcode.zfill(5), found):
            self._say(f"Le code postal {postcode} n'est pas celui de {found.name}. Corrigez l'un des deux.")
        if found.insee not in self._known.perimeter:
            self._say(f"{found.name} n'est pas dans le périmètre de la campagne. Retirez la ligne.")
        return found

    def _named(self, insee: str, name: str) -> Commune | None:
        by_code = next((one for one in self._known.communes if one.insee == insee), None)
        wanted = fold_address(name)
        by_name = next((one for one in self._known.communes if fold_address(one.name) == wanted), None)
        if insee and by_code is None:
            self._say(f"Le code INSEE {insee[:10]} n'est pas celui d'une commune du territoire.")
            return None
        if name and by_name is None:
            self._say(f"« {name[:40]} » n'est pas une commune du territoire. Corrigez, ou retirez la ligne.")
            return None
        if by_code is not None and by_name is not None and by_code != by_name:
            self._say(f"Le code INSEE {insee} est celui de {by_code.name}, pas de {by_name.name}.")
            return None
        return by_code or by_name

    def _by_postcode(self, postcode: str, typed: str) -> Commune | None:
        if not typed:
            self._say("La commune manque. Indiquez son nom ou son code INSEE.")
            return None
        fitting = [one for one in self._known.communes if postcode in one.postcodes]
        if not fitting:
            self._say(
                f"Le code postal {postcode} n'est pas dans le territoire. Corrigez, ou retirez la ligne."
            )
        if len(fitting) > 1:
            names = " et ".join(one.name for one in fitting)
            self._say(f"Le code postal {postcode} est celui de {names}. Indiquez la commune.")
        return fitting[0] if len(fitting) == 1 else None

    def _elsewhere(self, postcode: str, found: Commune) -> bool:
        """Whether a postcode is another commune's; one may have some that the territory does not list."""
        if postcode in found.postcodes:
            return False
        others = any(postcode in one.postcodes for one in self._known.communes)
        department = found.insee[:2].replace("2A", "20").replace("2B", "20")
        return others or postcode[:2] != department

    def _round(self) -> str | None:
        name = self._cell("tournee")
        if len(name) > ROUND_MOST:
            self._say(f"Le nom de la tournée dépasse {ROUND_MOST} signes. Raccourcissez-le.")
        if name and not any(sign.isalnum() for sign in name):
            self._say(f"« {name[:20]} » n'est pas un nom de tournée. Écrivez des lettres ou des chiffres.")
        if fold(name) in self._known.closed_rounds and name:
            self._say(
                f"La tournée « {name[:ROUND_MOST]} » est déjà partie. "
                "Choisissez une autre tournée pour cette adresse."
            )
        return name or None

    def _order(self, rank: int) -> int:
        said = self._cell("ordre")
        if not said:
            return rank
        if not said.isdecimal() or not 0 < int(said[:9]) <= 99_999:
            self._say(f"L'ordre « {said[:20]} » n'est pas un nombre entier. Écrivez 1, 2, 3…")
            return rank
        return int(said)
