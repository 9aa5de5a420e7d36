"""Who reads which class of answers, and what changes when a field changes class (LAW-1)."""

from collections.abc import Mapping
from typing import Final

from app.access import CLASSES
from app.catalog.roles import Role
from app.catalog.settings import Settings

_RIGHTS: Final = (
    ("read", "La liront désormais", "Ne la liront plus"),
    ("reread", "Pourront relire celle qu'ils ont écrite", "Ne pourront plus relire celle qu'ils ont écrite"),
    ("collect", "Pourront désormais la recueillir", "Ne pourront plus la recueillir"),
)
_CLOSED: Final = (
    "Une condition du parcours ne peut plus la lire directement : il y faut une table de décision ou une "
    "opération entre les deux."
)


def class_change(settings: Settings, before: str, after: str) -> list[str]:
    """Return the sentences that tell who gains and who loses a field that changes class."""
    if before == after:
        return []
    sentences = []
    for right, gains, loses in _RIGHTS:
        gained = _roles(settings.roles, right, after, but=before)
        lost = _roles(settings.roles, right, before, but=after)
        sentences += [f"{gains} : {', '.join(gained)}."] if gained else []
        sentences += [f"{loses} : {', '.join(lost)}."] if lost else []
    kinds = settings.partner_kinds.values()
    shut = sorted(kind.label for kind in kinds if before in kind.receives and after not in kind.receives)
    opened = sorted(kind.label for kind in kinds if after in kind.receives and before not in kind.receives)
    sentences += [f"Ne pourra plus être transmise à : {', '.join(shut)}."] if shut else []
    sentences += [f"Pourra être transmise à : {', '.join(opened)}."] if opened else []
    return [*sentences, _CLOSED] if before == CLASSES[0] else sentences


def _roles(roles: Mapping[str, Role], right: str, classe: str, *, but: str) -> list[str]:
    return sorted(
        role.label
        for role in roles.values()
        if classe in getattr(role, right) and but not in getattr(role, right)
    )
