"""What a programme says beside its route: sites, meters, stock, the directory, the rooms of its network.

Every section is optional: a territory that says nothing of one goes without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.catalog.capacity import Capacity, read_capacity
from app.catalog.consumption import Consumption, read_consumption
from app.catalog.directory import Directory, read_directory
from app.catalog.gatherings import RegistrationWords, read_registrations
from app.catalog.goals import GoalWords, read_goals
from app.catalog.network_rooms import Rooms, read_rooms
from app.catalog.series import LIVE_KEY, FirstFigure, Series, read_first_figures, read_series
from app.catalog.sites import SiteWords, read_sites
from app.catalog.source import Section
from app.catalog.stock import StockWords, read_stock

SECTIONS_AROUND: Final = (
    "series", "consommation", "sites", "objectifs", "dons", "annuaire", "charte", "echanges", "veille",
    "vitrine", "articles", "depots", "capacite", "inscriptions",
)  # fmt: skip
"""The sections read here."""

LIVE_AROUND: Final = (LIVE_KEY, "sites", "objectifs")
"""What of ``[vivant]`` is read here."""


@dataclass(frozen=True)
class Around:
    """What the sections of ``SECTIONS_AROUND`` say. ``sites`` is None where cases hang on no site."""

    sites: SiteWords | None
    goals: GoalWords
    stock: StockWords
    series: Mapping[str, Series]
    first_figures: tuple[FirstFigure, ...]
    consumption: Consumption
    directory: Directory
    rooms: Rooms
    capacity: Capacity | None
    registrations: RegistrationWords | None


def read_around(root: Section, live: Section, natures: Sequence[str]) -> Around:
    """Read those sections; ``live`` is ``[vivant]``, ``natures`` the keys of the kinds of spending."""
    series = read_series(root)
    return Around(
        sites=read_sites(root, live),
        goals=read_goals(root, live, tuple(natures)),
        stock=read_stock(root),
        series=MappingProxyType(series),
        first_figures=read_first_figures(live, series),
        consumption=read_consumption(root, series),
        directory=read_directory(root.section("annuaire"), tuple(root.section("partenaires").values)),
        rooms=read_rooms(root),
        capacity=read_capacity(root, root.section("couloirs").values),
        registrations=read_registrations(root),
    )
