"""What the simulator reads beside the programme: who works in each lane, the seasons, what a form costs.

Written by designers (``[simulation]`` of ``territoire.toml``, ``simulation`` at the top of a form), it is
never read by the programme itself. The first values are those of a small team on French hours: they are
there so that any programme can be simulated before its designer has said more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from app.catalog.source import Section, SettingsFault

MONTHS = 12
_NONE: Mapping[str, "Crew"] = MappingProxyType({})
_NO_RATE: Mapping[str, Decimal] = MappingProxyType({})
_NO_REFUSAL: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_MOST_A_MONTH: Final = 1_000
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Crew:
    """Who answers in one lane.

    ``hours_week`` is the time each person gives to this programme, spread over the working days;
    ``weeks_off`` the holidays of a year, ``absence`` the share of the other working days missed, ``minutes``
    the effort of a task whose form says nothing. A lane that answers by a personal link waits
    ``answer_days`` (from, to) for its answer, and ``unanswered`` is the share that never comes by the link;
    of those, ``noted`` is the share that somebody of the lane's own roles notes after the reminder.
    """

    people: int = 1
    hours_week: Decimal = Decimal(35)
    weeks_off: int = 5
    absence: Decimal = Decimal("0.03")
    minutes: int = 30
    answer_days: tuple[int, int] = (2, 30)
    unanswered: Decimal = Decimal("0.1")
    noted: Decimal = Decimal("0.5")


@dataclass(frozen=True)
class Simulation:
    """The ``[simulation]`` of a territory: twelve monthly weights, alerts a month, one crew a lane."""

    seasons: tuple[float, ...] = (1.0,) * MONTHS
    alerts_month: int = 10
    crews: Mapping[str, Crew] = field(default_factory=lambda: _NONE, hash=False)
    acts: Mapping[str, Decimal] = field(default_factory=lambda: _NO_RATE, hash=False)
    """How often each act is done in a month while it is offered: for each case, or in the territory."""
    refusals: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_REFUSAL, hash=False)
    """The answers that are a refusal, by field (« visite.issue »): a trial may ask how often they come."""
    voices: Mapping[str, Decimal] = field(default_factory=lambda: _NO_RATE, hash=False)
    """What structures say when they are consulted: a weight for each choice, and for « silence »."""
    registered: int = 0
    """How many people register for a gathering."""


@dataclass(frozen=True)
class Effort:
    """What answering a form takes: the ``simulation`` at the top of its JSON.

    ``not_before`` (« le ») names the answer that holds the day of the appointment. ``held_up`` is the share
    of these steps that wait for the household or for a paper, ``held_days`` (from, to) for how long.
    ``answer_days`` replaces that of the lane for this form.
    """

    minutes: int | None = None
    not_before: str | None = None
    held_up: Decimal = Decimal(0)
    held_days: tuple[int, int] = (1, 15)
    answer_days: tuple[int, int] | None = None


NO_EFFORT: Final = Effort()


def read_simulation(
    section: Section, lanes: Mapping[str, object], acts: Mapping[str, object] = MappingProxyType({})
) -> Simulation:
    """Read ``[simulation]``; a crew of an unknown lane, the rate of an unknown act are refused.

    Raises:
        SettingsFault: a value does not fit.
    """
    section.only("saisons", "alertes_mois", "equipes", "gestes", "refus", "voix", "inscriptions")
    crews = section.section("equipes")
    for lane in crews.values:
        if lane not in lanes:
            raise SettingsFault(
                f"« {crews.at(lane)} » : ce couloir n'existe pas. Écrivez l'identifiant d'un couloir."
            )
    return Simulation(
        seasons=_seasons(section),
        alerts_month=section.integer("alertes_mois", low=1, high=10_000) or Simulation.alerts_month,
        crews=MappingProxyType({lane: _crew(crews.section(lane)) for lane in crews.values}),
        acts=_rates(section.section("gestes"), acts),
        refusals=_refusals(section.section("refus")),
        voices=_weights(section.section("voix")),
        registered=section.integer("inscriptions", low=0, high=500) or 0,
    )


def _refusals(section: Section) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, given in section.values.items():
        said = isinstance(given, list) and given and all(isinstance(value, str) for value in given)
        if not said or not _FIELD.fullmatch(key):
            raise SettingsFault(
                f"« {section.at(key)} » : écrivez « formulaire.champ » entre guillemets, puis les réponses "
                'qui sont un refus, comme ["refus"].'
            )
        found[key] = tuple(given)
    return MappingProxyType(found)


def _weights(section: Section) -> Mapping[str, Decimal]:
    section.only("consentement", "objection", "abstention", "silence")
    found = {key: section.number(key) for key in section.values}
    if any(weight is None or not 0 <= weight <= _MOST_A_MONTH for weight in found.values()):
        raise SettingsFault(f"« {section.at('')} » : des poids de 0 à {_MOST_A_MONTH} sont attendus.")
    return MappingProxyType({key: Decimal(weight) for key, weight in found.items() if weight is not None})


def _rates(section: Section, acts: Mapping[str, object]) -> Mapping[str, Decimal]:
    found: dict[str, Decimal] = {}
    for key in section.values:
        if key not in acts:
            raise SettingsFault(
                f"« {section.at(key)} » : ce geste n'existe pas. Écrivez son identifiant dans [gestes]."
            )
        one = section.section(key)
        one.only("par_mois")
        rate = one.number("par_mois")
        if rate is None or not 0 <= rate <= _MOST_A_MONTH:
            raise SettingsFault(
                f"« {one.at('par_mois')} » : un nombre entre 0 et {_MOST_A_MONTH} est attendu."
            )
        found[key] = Decimal(rate)
    return MappingProxyType(found)


def _seasons(section: Section) -> tuple[float, ...]:
    given = section.values.get("saisons")
    if given is None:
        return Simulation.seasons
    fits = isinstance(given, list) and len(given) == MONTHS
    if not fits or not all(_positive(weight) for weight in given) or not any(given):
        raise SettingsFault(
            f"« {section.at('saisons')} » : douze nombres, un par mois de janvier à décembre, "
            "dont un au moins au-dessus de zéro."
        )
    return tuple(float(weight) for weight in given)


def _positive(weight: object) -> bool:
    number = isinstance(weight, int | Decimal) and not isinstance(weight, bool)
    return number and 0 <= weight <= 1000  # type: ignore[operator]  # a number, the line above says


def _crew(section: Section) -> Crew:
    section.only(
        "personnes", "heures_semaine", "semaines_conges", "absence", "minutes", "reponse_jours",
        "sans_reponse", "notee_par_equipe",
    )  # fmt: skip
    usual = Crew()
    hours = section.number("heures_semaine")
    if hours is not None and not 0 < hours <= 60:
        raise SettingsFault(f"« {section.at('heures_semaine')} » : un nombre entre 0 et 60 est attendu.")
    weeks = section.integer("semaines_conges", low=0, high=26)
    return Crew(
        people=section.integer("personnes", low=1, high=500) or usual.people,
        hours_week=usual.hours_week if hours is None else Decimal(hours),
        weeks_off=usual.weeks_off if weeks is None else weeks,
        absence=_share(section, "absence", usual.absence),
        minutes=section.integer("minutes", low=1, high=10_000) or usual.minutes,
        answer_days=_days(section, "reponse_jours") or usual.answer_days,
        unanswered=_share(section, "sans_reponse", usual.unanswered),
        noted=_share(section, "notee_par_equipe", usual.noted),
    )


def read_effort(section: Section) -> Effort:
    """Read the ``simulation`` at the top of a form.

    Raises:
        SettingsFault: a value does not fit.
    """
    section.only("minutes", "le", "attente_part", "attente_jours", "reponse_jours")
    usual = Effort()
    return Effort(
        minutes=section.integer("minutes", low=1, high=10_000),
        not_before=section.optional_text("le"),
        held_up=_share(section, "attente_part", usual.held_up),
        held_days=_days(section, "attente_jours") or usual.held_days,
        answer_days=_days(section, "reponse_jours"),
    )


def _share(section: Section, key: str, usual: Decimal) -> Decimal:
    value = section.number(key)
    if value is None:
        return usual
    if not 0 <= value <= 1:
        raise SettingsFault(f"« {section.at(key)} » : une part entre 0 et 1 est attendue, comme 0.1.")
    return Decimal(value)


def _days(section: Section, key: str) -> tuple[int, int] | None:
    value = section.values.get(key)
    if value is None:
        return None
    whole = isinstance(value, list) and all(type(day) is int for day in value)
    if not whole or len(value) != 2 or not 0 <= value[0] <= value[1] <= 3650:
        raise SettingsFault(
            f"« {section.at(key)} » : deux nombres de jours, du plus petit au plus grand, comme [2, 30]."
        )
    return value[0], value[1]
