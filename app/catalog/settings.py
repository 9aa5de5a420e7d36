"""``territoire.toml``: the words, roles, rights and rule settings of one territory.

The schema is described for territories in ``docs/reference/territoire.md``. Keys are French, because the
people of a territory read and write them; the attributes are the English words of the glossary.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from app.access import CLASSES
from app.catalog.acts import Act, read_acts
from app.catalog.around import LIVE_AROUND, SECTIONS_AROUND, Around, read_around
from app.catalog.campaigns import Campaigns, read_campaigns
from app.catalog.entry import Breaches, Entry, Messages, read_breaches, read_entry, read_messages
from app.catalog.money import LIVE_KEYS, FirstMoney, MoneyWords, read_first, read_words
from app.catalog.network import Network, read_network
from app.catalog.places import Commune, Contact, read_communes, read_contact
from app.catalog.retention import Retention, read_retention
from app.catalog.reuse import read_base
from app.catalog.roles import Lane, Role, read_lanes, read_roles
from app.catalog.simulation import Simulation, read_simulation
from app.catalog.source import Section, SettingsFault, plain_decimal
from app.catalog.structures import read_relations
from app.errors import BundleFault

FILE = "territoire.toml"
ANAH_ZONES: tuple[str, ...] = ("IDF", "HORS_IDF")
DOMAINS: tuple[str, ...] = ("social", "juridique", "technique", "financier", "sante")
"""Domains of an orientation (form F4)."""

MAX_LINE = 4_000
"""Characters in a line of the file."""

Scalar = str | int | Decimal | bool | date
V = TypeVar("V")

_CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class PartnerKind:
    """A kind of partner (CCAS, ADIL…), the domain it acts in and the classes that may be shared with it."""

    id: str
    label: str
    domain: str
    receives: frozenset[str]


@dataclass(frozen=True)
class ScheduledProcess:
    """A process of the territory started by the calendar, counted from its anchor."""

    process: str
    anchor: date


@dataclass(frozen=True)
class Settings(Around):
    """One territory's settings. ``rules`` is what expressions read as ``reglages.<nom>``.

    ``entry`` is None in a territory whose programme has no household, ``retention`` where nothing says how
    long data are kept, ``campaigns`` where none goes to the doors.
    ``anah_year``, ``anah_zone``, ``closing_days``, ``contact`` and ``first_money`` come from ``[vivant]``:
    the first values of dated live rows, not part of the release.
    """

    code: str
    name: str
    communes: tuple[Commune, ...]
    lanes: Mapping[str, Lane]
    roles: Mapping[str, Role]
    partner_kinds: Mapping[str, PartnerKind]
    services: Mapping[str, str]
    relations: Mapping[str, str]
    rules: Mapping[str, Scalar]
    schedule: tuple[ScheduledProcess, ...]
    entry: Entry | None
    messages: Messages
    breaches: Breaches
    money: MoneyWords
    first_money: FirstMoney
    acts: Mapping[str, Act]
    network: Network
    retention: Retention | None
    campaigns: Campaigns | None
    anah_year: int | None
    anah_zone: str | None
    closing_days: frozenset[date]
    contact: Contact
    simulation: Simulation

    def commune(self, insee: str) -> Commune | None:
        """Return the commune of that INSEE code, None when the territory does not serve it."""
        return next((commune for commune in self.communes if commune.insee == insee), None)


def load_toml(text: str) -> dict[str, Any]:
    """Return the parsed file; decimals stay ``Decimal``.

    Raises:
        BundleFault: the text is no TOML, or is nested too deep.
    """
    if max(map(len, text.splitlines()), default=0) > MAX_LINE:  # a key of endless dots would take minutes
        raise BundleFault(file=FILE, cause=f"une ligne y dépasse {MAX_LINE} caractères. Coupez-la.")
    try:
        return tomllib.loads(text, parse_float=plain_decimal)
    except RecursionError as fault:
        raise BundleFault(file=FILE, cause="ce fichier est imbriqué trop profondément.") from fault
    except (tomllib.TOMLDecodeError, ValueError) as fault:
        raise BundleFault(file=FILE, cause=f"ce fichier n'est pas du TOML valable ({fault}).") from fault


def hashed_part(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the file belongs to the release: not identity, live rows, the simulator's world.

    Nor ``base``: what was taken from the base is in the release itself.
    """
    apart = {"code", "nom", "base", "vivant", "simulation"}
    return {key: value for key, value in parsed.items() if key not in apart}


