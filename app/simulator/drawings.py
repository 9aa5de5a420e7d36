"""The pictures of a report: each diagram with what happened on it, and the load of each role."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from app.documents.bpmn_picture import ElementMark, FlowMark, picture
from app.engine import Described
from app.simulator import rows
from app.simulator.charts import load_chart
from app.simulator.comparison import Side
from app.simulator.rows import Row
from app.simulator.story import loads
from app.simulator.words import Diagram, days, number, share

_HOTTEST: Final = 0.5
"""The share of late steps from which the fill is the strongest."""
_BADGED: Final = ("Task", "task", "callActivity", "subProcess", "boundaryEvent", "endEvent")


@dataclass(frozen=True)
class Drawn:
    """A diagram of the page: its pictures (label, SVG), its twin as tables, whether anything changed."""

    process: str
    name: str
    pictures: tuple[tuple[str, Markup], ...]
    steps: tuple[Row, ...]
    choices: tuple[Row, ...]


def charts(sides: Sequence[Side]) -> Iterator[tuple[str, list[tuple[str, Markup | None]]]]:
    """Yield each role with its chart on each side."""
    found = [{load.label: load for load in loads(side.result, side.words)} for side in sides]
    for place, label in enumerate(dict.fromkeys(label for roles in reversed(found) for label in roles)):
        pair: list[tuple[str, Markup | None]] = []
        for number_, (side, roles) in enumerate(zip(sides, found, strict=True)):
            drawn = load_chart(roles[label], f"charge-{place}-{number_}") if label in roles else None
            pair.append((side.label, Markup(drawn) if drawn else None))  # noqa: S704  # escaped by its maker
        yield label, pair


def drawings(sides: Sequence[Side], changed: frozenset[str], *, only: str | None = None) -> Iterator[Drawn]:
    """Yield the diagrams of all sides in the order of the route, with their twins; ``only`` names one."""
    found = [{diagram.process: diagram for diagram in side.words.diagrams} for side in sides]
    for process in dict.fromkeys(name for diagrams in reversed(found) for name in diagrams):
        if only is not None and process != only:
            continue
        pictures = []
        for place, (side, diagrams) in enumerate(zip(sides, found, strict=True)):
            if process in diagrams:
                drawn = _picture(side, diagrams[process], changed, f"{process}-{place}")
                pictures.append((side.label, Markup(drawn)))  # noqa: S704  # escaped by its maker
        owner = next(diagrams[process] for diagrams in reversed(found) if process in diagrams)
        yield Drawn(
            process,
            owner.name,
            tuple(pictures),
            rows.twin(sides, process, changed),
            rows.choices(sides, process, changed),
        )


def _picture(side: Side, diagram: Diagram, changed: frozenset[str], ident: str) -> str:
    result, process = side.result, diagram.process
    flows = {key: times for key, times in result.flows.items() if key.startswith(f"{process}/")}
    most = max(flows.values(), default=0) or 1
    elements = {
        item.element: _mark(side, f"{process}/{item.element}", item, changed) for item in diagram.elements
    }
    lines = {
        key.partition("/")[2]: FlowMark(
            count=number(times) if times else "",
            share=times / most,
            never=not times,
            told=f"{side.words.flow(key)} : {number(times)} fois",
            changed=key in changed,
        )
        for key, times in flows.items()
    }
    return picture(diagram.file, elements=elements, flows=lines, title=diagram.name, ident=f"dessin-{ident}")


def _mark(side: Side, key: str, item: Described, changed: frozenset[str]) -> ElementMark:
    passes, step = side.result.elements.get(key, 0), side.result.by_step.get(key)
    count = number(passes) if item.kind.endswith(_BADGED) else ""
    if step is None:
        return ElementMark(
            count=count, told=f"{number(passes)} fois" if count else "", changed=key in changed
        )
    part = step.late / step.entered if step.entered else 0.0
    waited = days(step.p50_days) if step.p50_days is not None else ""
    late = share(step.late, step.entered) if step.late else ""
    label = " · ".join(piece for piece in (_brief(waited), f"{late} tard" if late else "") if piece)
    told = f"{number(step.done)} fois, {waited} en médiane, {late or 'jamais'} en retard"
    open_ = side.result.open_tasks.get(key, 0)
    told += f", {number(open_)} en attente à la fin" if open_ else ""
    return ElementMark(min(1.0, part / _HOTTEST), count, label, told, changed=key in changed)


def _brief(waited: str) -> str:
    """Return a length of time that fits inside a task."""
    if waited.startswith("moins"):
        return "< 1 h"
    for long, brief in ((" jours", " j"), (" jour", " j"), (" heures", " h"), (" heure", " h")):
        if waited.replace("\u00a0", " ").endswith(long):
            return waited.replace("\u00a0", " ").removesuffix(long) + brief
    return waited
