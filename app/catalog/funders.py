"""Who pays a programme, and for which part, as ``territoire.toml`` says it (``[financeurs]``, MTP-6)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from app.catalog.money import CENT
from app.catalog.source import Section, SettingsFault

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
WHOLE: Final = Decimal(100)


@dataclass(frozen=True)
class Funder:
    """Somebody who pays ``percent`` of what the programme costs."""

    id: str
    label: str
    percent: Decimal


@dataclass(frozen=True)
class Part:
    """What a funder pays of an amount, in euros to the cent."""

    label: str
    percent: Decimal
    amount: Decimal


def read_funders(root: Section) -> tuple[Funder, ...]:
    """Read ``[financeurs.<cle>]``; their parts make a whole.

    Raises:
        SettingsFault: a part is missing, or they do not make 100 %.
    """
    found = tuple(_funder(section) for section in root.sections("financeurs", _KEY))
    total = sum((one.percent for one in found), Decimal(0))
    if found and total != WHOLE:
        raise SettingsFault(f"« financeurs » : les parts font {total} % au lieu de 100 %. Corrigez « part ».")
    return found


def _funder(section: Section) -> Funder:
    section.only("libelle", "part")
    part = section.number("part")
    if part is None or not 0 < Decimal(part) <= WHOLE:
        raise SettingsFault(f"« {section.at('part')} » : un pourcentage entre 0 et 100 est attendu.")
    return Funder(section.key, section.text("libelle"), Decimal(part))


def split(amount: Decimal, funders: Sequence[Funder]) -> list[Part]:
    """Return what each pays of ``amount``, rounded to the cent; the last one pays what the cents leave."""
    parts: list[Part] = []
    left = amount
    for number, one in enumerate(funders, start=1):
        share = (amount * one.percent / WHOLE).quantize(CENT, rounding=ROUND_HALF_UP)
        given = left if number == len(funders) else share
        parts.append(Part(one.label, one.percent, given))
        left -= given
    return parts
