"""``[annuaire]``: the words of the directory's sheets, and how long a sheet stays trusted (ANG-5, F11)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.catalog.source import Section, SettingsFault

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]{0,59}")
_PERIOD: Final = re.compile(r"P(?:[1-9]\d{0,2})[DWMY]")
_ANSWER: Final = re.compile(r"[a-z][a-z0-9_]{0,59}\.[a-z][a-z0-9_]{0,59}")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

CHECKED: Final = "P6M"
"""How long a sheet that was verified stays trusted, unless the territory says otherwise (ANG-5)."""
COMPETENCES: Final = MappingProxyType(
    {"social": "Sociale", "technique": "Technique", "financier": "Financière", "juridique": "Juridique"}
)
"""What a structure is able to do, unless the territory has words of its own (F11)."""


@dataclass(frozen=True)
class Need:
    """A need of a household as people name it; structures of these ``kinds`` answer it unless their sheet
    says which needs they answer."""

    id: str
    label: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Directory:
    """The words of the sheets. A territory that says nothing has sheets all the same.

    ``checked``: a duration such as ``P6M``. ``income_from``: the answer that holds the income class of a
    household (``signalement.tranche_revenus``), None when no form asks it; ``tenure_from`` likewise, the
    dwelling's own tenure unless said.
    """

    checked: str = CHECKED
    title: str = "Guide-répertoire"
    competences: Mapping[str, str] = field(default_factory=lambda: COMPETENCES)
    publics: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    tenures: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    incomes: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    needs: Mapping[str, Need] = field(default_factory=lambda: MappingProxyType({}))
    income_from: str | None = None
    tenure_from: str | None = None


def read_directory(section: Section, kinds: tuple[str, ...]) -> Directory:
    """Read ``[annuaire]``.

    Args:
        section: the table; empty when the file has none.
        kinds: the kinds of partner that the territory knows.

    Raises:
        SettingsFault: a value does not fit.
    """
    section.only(
        "verification", "titre", "competences", "publics", "statuts", "revenus", "besoins", "revenu_de",
        "statut_de",
    )  # fmt: skip
    answer = "la réponse d'un formulaire, comme « signalement.tranche_revenus »"
    return Directory(
        checked=section.optional_text("verification", pattern=_PERIOD, shape="une durée, comme P6M")
        or CHECKED,
        title=section.optional_text("titre") or Directory.title,
        competences=_words(section, "competences") or COMPETENCES,
        publics=_words(section, "publics"),
        tenures=_words(section, "statuts"),
        incomes=_words(section, "revenus"),
        needs=MappingProxyType({one.key: _need(one, kinds) for one in section.sections("besoins", _KEY)}),
        income_from=section.optional_text("revenu_de", pattern=_ANSWER, shape=answer),
        tenure_from=section.optional_text("statut_de", pattern=_ANSWER, shape=answer),
    )


def _words(section: Section, key: str) -> Mapping[str, str]:
    """Return words of the file: a key, its label; keys are answers of forms, so capitals are allowed."""
    table = section.section(key)
    table.keys_like(_WORD)
    return MappingProxyType({word: table.text(word) for word in table.values})


def _need(section: Section, kinds: tuple[str, ...]) -> Need:
    section.only("libelle", "genres")
    named = tuple(section.texts("genres", kinds, "le genre de partenaire")) if kinds else ()
    if not kinds and section.values.get("genres"):
        raise SettingsFault(f"« {section.at('genres')} » : le territoire n'a pas de genre de partenaire.")
    return Need(section.key, section.text("libelle"), named)
