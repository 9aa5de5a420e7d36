"""Parts of ``indicateurs.toml`` that stand in several places: a breakdown, an expression."""

from decimal import Decimal
from types import MappingProxyType

from app.catalog.indicators import WORDS, Dimension
from app.catalog.source import Section, SettingsFault
from app.expressions import ExpressionError, check


def read_dimension(section: Section) -> Dimension:
    """Read a breakdown: an expression and how its values are written."""
    section.only("libelle", "valeur", "mots", "filtre", "tranches", "libelles", "unite")
    labels = section.section("libelles")
    return Dimension(
        id=section.key,
        label=section.text("libelle"),
        value=read_expression(section, "valeur") or section.text("valeur"),
        words=section.one_of("mots", WORDS, default=None),
        narrows=section.boolean("filtre", default=False),
        bands=_bands(section),
        labels=MappingProxyType({key: labels.text(key) for key in labels.values}),
        unit=section.optional_text("unite") or "",
    )


def _bands(section: Section) -> tuple[Decimal | int, ...]:
    raw = section.values.get("tranches", [])
    numbers = isinstance(raw, list) and all(
        isinstance(item, int | Decimal) and not isinstance(item, bool) for item in raw
    )
    if not numbers or list(raw) != sorted(set(raw)):
        raise SettingsFault(
            f"« {section.at('tranches')} » : des nombres différents, du plus petit au plus grand."
        )
    return tuple(raw)


def read_expression(section: Section, key: str) -> str | None:
    """Return an expression that can be read, None when there is none."""
    text = section.optional_text(key)
    if text is None:
        return None
    try:
        check(text)
    except ExpressionError as fault:
        raise SettingsFault(f"« {section.at(key)} » : {fault}") from fault
    return text
