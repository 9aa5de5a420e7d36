"""A simulation as its page shows it: sentences, tables, charts and one diagram with what happened on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import current_app, url_for

from app.expressions.safe_xml import parse_xml
from app.models import Trial
from app.publishing import trials
from app.publishing.trial_plans import field_label
from app.simulator import drawings, report, rows
from app.simulator.comparison import Comparison, Side, compare
from app.simulator.result import Result
from app.simulator.story import idle, sentences
from app.simulator.words import Words
from app.web.formats import agree
from app.web.trial_typed import percent, said

_EDITOR: Final = "studio_diagrams.page"


@dataclass(frozen=True)
class Lived:
    """What a simulation lived, and what it is compared with."""

    here: Side
    comparison: Comparison | None

    @property
    def sides(self) -> tuple[Side, ...]:
        """The reference first, as tables put it."""
        return (self.comparison.there, self.here) if self.comparison else (self.here,)

    @property
    def changed(self) -> frozenset[str]:
        """The steps and flows of which something is said."""
        return self.comparison.changed if self.comparison else frozenset()


def lived(row: Trial) -> Lived:
    """Return the two sides of a simulation that is done."""
    here_bundle, there_bundle = trials.bundles(row)
    here = Side(row.label, Words(here_bundle), Result.from_json(row.result))
    if there_bundle is None:
        return Lived(here, None)
    there = Side(trials.reference_label(row), Words(there_bundle), Result.from_json(row.reference))
    return Lived(here, compare(here, there))


def page(row: Trial) -> str:
    """Return the whole report, as one page that needs nothing else."""
    found = lived(row)
    return report.page(found.here, found.comparison)


def view(row: Trial, asked: str) -> dict[str, Any]:
    """Return what the page of a simulation that is done shows; ``asked`` names the diagram drawn."""
    found = lived(row)
    sides, changed = found.sides, found.changed
    names = {name: side.words.process(name) for side in sides for name in _processes(side)}
    chosen = asked if asked in names else next(iter(names), "")
    return {
        "sides": sides,
        "comparison": found.comparison,
        "sentences": list(sentences(found.here.result, found.here.words)),
        "totals": rows.totals(sides),
        "costs": rows.costs(sides),
        "incidents": list(_incidents(found.here)),
        "charts": list(drawings.charts(sides)),
        "months": rows.months(sides),
        "idle": idle(found.here.result, found.here.words),
        "steps": rows.steps(sides, changed),
        "diagrams": [
            {"process": name, "name": label, "current": name == chosen, "passes": _passes(found.here, name)}
            for name, label in names.items()
        ],
        "drawn": next((one for one in drawings.drawings(sides, changed, only=chosen)), None),
        "editor": editor(found.here.words, chosen, ""),
        "never": [found.here.words.flow(flow) for flow in found.here.result.never_taken],
        "decisions": list(rows.decisions(sides, changed)),
        "closures": rows.closures(sides),
        "result": found.here.result,
    }


def assumed(row: Trial) -> list[str]:
    """Return what was changed for this trial alone, in words."""
    assumptions = trials.plan_of(row).assumptions
    if not assumptions.staff and not assumptions.refusals:
        return []
    bundle, _ = trials.bundles(row)
    told = []
    for lane, staff in assumptions.staff.items():
        known = bundle.settings.lanes.get(lane)
        parts = (
            agree(staff.people, "personne") if staff.people is not None else "",
            f"{said(staff.hours_week)} h par semaine" if staff.hours_week is not None else "",
            f"absences {said(percent(staff.absence))} %" if staff.absence is not None else "",
            f"sans réponse {said(percent(staff.unanswered))} %" if staff.unanswered is not None else "",
        )
        told.append(f"{known.label if known else lane} ({', '.join(filter(None, parts))})")
    for name, rate in assumptions.refusals.items():
        told.append(f"refus à « {field_label(bundle, name)} » : {said(percent(rate))} %")
    return told


def _processes(side: Side) -> Sequence[str]:
    return [diagram.process for diagram in side.words.diagrams]


def _passes(side: Side, process: str) -> int:
    """Return how often the first element of a process was passed: how many times it was lived."""
    diagram = next((one for one in side.words.diagrams if one.process == process), None)
    starts = [item.element for item in diagram.elements if item.kind == "startEvent"] if diagram else []
    return sum(side.result.elements.get(f"{process}/{element}", 0) for element in starts)


def _incidents(side: Side) -> Iterator[dict[str, Any]]:
    for item in side.result.incidents_list:
        yield {
            "name": item.element_name,
            "cause": item.cause,
            "times": item.times,
            "href": editor(side.words, item.process, item.element),
        }


def editor(words: Words, process: str, element: str) -> str | None:
    """Return the address of a diagram in the studio, at an element; None where no editor is served."""
    if _EDITOR not in current_app.view_functions:
        return None
    wanted = element or process
    owner = next(
        (
            name
            for name, content in words.bundle.files.items()
            if name.startswith("bpmn/")
            and any(node.get("id") == wanted for node in parse_xml(content).iter())
        ),
        None,
    )
    if owner is None:
        return None
    name = owner.removeprefix("bpmn/").removesuffix(".bpmn")
    return url_for(_EDITOR, name=name, _anchor=element or None)
