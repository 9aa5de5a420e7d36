"""Who answers what: the lanes of the diagrams and the roles of the people who hold them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.access import CLASSES, PERMISSIONS
from app.catalog.source import Section, SettingsFault

PERIMETERS: tuple[str, ...] = ("territoire", "structure")
"""Whose cases the holders of a role see: the whole territory's, those entrusted to their structure."""

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class Lane:
    """A lane of the diagrams: who answers its tasks. ``external`` lanes answer by a personal link."""

    id: str
    label: str
    roles: tuple[str, ...]
    external: bool


@dataclass(frozen=True)
class Role:
    """A role with its permissions and the field classes it may collect, read, and read back.

    ``reread`` are classes the person reads only in answers they gave themselves, until the step
    ``reread_until`` (an element id) is done in that process; for ever when it is None (LAW-1).
    ``limited``: its holders see the cases entrusted to the structure they work for, and no other.
    """

    id: str
    label: str
    permissions: frozenset[str]
    collect: frozenset[str]
    read: frozenset[str]
    reread: frozenset[str]
    reread_until: str | None
    limited: bool = False


def read_roles(root: Section) -> dict[str, Role]:
    """Read ``[roles.<id>]``."""
    return {section.key: _role(section) for section in root.sections("roles", _KEY)}


def read_lanes(root: Section, roles: Mapping[str, Role]) -> dict[str, Lane]:
    """Read ``[couloirs.<id>]``, whose roles are among ``roles``."""
    return {section.key: _lane(section, roles) for section in root.sections("couloirs", _KEY)}


def _role(section: Section) -> Role:
    section.only("libelle", "droits", "collecte", "lecture", "relecture", "relecture_jusqua", "perimetre")
    return Role(
        id=section.key,
        label=section.text("libelle"),
        permissions=frozenset(section.texts("droits", sorted(PERMISSIONS), "le droit")),
        collect=frozenset(section.texts("collecte", CLASSES, "la classe")),
        read=frozenset(section.texts("lecture", CLASSES, "la classe")),
        reread=frozenset(section.texts("relecture", CLASSES, "la classe")),
        reread_until=section.optional_text(
            "relecture_jusqua", pattern=_KEY, shape="l'identifiant d'une étape"
        ),
        limited=section.one_of("perimetre", PERIMETERS, default=PERIMETERS[0]) == "structure",
    )


def _lane(section: Section, roles: Mapping[str, Role]) -> Lane:
    section.only("libelle", "roles", "externe")
    external = section.boolean("externe", default=False)
    named = tuple(section.texts("roles", tuple(roles), "le rôle"))
    if not named and not external:
        raise SettingsFault(
            f"« {section.path} » : nommez au moins un rôle, ou écrivez « externe = true » si ce couloir "
            "répond par un lien personnel."
        )
    return Lane(id=section.key, label=section.text("libelle"), roles=named, external=external)
