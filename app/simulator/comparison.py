"""Two programmes lived on the same seed, side by side, and in words what one changes to the other.

Every household draws from dice of its own, so that what differs comes from the programmes, and from the
queues that they make people wait in.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.simulator.changes import changes
from app.simulator.result import Result, StepFigures
from app.simulator.story import loads
from app.simulator.words import NO_BREAK, Words, counted, days, number, rule_name

_DAYS: Final = 0.5
"""Medians closer than half a day are the same for people."""
_HOURS: Final = 0.2
"""Hours a week below which a load has not changed."""
_SMALL: Final = 2
_SHARE: Final = 0.02
_TO: Final = {"le": "au", "les": "aux"}
_FAMILIES: Final = {
    "Dans les fichiers": ("design",),
    "À la fin": ("incidents", "closed", "late"),
    "Le parcours": ("step-added", "step-removed", "flow-added", "flow-removed", "never-taken", "taken-again"),
    "Quand les étapes arrivent": ("since-start",),
    "Combien de temps elles prennent": ("duration",),
    "Ce qui est en retard": ("late-step",),
    "La charge de l'équipe": ("load",),
    "Combien de fois": ("done",),
    "Les règles": ("rule",),
}


@dataclass(frozen=True)
class Side:
    """One of the two programmes: how it is called in a sentence, its names, what it lived."""

    label: str
    words: Words
    result: Result


@dataclass(frozen=True)
class Difference:
    """One thing that differs. ``before`` is the reference's value, ``after`` that of this programme.

    ``what`` is stable: ``design`` (the files differ), ``incidents``, ``closed``, ``late``, ``step-added``,
    ``step-removed``, ``flow-added``, ``flow-removed``, ``never-taken``, ``taken-again``, ``since-start``,
    ``duration``, ``late-step``, ``done``, ``load``, ``rule``. ``where`` is ``process/element``,
    ``process/flow``, a role, ``table/rule``, a file, or empty.
    """

    what: str
    where: str
    before: float | None
    after: float | None
    sentence: str


@dataclass(frozen=True)
class Comparison:
    """This programme (``here``) against its reference (``there``); what matters most comes first."""

    here: Side
    there: Side
    differences: tuple[Difference, ...]

    @property
    def reference(self) -> str:
        """How the reference is called: « la version 3 »."""
        return self.there.label

    @property
    def to_reference(self) -> str:
        """The same after « par rapport »: « à la version 3 », « aux fichiers livrés », « au dossier … »."""
        article, _, name = self.there.label.partition(" ")
        return f"{_TO.get(article, f'à {article}')} {name}"

    @property
    def families(self) -> list[tuple[str, list[Difference]]]:
        """The differences under the headings of a page; a heading without any is left out."""
        found = (
            (heading, [item for item in self.differences if item.what in kinds])
            for heading, kinds in _FAMILIES.items()
        )
        return [(heading, items) for heading, items in found if items]

    @property
    def changed(self) -> frozenset[str]:
        """The steps and flows of which something is said."""
        return frozenset(item.where for item in self.differences if "/" in item.where)

    def as_json(self) -> dict[str, Any]:
        """Return the values of this programme, then those of the reference, then the differences."""
        return {
            **self.here.result.as_json(),
            "compared": {"reference": self.there.label, **self.there.result.as_json()},
            "differences": [vars(item) for item in self.differences],
        }


def compare(here: Side, there: Side) -> Comparison:
    """Compare two runs of the same plan."""
    designs = (
        Difference("design", where, None, None, sentence)
        for where, sentence in changes(here.words, there.words)
    )
    found = (*designs, *_totals(here, there), *_presence(here, there), *_never(here, there))
    lived = (*_steps(here, there), *_loads(here, there), *_rules(here, there))
    return Comparison(here, there, (*found, *lived))


def _more(after: float, before: float) -> str:
    return "de plus" if after > before else "de moins"


def _instead(after: str, before: str) -> str:
    return f"({after} au lieu de {before})"


def _times(value: float) -> str:
    return f"{number(value)}{NO_BREAK}fois"


def _widest(found: Iterable[Difference]) -> list[Difference]:
    """Return differences of one kind, the widest gap first."""
    return sorted(found, key=lambda item: -abs((item.after or 0) - (item.before or 0)))


def _totals(here: Side, there: Side) -> Iterator[Difference]:
    closed = (
        ("dossier réglé", "dossiers réglés")
        if here.result.households
        else ("parcours fini", "parcours finis")
    )
    wanted = (
        ("incidents", "incidents", ("incident", "incidents")),
        ("closed", "closed", closed),
        ("late", "late_tasks", ("étape en retard", "étapes en retard")),
    )
    for what, name, nouns in wanted:
        after, before = getattr(here.result, name), getattr(there.result, name)
        if after != before:
            gap = counted(abs(after - before), *nouns)
            told = _instead(number(after), number(before))
            yield Difference(what, "", before, after, f"{gap} {_more(after, before)} {told}.")


def _presence(here: Side, there: Side) -> Iterator[Difference]:
    """Say which steps and which flows exist on one side only."""
    ours, theirs = here.words.steps(), there.words.steps()
    for key in (key for key in ours if key not in theirs):
        done = here.result.elements.get(key, 0)
        told = f"L'étape {here.words.where(key)} n'existe que dans ce dispositif, où elle est faite"
        yield Difference("step-added", key, None, done, f"{told} {_times(done)}.")
    for key in (key for key in theirs if key not in ours):
        done = there.result.elements.get(key, 0)
        told = f"L'étape {there.words.where(key)} n'existe que dans {there.label}, où elle est faite"
        yield Difference("step-removed", key, done, None, f"{told} {_times(done)}.")
    flows, former = here.result.flows, there.result.flows
    for key in sorted(flows.keys() - former.keys()):
        told = f"Passage nouveau, {here.words.flow(key)} : pris {_times(flows[key])}."
        yield Difference("flow-added", key, None, flows[key], told)
    for key in sorted(former.keys() - flows.keys()):
        told = f"Passage qui n'existe plus, {there.words.flow(key)} : il servait {_times(former[key])}."
        yield Difference("flow-removed", key, former[key], None, told)


def _never(here: Side, there: Side) -> Iterator[Difference]:
    for key, taken in here.result.flows.items():
        before = there.result.flows.get(key)
        if not taken and before:
            told = f"Ne sert plus jamais, {here.words.flow(key)} : c'était {_times(before)}."
            yield Difference("never-taken", key, before, 0, told)
        elif taken and before == 0:
            told = f"Sert désormais {_times(taken)}, {here.words.flow(key)} : c'était jamais."
            yield Difference("taken-again", key, 0, taken, told)


def _steps(here: Side, there: Side) -> Iterator[Difference]:
    """Compare the steps that both have: when they come, how long they wait, how late, how often."""

    def gaps(
        what: str,
        value: Callable[[StepFigures], float | None],
        least: float,
        tell: Callable[[float, float], str],
    ) -> list[Difference]:
        found = []
        for key in here.words.steps():
            ours, theirs = here.result.by_step.get(key), there.result.by_step.get(key)
            after, before = (value(step) if step else None for step in (ours, theirs))
            if after is None or before is None or abs(after - before) < max(least, _SHARE * before):
                continue
            found.append(
                Difference(what, key, before, after, f"{here.words.where(key)} {tell(after, before)}.")
            )
        return _widest(found)

    yield from gaps("since-start", lambda step: step.since_start, _DAYS, _told_moment)
    yield from gaps("duration", lambda step: step.p50_days, _DAYS, _told_duration)
    yield from gaps("late-step", lambda step: step.late, _SMALL, _told_late)
    yield from gaps("done", lambda step: step.done, _SMALL, _told_done)


def _told_moment(after: float, before: float) -> str:
    sooner = "plus tard" if after > before else "plus tôt"
    told = f"au bout de {days(after)} au lieu de {days(before)}"
    return f"arrive {days(abs(after - before))} {sooner} en médiane ({told})"


def _told_duration(after: float, before: float) -> str:
    gap = days(abs(after - before))
    return f"prend {gap} {_more(after, before)} en médiane {_instead(days(after), days(before))}"


def _told_late(after: float, before: float) -> str:
    gap = counted(abs(after - before), "retard")
    return f"compte {gap} {_more(after, before)} {_instead(number(after), number(before))}"


def _told_done(after: float, before: float) -> str:
    gap = _times(abs(after - before))
    return f"est faite {gap} {_more(after, before)} {_instead(number(after), number(before))}"


def _loads(here: Side, there: Side) -> Iterator[Difference]:
    after, before = _weekly(here), _weekly(there)
    found = []
    for role in sorted(after.keys() | before.keys()):
        now, then = after.get(role, 0.0), before.get(role, 0.0)
        if abs(now - then) >= _HOURS:
            label = (here if role in after else there).words.role(role)
            gap = f"{number(abs(now - then), 1)}{NO_BREAK}h {_more(now, then)} par semaine"
            told = f"{label} : {gap} {_instead(number(now, 1), number(then, 1))}."
            found.append(Difference("load", role, round(then, 2), round(now, 2), told))
    yield from _widest(found)


def _weekly(side: Side) -> dict[str, float]:
    return {load.role: load.weekly for load in loads(side.result, side.words)}


def _rules(here: Side, there: Side) -> Iterator[Difference]:
    ours, theirs = _matches(here), _matches(there)
    found = []
    for key in sorted(ours.keys() | theirs.keys()):
        after, before = ours.get(key, 0), theirs.get(key, 0)
        if abs(after - before) < max(_SMALL, _SHARE * before):
            continue
        decision, _, rule = key.partition("/")
        name = f"«{NO_BREAK}{here.words.decision(decision)}{NO_BREAK}»"
        gap = f"{_times(abs(after - before))} {_more(after, before)}"
        told = f"Table {name}, {rule_name(rule)} : {gap} {_instead(number(after), number(before))}."
        found.append(Difference("rule", key, before, after, told))
    yield from _widest(found)


def _matches(side: Side) -> dict[str, int]:
    return {
        f"{decision}/{rule}": times
        for decision, rules in side.result.decisions.items()
        for rule, times in rules.items()
    }
