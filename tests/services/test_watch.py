"""What the database and the journal keep watch over, tried through the program's own connection (LAW-8)."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from app import jobs, tenancy
from app.config import ROOT
from app.database import Base, Scoped, db, end_read, transaction
from app.models import Case, Job, Partner
from app.services import accounts, documents, journal
from app.services.accounts import WrongCredentials
from tests import build

ATTACKS = json.loads((ROOT / "tests/data/attacks.json").read_text(encoding="utf-8"))
SCOPED = sorted(
    mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)
)


def test_no_line_of_the_journal_is_replaced_by_another(carene):
    build.an_alert()
    before = [(line.number, line.seal, line.actor) for line in build.the_journal()]
    columns = (
        "id, number, at, actor, user_id, action, case_id, process_id, subject, details, seal, territory_id"
    )
    taken = columns.replace("actor", "'autre'")
    replace = {
        "sqlite": f"INSERT OR REPLACE INTO journal_line ({columns}) SELECT {taken} FROM journal_line",
        "postgresql": f"INSERT INTO journal_line ({columns}) SELECT {taken} FROM journal_line "
        "ON CONFLICT (id) DO UPDATE SET actor = 'autre'",
    }[db.engine.dialect.name]
    with pytest.raises(DatabaseError), transaction() as session:
        session.execute(text(replace))
    assert [(line.number, line.seal, line.actor) for line in build.the_journal()] == before
    assert journal.verify() is None


def test_a_refused_login_is_journalled_without_what_was_typed(carene):
    person = build.a_user("ecorenove", email="c@carene.invalid", password="un mot de passe de test")
    known = str(person.id)
    for typed in ("c@carene.invalid", "personne@carene.invalid"):
        with pytest.raises(WrongCredentials):
            accounts.authenticate(typed, "mot deviné", address="192.0.2.1")
    (line,) = build.the_journal("connexion.refusee")
    assert line.subject == known
    assert "deviné" not in str((line.actor, line.subject, line.details))
    assert "192.0.2.1" not in str((line.actor, line.subject, line.details))


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_no_table_shows_raw_sql_a_row_of_a_territory_that_is_not_served(carene):
    build.a_case("orientation")
    end_read()
    nowhere = tenancy._current.set(None)
    try:
        for table in SCOPED:
            assert db.session.execute(text(f"SELECT * FROM {table}")).all() == [], table
    finally:
        tenancy._current.reset(nowhere)
        end_read()


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_the_territory_told_to_a_connection_dies_with_an_error_and_with_the_end_of_a_read(carene):
    build.a_partner()
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(Partner(kind=None, name="x", email="x"))
    for leave in (end_read, db.session.remove):
        assert db.session.scalars(select(Partner.name)).all()
        leave()
        with db.engine.connect() as raw:
            assert raw.scalar(text("SELECT current_setting('relais.territory', true)")) in {None, ""}
            assert raw.execute(text("SELECT * FROM partner")).all() == []


def test_a_thread_serves_nobody_until_it_is_told_whom(app, carene):
    def bare():
        with app.app_context():
            try:
                return tenancy.scope_or_none()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(1) as hands:
        assert hands.submit(bare).result() is None


def test_a_database_s_refusal_leaves_no_value_in_what_a_job_remembers(carene):
    @jobs.job("test_refused_row")
    def refused():
        with transaction() as session:
            session.add(Partner(kind="adil", name="Moreau", email=None))

    with transaction():
        jobs.enqueue("test_refused_row")
    jobs.run_due(only=frozenset({"test_refused_row"}))
    end_read()
    row = db.session.scalars(select(Job).where(Job.name == "test_refused_row")).one()
    assert "IntegrityError" in str(row.last_error)
    assert "Moreau" not in str(row.last_error)
    jobs._registry.pop("test_refused_row")


def test_every_known_attack_is_plain_text_in_answers_mails_and_documents(carene, tmp_path):
    strings = [
        text
        for family in ("attacks", "bombs", "templates", "csv_xlsx")
        for text in ATTACKS[family]
        if isinstance(text, str)
    ]
    mark = tmp_path / "mark"
    whole = "\n".join(strings).replace("{MARK}", str(mark))
    line = "{{ ''.__class__ }} {% include '/etc/hostname' %} =HYPERLINK(\"http://x\")"
    rows = [{"genre": "adil", "motif": whole, "champs_partages": ["signalement.commentaire"]}]
    case = build.a_case(
        "orientation",
        alert={"commentaire": whole, "nom": line, "prenom": "@SUM(A1)", "donneur_nom": line},
        answers={"decider_orientations": {"lignes": rows}},
    )
    assert not mark.exists()
    (letter,) = build.the_documents("lettre_orientation")
    letter_id = letter.id
    end_read()
    documents.render(str(letter_id))
    assert [row.status for row in build.the_documents("lettre_orientation")] == ["ready"]
    assert db.session.scalars(select(Case).where(Case.id == case.case_id)).one().household.last_name == line
    assert not [mail for mail in build.the_messages() if "{%" in mail.subject]
    assert not mark.exists()
