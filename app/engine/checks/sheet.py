"""A diagram while it is examined: what of it is judged, and what was found so far."""

from collections.abc import Iterator
from typing import Any, Final

from SpiffWorkflow.bpmn.parser.util import full_tag

from app.engine.diagram import bpmn, is_true, local, ours, owner_id
from app.engine.findings import Finding, Severity

CONDITIONAL: Final = frozenset({"exclusiveGateway", "inclusiveGateway"})
MAX_MOVES: Final = 20_000
"""Moves of tokens played in one file; a route of 25 elements takes some hundreds."""


class Sheet:
    """One diagram being examined.

    Every process is judged, except those that are not executable beside one that is: they are pictures of
    what others do. One fault is said once: a second finding of the same code on the same element is
    dropped. ``moves_left`` is what may still be played of its routes before giving up.
    """

    def __init__(self, file: str, root: Any) -> None:
        self.file = file
        self.root = root
        self.findings: list[Finding] = []
        processes = list(bpmn(root, "process"))
        runs = [node for node in processes if node.get("isExecutable", "true") == "true"]
        self.executable = bool(runs)
        pictures = [node for node in processes if node not in runs] if runs else []
        self._pictured = {node for picture in pictures for node in picture.iter()}
        self._said: set[tuple[str | None, str]] = set()
        self.moves_left = MAX_MOVES

    def say(self, node: Any, code: str, cause: str, *, severity: Severity = "error") -> None:
        """Note that the element around ``node`` (None: the file as a whole) has a fault."""
        self.say_of(owner_id(node), code, cause, severity=severity)

    def say_of(self, element: str | None, code: str, cause: str, *, severity: Severity = "error") -> None:
        """Note that an element has a fault."""
        if not self.said(element, code):
            self._said.add((element, code))
            self.findings.append(Finding(self.file, element, code, cause, severity))

    def said(self, element: str | None, *codes: str) -> bool:
        """Say whether one of these codes was found on an element."""
        return any((element, code) in self._said for code in codes)

    def nodes(self, *tags: str) -> Iterator[Any]:
        """Yield the BPMN elements with these tags that are judged, in document order."""
        return (node for node in bpmn(self.root, *tags) if node not in self._pictured)

    def extensions(self, *tags: str) -> Iterator[Any]:
        """Yield the extensions of ours with these tags that are judged, in document order."""
        return (node for node in ours(self.root, *tags) if node not in self._pictured)

    def elements(self) -> Iterator[Any]:
        """Yield every judged element of whatever vocabulary, in document order."""
        return (node for node in self.root.iter() if isinstance(node.tag, str) and node not in self._pictured)

    def holders(self) -> Iterator[Any]:
        """Yield the processes and sub-processes whose routes are judged.

        What an event sub-process holds is not: the whole is refused.
        """
        for node in self.nodes("process", "subProcess"):
            around = [node, *node.iterancestors(full_tag("subProcess"))]
            if not any(is_true(item.get("triggeredByEvent", "")) for item in around):
                yield node


class Route:
    """The elements of one process or sub-process and the arrows between them.

    ``nodes`` holds them by id; ``out`` and ``into`` the flows that leave and enter each, in document order;
    ``attached`` the boundary events of each activity. Flows that lead nowhere are left out.
    """

    def __init__(self, holder: Any) -> None:
        self.holder = holder
        self.nodes: dict[str, Any] = {
            node.get("id"): node
            for node in holder
            if local(node) not in ("", "sequenceFlow") and node.get("id")
        }
        self.out: dict[str, list[Any]] = {key: [] for key in self.nodes}
        self.into: dict[str, list[Any]] = {key: [] for key in self.nodes}
        self.attached: dict[str, list[Any]] = {key: [] for key in self.nodes}
        self.flows: list[Any] = holder.findall(full_tag("sequenceFlow"))
        for flow in self.flows:
            source, target = flow.get("sourceRef"), flow.get("targetRef")
            if source in self.nodes and target in self.nodes:
                self.out[source].append(flow)
                self.into[target].append(flow)
        for event in holder.findall(full_tag("boundaryEvent")):
            if event.get("attachedToRef") in self.nodes:
                self.attached[event.get("attachedToRef")].append(event)

    def next_ids(self, element: str) -> list[str]:
        """Return the ids of what may come right after an element, its boundary events included."""
        return [
            *(flow.get("targetRef") for flow in self.out[element]),
            *(event.get("id") for event in self.attached[element] if event.get("id")),
        ]

    def kind(self, element: str) -> str:
        """Return the tag of an element."""
        return local(self.nodes[element])
