"""Data never cross from one territory to another, whatever the shape of the query (LAW-1)."""

import ast
from uuid import uuid4

import pytest
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import aliased
from sqlalchemy.orm.exc import ObjectDeletedError

from app import clock, tenancy
from app.config import ROOT
from app.database import db, end_read, transaction
from app.models import Membership, Partner, Release, Territory, User
from app.tenancy import NoTerritory
from tests.architecture.test_schema import two_territories

REASONS = {
    "login": "a person logs in before a territory is chosen: accounts and their memberships",
    "token": "a personal link or a follow-up code is looked up by its digest before its territory is known",
    "due_work": "the scheduler claims what is due wherever it is, then serves that row's territory",
    "feed": "a calendar or a feed is read by its token",
    "maintenance": "relais doctor, migrations of data, the demo's reset",
    "offers": "releases that territories offer to the others, and those that a programme here comes from",
}

SHAPES = {
    "entities": select(Partner),
    "a column": select(Partner.name),
    "a count": select(func.count()).select_from(Partner),
    "a count of a column": select(func.count(Partner.id)),
    "an aggregate": select(func.max(Partner.name)),
    "a join from an unscoped table": select(Territory).join(Partner, Partner.territory_id == Territory.id),
    "an outer join": select(Partner.name)
    .select_from(Territory)
    .outerjoin(Partner, Partner.territory_id == Territory.id),
    "a subquery in a condition": select(Territory).where(Territory.id.in_(select(Partner.territory_id))),
    "an exists": select(Territory).where(exists().where(Partner.territory_id == Territory.id)),
    "a scalar subquery": select(
        Territory.code,
        select(func.count())
        .select_from(Partner)
        .where(Partner.territory_id == Territory.id)
        .scalar_subquery(),
    ),
    "a subquery": select(select(Partner.name).subquery()),
    "a common table": select(select(Partner.name).cte()),
    "a union": select(Partner.name).union_all(select(Partner.name)),
    "an alias": select(aliased(Partner)),
}


def partner_of(territory):
    with tenancy.serving(territory):
        found = db.session.scalars(select(Partner.id)).one()
    end_read()
    db.session.expunge_all()
    return found


def test_each_reason_to_read_across_territories_is_known():
    assert set(REASONS) == tenancy.UNSCOPED_REASONS
    with pytest.raises(ValueError, match="no known reason"), tenancy.unscoped("curiosity"):
        pass


