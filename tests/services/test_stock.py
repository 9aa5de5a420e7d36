"""Kits: each article handed over leaves the stock at its cost, and nothing is lost (BAT-9, MTP-4, CAR-7)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import clock
from app.catalog.source import Section, SettingsFault
from app.catalog.stock import read_stock, rows_of
from app.database import db, end_read
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models import Incident, StockItem, StockMove
from app.services import journal, stock
from app.services.stock import Entered
from tests import build, stock_house
from tests.money_house import paris

DAY = date(2026, 11, 2)


@pytest.fixture
def keeper(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(paris(2026, 11, 2, 9)), stock_house.serving(tmp_path / "root"):
        yield build.an_actor("magasin")


def come(by, article, number, cost, *, kind="achat", place="sud"):
    unit = Decimal(cost) if cost is not None else None
    stock.enter(Entered(article, place, kind, number, unit, DAY), by=by)


def held(article, place="sud"):
    end_read()
    row = db.session.scalars(
        select(StockItem).where(StockItem.article == article, StockItem.place == place)
    ).one()
    return row.quantity, row.value


def test_what_is_handed_over_leaves_the_stock_at_its_mean_cost_and_is_told_on_the_case(keeper):
    come(keeper, "ampoule", 20, "3.00")
    come(keeper, "ampoule", 10, "4.50")
    case = stock_house.a_visit(("ampoule", 4), ("mousseur", 0))
    assert held("ampoule") == (26, Decimal("91.00"))
    (got,) = stock.of_case(case.case_id)
    assert (got.label, got.quantity, got.cost, got.saving) == (
        "Ampoule LED", 4, Decimal("14.00"), Decimal("32.00"),
    )  # fmt: skip
    line = next(row for row in stock.overview(keeper) if row.article.id == "ampoule" and row.place == "sud")
    assert (line.mean, line.handed, line.handed_cost, line.low) == (
        Decimal("3.50"), 4, Decimal("14.00"), False,
    )  # fmt: skip


def test_gifts_cost_nothing_and_the_last_articles_leave_no_cent_behind(keeper):
    come(keeper, "ampoule", 3, "1.00")
    come(keeper, "ampoule", 4, None, kind="don")
    for _ in range(7):
        stock_house.a_visit(("ampoule", 1))
    assert held("ampoule") == (0, Decimal("0.00"))
    costs = db.session.scalars(select(StockMove.cost).where(StockMove.kind == "remise")).all()
    assert sum(costs) == Decimal("-3.00")


def test_a_visit_is_never_stopped_by_an_empty_stock_which_says_what_it_lacked(keeper):
    case = stock_house.a_visit(("mousseur", 2), ("mousseur", 1))
    assert held("mousseur") == (-3, Decimal("0.00"))
    assert build.the_task("conclure", case=case) is not None
    assert [row.cost for row in stock.of_case(case.case_id)] == [Decimal("7.50")]
    first = stock.overview(keeper)[0]
    assert (first.article.id, first.low) in {("mousseur", True), ("ampoule", True)}
    come(keeper, "mousseur", 10, "2.00")
    assert held("mousseur") == (7, Decimal("14.00"))
    assert db.session.scalars(select(Incident)).all() == []


def test_an_inventory_says_what_is_there_and_a_loss_what_is_gone(keeper):
    come(keeper, "ampoule", 20, "3.00")
    come(keeper, "ampoule", 17, None, kind="inventaire")
    come(keeper, "ampoule", 2, None, kind="perte")
    assert held("ampoule") == (15, Decimal("45.00"))
    with pytest.raises(Invalid) as refused:
        come(keeper, "ampoule", 15, None, kind="inventaire")
    assert "déjà" in refused.value.problems["quantite"][0]
    come(keeper, "ampoule", 16, None, kind="inventaire")
    assert held("ampoule") == (16, Decimal("48.00"))


def test_a_mistake_is_cancelled_once_with_its_reason_and_both_lines_stay(keeper):
    come(keeper, "ampoule", 20, "3.00")
    stock_house.a_visit(("ampoule", 5))
    handed = next(row for row in stock.moves("ampoule", keeper) if row.kind == "remise")
    with pytest.raises(Invalid):
        stock.undo(handed.id, reason=" ", by=keeper)
    stock.undo(handed.id, reason="Kit repris", by=keeper)
    assert held("ampoule") == (20, Decimal("60.00"))
    assert stock.of_case(handed.case_id) == []
    assert stock.overview(keeper)[0].handed == 0
    with pytest.raises(Conflict):
        stock.undo(handed.id, reason="Encore", by=keeper)
    bought = next(row for row in stock.moves("ampoule", keeper) if row.kind == "achat")
    stock.undo(bought.id, reason="Saisi deux fois", by=keeper)
    assert held("ampoule") == (0, Decimal("0.00"))
    assert [row.kind for row in stock.moves("ampoule", keeper)].count("annulation") == 2
    assert journal.verify() is None


def test_each_place_has_its_own_stock_and_a_handed_kit_leaves_the_one_named(keeper):
    come(keeper, "ampoule", 5, "3.00", place="nord")
    come(keeper, "ampoule", 5, "3.00", place="sud")
    stock_house.a_visit(("ampoule", 2))
    assert (held("ampoule", "nord")[0], held("ampoule", "sud")[0]) == (5, 3)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"article": "poele"}, "article"), ({"place": "ouest"}, "depot"), ({"kind": "vol"}, "genre"),
        ({"quantity": None}, "quantite"), ({"quantity": 0}, "quantite"), ({"unit_cost": None}, "cout"),
        ({"unit_cost": Decimal(-1)}, "cout"), ({"on": date(2026, 12, 1)}, "le"),
        ({"note": "x" * 300}, "note"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_field_and_nothing_changes(keeper, facts, field):
    good = {
        "article": "ampoule", "place": "sud", "kind": "achat", "quantity": 5, "unit_cost": Decimal("3.00"),
        "on": DAY,
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        stock.enter(Entered(**{**good, **facts}), by=keeper)
    assert list(refused.value.problems) == [field]
    assert db.session.scalars(select(StockMove)).all() == []


def test_only_those_with_the_right_see_the_stock_or_change_it(keeper):
    reader, nobody = build.an_actor("lecteur"), build.an_actor("charge")
    assert stock.overview(reader)
    with pytest.raises(Forbidden):
        stock.overview(nobody)
    with pytest.raises(Forbidden):
        come(reader, "ampoule", 1, "1.00")
    with pytest.raises(Forbidden):
        stock.undo(new_id(), reason="x", by=reader)
    with pytest.raises(NotFound):
        stock.undo(new_id(), reason="x", by=keeper)
    with pytest.raises(NotFound):
        stock.moves("poele", keeper)


def test_a_move_of_another_territory_is_not_found(keeper):
    case = stock_house.a_visit(("ampoule", 2))
    move_id = stock.moves("ampoule", keeper)[0].id
    end_read()
    with build.serving("carene"):
        assert stock.of_case(case.case_id) == []
        with pytest.raises(NotFound):
            stock.undo(move_id, reason="Ailleurs", by=keeper)
    assert len(stock.moves("ampoule", keeper)) == 1


@pytest.mark.parametrize("given", ["ampoule", [{"quantite": 1}], [{"article": "a", "quantite": -1}], 3])
def test_only_rows_of_articles_are_handed_over(given):
    with pytest.raises(ValueError, match=r"row|number"):
        rows_of(given)


def test_a_price_that_is_no_amount_is_refused_in_the_settings():
    with pytest.raises(SettingsFault, match="cout"):
        read_stock(Section("", {"articles": {"a": {"libelle": "A", "cout": Decimal("1.005")}}}))
