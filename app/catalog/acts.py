"""Acts (« gestes »): what people start by hand at any time, a visit noted, a rupture told, an event."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from app.catalog.source import Section, SettingsFault

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
Of = Literal["dossier", "territoire"]


@dataclass(frozen=True)
class Act:
    """One act: the process it starts, which roles may, for a case or for the territory.

    ``during`` is a process that must be under way in the case. ``open_if`` is an expression over
    ``reglages``, ``dossier`` and ``territoire``; while it is false the act is shown closed, with
    ``closed_because`` as its reason.
    """

    id: str
    label: str
    process: str
    roles: tuple[str, ...]
    of: Of = "dossier"
    during: str | None = None
    help: str = ""
    open_if: str = ""
    closed_because: str = ""

    @property
    def of_case(self) -> bool:
        """Whether it is done for one case; else for the territory."""
        return self.of == "dossier"


def read_acts(root: Section, roles: tuple[str, ...]) -> Mapping[str, Act]:
    """Read ``[gestes.<id>]``.

    Raises:
        SettingsFault: a value is missing, a role is unknown, or a condition has no reason in words.
    """
    return MappingProxyType({item.key: _act(item, roles) for item in root.sections("gestes", _KEY)})


def _act(section: Section, roles: tuple[str, ...]) -> Act:
    section.only("libelle", "processus", "roles", "pour", "pendant", "aide", "ouvert_si", "sinon")
    shape = "l'identifiant d'un processus"
    of: Of = (
        "territoire"
        if section.one_of("pour", ("dossier", "territoire"), "dossier") != "dossier"
        else "dossier"
    )
    named = tuple(section.texts("roles", roles, "le rôle"))
    during = section.optional_text("pendant", pattern=_KEY, shape=shape)
    open_if, reason = section.optional_text("ouvert_si") or "", section.optional_text("sinon") or ""
    if not named:
        raise _fault(section, "roles", "nommez au moins un rôle qui peut faire ce geste.")
    if during is not None and of == "territoire":
        raise _fault(section, "pendant", "un geste du territoire n'a pas de dossier. Retirez « pendant ».")
    if open_if and not reason:
        raise _fault(
            section,
            "sinon",
            "dites en une phrase pourquoi ce geste est fermé tant que « ouvert_si » est faux.",
        )
    return Act(
        id=section.key,
        label=section.text("libelle"),
        process=section.text("processus", pattern=_KEY, shape=shape),
        roles=named,
        of=of,
        during=during,
        help=section.optional_text("aide") or "",
        open_if=open_if,
        closed_because=reason,
    )


def _fault(section: Section, key: str, sentence: str) -> SettingsFault:
    return SettingsFault(f"« {section.at(key)} » : {sentence}")
