"""The diagrams of the release in force with what waits where and how long it takes; the same as tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from app import engine
from app.documents.bpmn_picture import ElementMark, FlowMark, picture
from app.engine import Described
from app.services import census, diagrams, figures, releases, supervision_view, tallies
from app.services.actors import Actor
from app.services.figures import Measures
from app.services.releases import LoadedRelease
from app.web.formats import agree, number, words_for_days
from app.web.route import HUMAN

_DRAWN: Final = (*HUMAN, "serviceTask", "businessRuleTask", "sendTask", "boundaryEvent", "endEvent")
"""What shows how often it was passed."""


@dataclass(frozen=True)
class Seen:
    """What is known of the steps: open and late now (by ``<process>/<element>``), and measured."""

    open: Mapping[str, int]
    late: Mapping[str, int]
    measures: Measures | None


def view(actor: Actor, asked: str) -> dict[str, Any]:
    """Return what the page of the route shows; ``asked`` names the process drawn, else the most loaded."""
    supervision_view.require(actor)
    release = releases.current()
    counted, measured = tallies.everything(), figures.latest(actor)
    sizes = counted.census.by["etape"] if counted is not None else {}
    seen = Seen(
        open={step: sum(size) for step, size in sizes.items()},
        late={step: census.sum_of(size, "retard", 0) for step, size in sizes.items()},
        measures=measured.measures if measured is not None else None,
    )
    names = engine.process_ids(release.programme)
    process = asked if asked in names else _most_loaded(release, seen)
    return {
        "diagrams": [_entry(name, label, seen, current=name == process) for name, label in names.items()],
        "name": names.get(process, ""),
        "picture": _picture(process, release, seen),
        "steps": list(_steps(process, release, seen)),
        "ways": list(_ways(process, release, seen)),
        "entered": _entered(process, release, seen),
        "runs": seen.measures.runs if seen.measures is not None else 0,
        "latest": figures.LATEST,
        "ready": counted is not None and measured is not None,
        "counted_at": counted.at if counted is not None else None,
        "measured_at": measured.at if measured is not None else None,
    }


def _most_loaded(release: LoadedRelease, seen: Seen) -> str:
    processes = list(engine.process_ids(release.programme))
    return max(processes, key=lambda one: (_total(one, seen.late), _total(one, seen.open)), default="")


def _total(process: str, of: Mapping[str, int]) -> int:
    return sum(count for step, count in of.items() if step.startswith(f"{process}/"))


def _entry(process: str, label: str, seen: Seen, *, current: bool) -> dict[str, Any]:
    return {
        "label": label,
        "href": url_for("oversight.route", schema=process),
        "count": _total(process, seen.open) or None,
        "late": bool(_total(process, seen.late)),
        "current": current,
    }


def _picture(process: str, release: LoadedRelease, seen: Seen) -> Markup:
    steps = engine.describe(release.programme, process)
    waiting = {step.element: _waiting(step, process, release, seen) for step in steps}
    most = max((count for count, _ in waiting.values()), default=0) or 1
    elements = {step.element: _mark(step, process, waiting[step.element], most, seen) for step in steps}
    drawn = picture(
        diagrams.source(release, process),
        elements=elements,
        flows=_flow_marks(process, release, seen),
        title=release.programme.names.get(process, process),
        ident="parcours-dessine",
    )
    return Markup(drawn)  # noqa: S704  # its maker escapes the words of designers


def _waiting(step: Described, process: str, release: LoadedRelease, seen: Seen) -> tuple[int, int]:
    """Return how many tasks wait at a step and how many of them are late; of a call, those inside."""
    if not step.called:
        key = f"{process}/{step.element}"
        return seen.open.get(key, 0), seen.late.get(key, 0)
    inside = list(_within(step.called, release, frozenset({process})))
    return sum(_total(one, seen.open) for one in inside), sum(_total(one, seen.late) for one in inside)


def _within(process: str, release: LoadedRelease, above: frozenset[str]) -> Iterator[str]:
    """Yield a process and those it calls."""
    if process in above:
        return
    yield process
    for step in engine.describe(release.programme, process):
        if step.called:
            yield from _within(step.called, release, above | {process})


def _mark(step: Described, process: str, waiting: tuple[int, int], most: int, seen: Seen) -> ElementMark:
    """Fill a step by how much waits there; words and figures say the same."""
    count, late = waiting
    passes = seen.measures.passes.get(step.element, 0) if seen.measures is not None else 0
    pace = seen.measures.paces.get(f"{process}/{step.element}") if seen.measures is not None else None
    told = [f"{agree(count, 'tâche')} en attente"] if step.kind in HUMAN else []
    if late:
        told.append(f"{number(late)} en retard")
    if pace is not None:
        told.append(
            f"{words_for_days(pace.average)} en moyenne, 9 sur 10 en {words_for_days(pace.ninetieth)} au plus"
        )
    if passes:
        told.append(f"passé {number(passes)} fois")
    label = f"{number(count)} ici" + (f", {number(late)} tard" if late else "") if count else ""
    return ElementMark(
        heat=count / most if count else None,
        count=number(passes) if passes and step.kind in _DRAWN else "",
        label=label,
        told=", ".join(told),
    )


def _flow_marks(process: str, release: LoadedRelease, seen: Seen) -> dict[str, FlowMark]:
    if seen.measures is None or not _entered(process, release, seen):
        return {}
    flows = seen.measures.flows
    most = max((times for key, times in flows.items() if key.startswith(f"{process}/")), default=0) or 1
    return {
        way.flow: FlowMark(
            count=number(times) if times else "",
            share=times / most,
            never=not times,
            told=f"{number(times)} fois" if times else "jamais pris",
        )
        for step in engine.describe(release.programme, process)
        for way in step.outgoing
        for times in (flows.get(f"{process}/{way.flow}", 0),)
    }


def _entered(process: str, release: LoadedRelease, seen: Seen) -> bool:
    """Whether some run has gone through the process: of the others there is nothing to say yet."""
    return seen.measures is not None and process in figures.never_taken(seen.measures, release)


def _steps(process: str, release: LoadedRelease, seen: Seen) -> Iterator[dict[str, Any]]:
    for step in engine.describe(release.programme, process):
        if step.kind not in HUMAN:
            continue
        count, late = _waiting(step, process, release, seen)
        key = f"{process}/{step.element}"
        pace = seen.measures.paces.get(key) if seen.measures is not None else None
        yield {
            "name": step.name,
            "lane": step.lane_name,
            "open": count,
            "late": late,
            "pace": pace,
            "share": _share(pace.late, pace.dated) if pace is not None and pace.dated else None,
            "href": url_for("deadlines.page", etape=key) if not step.called else None,
            "inside": url_for("oversight.route", schema=step.called) if step.called else None,
        }


def _share(part: int, whole: int) -> str:
    return f"{number(round(100 * part / whole))}\u202f%"


def _ways(process: str, release: LoadedRelease, seen: Seen) -> Iterator[dict[str, Any]]:
    """Yield the ways out of each choice, and those that no run has taken."""
    if seen.measures is None or not _entered(process, release, seen):
        return
    described = engine.describe(release.programme, process)
    names = {item.element: item.name for item in described}
    for step in described:
        for way in step.outgoing:
            times = seen.measures.flows.get(f"{process}/{way.flow}", 0)
            if times and len(step.outgoing) < 2:
                continue
            yield {
                "origin": _named(step, names),
                "answer": way.label,
                "target": _target(way.target, described, names),
                "times": times,
            }


def _named(step: Described, names: Mapping[str, str]) -> str:
    host = names.get(step.attached_to or "")
    return f"{host} : {step.name}" if host else step.name


def _target(element: str, described: Sequence[Described], names: Mapping[str, str]) -> str:
    """Return the name of where a way leads; through gateways without a name, of what follows."""
    by_id = {item.element: item for item in described}
    for _ in range(len(described)):
        item = by_id.get(element)
        if item is None or item.name != item.element or len(item.outgoing) != 1:
            break
        element = item.outgoing[0].target
    name = names.get(element, element)
    return name if name != element else "la suite"
