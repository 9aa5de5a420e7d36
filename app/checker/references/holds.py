"""The steps whose deadlines another step holds (« arrete_delais »): each stands in a diagram (AST-4)."""

import re
from collections.abc import Iterator
from typing import Final

from app.checker.model import Model
from app.checker.names.catalogue import perhaps
from app.checker.problem import Problem

PROPERTY: Final = "arrete_delais"
_STEP: Final = "userTask"


def problems(model: Model) -> Iterator[Problem]:
    """Yield the steps of people that a whole bundle holds in vain."""
    if not model.whole:
        return
    known = sorted({item.element for rows in model.described.values() for item in rows if item.kind == _STEP})
    for process, rows in model.described.items():
        for item in rows:
            for name in re.findall(r"\w+", item.properties.get(PROPERTY, "")):
                if name not in known:
                    yield Problem(
                        model.process_files[process],
                        item.element,
                        "error",
                        "unknown-held-step",
                        f"L'étape « {item.name} » arrête le délai de « {name} », qui n'est pas une étape. "
                        f"{perhaps(name, known) or 'Corrigez « arrete_delais ».'}",
                    )
