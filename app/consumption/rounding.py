"""Where exact sums become figures that people read: the only place where consumption is rounded."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

CENT: Final = Decimal("0.01")
TENTH: Final = Decimal("0.1")


def rounded(value: Fraction, step: Decimal) -> Decimal:
    """Return the nearest multiple of ``step``, a half going away from zero, as bills do."""
    places = Fraction(step)
    twice = abs(value) / places * 2
    whole = (twice.numerator // twice.denominator + 1) // 2
    return (Decimal(whole) * step * (-1 if value < 0 else 1)).quantize(step, ROUND_HALF_UP)


def cents(euros: Fraction) -> Decimal:
    """Return euros to the cent."""
    return rounded(euros, CENT)
