"""CARENE's indicators equal an independent recomputation, over a simulated year (AST-12, CAR-3 to CAR-13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.catalog.bundle import resolve
from app.database import db, transaction
from app.models import Case, Commitment, DoorAnswer, Dwelling, IndicatorFact, Orientation, Submission, Task
from app.services import erasing, indicators
from app.services.indicators_periods import Period
from app.services.indicators_sums import Counted
from app.simulator import Plan, simulate
from tests.services.counted import by, share, value
from tests.services.indicators_oracle import Oracle, Rows

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Year:
    """What the product counted of a simulated life, the bare rows, and the same after an erasure."""

    counted: dict[Period, Counted]
    kept: dict[Period, Counted]
    rows: Rows
    frozen: int


def _plain(entity: Any, *names: str) -> list[dict[str, Any]]:
    columns = [getattr(entity, name) for name in names]
    return [dict(zip(names, row, strict=True)) for row in db.session.execute(select(*columns))]


def bare_rows() -> Rows:
    """Return what the database holds, as plain dictionaries."""
    cases = db.session.execute(
        select(Case.id, Case.opened_at, Case.closed_at, Dwelling.insee).join(
            Dwelling, Dwelling.id == Case.dwelling_id
        )
    )
    return Rows(
        cases=[row._asdict() for row in cases],
        submissions=_plain(Submission, "id", "case_id", "form", "scope", "answers", "at"),
        tasks=_plain(Task, "case_id", "element", "status", "due_at", "completed_at"),
        orientations=_plain(Orientation, "id", "case_id", "status", "created_at"),
        doors=_plain(DoorAnswer, "outcome", "said_at"),
        spent=_plain(Commitment, "amount", "released", "engaged_on"),
    )


@pytest.fixture(scope="module")
def year() -> Iterator[Year]:
    plan = Plan(households=12, months=12, seed=1)
    periods: list[Period] = []
    found: dict[str, Any] = {}

    def look() -> None:
        rows = bare_rows()
        opened = [row["opened_at"].date() for row in rows.cases]
        first = min(opened).replace(day=1)
        periods.extend([Period(date(first.year, 1, 1), date(first.year, 12, 31))])
        periods.append(Period(date(first.year, 1, 1), date(first.year, 6, 30)))
        periods.append(Period(date(first.year, 7, 1), date(first.year + 1, 6, 30)))
        counted = {period: indicators.figures(period) for period in periods}
        doomed = [row["id"] for row in rows.cases if row["closed_at"] is not None]
        for case_id in doomed:
            with transaction() as session:
                case = session.get_one(Case, case_id)
                erasing.forget(case)
                case.erased_at = clock.now()
        frozen = len(db.session.scalars(select(IndicatorFact.id)).all())
        kept = {period: indicators.figures(period) for period in periods}
        found.update(counted=counted, rows=rows, kept=kept, frozen=frozen)

    simulate(resolve(ROOT, "carene"), plan, inspect=look)
    yield Year(found["counted"], found["kept"], found["rows"], found["frozen"])


def test_every_indicator_of_carene_equals_its_recomputation_from_bare_rows(year):
    assert len(year.rows.cases) >= 12
    for period, counted in year.counted.items():
        oracle = Oracle(year.rows, period.first, period.last)
        count, origins, communes = oracle.situations()
        assert value(counted, "situations_detectees") == count
        assert by(counted, "situations_detectees", "origine") == origins
        assert by(counted, "situations_detectees", "commune") == communes
        assert value(counted, "structures_alertantes") == oracle.structures()
        assert value(counted, "situations_suivies") == oracle.followed()
        visits, passages = oracle.visits()
        assert value(counted, "visites") == visits
        assert value(counted, "passages") == share((visits, passages))
        assert value(counted, "diagnostics_valides") == oracle.diagnoses()
        asked, states, taken = oracle.referrals()
        assert value(counted, "orientations") == asked
        assert by(counted, "orientations", "etat_orientation") == states
        assert value(counted, "prises_en_charge") == share((taken, asked))
        assert value(counted, "situations_reglees") == oracle.settled()
        assert value(counted, "satisfaction") == share(oracle.content())
        assert value(counted, "delais_tenus") == share(oracle.in_time())
        kits, cost = oracle.kits()
        assert value(counted, "kits") == kits
        assert value(counted, "cout_kits") == cost
        assert value(counted, "cout_menage") == (cost / visits if visits else None)
        doors, (events, came) = oracle.doors(), oracle.events()
        assert by(counted, "portes", "issue_porte") == doors
        assert value(counted, "portes") == sum(doors.values())
        assert value(counted, "accords_porte") == share((doors["accord"], doors["accord"] + doors["refus"]))
        assert (value(counted, "evenements"), value(counted, "participants")) == (events, came)
        assert (value(counted, "depenses"), value(counted, "cout_par_menage")) == oracle.cost()
        to_visit, lasted = oracle.days_to_visit(), oracle.days_open()
        assert value(counted, "delai_visite") == (Decimal(median(to_visit)) if to_visit else None)
        assert value(counted, "duree_accompagnement") == (Decimal(median(lasted)) if lasted else None)


def test_the_year_is_the_sum_of_its_halves_where_facts_are_counted_once(year):
    whole, first_half, _ = year.counted.values()
    oracle = Oracle(year.rows, date(2026, 7, 1), date(2026, 12, 31))
    assert value(whole, "visites") == value(first_half, "visites") + oracle.visits()[0]


def test_past_figures_stay_the_same_once_cases_are_erased(year):
    assert year.frozen > 50
    assert year.kept == year.counted


def test_what_is_kept_of_an_erased_case_names_no_case(year):
    columns = {column.key for column in IndicatorFact.__mapper__.column_attrs}
    assert columns == {
        "id", "territory_id", "indicator", "month", "until", "unit", "holds", "amount", "keys", "distinct_key"
    }  # fmt: skip
