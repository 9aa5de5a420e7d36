"""Reading what the product counted: a value, the counts by a dimension, a share in percent."""

from decimal import Decimal

from app.services.indicators_sums import TOTAL, Counted


def value(counted: Counted, ident: str, place: tuple[str, str] = TOTAL) -> Decimal | None:
    """Return what an indicator counted, in all or at one place of it."""
    cell = counted[ident].get(place)
    return cell.value if cell is not None else None


def by(counted: Counted, ident: str, dimension: str) -> dict[str, int]:
    """Return what an indicator counted under each word of a dimension."""
    return {key: cell.count for (name, key), cell in counted[ident].items() if name == dimension}


def share(pair: tuple[int, int]) -> Decimal | None:
    """Return a part of a whole in percent, None without any."""
    return Decimal(pair[0]) * 100 / pair[1] if pair[1] else None
