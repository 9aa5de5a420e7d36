"""``[sites]``: how a territory speaks of its sites, and the first ones, from ``[vivant]`` (BAT-1, BAT-2).

The words belong to the release; sites, their classing and their referents are dated live rows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from app.catalog.source import Section, SettingsFault

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SHAPE: Final = "des lettres minuscules, des chiffres et des « _ »"
LIVE_KEY: Final = "sites"
OF_SITE, OF_LANDLORD = "site", "bailleur"
DIFFUSE: Final = "diffus"
"""What a form answers for a household that lives on no site."""


@dataclass(frozen=True)
class Zoning:
    """A class of sites: what it is called now, and what it was called until a day (« ZUS », then « QPV »)."""

    id: str
    label: str
    before: tuple[tuple[date, str], ...] = ()

    def name(self, on: date) -> str:
        """Return what it is called on a day."""
        return next((label for until, label in self.before if on <= until), self.label)


@dataclass(frozen=True)
class ReferentKind:
    """Who answers for a site: one a site, or one for all the sites of a landlord."""

    id: str
    label: str
    of: str


@dataclass(frozen=True)
class SiteWords:
    """The words of a release. ``series`` is the series of figures shown beside a landlord's sites.

    ``ambassadors`` are the kinds of people trained on a site. ``diffuse`` is what a form offers to a
    household that lives on no site; empty: it offers none. ``first`` are the sites of ``[vivant]``, no part
    of the release.
    """

    label: str = "Site"
    plural: str = "Sites"
    diffuse: str = ""
    series: str | None = None
    zonings: Mapping[str, Zoning] = field(default_factory=dict)
    phases: Mapping[str, str] = field(default_factory=dict)
    referents: Mapping[str, ReferentKind] = field(default_factory=dict)
    ambassadors: Mapping[str, str] = field(default_factory=dict)
    first: "tuple[FirstSite, ...]" = ()


@dataclass(frozen=True)
class FirstZoning:
    """How a site is classed from a day on, None from the beginning."""

    zoning: str
    since: date | None
    reason: str


@dataclass(frozen=True)
class FirstSite:
    """A site as first known; what nobody said is None, ``zonings`` is empty."""

    key: str
    name: str
    commune: str | None
    landlord: str
    dwellings: int | None
    zonings: tuple[FirstZoning, ...]
    phase: str | None
    opened_on: date | None
    closed_on: date | None


def read_sites(root: Section, live: Section) -> SiteWords | None:
    """Read ``[sites]`` and ``[[vivant.sites]]``; None where a territory speaks of none.

    Raises:
        SettingsFault: a value is missing or does not fit, or two sites have one key.
    """
    rows = list(live.rows(LIVE_KEY))
    if "sites" not in root.values:
        if rows:
            raise SettingsFault(f"« {rows[0].path} » : ce territoire n'a pas de section [sites]. Ajoutez-la.")
        return None
    words = _words(root.section("sites"))
    first = tuple(_first(row, words) for row in rows)
    keys = [one.key for one in first]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise SettingsFault(f"« vivant.sites » : deux sites ont la clé « {twice} ». Changez l'une des deux.")
    return replace(words, first=first)


def _words(section: Section) -> SiteWords:
    section.only("libelle", "pluriel", "diffus", "serie", "zonages", "phases", "referents", "ambassadeurs")
    label = section.text("libelle")
    return SiteWords(
        label=label,
        plural=section.optional_text("pluriel") or f"{label}s",
        diffuse=section.optional_text("diffus") or "",
        series=section.optional_text("serie", pattern=_KEY, shape=_SHAPE),
        zonings=MappingProxyType({one.key: _zoning(one) for one in section.sections("zonages", _KEY)}),
        phases=_labels(section.section("phases")),
        referents=MappingProxyType({one.key: _referent(one) for one in section.sections("referents", _KEY)}),
        ambassadors=_labels(section.section("ambassadeurs")),
    )


def _labels(section: Section) -> Mapping[str, str]:
    section.keys_like(_KEY)
    return MappingProxyType({key: section.text(key) for key in section.values})


def _zoning(section: Section) -> Zoning:
    section.only("libelle", "avant")
    rows = list(section.rows("avant"))
    for row in rows:
        row.only("jusqu_au", "libelle")
    before = sorted((row.a_date("jusqu_au"), row.text("libelle")) for row in rows)
    return Zoning(section.key, section.text("libelle"), tuple(before))


def _referent(section: Section) -> ReferentKind:
    section.only("libelle", "par")
    return ReferentKind(
        section.key, section.text("libelle"), section.one_of("par", (OF_SITE, OF_LANDLORD), default=OF_SITE)
    )


def _zonings(row: Section, words: SiteWords) -> Iterator[FirstZoning]:
    known = tuple(words.zonings)
    if "zonage" in row.values:
        yield FirstZoning(row.one_of("zonage", known), None, "")
    for one in row.rows("classements"):
        one.only("zonage", "depuis", "motif")
        since = one.a_date("depuis") if "depuis" in one.values else None
        yield FirstZoning(one.one_of("zonage", known), since, one.optional_text("motif") or "")


def _first(row: Section, words: SiteWords) -> FirstSite:
    row.only(
        "cle", "nom", "commune", "bailleur", "logements", "zonage", "classements", "phase", "ouvert_le",
        "clos_le",
    )  # fmt: skip
    if "zonage" in row.values and "classements" in row.values:
        raise SettingsFault(f"« {row.path} » : écrivez « zonage », ou « classements » s'il y en a plusieurs.")
    return FirstSite(
        key=row.text("cle", pattern=_KEY, shape=_SHAPE),
        name=row.text("nom"),
        commune=row.optional_text("commune", pattern=re.compile(r"\d[0-9AB]\d{3}"), shape="un code INSEE"),
        landlord=row.optional_text("bailleur") or "",
        dwellings=row.integer("logements", low=1, high=100_000),
        zonings=tuple(_zonings(row, words)),
        phase=row.one_of("phase", tuple(words.phases), default=None),
        opened_on=row.a_date("ouvert_le") if "ouvert_le" in row.values else None,
        closed_on=row.a_date("clos_le") if "clos_le" in row.values else None,
    )
