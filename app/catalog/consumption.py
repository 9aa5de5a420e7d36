"""What households use, as ``territoire.toml`` words it: fluids, dials of their meters, their prices (BAT-7).

Prices, conversion coefficients and degree days are dated figures of ``[series]``, named here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from app.catalog.series import DATE, Ref, Series, read_ref
from app.catalog.source import Section, SettingsFault

ENERGY, WATER = "energie", "eau"
MEASURES: Final = (ENERGY, WATER)
"""What a fluid's consumption is counted in: kWh, or cubic metres."""
UNITS: Final[Mapping[str, str]] = {ENERGY: "kWh", WATER: "m³"}
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PREFIX: Final = re.compile(r"[0-9][0-9AB][0-9]{0,3}")
_SHAPE: Final = "des minuscules sans accent, des chiffres et « _ »"
_BASELINE_DAYS: Final = 330
_DIGITS: Final = 9


@dataclass(frozen=True)
class Fluid:
    """A fluid: ``heating`` is the part of a year's use that follows the weather, from 0 to 1."""

    id: str
    label: str
    measure: str
    heating: Decimal
    degree_days: Ref | None

    @property
    def unit(self) -> str:
        """What its consumption is counted in."""
        return UNITS[self.measure]


@dataclass(frozen=True)
class Dial:
    """One index that a meter shows, ``digits`` figures before the comma.

    Dials of one fluid with the same ``option`` are read together (peak and off-peak hours), those of another
    option take their place (a single tariff). ``price``: euros for one kWh or one m³; ``standing``: euros a
    month; ``coefficient``: kWh in one unit of the meter, None when the meter counts in the fluid's own unit.
    """

    id: str
    fluid: str
    label: str
    unit: str
    digits: int
    option: str
    price: Ref | None
    standing: Ref | None
    coefficient: Ref | None


@dataclass(frozen=True)
class Consumption:
    """The fluids of a programme; empty where nothing is read.

    ``baseline_days``: the shortest baseline on which what follows the weather may be judged. ``alert``: how
    many times more than before is said to be too much a day, None when nobody is told. ``station`` is
    the place of degree days, ``stations`` those of other communes, by the beginning of their INSEE code.
    """

    fluids: Mapping[str, Fluid] = field(default_factory=dict)
    dials: Mapping[str, Dial] = field(default_factory=dict)
    baseline_days: int = _BASELINE_DAYS
    alert: Decimal | None = None
    station: str = ""
    stations: Mapping[str, str] = field(default_factory=dict)

    @property
    def choices(self) -> dict[str, str]:
        """Return the dials as a form names them."""
        return {dial.id: dial.label for dial in self.dials.values()}

    def of(self, fluid: str) -> tuple[Dial, ...]:
        """Return the dials of a fluid, in the order of the settings."""
        return tuple(dial for dial in self.dials.values() if dial.fluid == fluid)

    def station_of(self, insee: str | None) -> str:
        """Return whose degree days hold in a commune: the longest beginning of its code wins."""
        fitting = [start for start in self.stations if (insee or "").startswith(start)]
        return self.stations[max(fitting, key=len)] if fitting else self.station


def read_consumption(root: Section, series: Mapping[str, Series]) -> Consumption:
    """Read ``[consommation]``.

    Raises:
        SettingsFault: a value is missing or does not fit.
    """
    section = root.section("consommation")
    section.only("reference_jours", "alerte", "station", "stations", "fluides", "compteurs")
    fluids = {part.key: _fluid(part, series) for part in section.sections("fluides", _KEY)}
    dials = {part.key: _dial(part, fluids, series) for part in section.sections("compteurs", _KEY)}
    stations = section.section("stations")
    stations.keys_like(_PREFIX)
    days = section.integer("reference_jours", low=1, high=1100)
    found = Consumption(
        fluids=fluids,
        dials=dials,
        baseline_days=_BASELINE_DAYS if days is None else days,
        alert=_alert(section),
        station=section.optional_text("station") or "",
        stations={key: stations.text(key) for key in stations.values},
    )
    _check_stations(section, found, series)
    return found


def _alert(section: Section) -> Decimal | None:
    times = section.number("alerte")
    if times is None:
        return None
    if not 1 < times <= 1000:
        raise SettingsFault(f"« {section.at('alerte')} » : combien de fois plus ? Un nombre supérieur à 1.")
    return Decimal(times)


def _fluid(section: Section, series: Mapping[str, Series]) -> Fluid:
    section.only("libelle", "mesure", "part_chauffage", "degres_jours")
    share = Decimal(section.number("part_chauffage") or 0)
    if not 0 <= share <= 1 or share != share.quantize(Decimal("0.001")):
        raise SettingsFault(
            f"« {section.at('part_chauffage')} » : une part de 0 à 1 est attendue, comme 0.6."
        )
    days = read_ref(section, "degres_jours", series, open_place=True)
    if days is not None and series[days.series].step == DATE:
        raise SettingsFault(
            f"« {section.at('degres_jours')} » : des degrés-jours sont d'un jour ou d'un mois. "
            'Écrivez pas = "jour" ou "mois" dans cette série.'
        )
    if share and days is None:
        raise SettingsFault(
            f"« {section.at('degres_jours')} » manque : nommez la série qui corrige la part de chauffage."
        )
    return Fluid(
        id=section.key,
        label=section.text("libelle"),
        measure=section.one_of("mesure", MEASURES),
        heating=share,
        degree_days=days,
    )


def _dial(section: Section, fluids: Mapping[str, Fluid], series: Mapping[str, Series]) -> Dial:
    section.only("fluide", "libelle", "unite", "chiffres", "option", "tarif", "abonnement", "coefficient")
    fluid = fluids[section.one_of("fluide", tuple(fluids))]
    unit = section.optional_text("unite") or fluid.unit
    coefficient = read_ref(section, "coefficient", series)
    if (unit != fluid.unit) != (coefficient is not None):
        raise SettingsFault(
            f"« {section.at('coefficient')} » : un compteur en {unit} d'un fluide compté en {fluid.unit} "
            f"{'a besoin d' if coefficient is None else 'se passe de'}e coefficient."
        )
    digits = section.integer("chiffres", low=1, high=_DIGITS)
    if digits is None:
        raise SettingsFault(
            f"« {section.at('chiffres')} » manque : écrivez combien de chiffres le compteur montre avant la "
            "virgule."
        )
    return Dial(
        id=section.key,
        fluid=fluid.id,
        label=section.text("libelle"),
        unit=unit,
        digits=digits,
        option=section.optional_text("option", pattern=_KEY, shape=_SHAPE) or "",
        price=read_ref(section, "tarif", series),
        standing=read_ref(section, "abonnement", series),
        coefficient=coefficient,
    )


def _check_stations(section: Section, read: Consumption, series: Mapping[str, Series]) -> None:
    """Refuse a station that a series of degree days does not know, and a series left without any."""
    for fluid in read.fluids.values():
        ref = fluid.degree_days
        if ref is None or ref.place or not series[ref.series].places:
            continue
        for key, place in (("station", read.station), *read.stations.items()):
            if place not in series[ref.series].places:
                known = ", ".join(series[ref.series].places)
                raise SettingsFault(
                    f"« {section.at(key)} » : écrivez un lieu de la série « {ref.series} » ({known})."
                )
