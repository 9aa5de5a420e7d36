"""A result in sentences: what the team's weeks look like, what is late and where, what never happens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.simulator.result import Result, RoleMonth, StepFigures
from app.simulator.words import NARROW, NO_BREAK, Words, counted, days, month, number, share

WEEKS_A_MONTH: Final = 365.25 / 12 / 7
_TOP: Final = 3
_FULL: Final = 0.85
"""Above this share of their hours, people have no room left for what was not foreseen."""
_WORTH: Final = 0.02
"""A step is worth naming as late from one in fifty on."""


@dataclass(frozen=True)
class Load:
    """What a role does over a run: hours a week, share of its time, its fullest month, months above it."""

    role: str
    label: str
    tasks: int
    hours: float
    weekly: float
    capacity: float
    fullest: str
    fullest_share: float
    overfull: int
    months: Mapping[str, RoleMonth]

    @property
    def share(self) -> float:
        """The share of the available hours that the steps took; 0 when there were none."""
        return self.hours / self.capacity if self.capacity else 0.0


def loads(result: Result, words: Words) -> list[Load]:
    """Return the load of each role that did something, the fullest first."""
    found = []
    for role, months in result.by_role_month.items():
        hours = sum(month.hours for month in months.values())
        tasks = sum(month.tasks for month in months.values())
        if not tasks:
            continue
        shares = {name: one.hours / one.capacity if one.capacity else 0.0 for name, one in months.items()}
        fullest = max(shares, key=lambda name: (shares[name], name))
        found.append(
            Load(
                role=role,
                label=words.role(role),
                tasks=tasks,
                hours=hours,
                weekly=hours / (result.months * WEEKS_A_MONTH),
                capacity=sum(one.capacity for one in months.values()),
                fullest=fullest,
                fullest_share=shares[fullest],
                overfull=sum(1 for value in shares.values() if value > 1),
                months=months,
            )
        )
    return sorted(found, key=lambda load: (-load.share, load.label))


def idle(result: Result, words: Words) -> list[str]:
    """Return the roles that had nothing to do."""
    return sorted(
        words.role(role)
        for role, months in result.by_role_month.items()
        if not any(one.tasks for one in months.values())
    )


def late_steps(result: Result) -> list[tuple[str, StepFigures]]:
    """Return the steps that are late, those that are late most often first."""
    late = ((key, step) for key, step in result.by_step.items() if step.late)
    return sorted(late, key=lambda found: (-found[1].late, found[0]))


def sentences(result: Result, words: Words) -> Iterator[str]:
    """Yield what matters, first things first."""
    yield _outcome(result)
    if result.incidents:
        places = ", ".join(
            dict.fromkeys(f"«{NO_BREAK}{item.element_name}{NO_BREAK}»" for item in result.incidents_list)
        )
        one = result.incidents == 1
        yield (
            f"{counted(result.incidents, 'incident')} : une étape n'a pas pu s'exécuter ({places}). "
            f"{'Il est détaillé' if one else 'Ils sont détaillés'} plus bas, à corriger avant de publier."
        )
    yield _lateness(result, words)
    yield from _weeks(result, words)
    if result.never_taken:
        one = len(result.never_taken) == 1
        yield (
            f"{counted(len(result.never_taken), 'passage')} {'n’a' if one else 'n’ont'} jamais servi : "
            f"{' ; '.join(map(words.flow, islice(result.never_taken, _TOP)))}"
            f"{'…' if len(result.never_taken) > _TOP else '.'}"
        ).replace("’", "'")
    else:
        yield "Tous les passages des diagrammes ont servi au moins une fois."


def _outcome(result: Result) -> str:
    length = counted(result.months, "mois", "mois")
    if not result.households:
        return (
            f"En {length}, le calendrier a démarré {counted(result.started, 'diagramme')}, "
            f"dont {number(result.closed)} jusqu'au bout."
        )
    closed = f"{number(result.closed)} {'dossier est réglé' if result.closed < 2 else 'dossiers sont réglés'}"
    open_ = f"{number(result.open)} {'suit' if result.open < 2 else 'suivent'}"
    return (
        f"En {length}, {counted(result.started, 'ménage')} {_be(result.started)} été "
        f"{'signalé' if result.started < 2 else 'signalés'} : {closed}, {open_} encore "
        f"{'son' if result.open < 2 else 'leur'} cours à la fin."
    )


def _be(count: int) -> str:
    return "a" if count < 2 else "ont"


def _lateness(result: Result, words: Words) -> str:
    steps = sum(step.entered for step in result.by_step.values())
    if not result.late_tasks:
        return f"Aucune étape n'est en retard, sur {number(steps)}."
    told = (
        f"{counted(result.late_tasks, 'étape')} sur {number(steps)} dépassent leur date "
        f"({share(result.late_tasks, steps)})"
    )
    if result.late_tasks < 2:
        told = told.replace("dépassent leur date", "dépasse sa date")
    worst = [(key, step) for key, step in late_steps(result) if step.late >= _WORTH * step.entered][:_TOP]
    if not worst:
        return f"{told}, sans étape qui se détache."
    places = ", ".join(
        f"{words.where(key)} {number(step.late)}{NO_BREAK}fois sur{NO_BREAK}{number(step.entered)}"
        for key, step in worst
    )
    return f"{told}. D'abord {places}."


def _weeks(result: Result, words: Words) -> Iterator[str]:
    found = loads(result, words)
    if not found:
        return
    weekly = sum(load.tasks for load in found) / (result.months * WEEKS_A_MONTH)
    hours = sum(load.weekly for load in found)
    yield (
        f"Une semaine de l'équipe compte {_about(weekly, 'étape')} "
        f"et prend {_about(hours, 'heure')} en moyenne."
    )
    busiest = found[0]
    yield (
        f"Le rôle le plus chargé est {busiest.label} : {_about(busiest.weekly, 'heure')} par semaine, "
        f"{share(busiest.hours, busiest.capacity)} de son temps disponible, et jusqu'à "
        f"{number(100 * busiest.fullest_share)}{NARROW}% en {month(busiest.fullest)}."
    )
    for load in found:
        if load.overfull:
            yield (
                f"{load.label} : le travail dépasse le temps disponible pendant "
                f"{counted(load.overfull, 'mois', 'mois')} sur {len(load.months)}."
            )
        elif load.share > _FULL:
            taken = share(load.hours, load.capacity)
            yield f"{load.label} : il reste peu de marge, {taken} du temps est pris."


def _about(value: float, noun: str) -> str:
    digits = 1 if value < 10 else 0
    plural = "" if round(value, digits) < 2 else "s"
    return f"{number(value, digits)}{NO_BREAK}{noun}{plural}"


def waits(step: StepFigures) -> str:
    """Return how long a step takes: « 2,5 jours, 9 sur 10 en moins de 8 jours »."""
    if step.p50_days is None or step.p90_days is None:
        return ""
    return f"{days(step.p50_days)} en médiane, 9 fois sur 10 en {days(step.p90_days)} au plus"
