"""Steps answered by a personal link (« invitation »): message there, lane external or alert giver invited."""

from collections.abc import Iterator
from typing import Final

from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import perhaps
from app.checker.problem import Problem

PROPERTY: Final = "invitation"
TO: Final = "invitation_a"
HOUSEHOLD, GIVER = "menage", "donneur_alerte"


def named(model: Model) -> set[str]:
    """Return the messages that invitations name."""
    return {
        item.properties[PROPERTY].strip()
        for rows in model.described.values()
        for item in rows
        if item.properties.get(PROPERTY, "").strip()
    }


def problems(model: Model) -> Iterator[Problem]:
    """Yield the invitations of a whole bundle that would open nothing, or write nothing."""
    if not model.whole or model.settings is None:
        return
    for process, rows in model.described.items():
        path = model.process_files[process]
        for item in rows:
            message = item.properties.get(PROPERTY, "").strip()
            if not message:
                continue
            lane = model.settings.lanes.get(item.lane or "")
            audience = item.properties.get(TO, "").strip() or HOUSEHOLD
            if audience not in {HOUSEHOLD, GIVER}:
                yield Problem(
                    path,
                    item.element,
                    "error",
                    "invitation-audience",
                    f"« {item.name} » invite « {audience} » : « invitation_a » vaut « {HOUSEHOLD} » ou "
                    f"« {GIVER} ».",
                )
            inside = lane is not None and not lane.external and audience == HOUSEHOLD
            if item.kind != "userTask" or inside:
                yield Problem(
                    path,
                    item.element,
                    "error",
                    "invitation-inside",
                    f"« {item.name} » invite le ménage à répondre par un lien, mais n'est pas une étape "
                    "d'un couloir externe. Placez-la dans un couloir « externe = true », invitez le donneur "
                    "d'alerte (« invitation_a »), ou retirez « invitation ».",
                )
            known = inventory.templates(model, "messages")
            if message not in known:
                hint = perhaps(message, sorted(known)) or "Créez ce message, ou corrigez son nom."
                yield Problem(
                    path,
                    item.element,
                    "error",
                    "unknown-template",
                    f"L'étape « {item.name} » invite par le message « {message} », qui n'existe pas. {hint}",
                )
