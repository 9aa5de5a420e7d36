"""The elements of a process or sub-process and the flows between them, read from any BPMN file.

Nothing is refused here: what cannot be read is left out, and said by the rules that look for it.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from app.engine.diagram import bpmn, is_true, local

HOLDERS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway"})
_KINDS = ("Task", "Event", "Gateway")
_MADE_UP = re.compile(r"[A-Z][A-Za-z]*_[0-9a-z]{7}")
"""An id that a modeler drew at random for what nobody has named yet."""
UNNAMED: Final = "sans nom"


@dataclass(frozen=True)
class Flow:
    """A sequence flow between two elements of one scope."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None


@dataclass(frozen=True)
class Node:
    """An element of a scope: its id, its BPMN tag, its name, and its XML for what few rules ask.

    ``host`` is the activity on whose border an event sits, ``interrupts`` whether it stops it.
    """

    id: str
    kind: str
    name: str
    host: str | None
    interrupts: bool
    xml: Any = field(repr=False, compare=False)

    @property
    def words(self) -> str:
        """What to call it in a sentence: its name, else its id when a person chose it."""
        return " ".join(self.name.split()) or (UNNAMED if _MADE_UP.fullmatch(self.id) else self.id)

    @property
    def is_end(self) -> bool:
        """Whether it is an end event."""
        return self.kind == "endEvent"

    @property
    def is_activity(self) -> bool:
        """Whether work is done in it: neither an event nor a gateway."""
        return not self.kind.endswith(("Event", "Gateway"))

    def has_event(self, *kinds: str) -> bool:
        """Whether it carries an event definition of one of these kinds (``timer``, ``terminate``…)."""
        return any(local(item) == f"{kind}EventDefinition" for item in self.xml for kind in kinds)


@dataclass(frozen=True)
class Scope:
    """A process or sub-process: its own elements, not those of the sub-processes inside.

    ``broken`` is not empty when a flow leads nowhere or an id stands for two elements: it holds the elements
    at the ends of such flows, and "".
    """

    id: str
    xml: Any = field(repr=False)
    nodes: Mapping[str, Node] = field(repr=False)
    flows: tuple[Flow, ...] = field(repr=False)
    broken: frozenset[str] = field(repr=False)
    parent: "Scope | None" = None

    @property
    def process(self) -> str:
        """The id of the process drawn around it."""
        return self.parent.process if self.parent else self.id

    @cached_property
    def outgoing(self) -> dict[str, list[Flow]]:
        """Flows by the element they leave, in the order of the file."""
        found: dict[str, list[Flow]] = {key: [] for key in self.nodes}
        for flow in self.flows:
            found[flow.source].append(flow)
        return found

    @cached_property
    def incoming(self) -> dict[str, list[Flow]]:
        """Flows by the element they reach."""
        found: dict[str, list[Flow]] = {key: [] for key in self.nodes}
        for flow in self.flows:
            found[flow.target].append(flow)
        return found

    @cached_property
    def borders(self) -> dict[str, list[Node]]:
        """Boundary events by the activity they sit on."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            if node.host in self.nodes:
                found.setdefault(node.host or "", []).append(node)
        return found

    @cached_property
    def next(self) -> dict[str, tuple[str, ...]]:
        """What may come after each element, the events on its border included."""
        return {
            key: (
                *(flow.target for flow in self.outgoing[key]),
                *(event.id for event in self.borders.get(key, ())),
            )
            for key in self.nodes
        }

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """Where tokens appear by themselves: start events, and what another rule refuses but would start."""
        return tuple(node.id for node in self.nodes.values() if _starts(node))


def _starts(node: Node) -> bool:
    own = node.kind == "startEvent" or node.xml.get("triggeredByEvent") == "true"
    elsewhere = node.xml.get("isForCompensation") == "true" or node.has_event("link")
    return own or elsewhere


def scopes(root: Any) -> Iterator[Scope]:
    """Yield every executable process of a diagram, and every sub-process inside, the outer ones first.

    The content of ad hoc sub-processes is left out: nothing links its elements.
    """
    for process in bpmn(root, "process"):
        if is_true(process.get("isExecutable", "true")):
            yield from _walk(process, None)


def _walk(holder: Any, parent: Scope | None) -> Iterator[Scope]:
    scope = _scope(holder, parent)
    yield scope
    for node in scope.nodes.values():
        if node.kind in HOLDERS and node.kind != "adHocSubProcess":
            yield from _walk(node.xml, scope)


def is_node(tag: str) -> bool:
    """Whether a BPMN tag is that of an element that flows link."""
    return tag in HOLDERS or tag in {"task", "callActivity"} or tag.endswith(_KINDS)


def _scope(holder: Any, parent: Scope | None) -> Scope:
    found = [item for item in holder if is_node(local(item))]
    nodes = {item.get("id"): _node(item) for item in found if item.get("id")}
    flows, broken = [], set() if len(nodes) == len(found) else {""}
    for number, item in enumerate(item for item in holder if local(item) == "sequenceFlow"):
        source, target = item.get("sourceRef"), item.get("targetRef")
        if source in nodes and target in nodes:
            key = item.get("id") or f"#{number}"
            condition = text_of(item, "conditionExpression")
            flows.append(Flow(key, source, target, item.get("name", ""), condition))
        else:
            broken |= {"", *({source, target} & set(nodes))}
    return Scope(holder.get("id", ""), holder, nodes, tuple(flows), frozenset(broken), parent)


def _node(item: Any) -> Node:
    boundary = local(item) == "boundaryEvent"
    return Node(
        id=item.get("id"),
        kind=local(item),
        name=item.get("name", ""),
        host=item.get("attachedToRef") if boundary else None,
        interrupts=boundary and is_true(item.get("cancelActivity", "true")),
        xml=item,
    )


def text_of(holder: Any, tag: str) -> str | None:
    """Return the text of the first child of that tag; None without one."""
    found = next((item for item in holder if local(item) == tag), None)
    return (found.text or "").strip() if found is not None else None


def reached(starts: Iterable[str], following: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return what can be reached from ``starts`` (themselves included), numbered in the order of the way."""
    found: dict[str, int] = {}
    waiting = deque(starts)
    while waiting:
        key = waiting.popleft()
        if key not in found:
            found[key] = len(found)
            waiting.extend(other for other in following[key] if other not in found)
    return found


def reversed_ways(following: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return, for each element, those it may come from."""
    found: dict[str, list[str]] = {key: [] for key in following}
    for key, others in following.items():
        for other in others:
            found[other].append(key)
    return found


def rounds(following: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """Return the sets of elements that lead to each other: every loop, with what is woven into it."""
    ended: dict[str, None] = {}
    for start in following:
        stack = [(start, iter(following[start]))] if start not in ended else []
        entered = {start}
        while stack:
            key, others = stack[-1]
            other = next((item for item in others if item not in ended and item not in entered), None)
            if other is None:
                ended[key] = None
                stack.pop()
            else:
                entered.add(other)
                stack.append((other, iter(following[other])))
    before, seen, found = reversed_ways(following), set[str](), []
    for key in reversed(ended):
        group, waiting = set[str](), [key] if key not in seen else []
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                group.add(here)
                waiting.extend(before[here])
        if len(group) > 1 or (group and key in following[key]):
            found.append(frozenset(group))
    return found
