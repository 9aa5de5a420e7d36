"""Nothing that is published gives a count under five back (LAW-9)."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.suppression import LEAST, Published, publish, publish_list


def test_a_table_without_a_small_count_is_published_whole() -> None:
    assert publish([[5, 7], [0, 9]]) == Published(((5, 7), (0, 9)), (12, 9), (5, 16), 21)


def test_a_small_count_is_hidden_with_what_would_give_it_back() -> None:
    shown = publish([[3, 12, 40], [20, 15, 30], [50, 60, 70]])
    assert shown.rows == ((None, None, 40), (None, None, 30), (50, 60, 70))
    assert shown.row_totals == (55, 65, 180)
    assert shown.column_totals == (73, 87, 140)


def test_small_counts_that_stand_together_are_not_told_by_their_sum() -> None:
    shown = publish([[1, 1, 40, 50], [60, 70, 80, 90]])
    assert shown.rows[0][:3] == (None, None, None)
    cells, total = publish_list([1, 1, 40])
    assert (cells, total) == ((None, None, None), 42)


def test_a_small_total_is_hidden_too_and_a_single_count_takes_its_total_with_it() -> None:
    assert publish_list([3, 0]) == ((None, 0), None)
    assert publish_list([3]) == ((None,), None)
    assert publish_list([0, 0]) == ((0, 0), 0)
    assert publish_list([]) == ((), 0)
    assert publish([]) == Published((), (), (), 0)


def test_uneven_and_negative_tables_are_refused() -> None:
    for rows in ([[1], [1, 2]], [[-1]]):
        with pytest.raises(ValueError, match="counts"):
            publish(rows)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4))
@settings(deadline=None, max_examples=40)
def test_no_list_gives_a_small_count_back(counts: list[int]) -> None:
    cells, total = publish_list(counts)
    fitting = [
        guess
        for guess in product(range(14), repeat=len(counts))
        if all(shown in (None, cell) for shown, cell in zip(cells, guess, strict=True))
        and (total is None or sum(guess) == total)
    ]
    for place, count in enumerate(counts):
        if 0 < count < LEAST:
            assert len({guess[place] for guess in fitting}) > 1


@given(st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2), min_size=2, max_size=2))
@settings(deadline=None, max_examples=25)
def test_no_table_gives_a_small_count_back(rows: list[list[int]]) -> None:
    shown = publish(rows)
    told = [*shown.rows[0], *shown.rows[1], *shown.row_totals, *shown.column_totals, shown.total]
    fitting = [guess for guess in product(range(13), repeat=4) if _agrees(guess, told)]
    for place, count in enumerate(count for row in rows for count in row):
        if 0 < count < LEAST:
            assert len({guess[place] for guess in fitting}) > 1, (rows, shown)


def _agrees(guess: tuple[int, ...], told: list[int | None]) -> bool:
    a, b, c, d = guess
    sums = [a, b, c, d, a + b, c + d, a + c, b + d, a + b + c + d]
    return all(known is None or known == value for known, value in zip(told, sums, strict=True))
