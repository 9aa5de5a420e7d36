"""Reading ``indicateurs.toml`` with French sentences for whatever does not fit (AST-12)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from app.catalog.funder_reading import read_funder
from app.catalog.indicator_facts import FACTS
from app.catalog.indicator_parts import read_dimension, read_expression
from app.catalog.indicators import (
    FILE,
    FORMATS,
    KEPT,
    MEASURES,
    MOST,
    WHEN,
    Dimension,
    Indicator,
    Indicators,
    ReportPart,
    Targets,
)
from app.catalog.settings import load_toml
from app.catalog.source import Section, SettingsFault
from app.errors import BundleFault

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_STEP: Final = re.compile(r"[a-z][a-zA-Z0-9_]{0,59}(/[a-zA-Z][a-zA-Z0-9_]{0,79})?")
_STEP_SHAPE: Final = "« processus/étape », « ouverture » ou « cloture »"


def parse_indicators(text: str) -> Indicators:
    """Read ``indicateurs.toml``; unknown keys, facts, measures and dimensions are refused.

    Raises:
        BundleFault: with a French sentence that names the place and the remedy.
    """
    try:
        parsed = load_toml(text)
    except BundleFault as fault:
        raise BundleFault(file=FILE, cause=fault.facts["cause"]) from fault.__cause__
    try:
        return _indicators(Section("", parsed))
    except SettingsFault as fault:
        raise BundleFault(file=FILE, cause=str(fault)) from fault


def _indicators(root: Section) -> Indicators:
    root.only("dimensions", "indicateurs", "rapport", "pilotage", "diffusion", "financeur")
    dimensions = {one.key: read_dimension(one) for one in root.sections("dimensions", _KEY)}
    if "mois" in dimensions:
        raise SettingsFault("« dimensions.mois » : chaque indicateur est déjà ventilé par mois. Retirez-la.")
    found = [_indicator(row, dimensions) for row in root.rows("indicateurs")]
    if len(found) > MOST:
        raise SettingsFault(f"« indicateurs » : au plus {MOST} indicateurs.")
    _unique([one.id for one in found], "indicateurs")
    _check_quotients(found)
    report, spread = root.section("rapport"), root.section("diffusion")
    report.only("titre", "premier_mois", "parties")
    spread.only("seuil")
    parts = tuple(_part(row) for row in report.rows("parties"))
    _unique([part.id for part in parts], "rapport.parties")
    return Indicators(
        dimensions=MappingProxyType(dimensions),
        all=tuple(found),
        parts=parts,
        targets=_targets(root.section("pilotage")),
        funder=read_funder(root),
        first_month=report.integer("premier_mois", low=1, high=12) or 1,
        smallest=spread.integer("seuil", low=5, high=50) or 5,  # LAW-9: never under 5
        report_title=report.optional_text("titre") or "Rapport annuel",
    )


_OF_MEASURE: Final[Mapping[str, tuple[str, ...]]] = {
    "somme": ("valeur",), "moyenne": ("valeur",), "mediane": ("valeur",), "taux": ("si",),
    "quotient": ("numerateur", "denominateur"), "repartition": ("par",), "duree": ("de", "a"),
}  # fmt: skip
_KEYS: Final = (
    "id", "libelle", "definition", "mesure", "fait", "formulaire", "tableau", "processus", "etapes",
    "retenir",
    "si", "parmi", "valeur", "distinct", "date", "quand", "numerateur", "denominateur", "de", "a", "par",
    "format", "theme", "source",
)  # fmt: skip


def _indicator(row: Section, dimensions: Mapping[str, Dimension]) -> Indicator:
    row.only(*_KEYS)
    ident = row.text("id", pattern=_KEY, shape="un identifiant en minuscules sans accent")
    named = Section(f"indicateurs.{ident}", row.values)
    measure = named.one_of("mesure", MEASURES)
    fact = FACTS[named.one_of("fait", tuple(FACTS), default="dossiers")]
    for key in (*_OF_MEASURE.get(measure, ()), *(fact.needs if measure != "quotient" else ())):
        if not named.values.get(key):
            raise SettingsFault(f"« {named.at(key)} » manque : « {measure} » de « {fact.id} » le demande.")
    when = named.one_of("quand", WHEN, default="debut")
    if when != "debut" and not fact.lasts:
        raise SettingsFault(f"« {named.at('quand')} » : « {fact.id} » n'a pas de durée. Retirez « quand ».")
    return Indicator(
        id=ident,
        label=named.text("libelle"),
        definition=named.text("definition"),
        measure=measure,
        fact=fact,
        form=named.optional_text("formulaire", pattern=_KEY, shape="l'identifiant d'un formulaire"),
        table=named.optional_text("tableau", pattern=_KEY, shape="la clé d'un tableau"),
        process=named.optional_text("processus", pattern=_KEY, shape="l'identifiant d'un processus"),
        steps=tuple(named.texts("etapes")),
        keep=named.one_of("retenir", KEPT, default="toutes"),
        condition=read_expression(named, "si"),
        among=read_expression(named, "parmi"),
        value=read_expression(named, "valeur"),
        distinct=read_expression(named, "distinct"),
        date=read_expression(named, "date"),
        when=when,
        numerator=named.optional_text("numerateur"),
        denominator=named.optional_text("denominateur"),
        since=named.optional_text("de", pattern=_STEP, shape=_STEP_SHAPE),
        until=named.optional_text("a", pattern=_STEP, shape=_STEP_SHAPE),
        by=tuple(named.texts("par", tuple(dimensions), "la dimension")),
        format=named.one_of("format", FORMATS, default=_usual_format(measure)),
        theme=named.optional_text("theme") or "",
        source=named.optional_text("source") or "",
    )


def _usual_format(measure: str) -> str:
    return {"taux": "pourcent", "duree": "jours", "moyenne": "decimal", "mediane": "decimal"}.get(
        measure, "nombre"
    )


def _check_quotients(found: Sequence[Indicator]) -> None:
    """Refuse a quotient of what does not exist, or of another quotient: each is at most one step deep."""
    known = {one.id: one for one in found}
    for one, name in _named(found):
        other = known.get(name)
        if other is None or other.derived:
            raise SettingsFault(
                f"« indicateurs.{one.id} » : « {name[:60]} » n'est pas un indicateur à diviser. "
                "Nommez un indicateur de ce fichier, qui ne soit pas lui-même un quotient."
            )


def _named(found: Sequence[Indicator]) -> Iterator[tuple[Indicator, str]]:
    for one in found:
        yield from ((one, name) for name in (one.numerator, one.denominator) if name and one.derived)


def _part(row: Section) -> ReportPart:
    row.only("id", "titre", "aide", "obligatoire")
    return ReportPart(
        id=row.text("id", pattern=_KEY, shape="un identifiant en minuscules sans accent"),
        title=row.text("titre"),
        help=row.optional_text("aide") or "",
        required=row.boolean("obligatoire", default=False),
    )


def _targets(section: Section) -> Targets:
    section.only("delais_tenus", "baisse_points", "anciennete_jours", "consommation")
    percent: dict[str, Any] = {"low": 1, "high": 100}
    return Targets(
        kept=section.integer("delais_tenus", **percent),
        drop=section.integer("baisse_points", **percent),
        old=section.integer("anciennete_jours", low=1, high=3650),
        used=section.integer("consommation", **percent),
    )


def _unique(idents: Sequence[str], path: str) -> None:
    twice = sorted({ident for ident in idents if idents.count(ident) > 1})
    if twice:
        raise SettingsFault(f"« {path} » : « {twice[0]} » y figure deux fois.")