def test_code_reads_across_territories_for_a_named_reason_only():
    used = {
        node.args[0].value
        for path in (ROOT / "app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"tenancy.unscoped", "unscoped"}
        and isinstance(node.args[0], ast.Constant)
    }
    assert used <= tenancy.UNSCOPED_REASONS
    assert "due_work" in used


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_an_unscoped_block_reads_every_territory_and_writes_none(app, reason):
    two_territories()
    with tenancy.unscoped(reason):
        assert len(db.session.scalars(select(Partner)).all()) == 2
        db.session.add(Partner(kind="caf", name="x", email="x"))
        with pytest.raises(NoTerritory):
            db.session.flush()
        db.session.rollback()
        with pytest.raises(NoTerritory):
            tenancy.current_id()


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_query_sees_the_territory_being_served_alone(app, shape):
    mine, other = two_territories()
    with tenancy.serving(mine):
        rows = db.session.execute(SHAPES[shape]).all()
    text = " ".join(_words(row) for row in rows)
    assert str(other) not in text
    if "count" in shape:
        assert text == "1"
    elif shape == "a scalar subquery":
        assert sorted(count for _, count in rows) == [0, 1]
    elif shape == "a union":
        assert len(rows) == 2
    elif shape == "an outer join":
        assert sorted(row[0] or "" for row in rows) == ["", str(mine)]
    else:
        assert len(rows) == 1


def _words(row):
    return " ".join(value.name if isinstance(value, Partner) else str(value) for value in row)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_query_without_a_territory_is_refused(app, shape):
    two_territories()
    with pytest.raises(NoTerritory):
        db.session.execute(SHAPES[shape])


def test_a_table_of_no_territory_is_read_without_one(app):
    two_territories()
    with transaction() as session:
        session.add(User(email="a@exemple.fr", name="A", password_hash="x", created_at=clock.now()))
    person = db.session.scalars(select(User)).one()
    end_read()
    assert person.name == "A"
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 0


def test_updates_and_deletes_stop_at_the_territory(app):
    mine, other = two_territories()
    with tenancy.serving(mine), transaction() as session:
        assert session.execute(update(Partner).values(phone="02")).rowcount == 1
        assert session.execute(delete(Partner)).rowcount == 1
    with tenancy.serving(other):
        assert db.session.scalars(select(Partner.phone)).all() == [None]
    for statement in (update(Partner).values(phone="02"), delete(Partner)):
        with pytest.raises(NoTerritory):
            db.session.execute(statement)


def test_a_row_of_another_territory_is_not_found_by_its_id(app):
    mine, other = two_territories()
    theirs = partner_of(other)
    with tenancy.serving(mine):
        assert db.session.get(Partner, theirs) is None
        with pytest.raises(NoResultFound):
            db.session.get_one(Partner, theirs)
    with pytest.raises(NoTerritory):
        db.session.get(Partner, theirs)


def test_a_row_remembered_from_another_territory_is_not_given_back(app):
    mine, other = two_territories()
    theirs = partner_of(other)
    with tenancy.serving(other):
        kept = db.session.get_one(Partner, theirs)
    with tenancy.serving(mine):
        assert db.session.get(Partner, theirs) is None
    end_read()
    with tenancy.serving(mine), pytest.raises(ObjectDeletedError):
        assert kept.name
    with pytest.raises(NoTerritory):
        assert kept.name


def test_a_row_is_read_again_in_its_own_territory_after_a_read_ended(app):
    mine, _ = two_territories()
    with tenancy.serving(mine):
        row = db.session.scalars(select(Partner)).one()
        end_read()
        assert row.name == str(mine)


def test_a_relationship_leads_to_nobody_else_s_row(app):
    mine, other = two_territories()
    with tenancy.serving(other), transaction() as session:
        session.add(Release(number=1, fingerprint="x", files={}, published_at=clock.now()))
    with tenancy.serving(mine), transaction() as session:
        partner = session.scalars(select(Partner)).one()
        joined = select(Partner, Release).join(Release, Release.territory_id != Partner.territory_id)
        assert session.execute(joined).all() == []
        assert partner.name == str(mine)


def test_a_new_row_takes_the_territory_being_served(app):
    mine, _ = two_territories()
    with tenancy.serving(mine), transaction() as session:
        row = Partner(kind="caf", name="CAF", email="caf@exemple.fr")
        session.add(row)
        session.flush()
        assert row.territory_id == mine


@pytest.mark.parametrize("verb", ["add", "change", "remove", "bulk insert"])
def test_writing_another_territory_s_row_is_refused(app, verb):
    mine, other = two_territories()
    with tenancy.serving(other):
        row = db.session.scalars(select(Partner)).one()
        assert row.phone is None
    with tenancy.serving(mine), pytest.raises(NoTerritory):
        if verb == "add":
            db.session.add(Partner(kind="caf", name="x", email="x", territory_id=other))
        elif verb == "change":
            row.phone = "02"
        elif verb == "remove":
            db.session.delete(row)
        else:
            values = {"id": uuid4(), "kind": "caf", "name": "x", "email": "x", "territory_id": other}
            db.session.execute(insert(Partner), [values])
        db.session.flush()
    db.session.rollback()
    with tenancy.unscoped("maintenance"):
        assert db.session.scalar(select(func.count()).select_from(Partner)) == 2


def test_writing_without_a_territory_is_refused(app):
    two_territories()
    with pytest.raises(NoTerritory), transaction() as session:
        session.add(Partner(kind="caf", name="x", email="x"))


def test_the_territory_told_to_the_database_does_not_outlive_a_savepoint(app):
    mine, other = two_territories()
    with tenancy.serving(mine), transaction() as session:
        with tenancy.unscoped("maintenance"):
            assert len(session.scalars(select(Partner)).all()) == 2
        nested = session.begin_nested()
        assert len(session.scalars(select(Partner)).all()) == 1
        nested.rollback()
        with tenancy.serving(other):
            assert session.scalars(select(Partner.name)).all() == [str(other)]
        assert session.scalars(select(Partner.name)).all() == [str(mine)]
