"""The step whose capacity is planned must be drawn: ``[capacite]`` (MTP-6)."""

from collections.abc import Iterator

from app.catalog.settings import FILE as SETTINGS_FILE
from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import perhaps
from app.checker.problem import Problem
from app.engine.diagram import bpmn


def problems(model: Model) -> Iterator[Problem]:
    """Yield an error when ``[capacite]`` names a step that no diagram asks of a person."""
    if not model.whole or model.settings is None or model.settings.capacity is None:
        return
    wanted = model.settings.capacity
    named = f"{wanted.process}/{wanted.element}"
    steps = sorted(_steps(model))
    if named in steps or not inventory.diagrams_all_read(model):
        return
    hint = perhaps(named, steps) or "Écrivez « processus/etape », comme dans le diagramme."
    yield Problem(
        SETTINGS_FILE,
        "capacite.etape",
        "error",
        "unknown-step",
        f"L'étape « {named} » n'est dans aucun diagramme. {hint}",
    )


def _steps(model: Model) -> Iterator[str]:
    for root in model.roots.values():
        for process in bpmn(root, "process"):
            for kind in ("userTask", "manualTask"):
                yield from (f"{process.get('id', '')}/{node.get('id', '')}" for node in bpmn(process, kind))
