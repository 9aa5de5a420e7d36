"""What the engine refuses to run, or warns of."""

from collections.abc import Iterator

from app.checker.model import Model
from app.checker.past_faults import sentence
from app.checker.report import Problem
from app.engine import examine


def problems(model: Model) -> Iterator[Problem]:
    """Yield what the engine finds in the readable diagrams."""
    diagrams = {path: model.files[path] for path in model.roots}
    for finding in examine(diagrams, whole=model.whole):
        yield Problem(
            finding.file, finding.element or "", finding.severity, finding.code, sentence(finding.cause)
        )