def parse_settings(text: str) -> Settings:
    """Read ``territoire.toml``; unknown keys, classes, rights and roles are refused.

    Raises:
        BundleFault: with a French sentence that names the place and the remedy.
    """
    parsed = load_toml(text)
    try:
        return _settings(Section("", parsed))
    except SettingsFault as fault:
        raise BundleFault(file=FILE, cause=str(fault)) from fault


def _settings(root: Section) -> Settings:
    root.only(
        "nom", "code", "base", "communes", "couloirs", "roles", "partenaires", "relations", "prestations",
        "reglages", "dossier", "messages", "gestes", "reseau", "manquements", "conservation", "calendrier",
        "vivant", "simulation", "campagne", "conventions", "enveloppes", "quotas", "depenses", "budget",
        *SECTIONS_AROUND,
    )  # fmt: skip
    read_base(root.values)
    code = root.text("code", pattern=_CODE, shape="des lettres minuscules, des chiffres et des tirets")
    roles = read_roles(root)
    lanes = read_lanes(root, roles)
    acts = read_acts(root, tuple(roles))
    money = read_words(root)
    live = root.section("vivant")
    live.only("annee_anah", "zone_anah", "jours_fermes", "contact", *LIVE_AROUND, *LIVE_KEYS)
    return Settings(
        **vars(read_around(root, live, tuple(money.natures))),
        code=code,
        name=root.text("nom"),
        communes=read_communes(root),
        lanes=_frozen(lanes),
        roles=_frozen(roles),
        partner_kinds=_frozen({s.key: _partner_kind(s) for s in root.sections("partenaires", _KEY)}),
        services=_services(root.section("prestations")),
        relations=read_relations(root.section("relations")),
        rules=_rules(root.section("reglages")),
        schedule=tuple(_scheduled(section) for section in root.rows("calendrier")),
        entry=read_entry(root.section("dossier")) if "dossier" in root.values else None,
        messages=read_messages(root.section("messages")),
        breaches=read_breaches(root.section("manquements")),
        money=money,
        first_money=read_first(live, money),
        acts=acts,
        network=read_network(root.section("reseau")),
        retention=read_retention(root.section("conservation")) if "conservation" in root.values else None,
        campaigns=read_campaigns(root.section("campagne"), tuple(roles))
        if "campagne" in root.values
        else None,
        anah_year=live.integer("annee_anah", low=2000, high=2100),
        anah_zone=live.one_of("zone_anah", ANAH_ZONES, default=None),
        closing_days=frozenset(live.dates("jours_fermes")),
        contact=read_contact(live.section("contact")),
        simulation=read_simulation(root.section("simulation"), lanes, acts),
    )


def _frozen(mapping: dict[str, V]) -> Mapping[str, V]:
    return MappingProxyType(mapping)


def _partner_kind(section: Section) -> PartnerKind:
    section.only("libelle", "domaine", "recoit")
    return PartnerKind(
        id=section.key,
        label=section.text("libelle"),
        domain=section.one_of("domaine", DOMAINS),
        receives=frozenset(section.texts("recoit", CLASSES, "la classe")),
    )


def _services(section: Section) -> Mapping[str, str]:
    section.keys_like(_KEY)
    return _frozen({key: section.text(key) for key in section.values})


def _rules(section: Section) -> Mapping[str, Scalar]:
    section.keys_like(_KEY)
    for key, value in section.values.items():
        if not isinstance(value, str | int | Decimal | bool | date):
            raise SettingsFault(
                f"« {section.path}.{key} » : écrivez un texte, un nombre, une date, true ou false."
            )
    return _frozen(dict(section.values))


def _scheduled(section: Section) -> ScheduledProcess:
    section.only("processus", "ancre")
    return ScheduledProcess(
        process=section.text("processus", pattern=_KEY, shape="l'identifiant d'un processus"),
        anchor=section.a_date("ancre"),
    )
