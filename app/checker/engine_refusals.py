"""What the engine refuses to run, or warns of."""

from collections.abc import Iterator

from app.checker import inventory
from app.checker.files.past_faults import sentence
from app.checker.model import Model
from app.checker.problem import Problem
from app.engine import examine
from app.engine.diagram import bpmn


def problems(model: Model) -> Iterator[Problem]:
    """Yield what the engine finds in the readable diagrams."""
    diagrams = {path: model.files[path] for path in model.roots}
    for finding in examine(diagrams, whole=model.whole):
        if finding.code == "unknown-call" and _stands_in_broken(model, finding.file, finding.element):
            continue
        yield Problem(
            finding.file, finding.element or "", finding.severity, finding.code, sentence(finding.cause)
        )


def _stands_in_broken(model: Model, file: str, element: str | None) -> bool:
    """Whether the process called stands in a file that has a fault of its own."""
    nodes = bpmn(model.roots[file], "callActivity") if file in model.roots else ()
    called = {node.get("calledElement") for node in nodes if node.get("id") == element}
    return bool(called & inventory.processes(model))
