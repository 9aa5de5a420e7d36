"""Agreements, envelopes, quotas and natures of spending, as ``territoire.toml`` words them.

The words (``[conventions]``, ``[enveloppes]``, ``[quotas]``, ``[depenses]``, ``[budget]``) belong to the
release (AST-2, AST-10, CAR-1).
Amounts, counts and dates are live rows; ``[vivant]`` only gives the first ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from app.catalog.source import Section, SettingsFault, listed

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SHAPE: Final = "des minuscules sans accent, des chiffres et « _ »"
MOST: Final = Decimal("9999999999.99")
"""The largest amount, in euros: what a column of twelve figures holds."""
CENT: Final = Decimal("0.01")
SEEN, PRO_RATA, BEGUN, ELAPSED = "constat", "mois_prorata", "mois_commences", "mois_revolus"
RULES: Final = (SEEN, PRO_RATA, BEGUN, ELAPSED)
"""How service done is counted: by what is noted, or by the months that pass."""
LIVE_KEYS: Final = ("conventions", "enveloppes", "quotas")
"""The lists of ``[vivant]`` that this module reads."""
_REMIND_DAYS: Final = 60


@dataclass(frozen=True)
class Nature:
    """A nature of spending: how its service is counted, which forms must be there once it has ended."""

    id: str
    label: str
    rule: str
    final_reports: tuple[str, ...]


@dataclass(frozen=True)
class FirstAgreement:
    """An agreement or a training as first known; ``partner`` is the name of the other party."""

    key: str
    kind: str
    title: str
    partner: str | None
    signed_on: date | None
    starts_on: date
    ends_on: date | None
    remind_on: date | None
    amount: Decimal | None
    advance_limit: Decimal | None
    note: str | None


@dataclass(frozen=True)
class FirstEnvelope:
    """An envelope as first known; ``agreement`` is the key of the agreement that grants it."""

    code: str
    amount: Decimal
    starts_on: date
    ends_on: date | None
    agreement: str | None


@dataclass(frozen=True)
class FirstQuota:
    """A quota as first known; with a ``partner``, the part of one operator."""

    code: str
    count: int
    starts_on: date
    ends_on: date | None
    partner: str | None


@dataclass(frozen=True)
class MoneyWords:
    """The words of a release. ``reports`` are the forms whose lateness blocks a balance (AST-10).

    ``finding`` is what whoever notes a balance must state, of the service done and of its aims; empty when a
    territory asks nothing.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    envelopes: Mapping[str, str] = field(default_factory=dict)
    quotas: Mapping[str, str] = field(default_factory=dict)
    natures: Mapping[str, Nature] = field(default_factory=dict)
    remind_days: int = _REMIND_DAYS
    reports: tuple[str, ...] = ()
    finding: str = ""


@dataclass(frozen=True)
class FirstMoney:
    """The first live rows, from ``[vivant]``."""

    agreements: tuple[FirstAgreement, ...] = ()
    envelopes: tuple[FirstEnvelope, ...] = ()
    quotas: tuple[FirstQuota, ...] = ()


def read_words(root: Section) -> MoneyWords:
    """Read the sections of a territory's words.

    Raises:
        SettingsFault: a value is missing or does not fit.
    """
    budget = root.section("budget")
    budget.only("rappel_jours", "rapports", "constat")
    return MoneyWords(
        kinds=_labels(root.section("conventions")),
        envelopes=_labels(root.section("enveloppes")),
        quotas=_labels(root.section("quotas")),
        natures={section.key: _nature(section) for section in root.sections("depenses", _KEY)},
        remind_days=_or(budget.integer("rappel_jours", low=1, high=730), _REMIND_DAYS),
        reports=tuple(budget.texts("rapports")),
        finding=budget.optional_text("constat") or "",
    )


