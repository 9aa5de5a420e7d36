"""Steps that are held as meetings: the table of their rows exists, and the message of a report too."""

from collections.abc import Iterator

from app.checker import inventory
from app.checker.model import Model
from app.checker.problem import Problem
from app.engine import Described

SITTING, REPORT = "seance", "report"
"""Properties of the step (``services.meetings``, ``services.meeting_plan``)."""
_TABLE = "tableau"


def problems(model: Model) -> Iterator[Problem]:
    """Yield the steps that could not be held as their properties say."""
    forms = {key: form for key, (_, form) in model.forms.items()}
    for path, step in _steps(model):
        named, form = step.properties.get(SITTING, "").strip(), forms.get((step.form or "").strip())
        if form is not None and named:
            field = form.field(named)
            if field is None or field.type != _TABLE:
                tables = [item.key for item in form.fields if item.type == _TABLE]
                hint = f"Écrivez {' ou '.join(f'« {key} »' for key in tables)}" if tables else "Ajoutez-en un"
                yield Problem(
                    path, step.element, "error", "bad-meeting",
                    f"Cette étape se tient en séance sur le tableau « {named} », que son formulaire "
                    f"« {form.id} » n'a pas. {hint}, ou retirez la propriété « seance ».",
                )  # fmt: skip
        message = step.properties.get(REPORT, "").strip()
        if model.whole and message and message not in inventory.templates(model, "messages"):
            yield Problem(
                path, step.element, "error", "unknown-template",
                f"Le message « {message} » n'existe pas. Créez messages/{message}.txt, ou corrigez la "
                "propriété « report ».",
            )  # fmt: skip


def reports(model: Model) -> frozenset[str]:
    """Return the messages that tell of a meeting put off."""
    return frozenset(name for _, step in _steps(model) if (name := step.properties.get(REPORT, "").strip()))


def _steps(model: Model) -> Iterator[tuple[str, Described]]:
    for process, steps in model.described.items():
        for step in steps:
            if SITTING in step.properties or REPORT in step.properties:
                yield model.process_files[process], step
