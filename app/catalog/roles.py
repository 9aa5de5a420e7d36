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
    """A lane of the diagrams: who answers its tasks. ``external`` lanes answer by a personal link.

    ``receives`` are the classes that may be shared with it, answer by answer. ``agreement``: it is no social
    work, and the household's recorded agreement must hold this word (``bailleur``); None: it is (LAW-2).
    """

    id: str
    label: str
    roles: tuple[str, ...]
    external: bool
    receives: frozenset[str] = frozenset(CLASSES[:2])
    agreement: str | None = None


@dataclass(frozen=True)
class Role:
    """A role with its permissions and the field classes it may collect, read, and read back.

    ``reread`` are classes the person reads only in answers they gave themselves, until the step
    ``reread_until`` (an element id) is done in that process; for ever when it is None (LAW-1).
    ``limited``: its holders see the cases entrusted to the structure they work for, and no other.
    ``read_forms``: forms of which they read the technical answers besides (LAW-7).
    """

    id: str
    label: str
    permissions: frozenset[str]
    collect: frozenset[str]
    read: frozenset[str]
    reread: frozenset[str]
    reread_until: str | None
    limited: bool = False
    read_forms: frozenset[str] = frozenset()


def read_roles(root: Section) -> dict[str, Role]:
    """Read ``[roles.<id>]``."""
    return {section.key: _role(section) for section in root.sections("roles", _KEY)}


def read_lanes(root: Section, roles: Mapping[str, Role]) -> dict[str, Lane]:
    """Read ``[couloirs.<id>]``, whose roles are among ``roles``."""
    return {section.key: _lane(section, roles) for section in root.sections("couloirs", _KEY)}


def _role(section: Section) -> Role:
    section.only(
        "libelle", "droits", "collecte", "lecture", "lecture_formulaires", "relecture", "relecture_jusqua",
        "perimetre",
    )  # fmt: skip
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
        read_forms=frozenset(section.texts("lecture_formulaires")),
    )


def _lane(section: Section, roles: Mapping[str, Role]) -> Lane:
    section.only("libelle", "roles", "externe", "recoit", "hors_travail_social", "accord")
    external = section.boolean("externe", default=False)
    named = tuple(section.texts("roles", tuple(roles), "le rôle"))
    if not named and not external:
        raise SettingsFault(
            f"« {section.path} » : nommez au moins un rôle, ou écrivez « externe = true » si ce couloir "
            "répond par un lien personnel."
        )
    receives = section.texts("recoit", CLASSES, "la classe") if "recoit" in section.values else CLASSES[:2]
    return Lane(
        id=section.key,
        label=section.text("libelle"),
        roles=named,
        external=external,
        receives=frozenset(receives),
        agreement=_agreement_for(section),
    )


def _agreement_for(section: Section) -> str | None:
    """Read what the household must have agreed to before anything is shared with a lane (LAW-2)."""
    outside = section.boolean("hors_travail_social", default=False)
    word = section.optional_text(
        "accord", pattern=_KEY, shape="un mot de la portée de l'accord (« bailleur »)"
    )
    if outside and word is None:
        raise SettingsFault(
            f"« {section.path} » : ce couloir n'est pas du travail social : écrivez dans « accord » le mot "
            'que l\'accord du ménage doit contenir pour partager avec lui, par exemple accord = "bailleur".'
        )
    if word is not None and not outside:
        raise SettingsFault(
            f"« {section.path} » : « accord » ne sert qu'avec « hors_travail_social = true ». Ajoutez-le, ou "
            "retirez « accord »."
        )
    return word