def read_first(live: Section, words: MoneyWords) -> FirstMoney:
    """Read the lists of ``[vivant]``; each names a word of the release.

    Raises:
        SettingsFault: a value is missing or does not fit.
    """
    agreements = tuple(_agreement(row, words) for row in live.rows("conventions"))
    known = tuple(row.key for row in agreements)
    return FirstMoney(
        agreements=agreements,
        envelopes=tuple(_envelope(row, words, known) for row in live.rows("enveloppes")),
        quotas=tuple(_quota(row, words) for row in live.rows("quotas")),
    )


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _labels(section: Section) -> dict[str, str]:
    section.keys_like(_KEY)
    return {key: section.text(key) for key in section.values}


def _nature(section: Section) -> Nature:
    section.only("libelle", "service_fait", "rapports_fin")
    return Nature(
        id=section.key,
        label=section.text("libelle"),
        rule=section.one_of("service_fait", RULES, default=SEEN),
        final_reports=tuple(section.texts("rapports_fin")),
    )


def _agreement(row: Section, words: MoneyWords) -> FirstAgreement:
    row.only(
        "cle", "genre", "titre", "partenaire", "signee_le", "debut", "fin", "rappel_le", "montant",
        "avance_max", "note",
    )  # fmt: skip
    starts, ends = _dates(row)
    limit = row.number("avance_max")
    if limit is not None and not 0 <= limit <= 100:
        raise SettingsFault(f"« {row.at('avance_max')} » : un pourcentage de 0 à 100 est attendu.")
    return FirstAgreement(
        key=row.text("cle", pattern=_KEY, shape=_SHAPE),
        kind=row.one_of("genre", tuple(words.kinds)),
        title=row.text("titre"),
        partner=row.optional_text("partenaire"),
        signed_on=_optional_date(row, "signee_le"),
        starts_on=starts,
        ends_on=ends,
        remind_on=_optional_date(row, "rappel_le"),
        amount=_amount(row, "montant", required=False),
        advance_limit=Decimal(limit) if limit is not None else None,
        note=row.optional_text("note"),
    )


def _envelope(row: Section, words: MoneyWords, agreements: tuple[str, ...]) -> FirstEnvelope:
    row.only("enveloppe", "montant", "debut", "fin", "convention")
    starts, ends = _dates(row)
    named = row.optional_text("convention")
    if named is not None and named not in agreements:
        raise SettingsFault(
            f"« {row.at('convention')} » : aucune convention de [vivant] n'a la clé « {named[:60]} ». "
            f"Clés : {listed(agreements)}."
        )
    amount = _amount(row, "montant", required=True)
    return FirstEnvelope(
        code=row.one_of("enveloppe", tuple(words.envelopes)),
        amount=amount if amount is not None else Decimal(0),
        starts_on=starts,
        ends_on=ends,
        agreement=named,
    )


def _quota(row: Section, words: MoneyWords) -> FirstQuota:
    row.only("quota", "nombre", "debut", "fin", "partenaire")
    starts, ends = _dates(row)
    count = row.integer("nombre", low=0, high=1_000_000)
    if count is None:
        raise SettingsFault(f"« {row.at('nombre')} » manque : écrivez combien de places il y a.")
    return FirstQuota(
        code=row.one_of("quota", tuple(words.quotas)),
        count=count,
        starts_on=starts,
        ends_on=ends,
        partner=row.optional_text("partenaire"),
    )


def _dates(row: Section) -> tuple[date, date | None]:
    starts, ends = row.a_date("debut"), _optional_date(row, "fin")
    if ends is not None and ends < starts:
        raise SettingsFault(
            f"« {row.at('fin')} » : la fin est avant le début. Corrigez l'une des deux dates."
        )
    return starts, ends


def _optional_date(row: Section, key: str) -> date | None:
    return row.a_date(key) if key in row.values else None


def _amount(row: Section, key: str, *, required: bool) -> Decimal | None:
    value = row.number(key)
    if value is None:
        if required:
            raise SettingsFault(f"« {row.at(key)} » manque : écrivez un montant en euros.")
        return None
    amount = Decimal(value)
    if not 0 <= amount <= MOST or amount != amount.quantize(CENT):
        raise SettingsFault(
            f"« {row.at(key)} » : un montant en euros est attendu, avec au plus deux décimales."
        )
    return amount.quantize(CENT)
