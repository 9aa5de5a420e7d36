"""Who pays a programme, for which part (MTP-6)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.funders import Funder, read_funders, split
from app.catalog.source import Section, SettingsFault

TWO = (Funder("cee", "CEE", Decimal(70)), Funder("ccas", "CCAS", Decimal(30)))


@given(st.decimals(min_value=0, max_value=10_000_000, places=2))
def test_each_funder_pays_its_part_and_no_cent_is_lost(amount: Decimal) -> None:
    parts = split(amount, TWO)
    assert sum((part.amount for part in parts), Decimal(0)) == amount
    assert abs(parts[0].amount - amount * Decimal("0.7")) <= Decimal("0.005")
    assert split(amount, ()) == []


@pytest.mark.parametrize("parts", [{"a": 70, "b": 20}, {"a": 0, "b": 100}, {"a": 120}])
def test_parts_that_are_no_whole_are_refused_in_a_sentence(parts: dict[str, int]) -> None:
    named = {key: {"libelle": key, "part": part} for key, part in parts.items()}
    with pytest.raises(SettingsFault, match="financeurs"):
        read_funders(Section("", {"financeurs": named}))


def test_without_the_section_nobody_is_named() -> None:
    assert read_funders(Section("", {})) == ()
