"""The tables of a report: each measure beside itself, on one side or on both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.engine import Described
from app.simulator.comparison import Side
from app.simulator.result import StepFigures
from app.simulator.story import late_steps, loads
from app.simulator.words import days, month, number, rule_name, share

_NOTHING: Final = "—"


@dataclass(frozen=True)
class Row:
    """A line of a table: its name, then its cells; ``changed`` when the two sides differ."""

    name: str
    cells: tuple[str, ...]
    changed: bool = False


def _row(name: str, cells: Sequence[Sequence[str]]) -> Row:
    """Put the cells of each side beside each other, measure by measure."""
    together = tuple(cell for measure in zip(*cells, strict=True) for cell in measure)
    return Row(name, together, changed=any(len(set(measure)) > 1 for measure in zip(*cells, strict=True)))


def totals(sides: Sequence[Side]) -> list[Row]:
    """Return the figures of the whole run."""
    names = (
        ("Ménages signalés" if sides[-1].result.households else "Parcours démarrés", "started"),
        ("Réglés ou terminés", "closed"),
        ("Ouverts à la fin", "open"),
        ("Étapes faites", "tasks_completed"),
        ("Étapes en retard", "late_tasks"),
        ("Incidents", "incidents"),
    )
    rows = [_row(name, [[number(getattr(side.result, key))] for side in sides]) for name, key in names]
    timers = (("Échéances du dessin", "dessines"), ("Rappels", "rappels"), ("Alertes de retard", "escalades"))
    rows += [_row(name, [[number(side.result.timers.get(key, 0))] for side in sides]) for name, key in timers]
    rows.append(
        _row("Périodes près d'être manquées, signalées", [[number(side.result.warnings)] for side in sides])
    )
    rows.append(_row("Manquements", [[number(sum(side.result.breaches.values()))] for side in sides]))
    return [*rows, _row("Passages jamais pris", [[number(len(side.result.never_taken))] for side in sides])]


def _keys(sides: Sequence[Side]) -> list[str]:
    """Return the steps of all sides, once each, in the order of the route."""
    return list(dict.fromkeys(key for side in reversed(sides) for key in side.words.steps()))


def _step_name(sides: Sequence[Side], key: str) -> str:
    owner = next(side for side in reversed(sides) if side.words.element(key))
    return f"{owner.words.step(key)} ({owner.words.process(key.partition('/')[0])})"


def _cells(step: StepFigures | None) -> tuple[str, ...]:
    if step is None:
        return (_NOTHING,) * 4
    late = f"{number(step.late)} ({share(step.late, step.entered)})" if step.late else "aucune"
    waited = [_NOTHING if value is None else days(value) for value in (step.p50_days, step.p90_days)]
    return number(step.done), late, *waited


def steps(sides: Sequence[Side], changed: frozenset[str]) -> list[Row]:
    """Return the steps that people do, those that are late first."""
    worst = {key: rank for rank, (key, _) in enumerate(late_steps(sides[-1].result))}
    keys = sorted(_keys(sides), key=lambda key: worst.get(key, len(worst)))
    rows = []
    for key in keys:
        figures = [side.result.by_step.get(key) for side in sides]
        if any(figures):
            row = _row(_step_name(sides, key), [_cells(step) for step in figures])
            rows.append(Row(row.name, row.cells, changed=key in changed))
    return rows


def months(sides: Sequence[Side]) -> tuple[list[str], list[Row]]:
    """Return the twin of the charts: a column for each role and side, a row for each month."""
    found = [(side, load) for side in sides for load in loads(side.result, side.words)]
    heads = [f"{load.label} · {side.label}" if len(sides) > 1 else load.label for side, load in found]
    names = sorted({name for _, load in found for name in load.months})
    rows = []
    for name in names:
        cells = []
        for _, load in found:
            one = load.months.get(name)
            cells.append(f"{number(one.hours, 1)} / {number(one.capacity, 1)} h" if one else _NOTHING)
        rows.append(Row(month(name), tuple(cells)))
    return heads, rows


def twin(sides: Sequence[Side], process: str, changed: frozenset[str]) -> tuple[Row, ...]:
    """Return the elements of a diagram as rows: passages and late ones, on each side."""
    rows = []
    for key, item in _elements(sides, process):
        cells = [_twin_cells(side, key) for side in sides]
        kind = sides[-1].words.kind(item)
        name = f"{item.name} ({kind}{f', {item.lane_name}' if item.lane_name else ''})"
        rows.append(Row(name, _row("", cells).cells, changed=key in changed))
    return tuple(rows)


def _elements(sides: Sequence[Side], process: str) -> list[tuple[str, Described]]:
    found: dict[str, Described] = {}
    for side in reversed(sides):
        for diagram in side.words.diagrams:
            if diagram.process == process:
                for item in diagram.elements:
                    found.setdefault(f"{process}/{item.element}", item)
    return list(found.items())


def _twin_cells(side: Side, key: str) -> tuple[str, ...]:
    if side.words.element(key) is None:
        return (_NOTHING,) * 3
    step = side.result.by_step.get(key)
    passes = number(side.result.elements.get(key, 0))
    if step is None:
        return passes, _NOTHING, _NOTHING
    late = share(step.late, step.entered) if step.late else "aucune"
    return passes, late, days(step.p50_days) if step.p50_days is not None else _NOTHING


def choices(sides: Sequence[Side], process: str, changed: frozenset[str]) -> tuple[Row, ...]:
    """Return the flows out of what has several, with how often each was taken."""
    rows = []
    for key, item in _elements(sides, process):
        if len(item.outgoing) < 2 and not key.endswith("Gateway"):
            continue
        names = {other.element: other.name for _, other in _elements(sides, process)}
        for flow in item.outgoing:
            answer = f"« {flow.label} »" if flow.label else "→"
            name = f"{item.name} {answer} {names.get(flow.target, flow.target)}"
            taken = [side.result.flows.get(f"{process}/{flow.flow}") for side in sides]
            whole = [
                sum(side.result.flows.get(f"{process}/{other.flow}", 0) for other in item.outgoing)
                for side in sides
            ]
            cells = tuple(
                _NOTHING
                if times is None
                else f"{number(times)} ({share(times, total)})"
                if times
                else "jamais"
                for times, total in zip(taken, whole, strict=True)
            )
            rows.append(Row(name, cells, changed=f"{process}/{flow.flow}" in changed))
    return tuple(rows)


def decisions(sides: Sequence[Side], changed: frozenset[str]) -> Iterator[tuple[str, list[Row]]]:
    """Yield each decision table with its rules and how often each matched."""
    names = dict.fromkeys(name for side in reversed(sides) for name in side.result.decisions)
    for decision in sorted(names, key=sides[-1].words.decision):
        counts = [side.result.decisions.get(decision, {}) for side in sides]
        told = dict(sides[0].words.rules(decision)) | dict(sides[-1].words.rules(decision))
        numbers = dict.fromkeys([*told, *(rule for rules in counts for rule in rules)])
        rows = [
            Row(
                f"{rule_name(rule).capitalize()}{f' : {told[rule]}' if told.get(rule) else ''}",
                tuple(number(rules.get(rule, 0)) for rules in counts),
                changed=f"{decision}/{rule}" in changed,
            )
            for rule in sorted(numbers, key=lambda rule: [int(part or 0) for part in rule.split("+")])
        ]
        yield sides[-1].words.decision(decision), rows


def closures(sides: Sequence[Side]) -> list[Row]:
    """Return why cases were closed, and how many."""
    reasons = dict.fromkeys(reason for side in reversed(sides) for reason in side.result.closures)
    rows = [
        _row(
            sides[-1].words.closure(reason), [[number(side.result.closures.get(reason, 0))] for side in sides]
        )
        for reason in reasons
    ]
    return sorted(rows, key=lambda row: row.name)


def costs(sides: Sequence[Side]) -> list[Row]:
    """Return what was engaged, by nature of expense: how many times, and the euros."""
    natures = dict.fromkeys(nature for side in reversed(sides) for nature in side.result.costs)
    rows = []
    for nature in natures:
        cells = [
            (number(found.times), f"{number(float(found.amount), 2)} €") if found else ("0", _NOTHING)
            for found in (side.result.costs.get(nature) for side in sides)
        ]
        rows.append(_row(sides[-1].words.expense(nature), cells))
    return rows
