"""Campaigns that go to the doors: ``[campagne]`` of ``territoire.toml`` (CAR-5).

What is asked, when a door counts as absent, set aside or accepting, who is shown as eligible and how a yes
becomes an alert are rules of the territory: expressions over ``porte`` (the answers given at the door),
``cible`` (``adresse``, ``commune``), ``tournee`` (``nom``), ``jour`` and ``reglages``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.catalog.source import Section, SettingsFault
from app.expressions import ExpressionError, check

NAMES: Final = ("porte", "cible", "tournee", "jour", "reglages")
"""First names that the expressions of a campaign read."""
CEILINGS: Final = ("TM", "MO", "INT")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SHAPE: Final = "l'identifiant d'un formulaire"


@dataclass(frozen=True)
class Campaigns:
    """The rules of the campaigns of a territory.

    ``role`` gives what whoever knocks without an account may collect. ``ceiling`` is the Anah category whose
    ceilings are shown before the field ``ceiling_field``. ``passes``: times one door is knocked at, at most.
    ``forget_days``: days after the close at which targets lose their addresses. ``alert`` gives the fields of
    the alert that a yes opens, each by an expression. ``document``: the template of the results.
    """

    form: str
    role: str
    accepted_if: str
    absent_if: str
    set_aside_if: str
    eligible_if: str
    reason: str | None
    ceiling: str | None
    ceiling_field: str | None
    passes: int
    forget_days: int
    alert: Mapping[str, str]
    document: str | None

    @property
    def expressions(self) -> Mapping[str, str]:
        """Every expression by the key that holds it."""
        own = {
            "accord_si": self.accepted_if, "absent_si": self.absent_if, "ecarte_si": self.set_aside_if,
            "eligible_si": self.eligible_if,
        }  # fmt: skip
        return own | {f"signalement.{key}": text for key, text in self.alert.items()}


def read_campaigns(section: Section, roles: tuple[str, ...]) -> Campaigns:
    """Read ``[campagne]``.

    Raises:
        SettingsFault: a value is missing, does not fit, or an expression cannot be read.
    """
    section.only(
        "formulaire", "role", "accord_si", "absent_si", "ecarte_si", "eligible_si", "motif", "plafond",
        "plafond_avant", "passages", "oubli_jours", "signalement", "document",
    )  # fmt: skip
    named = section.text("role")
    if named not in roles:
        raise SettingsFault(
            f"« {section.at('role')} » : le rôle « {named} » n'existe pas dans [roles]. Corrigez-le."
        )
    alert = section.section("signalement")
    alert.keys_like(_KEY)
    found = Campaigns(
        form=section.text("formulaire", pattern=_KEY, shape=_SHAPE),
        role=named,
        accepted_if=section.text("accord_si"),
        absent_if=section.optional_text("absent_si") or "False",
        set_aside_if=section.optional_text("ecarte_si") or "False",
        eligible_if=section.optional_text("eligible_si") or "False",
        reason=section.optional_text("motif", pattern=_KEY, shape="l'identifiant d'un champ"),
        ceiling=section.one_of("plafond", CEILINGS, default=None),
        ceiling_field=section.optional_text("plafond_avant", pattern=_KEY, shape="l'identifiant d'un champ"),
        passes=section.integer("passages", low=1, high=10) or 2,
        forget_days=section.integer("oubli_jours", low=1, high=3_650) or 30,
        alert=MappingProxyType({key: alert.text(key) for key in alert.values}),
        document=section.optional_text("document", pattern=_KEY, shape="le nom d'un modèle de document"),
    )
    for key, text in found.expressions.items():
        _read(section, key, text)
    return found


def _read(section: Section, key: str, text: str) -> None:
    try:
        names = check(text)
    except ExpressionError as fault:
        raise SettingsFault(f"« {section.at(key)} » : {fault}") from fault
    strange = sorted(name for name in names if name.partition(".")[0] not in NAMES)
    if strange:
        raise SettingsFault(
            f"« {section.at(key)} » lit « {strange[0]} », inconnu ici. Une campagne lit "
            f"{', '.join(f'« {name} »' for name in NAMES)}."
        )
