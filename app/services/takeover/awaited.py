"""Days from which deadlines are counted (an appointment): taken from what is known when none is given."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from app.catalog.fields import Field
from app.engine.ways import Node, Stop
from app.expressions import check
from app.services.takeover.route import Way
from app.services.takeover.situations import Done, Line

if TYPE_CHECKING:
    from app.services.takeover.reader import Reader

_COUNTED = ("delai", "timer")


@dataclass(frozen=True)
class Known:
    """What is known of a line when its days are looked for."""

    line: Line
    stop: Stop
    way: Way
    opened: date
    since: date | None
    done: tuple[Done, ...]

    @property
    def days(self) -> dict[Node, date]:
        """The day of each step done."""
        return {one.node: one.on for one in self.done if one.on is not None}

    def day_of(self, node: Node) -> date:
        """Return the day of a step, else the next that is known on the way, else the last."""
        days = self.days
        after = self.way.passed[self.way.passed.index(node) :] if node in self.way.passed else ()
        following = (days[one] for one in after if one in days)
        return next(following, None) or self.since or max(days.values(), default=self.opened)


def dates(reader: "Reader", known: Known, answers: dict[str, dict[str, Any]]) -> tuple[Done, ...]:
    """Fill in the days that deadlines on the way are counted from; return the steps done with them.

    An appointment that is not given was on the day of its visit; of a step passed on an unknown day, on the
    next day that is known. For the step at which the case stands nothing tells it: the line is refused.
    """
    done = known.done
    for node in (*known.way.passed, known.stop.node):
        for form_id, one in _read_by(reader, node):
            if form_id not in answers or answers[form_id].get(one.key):
                continue
            if node == known.stop.node and node not in known.days:
                title = reader.release.forms[form_id].title
                told = f"L'échéance de « {known.stop.name} » se compte depuis « {one.label} »"
                known.line.refuse("", f"{told} ({title}), qui manque.")
                continue
            day = known.day_of(node).isoformat()
            answers[form_id][one.key] = day
            done = tuple(_with(reader, item, form_id, one.key, day) for item in done)
    return done


def _with(reader: "Reader", item: Done, form_id: str, key: str, day: str) -> Done:
    if reader.meanings.graph.nodes[item.node].form != form_id or item.raw.get(key):
        return item
    return replace(item, raw={**item.raw, key: day})


def _read_by(reader: "Reader", node: Node) -> Iterator[tuple[str, Field]]:
    """Yield the dates that the deadline of a step, or a date that is waited for, reads from answers."""
    described = reader.meanings.graph.nodes[node]
    for name in sorted({name for key in _COUNTED for name in _names(described.delays.get(key, ""))}):
        form_id, _, key = name.partition(".")
        form = reader.release.forms.get(form_id)
        one = form.field(key) if form is not None else None
        if one is not None and one.type == "date":
            yield form_id, one


def _names(text: str) -> frozenset[str]:
    return check(text) if text else frozenset()
