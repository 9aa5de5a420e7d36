"""What a network keeps going between its meetings: charter, exchanges, watch, public page (ANG-5, ANG-6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.catalog.source import Section

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Charter:
    """``[charte]``: who may sign (``responsable``, ``elu``), by the word of the territory.

    ``link_days``: how long a personal link serves.
    """

    signers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    link_days: int = 60


@dataclass(frozen=True)
class Exchanges:
    """``[echanges]``: the topics under which threads stand; none, no exchange space."""

    topics: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    rules: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure that structures give each quarter."""

    id: str
    label: str
    help: str = ""


@dataclass(frozen=True)
class Watch:
    """``[veille]``: the figures asked of structures each quarter, the signs of an alert that are followed.

    ``signs_from``: the answer (``formulaire.champ``) that holds the signs; None: none is counted.
    """

    figures: Mapping[str, Figure] = field(default_factory=lambda: MappingProxyType({}))
    signs_from: str | None = None


@dataclass(frozen=True)
class Showcase:
    """``[vitrine]``: what the public page and the flyers say of the network; without it there is no page."""

    title: str
    lead: str
    text: str
    flyers: Mapping[str, str]


@dataclass(frozen=True)
class Rooms:
    """The four together."""

    charter: Charter | None = None
    exchanges: Exchanges = field(default_factory=Exchanges)
    watch: Watch = field(default_factory=Watch)
    showcase: Showcase | None = None


def read_rooms(root: Section) -> Rooms:
    """Read ``[charte]``, ``[echanges]``, ``[veille]`` and ``[vitrine]``; each is optional.

    Raises:
        SettingsFault: a value does not fit.
    """
    return Rooms(
        charter=_charter(root.section("charte")) if "charte" in root.values else None,
        exchanges=_exchanges(root.section("echanges")),
        watch=_watch(root.section("veille")),
        showcase=_showcase(root.section("vitrine")) if "vitrine" in root.values else None,
    )


def _charter(section: Section) -> Charter:
    section.only("signataires", "lien_jours")
    days = section.integer("lien_jours", low=7, high=365)
    return Charter(signers=_words(section.section("signataires")), link_days=days or Charter.link_days)


def _exchanges(section: Section) -> Exchanges:
    section.only("sujets", "regles")
    return Exchanges(_words(section.section("sujets")), section.optional_text("regles") or "")


def _watch(section: Section) -> Watch:
    section.only("chiffres", "indices_de")
    figures = {}
    for one in section.sections("chiffres", _KEY):
        one.only("libelle", "aide")
        figures[one.key] = Figure(one.key, one.text("libelle"), one.optional_text("aide") or "")
    return Watch(
        MappingProxyType(figures),
        section.optional_text(
            "indices_de",
            pattern=re.compile(r"[a-z][a-z0-9_]{0,59}\.[a-z][a-z0-9_]{0,59}"),
            shape="la réponse d'un formulaire, comme « signalement.indices »",
        ),
    )


def _showcase(section: Section) -> Showcase:
    section.only("titre", "accroche", "texte", "depliants")
    return Showcase(
        title=section.text("titre"),
        lead=section.text("accroche"),
        text=section.optional_text("texte") or "",
        flyers=_words(section.section("depliants")),
    )


def _words(section: Section) -> Mapping[str, str]:
    section.keys_like(_KEY)
    return MappingProxyType({key: section.text(key) for key in section.values})
