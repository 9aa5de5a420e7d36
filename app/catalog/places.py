"""Where a territory is and how it is reached: its communes, its contact."""

import re
from collections import Counter
from dataclasses import dataclass

from app.catalog.source import Section, SettingsFault

_INSEE = re.compile(r"\d[0-9AB]\d{3}")
_POSTCODE = re.compile(r"\d{5}")


@dataclass(frozen=True)
class Commune:
    """One commune served: INSEE code, name, and its postcodes (most have one)."""

    insee: str
    name: str
    postcodes: tuple[str, ...]

    @property
    def postcode(self) -> str:
        """The first, usual postcode."""
        return self.postcodes[0]


@dataclass(frozen=True)
class Contact:
    """How a household reaches the programme; printed on letters and on the guide."""

    service: str = ""
    telephone: str = ""
    email: str = ""
    address: str = ""
    hours: str = ""


def read_communes(root: Section) -> tuple[Commune, ...]:
    """Read ``[[communes]]``; the same INSEE code twice is refused."""
    communes = []
    for row in root.rows("communes"):
        row.only("insee", "nom", "cp")
        communes.append(
            Commune(
                insee=row.text("insee", pattern=_INSEE, shape="un code INSEE de cinq caractères"),
                name=row.text("nom"),
                postcodes=row.texts_or_one("cp", pattern=_POSTCODE, shape="un code postal de cinq chiffres"),
            )
        )
    twice = {insee for insee, times in Counter(commune.insee for commune in communes).items() if times > 1}
    if twice:
        raise SettingsFault(f"« communes » : le code INSEE {min(twice)} y figure deux fois.")
    return tuple(communes)


def read_contact(section: Section) -> Contact:
    """Read ``[vivant.contact]``; everything in it is optional."""
    section.only("service", "telephone", "courriel", "adresse", "horaires")
    return Contact(
        service=section.optional_text("service") or "",
        telephone=section.optional_text("telephone") or "",
        email=section.optional_text("courriel") or "",
        address=section.optional_text("adresse") or "",
        hours=section.optional_text("horaires") or "",
    )
