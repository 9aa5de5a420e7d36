"""Where a case can go: elements that no way reaches, ways that stop short, loops that nothing leaves, joins
that wait for ever, and (in ``legible``) what makes a diagram hard to read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from app.checker.diagrams.as_drawn import CHOICES, Node, Scope, reached, reversed_ways, rounds, scopes
from app.checker.model import Model
from app.checker.problem import Problem, Severity
from app.checker.routes import legible
from app.checker.routes.failing_choices import failing
from app.checker.routes.tokens import play
from app.engine.checks.conditions import may_all_fail
from app.engine.checks.endless import AUTOMATIC
from app.engine.diagram import bpmn, is_true

_SPLITS: Final = frozenset({"parallelGateway", "inclusiveGateway"})


def problems(model: Model) -> Iterator[Problem]:
    """Yield what is wrong with the ways through every readable diagram."""
    stopped = frozenset(_stopped_by_a_caller(model))
    for path, root in model.roots.items():
        sizes: dict[str, int] = {}
        for scope in scopes(root):
            sizes[scope.process] = sizes.get(scope.process, 0) + len(scope.nodes)
            yield from _Judge(path, scope, model, scope.process in stopped).problems()
            yield from legible.hard_to_read(path, scope)
        yield from legible.too_large(path, sizes)


def _stopped_by_a_caller(model: Model) -> Iterator[str]:
    """Processes that a step calling them may interrupt."""
    for root in model.roots.values():
        calls = {call.get("id"): call.get("calledElement", "") for call in bpmn(root, "callActivity")}
        for event in bpmn(root, "boundaryEvent"):
            if event.get("attachedToRef") in calls and is_true(event.get("cancelActivity", "true")):
                yield calls[event.get("attachedToRef")]


@dataclass(frozen=True)
class _Judge:
    path: str
    scope: Scope
    model: Model
    stopped: bool

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with one process or sub-process."""
        ways = [*self._unreachable(), *self._dead_ends(), *self._endless()]
        yield from ways
        if not ways and not self.scope.broken:
            yield from self._tokens()
        yield from self._choices()

    @cached_property
    def _reached(self) -> dict[str, int]:
        loose = [
            node.id for node in self.scope.nodes.values() if node.host and node.host not in self.scope.nodes
        ]
        return reached([*self.scope.starts, *loose], self.scope.next)

    @cached_property
    def _unfinished(self) -> bool:
        """Whether it is a sub-process without an end, which the engine's own check says."""
        return self.scope.parent is not None and not any(node.is_end for node in self.scope.nodes.values())

    def _unreachable(self) -> Iterator[Problem]:
        """Tell the first element of each part that no way reaches."""
        if self.scope.broken or not self.scope.starts:
            return
        lost = [key for key in self.scope.nodes if key not in self._reached]
        heads = [key for key in lost if not any(other not in self._reached for other in self._before[key])]
        told = reached(heads, self.scope.next)
        for key in lost:
            if key not in told:
                heads.append(key)
                told |= reached([key], self.scope.next)
        for key in heads:
            yield self._error(
                key,
                "unreachable",
                f"Aucune flèche ne mène à « {self._words(key)} » depuis le début : cet élément ne servira "
                "jamais. Reliez-le à la route ou supprimez-le.",
            )

    def _stops(self, node: Node) -> bool:
        """Whether the way stops at an element, which is not an end."""
        if node.is_end or self.scope.outgoing[node.id] or node.id in self.scope.broken:
            return False
        exempt = node.xml.get("triggeredByEvent") == "true" or node.xml.get("isForCompensation") == "true"
        return not exempt and not node.has_event("link", "compensate")

    def _dead_ends(self) -> Iterator[Problem]:
        if self._unfinished:
            return
        for key in self._reached:
            if self._stops(self.scope.nodes[key]):
                yield self._error(
                    key,
                    "dead-end",
                    f"La route s'arrête à « {self._words(key)} » sans événement de fin. Ajoutez la flèche "
                    "vers la suite, ou un événement de fin qui dit où l'on en est.",
                )

    def _endless(self) -> Iterator[Problem]:
        """Tell each loop that nothing leaves, at the element by which it is entered."""
        if self._unfinished or self._stopped_from_outside():
            return
        onward = {
            key: (
                *(flow.target for flow in self.scope.outgoing[key]),
                *(event.id for event in self.scope.borders.get(key, ()) if event.interrupts),
            )
            for key in self.scope.nodes
        }
        for group in rounds(onward):
            leaves = any(other not in group for key in group for other in onward[key])
            if (
                leaves
                or group & self.scope.broken
                or not group <= self._reached.keys()
                or self._is_killed(group)
            ):
                continue
            if all(self.scope.nodes[key].kind in AUTOMATIC for key in group):
                continue
            entry = min(group, key=lambda key: self._reached[key])
            yield self._error(
                entry,
                "no-end",
                f"Une fois à « {self._words(entry)} », la route tourne en rond et n'atteint plus aucune fin. "
                "Ajoutez dans cette boucle une passerelle qui en sort.",
            )

    def _stopped_from_outside(self) -> bool:
        scope: Scope | None = self.scope
        while scope is not None and scope.parent is not None:
            if any(event.interrupts for event in scope.parent.borders.get(scope.id, ())):
                return True
            scope = scope.parent
        return self.stopped

    def _is_killed(self, group: frozenset[str]) -> bool:
        """Whether a branch beside the loop may end everything."""
        return bool(self._forks_to_a_stop & reached(group, self._before).keys())

    @cached_property
    def _before(self) -> dict[str, list[str]]:
        return reversed_ways(self.scope.next)

    @cached_property
    def _forks_to_a_stop(self) -> frozenset[str]:
        """Where ways part that are all followed, one of which may end everything."""
        ends = [key for key in self._reached if self.scope.nodes[key].has_event("terminate")]
        return frozenset(
            key
            for key in reached(ends, self._before)
            if (self.scope.nodes[key].kind in _SPLITS and len(self.scope.outgoing[key]) > 1)
            or any(not event.interrupts for event in self.scope.borders.get(key, ()))
        )

    def _tokens(self) -> Iterator[Problem]:
        """Play a route whose ways part: joins that wait for ever, merges that let two tokens through."""
        parts = any(
            node.kind in _SPLITS or (node.host and not node.interrupts) for node in self.scope.nodes.values()
        )
        starts = [key for key in self.scope.starts if self.scope.nodes[key].kind == "startEvent"]
        if not parts or len(starts) != 1 or len(self.scope.starts) != 1:
            return
        found = play(self.scope)
        for key, waited in found.stuck.items():
            if self.scope.nodes[key].kind == "parallelGateway":
                sources = {flow.source: None for flow in self.scope.incoming[key] if flow.id in waited}
                words = " et ".join(f"« {self._words(source)} »" for source in sources)
                yield self._error(
                    key,
                    "join-waits-for-one-way",
                    f"La passerelle parallèle « {self._words(key)} » attend toutes ses flèches, mais celle "
                    f"qui vient de {words} peut ne jamais arriver : le dossier y resterait bloqué. Réunissez "
                    "par une passerelle exclusive les branches dont une seule est prise.",
                )
        for key in sorted(found.doubled):
            yield self._warning(
                key,
                "runs-twice",
                f"Deux branches parallèles se rejoignent à « {self._words(key)} » sans s'attendre : ce qui "
                "suit sera fait deux fois. Réunissez-les par une passerelle parallèle.",
            )

    def _choices(self) -> Iterator[Problem]:
        """Gateways without a default whose conditions fail together for an answer that the form allows."""
        for key, node in self.scope.nodes.items():
            texts = [flow.condition for flow in self.scope.outgoing[key] if flow.condition]
            if node.kind not in CHOICES or node.xml.get("default") or not texts:
                continue
            if len(texts) < len(self.scope.outgoing[key]) or may_all_fail(texts):
                continue
            words = failing(texts, self.model)
            if words:
                yield self._error(
                    key,
                    "gateway-without-default",
                    f"Aucune condition de la passerelle « {self._words(key)} » n'est vraie quand {words} : "
                    "le dossier resterait bloqué. Faites d'une de ses flèches la sortie par défaut.",
                )

    def _words(self, key: str) -> str:
        return self.scope.nodes[key].words

    def _error(self, element: str, code: str, message: str) -> Problem:
        return self._problem(element, "error", code, message)

    def _warning(self, element: str, code: str, message: str) -> Problem:
        return self._problem(element, "warning", code, message)

    def _problem(self, element: str, severity: Severity, code: str, message: str) -> Problem:
        return Problem(self.path, element, severity, code, message)
