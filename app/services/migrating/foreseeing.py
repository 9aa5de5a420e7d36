"""What would stop a case later: a name that the new release reads and nothing is left to give (ADR 0028).

A case that is carried over has not gone through the steps added behind it. A condition that reads what they
give would stop it there, months later. What the release that it leaves read at the same place already is no
fault of the passage.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.checker.diagrams.as_run import Node, Scope, scopes
from app.checker.names.occurrences import occurrences
from app.engine import Migrated, Note, Obstacle, Place
from app.engine.checks import read_all
from app.expressions import ExpressionError
from app.expressions.reading import parse
from app.services.releases import LoadedRelease

LACKS, EMPTY = "lacks", "empty"
_ORDER: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


@dataclass(frozen=True)
class Read:
    """A name that an element reads. ``strict``: it needs a value, an empty one would stop it."""

    place: Place
    name: str
    strict: bool


@dataclass(frozen=True)
class Graph:
    """All that a release draws: what follows what, who gives which name, who reads which.

    ``gives`` holds dotted outcomes (``visite.issue``) and names written whole (``triage``).
    """

    follows: Mapping[Place, frozenset[Place]]
    gives: Mapping[str, frozenset[Place]]
    reads: frozenset[Read]

    def givers(self, name: str) -> frozenset[Place]:
        """Return the elements that write a dotted name, or the whole of what it is a part of."""
        root, _, rest = name.partition(".")
        found = self.gives.get(root, frozenset())
        return found | self.gives.get(f"{root}.{rest.partition('.')[0]}", frozenset()) if rest else found

    def known(self, name: str) -> bool:
        """Whether a name is one of those that elements give."""
        return bool(self.givers(name))

    def reached(self, starts: Iterable[Place], *, short_of: Place | None = None) -> set[Place]:
        """Return what may come from some elements on, they included, without going through another."""
        seen: set[Place] = set()
        waiting = list(starts)
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            if place != short_of:
                waiting += self.follows.get(place, ())
        return seen


@dataclass(frozen=True)
class Foreseen:
    """What would stop a case later, and what it would read as a question left unanswered."""

    obstacles: tuple[Obstacle, ...] = ()
    notes: tuple[Note, ...] = ()


def foresee(migrated: Migrated, old: LoadedRelease, target: LoadedRelease) -> Foreseen:
    """Return what is still to come to a case and would read in vain."""
    fresh = _fresh(_Keyed(old), _Keyed(target))
    if not fresh or migrated.position.finished:
        return Foreseen()
    graph = _graph(_Keyed(target))
    here = [(item.process, item.element) for item in migrated.position.open_tasks]
    here += [(item.process, item.element) for item in migrated.position.waits]
    obstacles, notes = [], []
    for read in sorted(fresh, key=lambda one: (one.place, one.name)):
        missing = _missing(migrated.held, read.name)
        if missing is None or read.place not in migrated.ahead:
            continue
        before = graph.reached(here, short_of=read.place)
        if read.place not in before or _given(graph, read, before & migrated.ahead):
            continue
        name, words = target.programme.element_name(read.place[1]), _words(read.name, target)
        if missing == "root" or read.strict:
            obstacles.append(Obstacle(LACKS, *read.place, name, words))
        else:
            notes.append(Note(EMPTY, *read.place, name, "", words))
    return Foreseen(tuple(obstacles), tuple(notes))


def _given(graph: Graph, read: Read, before: set[Place]) -> bool:
    """Whether something on the way there gives the name: the reader itself does not, once it has stopped."""
    between = (place for place in graph.givers(read.name) & before if place != read.place)
    return any(read.place in graph.reached([place]) for place in between)


def _missing(held: frozenset[str], name: str) -> str | None:
    """Say what of a dotted name process data lack: the whole (``root``), one value (``field``), None."""
    root, _, rest = name.partition(".")
    if root not in held:
        return "root"
    grouped = any(one.startswith(f"{root}.") for one in held)
    return "field" if rest and grouped and f"{root}.{rest.partition('.')[0]}" not in held else None


def _words(name: str, target: LoadedRelease) -> str:
    """Return what people call a name: the question that it answers, else the name itself."""
    root, _, rest = name.partition(".")
    form = target.forms.get(root)
    label = next((item.label for item in form.fields if item.key == rest), None) if form is not None else None
    return label or name


@dataclass(frozen=True, eq=False)
class _Keyed:
    """A release known by its content, so that what was worked out of it is worked out once."""

    release: LoadedRelease

    def __hash__(self) -> int:
        return hash(self.release.fingerprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other.release.fingerprint == self.release.fingerprint


@lru_cache(maxsize=64)
def _fresh(old: _Keyed, target: _Keyed) -> frozenset[Read]:
    """Return what the new release reads and the old did not, among the names that its elements give."""
    graph = _graph(target)
    return frozenset(read for read in graph.reads - _graph(old).reads if graph.known(read.name))


@lru_cache(maxsize=32)
def _graph(keyed: _Keyed) -> Graph:
    files = keyed.release.bundle.files
    roots, _ = read_all({name: data for name, data in files.items() if name.endswith(".bpmn")})
    drawn = [scope for path, root in roots.items() for scope in scopes(path, root)]
    begins = {
        scope.id: [(scope.process, node.id) for node in scope.nodes.values() if node.kind == "startEvent"]
        for scope in drawn
    }
    callers: dict[str, list[Place]] = {}
    for scope in drawn:
        for node in scope.nodes.values():
            if (inner := _inner(node)) is not None:
                callers.setdefault(inner, []).append(_done(scope, node))
    follows: dict[Place, set[Place]] = {}
    gives: dict[str, set[Place]] = {}
    reads: set[Read] = set()
    for scope in drawn:
        for place, after in _ways(scope, begins, callers):
            follows.setdefault(place, set()).update(after)
        for node in scope.nodes.values():
            for name in _given_by(node):
                gives.setdefault(name, set()).add((scope.process, node.id))
        reads |= set(_read_in(scope, keyed.release))
    return Graph(
        {place: frozenset(after) for place, after in follows.items()},
        {name: frozenset(places) for name, places in gives.items()},
        frozenset(reads),
    )


def _ways(
    scope: Scope, begins: Mapping[str, list[Place]], callers: Mapping[str, list[Place]]
) -> Iterator[tuple[Place, list[Place]]]:
    """Yield what may follow each element: along the flows, on its border, inside it, after what holds it."""
    leading = {source for _, source, _, _ in scope.flows}
    for _, source, target, _ in scope.flows:
        yield _done(scope, scope.nodes[source]), [(scope.process, target)]
    for node in scope.nodes.values():
        place = (scope.process, node.id)
        if node.host is not None:
            yield (scope.process, node.host), [place]
        if _inner(node) is not None:
            yield place, [*begins.get(_inner(node) or "", ()), _done(scope, node)]
        if node.id not in leading:
            yield _done(scope, node), callers.get(scope.id, [])


def _inner(node: Node) -> str | None:
    """Return the process or sub-process that an element holds."""
    if node.kind == "callActivity":
        return node.called
    return node.id if node.kind == "subProcess" else None


def _done(scope: Scope, node: Node) -> Place:
    """Return the element once what it holds has ended: no place that is drawn."""
    return (scope.process, node.id if _inner(node) is None else f"{node.id} fini")


def _given_by(node: Node) -> Iterator[str]:
    yield from node.outcomes
    yield from node.variables


def _read_in(scope: Scope, release: LoadedRelease) -> Iterator[Read]:
    """Yield what each element reads unguarded: to what reads answers, one not given yet is only empty."""
    for place in scope.places():
        strict = _strict(place.text)
        for item in occurrences(place.text):
            lenient = item.guarded or item.root in place.extra
            if not lenient and not (place.passing and item.root in release.forms):
                yield Read((scope.process, place.node), item.name, item.name in strict)


def _strict(text: str) -> frozenset[str]:
    """Return the names of an expression that it puts in order, computes with or looks into."""
    try:
        body = parse(text).body
    except ExpressionError:
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(body):
        if isinstance(node, ast.Compare):
            sides = zip(node.ops, [node.left, *node.comparators], node.comparators, strict=False)
            for operator, left, right in sides:
                found |= {_dotted(left), _dotted(right)} if isinstance(operator, _ORDER) else set()
                found |= {_dotted(right)} if isinstance(operator, ast.In | ast.NotIn) else set()
        elif isinstance(node, ast.BinOp):
            found |= {_dotted(node.left), _dotted(node.right)}
    return frozenset(found - {""})


def _dotted(node: ast.expr) -> str:
    """Return a dotted name as it is written, empty for any other expression."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""
