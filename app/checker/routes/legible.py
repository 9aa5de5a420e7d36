"""What makes a diagram hard to read, or its rhythm other than it looks: warnings, never refusals."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.checker.diagrams.as_drawn import CHOICES, Flow, Node, Scope, rounds
from app.checker.problem import Problem
from app.engine.diagram import local
from app.expressions import ExpressionError
from app.expressions.reading import parse

MOST_ELEMENTS: Final = 25
"""Elements of one diagram that a person still takes in; beyond, a call activity."""

_FROM_NOW: Final = frozenset({"dans", "jours_ouvres", "aujourdhui", "maintenant"})
_UNNAMED: Final[Mapping[str, str]] = {
    "Gateway": "Cette passerelle n'a pas de nom. Écrivez sa question : « Diagnostic complet ? ».",
    "Event": "Cet événement n'a pas de nom. Dites ce qui est attendu : « 21 jours sans rendez-vous ».",
    "": "Cette étape n'a pas de nom. Donnez-lui un verbe et son objet : « Valider le diagnostic ».",
}


def hard_to_read(path: str, scope: Scope) -> Iterator[Problem]:
    """Yield the durations that a loop starts anew, and the names that are missing."""
    yield from _timers(path, scope)
    for node in scope.nodes.values():
        flows = scope.outgoing[node.id]
        choice = node.kind in CHOICES and len(flows) > 1
        waits = node.kind in {"intermediateCatchEvent", "boundaryEvent"}
        if not node.name.strip() and (node.is_activity or choice or waits):
            words = next(words for suffix, words in _UNNAMED.items() if node.kind.endswith(suffix))
            yield _warning(path, node.id, "unlabelled", words)
        if choice:
            yield from (_unnamed(path, scope, node, flow) for flow in flows if not flow.name.strip())


def too_large(path: str, sizes: Mapping[str, int]) -> Iterator[Problem]:
    """Yield the processes of a file, given with their number of elements, that a person cannot take in."""
    for process, size in sizes.items():
        if size > MOST_ELEMENTS:
            yield _warning(
                path,
                process,
                "too-many-elements-to-read",
                f"Ce diagramme compte {size} éléments : au-delà de {MOST_ELEMENTS}, il se lit mal. Déplacez "
                "une partie de la route dans un processus appelé, avec un nom qui parle.",
            )


def _unnamed(path: str, scope: Scope, node: Node, flow: Flow) -> Problem:
    return _warning(
        path,
        node.id if flow.id.startswith("#") else flow.id,
        "unlabelled",
        f"La flèche de « {node.words} » vers « {scope.nodes[flow.target].words} » ne dit pas quelle réponse "
        "elle suit. Écrivez-la dessus : « oui », « non », « à compléter »…",
    )


def _timers(path: str, scope: Scope) -> Iterator[Problem]:
    woven = frozenset[str]().union(*rounds(scope.next))
    inside = _inside_a_loop(scope)
    for node in scope.nodes.values():
        looping = node.id in woven or (inside and not node.host)
        if looping and node.has_event("timer") and _counts_from_now(node):
            yield _warning(
                path,
                node.id,
                "duration-in-loop",
                f"« {node.words} » est dans une boucle : sa durée repart de zéro à chaque tour, et le rythme "
                "se décale. Comptez depuis une date fixe, par exemple mois_apres(debut, rang).",
            )


def _inside_a_loop(scope: Scope) -> bool:
    """Whether a sub-process, or one around it, is itself passed again and again."""
    while scope.parent is not None:
        if any(scope.id in group for group in rounds(scope.parent.next)):
            return True
        scope = scope.parent
    return False


def _counts_from_now(node: Node) -> bool:
    """Whether a timer waits for a length of time, and not for a date."""
    for item in node.xml.iter():
        if local(item) in {"timeDuration", "timeDate"}:
            try:
                parsed = parse((item.text or "").strip())
            except ExpressionError:
                return False
            return not (parsed.names or parsed.functions) or bool(parsed.functions & _FROM_NOW)
    return False


def _warning(path: str, element: str, code: str, message: str) -> Problem:
    return Problem(path, element, "warning", code, message)
