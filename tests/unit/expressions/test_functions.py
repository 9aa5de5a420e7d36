from decimal import Decimal

import pytest

from app.expressions import evaluate


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(2.345, 2)", Decimal("2.35")),
        ("round(7, 2)", Decimal("7.00")),
        ("abs(-3.5)", Decimal("3.5")),
        ("sum(1, 2.5, null)", Decimal("3.5")),
        ("sum([])", 0),
        ("sum(colonne(gestes, 'cout'))", Decimal("12.50")),
        ("len(colonne(rien, 'cout'))", 0),
        ("compte(froid, impaye, coupure) >= 2", True),
        ("compte(colonne(gestes, 'fait'))", 1),
        ("nombre('1 234,50')", Decimal("1234.50")),
        ("nombre('1\u202f234')", Decimal(1234)),
        ("nombre('', 0)", 0),
        ("nombre(rien, 0) + 1", 1),
        ("taux(900, 9000)", Decimal(10)),
        ("taux(rien, 9000) is None", True),
        ("taux(900, 0) is None", True),
        ("len(rien)", 0),
        ("texte(12.50) + ' €'", "12.50 €"),
        ("texte(date('2026-01-31'))", "2026-01-31"),
        ("texte(rien)", ""),
        ("max([3, 1, 2])", 3),
        ("min(date('2026-02-01'), date('2026-01-31')) == date('2026-01-31')", True),
    ],
)
def test_a_function_of_the_designers_gives(text: str, expected: object) -> None:
    names = {
        "rien": None,
        "froid": True,
        "impaye": False,
        "coupure": "oui",
        "gestes": [{"cout": Decimal("10.00"), "fait": True}, {"cout": Decimal("2.50"), "fait": False}, {}],
    }
    result = evaluate(text, names)
    assert result == expected
    assert type(result) is type(expected)
