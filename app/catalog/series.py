"""Dated reference figures as ``territoire.toml`` words them: degree days, tariffs, arrears (BAT-3, BAT-7).

``[series]`` belongs to the release; the figures are live rows, ``[vivant]`` only gives the first ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.catalog.source import Section, SettingsFault, listed

LIVE_KEY: Final = "series"
"""The list of ``[vivant]`` that this module reads."""
DAY, MONTH, DATE = "jour", "mois", "date"
STEPS: Final = (DAY, MONTH, DATE)
"""A figure is of one day, of one month, or holds from its date until the next."""
MOST: Final = Decimal(10) ** 11
"""Figures stay under it: what a column of eighteen figures, six of them decimals, holds."""
_MOST_DECIMALS: Final = 6
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_REF: Final = re.compile(r"([a-z][a-z0-9_]{0,59})(?:\.([a-z0-9][a-z0-9_-]{0,59}))?")
_PLACE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True)
class Series:
    """One kind of dated figures; ``places`` are what it is given for (a station, a landlord), if anything."""

    id: str
    label: str
    unit: str
    step: str
    places: Mapping[str, str]
    decimals: int

    def dated(self, on: date) -> date:
        """Return the date under which the figure of a day is kept: that of its month, or the day."""
        return on.replace(day=1) if self.step == MONTH else on


@dataclass(frozen=True)
class Ref:
    """A series named from elsewhere in the settings; ``place`` is empty where it has none, or comes later."""

    series: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.series}.{self.place}" if self.place else self.series


@dataclass(frozen=True)
class FirstFigure:
    """A figure as first known."""

    series: str
    place: str
    on: date
    value: Decimal


def read_series(root: Section) -> dict[str, Series]:
    """Read ``[series]``.

    Raises:
        SettingsFault: a value is missing or does not fit.
    """
    return {section.key: _one(section) for section in root.sections("series", _KEY)}


def read_ref(
    section: Section, key: str, known: Mapping[str, Series], *, open_place: bool = False
) -> Ref | None:
    """Read « serie » or « serie.lieu », None when absent; ``open_place``: the place may be left to say.

    Raises:
        SettingsFault: no such series or place.
    """
    text = section.optional_text(key, pattern=_REF, shape="« serie » ou « serie.lieu »")
    if text is None:
        return None
    name, _, place = text.partition(".")
    if name not in known:
        raise SettingsFault(
            f"« {section.at(key)} » : la série « {name} » n'est pas dans [series]. "
            f"Séries : {listed([*known])}."
        )
    places = known[name].places
    if place not in places and (place or (places and not open_place)):
        raise SettingsFault(
            f"« {section.at(key)} » : écrivez « {name}. » suivi de l'un de ces mots : {listed([*places])}."
            if places
            else f"« {section.at(key)} » : la série « {name} » n'a pas de « par ». Écrivez « {name} » seul."
        )
    return Ref(name, place)


def read_first_figures(live: Section, known: Mapping[str, Series]) -> tuple[FirstFigure, ...]:
    """Read the list ``series`` of ``[vivant]``.

    Raises:
        SettingsFault: a value is missing or does not fit, or a figure is said twice.
    """
    found: dict[tuple[str, str, date], FirstFigure] = {}
    for row in live.rows(LIVE_KEY):
        row.only("serie", "par", "le", "valeur")
        series = known[row.one_of("serie", tuple(known))]
        figure = FirstFigure(
            series=series.id,
            place=row.one_of("par", tuple(series.places)) if series.places else "",
            on=series.dated(row.a_date("le")),
            value=_figure(row, series),
        )
        if not series.places and "par" in row.values:
            raise SettingsFault(f"« {row.at('par')} » : la série « {series.id} » n'a pas de « par ».")
        if found.setdefault((figure.series, figure.place, figure.on), figure) is not figure:
            raise SettingsFault(f"« {row.path} » : ce chiffre est donné deux fois. Gardez-en un.")
    return tuple(found.values())


def fits(value: Decimal, series: Series) -> str:
    """Return why a figure cannot be kept, as a French sentence; empty when it can."""
    if abs(value) >= MOST:
        return "Ce nombre est trop grand. Vérifiez sa saisie."
    if value != value.quantize(Decimal(1).scaleb(-series.decimals)):
        few = f"au plus {series.decimals} décimales" if series.decimals else "un nombre entier"
        return f"Écrivez {few}."
    return ""


def _one(section: Section) -> Series:
    section.only("libelle", "unite", "pas", "par", "decimales")
    places = section.section("par")
    places.keys_like(_PLACE)
    decimals = section.integer("decimales", low=0, high=_MOST_DECIMALS)
    return Series(
        id=section.key,
        label=section.text("libelle"),
        unit=section.optional_text("unite") or "",
        step=section.one_of("pas", STEPS),
        places={key: places.text(key) for key in places.values},
        decimals=2 if decimals is None else decimals,
    )


def _figure(row: Section, series: Series) -> Decimal:
    number = row.number("valeur")
    if number is None:
        raise SettingsFault(f"« {row.at('valeur')} » manque : écrivez un nombre.")
    value = Decimal(number)
    if fault := fits(value, series):
        raise SettingsFault(f"« {row.at('valeur')} » : {fault}")
    return value
