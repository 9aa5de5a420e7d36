"""How a diagram is drawn: every element has its place, none covers another, each stands in its frame."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from app.checker.diagrams.as_drawn import HOLDERS, is_node
from app.checker.drawings.shapes import Plane, planes
from app.checker.model import Model
from app.checker.problem import Problem, Severity
from app.documents.bpmn_picture.geometry import Box
from app.engine.diagram import bpmn, local

_SLACK: Final = 1.0
"""Pixels by which two shapes may bite into each other: what rounding does when an editor saves."""


def problems(model: Model) -> Iterator[Problem]:
    """Yield what is wrong with the drawing of every readable diagram."""
    for path, root in model.roots.items():
        drawing = _Drawing(path, root)
        if drawing.is_blank:
            yield from drawing.blank()
            continue
        yield from drawing.unplaced()
        for plane in drawing.planes:
            yield from drawing.covered(plane)
            yield from drawing.astray(plane)


@dataclass(frozen=True)
class _Element:
    """What must be drawn. ``within`` are the sub-processes around it, from the nearest."""

    id: str
    kind: str
    name: str
    host: str | None
    within: tuple[str, ...]

    @property
    def words(self) -> str:
        return " ".join(self.name.split()) or self.id


class _Drawing:
    def __init__(self, path: str, root: Any) -> None:
        self.path = path
        self.root = root
        self.planes = planes(root)

    @cached_property
    def nodes(self) -> dict[str, _Element]:
        """The elements that flows link, in the order of the file."""
        holders = (item for item in self.root.iter() if local(item) in {"process", *HOLDERS})
        found = (_element(item) for holder in holders for item in holder if is_node(local(item)))
        return {element.id: element for element in found if element.id}

    @cached_property
    def flows(self) -> dict[str, _Element]:
        """The sequence flows."""
        return {item.id: item for item in map(_element, bpmn(self.root, "sequenceFlow")) if item.id}

    @cached_property
    def frames(self) -> dict[str, _Element]:
        """The pools and the lanes."""
        found = map(_element, bpmn(self.root, "participant", "lane"))
        return {item.id: item for item in found if item.id}

    @cached_property
    def is_blank(self) -> bool:
        """Whether nothing at all is drawn."""
        return not any(plane.boxes or plane.lines for plane in self.planes)

    def blank(self) -> Iterator[Problem]:
        """Say once of each process that it has no drawing."""
        for process in bpmn(self.root, "process"):
            if any(is_node(local(item)) for item in process):
                yield self._problem(
                    process.get("id", ""),
                    "error",
                    "no-position",
                    "Ce processus n'est dessiné nulle part : ses éléments n'ont aucune position. Ouvrez-le "
                    "dans l'éditeur de diagrammes, disposez ses éléments et enregistrez-le.",
                )

    def unplaced(self) -> Iterator[Problem]:
        """Tell the elements and flows without a place that can be drawn."""
        boxes: dict[str, Box | None] = {}
        lines: dict[str, Any] = {}
        for plane in reversed(self.planes):
            boxes |= plane.boxes
            lines |= plane.lines
        for element in (*self.frames.values(), *self.nodes.values()):
            if boxes.get(element.id) is None:
                what = (
                    "n'a pas de position"
                    if element.id not in boxes
                    else "a une position ou une taille illisible"
                )
                yield self._unplaced(element, f"« {element.words} » {what} dans le dessin")
        for flow in self.flows.values():
            if lines.get(flow.id) is None:
                known = "n'a pas deux points lisibles" if flow.id in lines else "n'est pas dessinée"
                yield self._unplaced(flow, f"La flèche « {flow.words} » {known}")

    def _unplaced(self, element: _Element, what: str) -> Problem:
        again = "Retracez-la" if element.kind == "sequenceFlow" else "Replacez-le"
        return self._problem(
            element.id,
            "error",
            "no-position",
            f"{what}. {again} dans l'éditeur de diagrammes, puis enregistrez.",
        )

    def covered(self, plane: Plane) -> Iterator[Problem]:
        """Tell each shape that covers another, once, with the first that it covers."""
        rank = {key: number for number, key in enumerate(self.nodes)}
        boxes = sorted(self._shown(plane).items(), key=lambda item: item[1].x)
        near: list[tuple[str, Box]] = []
        told: dict[str, str] = {}
        for key, box in boxes:
            near = [(other, place) for other, place in near if place.right > box.x]
            for other, place in near:
                if box.overlaps(place, slack=_SLACK) and not self._belong_together(key, other):
                    first, second = sorted((key, other), key=lambda item: rank[item])
                    told.setdefault(second, first)
                    break
            near.append((key, box))
        for second, first in sorted(told.items(), key=lambda item: rank[item[0]]):
            yield self._problem(
                second,
                "error",
                "overlap",
                f"« {self.nodes[second].words} » et « {self.nodes[first].words} » se chevauchent dans le "
                "dessin. Écartez-les dans l'éditeur de diagrammes.",
            )

    def _shown(self, plane: Plane) -> dict[str, Box]:
        """The shapes of a plane, without the content of the sub-processes that it shows closed."""
        closed = {key for key in plane.boxes if key in self.nodes and key not in plane.open}
        return {
            key: box
            for key, box in plane.boxes.items()
            if box is not None and key in self.nodes and not closed.intersection(self.nodes[key].within)
        }

    def _belong_together(self, one: str, other: str) -> bool:
        first, second = self.nodes[one], self.nodes[other]
        hosted = first.host == other or second.host == one
        return hosted or one in second.within or other in first.within

    def astray(self, plane: Plane) -> Iterator[Problem]:
        """Tell the elements drawn outside the lane, the pool or the sub-process that they belong to."""
        for key, box in self._shown(plane).items():
            frame = self._frame(key, plane)
            holder, place = self.frames.get(frame) or self.nodes.get(frame), plane.boxes.get(frame)
            if holder is not None and place is not None and not place.holds(box.centre):
                yield self._problem(
                    key,
                    "warning",
                    "out-of-lane",
                    f"« {self.nodes[key].words} » est dessiné hors de {_WORDS.get(holder.kind, 'son cadre')} "
                    f"« {holder.words} ». Déplacez-le, ou rattachez-le à l'endroit où il est dessiné.",
                )

    def _frame(self, key: str, plane: Plane) -> str:
        """What an element should be drawn in."""
        within = self.nodes[key].within
        if within:
            return within[0] if within[0] in plane.open else ""
        return self._lane_of.get(key) or self._pool_of.get(key, "")

    @cached_property
    def _lane_of(self) -> Mapping[str, str]:
        """The innermost lane of each element: lanes inside lanes come later in the file."""
        return {
            (item.text or "").strip(): item.getparent().get("id", "")
            for item in bpmn(self.root, "flowNodeRef")
        }

    @cached_property
    def _pool_of(self) -> Mapping[str, str]:
        pools = {item.get("processRef"): item.get("id", "") for item in bpmn(self.root, "participant")}
        return {
            item.get("id", ""): pools[process.get("id")]
            for process in bpmn(self.root, "process")
            if process.get("id") in pools
            for item in process
            if is_node(local(item))
        }

    def _problem(self, element: str, severity: Severity, code: str, message: str) -> Problem:
        return Problem(self.path, element, severity, code, message)


_WORDS: Final = {"lane": "son couloir", "participant": "son cadre"} | dict.fromkeys(
    HOLDERS, "son sous-processus"
)


def _element(item: Any) -> _Element:
    within = tuple(parent.get("id", "") for parent in item.iterancestors() if local(parent) in HOLDERS)
    return _Element(item.get("id", ""), local(item), item.get("name", ""), item.get("attachedToRef"), within)
