"""What a role may not read is nowhere in what it is given; each share and read has its line (LAW-1, 3, 8)."""

import re

import pytest
import zstandard
from sqlalchemy import inspect, select, text

from app import tenancy
from app.database import Base, db, end_read, transaction
from app.errors import NotFound
from app.models import DecisionRecord, ProcessInstance, Submission
from app.services import case_view, cases, documents, files, inbox, journal, reviews, supervision, task_view
from tests import build

SOCIAL, SECRET = "ZQSOCIALQZ", "ZQSECRETQZ"
"""Words put in answers of a protected class, then searched for everywhere else."""


def a_marked_case(running="decider_orientations"):
    """A case whose social and secret answers hold a word of their own."""
    return build.a_case(
        running,
        alert={"commentaire": SOCIAL, "tranche_revenus": "TM"},
        answers={
            "realiser_visite": {"composition": SOCIAL, "pistes_rapides": "Joints à poser."},
            "valider_diagnostic": {"avis_social": SOCIAL, "fragilites": SECRET},
            "decider_orientations": {
                "lignes": [{"genre": "adil", "motif": SOCIAL, "champs_partages": ["signalement.statut"]}],
                "note": SOCIAL,
            },
            "repondre_demande": {"precision": "", "interlocuteur": "Accueil"},
        },
    )


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        ("ecorenove", {SOCIAL, SECRET}),
        ("technicien", {SOCIAL, SECRET}),
        ("coordinatrice_pole", {SECRET}),
        ("travailleur_social", set()),
    ],
)
def test_a_case_page_shows_a_role_its_classes_and_nothing_else(carene, role, hidden):
    case = a_marked_case("attendre_pole")
    view = case_view.file_view(case.reference, build.an_actor(role, name="Quelqu'un d'autre"))
    shown = everything_in(view)
    assert {word for word in (SOCIAL, SECRET) if word in shown} == {SOCIAL, SECRET} - hidden
    assert view.forms


def everything_in(view):
    """All that a page could print: the view and the columns of its rows, documents' contents included."""
    end_read()
    parts = []
    for name, value in vars(view).items():
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, Base):
                parts.append(str({c.key: getattr(item, c.key) for c in inspect(type(item)).column_attrs}))
            else:
                parts.append(f"{name}={item!r}")
    return "\n".join(parts)


def test_the_technicien_reads_back_own_social_answers_until_validation_and_nobody_elses(carene):
    case = a_marked_case("valider_diagnostic")
    own, other = build.an_actor("technicien"), build.an_actor("technicien", name="Une autre")
    assert SOCIAL in everything_in(case_view.file_view(case.reference, own))
    assert SOCIAL not in everything_in(case_view.file_view(case.reference, other))
    build.complete("valider_diagnostic", fragilites=SECRET, avis_social=SOCIAL)
    after = everything_in(case_view.file_view(case.reference, own))
    assert SOCIAL not in after
    assert SECRET not in after
    assert "Joints à poser." in after


def test_a_file_read_back_by_its_author_obeys_the_same_limit(carene):
    case = a_marked_case("valider_diagnostic")
    own, other = build.an_actor("technicien"), build.an_actor("technicien", name="Une autre")
    with transaction():
        kept = files.keep(
            b"%PDF-1.4 facture", name="facture.pdf", mime="application/pdf", classe="social",
            case_id=case.case_id, user_id=own.user_id,
        )  # fmt: skip
        file_id = kept.id
    assert documents.open_file(file_id, own)[1] == "facture.pdf"
    with pytest.raises(NotFound):
        documents.open_file(file_id, other)
    build.complete("valider_diagnostic")
    with pytest.raises(NotFound):
        documents.open_file(file_id, own)
    assert documents.open_file(file_id, build.an_actor("travailleur_social"))[0] == b"%PDF-1.4 facture"
    assert [line.details["classe"] for line in build.the_journal("fichier.lu")] == ["social", "social"]


@pytest.mark.parametrize("running", ["realiser_visite", "etablir_diagnostic"])
def test_a_task_page_prefills_no_answer_that_its_reader_may_not_see(carene, running):
    build.a_case(running, alert={"commentaire": SOCIAL, "ressources_mois": "1 234,56"},
                 answers={"realiser_visite": {"composition": SOCIAL}})  # fmt: skip
    task = build.the_task(running)
    view = task_view.open_task(task.id, build.an_actor("technicien", name="Une autre"))
    for part in (view.initial, view.context, view.provenance, view.decisions, view.header):
        assert SOCIAL not in repr(part)
        assert "1234.56" not in repr(part)
    assert view.header is not None


def test_a_task_page_prefills_for_those_who_may_and_says_where_it_comes_from(carene):
    build.a_case("etablir_diagnostic", answers={"realiser_visite": {"pistes_rapides": "Joints à poser."}})
    view = task_view.open_task(build.the_task("etablir_diagnostic").id, build.an_actor("technicien"))
    assert view.initial["pistes_rapides"] == "Joints à poser."
    assert view.provenance["pistes_rapides"].form_title == "Compte rendu de visite"


def test_protected_answers_are_in_no_engine_state_message_journal_or_decision(carene):
    a_marked_case("attendre_pole")
    build.hold_review("poursuivre")
    build.pump()
    end_read()
    raw = zstandard.ZstdDecompressor()
    states = [raw.decompress(row.state).decode() for row in db.session.scalars(select(ProcessInstance))]
    messages = [f"{row.subject} {row.body}" for row in build.the_messages()]
    lines = [f"{line.subject} {line.details}" for line in build.the_journal()]
    records = [
        f"{row.outputs} {row.inputs} {row.rules}" for row in db.session.scalars(select(DecisionRecord))
    ]
    assert all((states, messages, lines, records))
    for place in (states, messages, lines, records):
        assert SOCIAL not in str(place)
        assert SECRET not in str(place)
        assert "Moreau" not in str(place)
        assert "Croisic" not in str(place)


def test_secret_answers_and_drafts_are_unreadable_in_the_database(carene):
    a_marked_case()
    task = build.the_task("decider_orientations")
    from app.services import tasks

    tasks.save_draft(task.id, {"note": [SECRET]}, build.the_hand(task))
    found = {
        table.name
        for table in Base.metadata.sorted_tables
        if SECRET in everything_stored(table) or SECRET.encode().hex() in everything_stored(table)
    }
    assert found == set()
    kept = [row.secret for row in db.session.scalars(select(Submission)) if row.secret]
    assert SECRET in str(kept)


def everything_stored(table):
    end_read()
    rows = db.session.connection().execute(text(f"SELECT * FROM {table.name}"))
    return " ".join(
        bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell)
        for row in rows
        for cell in row
    )


@pytest.mark.parametrize("template", ["fiche_reperage", "compte_rendu_visite", "guide_menage"])
def test_a_document_holds_only_the_classes_it_declares(carene, template):
    a_marked_case()
    (row,) = build.the_documents(template)
    assert SECRET not in str(row.context)
    assert (SOCIAL in str(row.context)) == ("social" in row.classes and template != "guide_menage")


def test_a_letter_is_open_to_those_who_may_read_what_it_shares(carene):
    ticked = ["signalement.statut", "validation.fragilites"]
    build.a_case(
        "orientation",
        answers={
            "valider_diagnostic": {"fragilites": SECRET},
            "decider_orientations": {"lignes": [{"genre": "cms", "champs_partages": ticked}]},
        },
    )
    (letter,) = build.the_documents("lettre_orientation")
    letter_id = letter.id
    assert set(letter.classes) == {"technique", "social", "secret"}
    assert SECRET in str(letter.context)
    documents.render(str(letter_id))
    for role in ("ecorenove", "technicien", "coordinatrice_pole"):
        with pytest.raises(NotFound):
            documents.open_document(letter_id, build.an_actor(role))
    assert documents.open_document(letter_id, build.an_actor("travailleur_social"))[0][:5] == b"%PDF-"


def test_lists_and_agendas_tell_no_protected_answer(carene):
    case = a_marked_case("attendre_pole")
    for role in ("ecorenove", "technicien", "coordinatrice_pole"):
        actor = build.an_actor(role)
        told = [cases.listing(actor, status="all"), inbox.inbox(actor, which="equipe")]
        if actor.rights.may("supervision.voir"):
            told += [supervision.late(actor), supervision.open_incidents(actor)]
        if actor.rights.may("revue.voir"):
            told.append(reviews.processes(actor))
        assert not re.search(f"{SOCIAL}|{SECRET}", repr(told))
    followed = cases.follow_up(case.follow_up_code)
    assert (followed.reference, followed.stage) == (case.reference, "en_cours")


def test_every_reading_of_a_case_leaves_a_line_with_the_classes_read(carene):
    case = a_marked_case()
    for role in ("technicien", "travailleur_social"):
        case_view.file_view(case.reference, build.an_actor(role))
    lines = build.the_journal("dossier.lu")
    assert [(line.actor, line.details["classes"]) for line in lines] == [
        ("technicien", ["technique"]),
        ("travailleur_social", ["secret", "social", "technique"]),
    ]
    assert all(line.user_id and line.case_id == case.case_id for line in lines)


def test_a_task_page_that_shows_secrets_leaves_a_line(carene):
    a_marked_case()
    task_id = build.the_task("decider_orientations").id
    before = len(build.the_journal())
    task_view.note_read(task_view.open_task(task_id, build.an_actor("travailleur_social")))
    lines = build.the_journal()[before:]
    assert [(line.subject, "secret" in line.details["classes"]) for line in lines] == [(str(task_id), True)]


def test_only_those_who_may_see_the_shares(carene):
    case = a_marked_case("attendre_pole")
    assert case_view.file_view(case.reference, build.an_actor("travailleur_social")).shares
    assert not case_view.file_view(case.reference, build.an_actor("technicien")).shares


def test_the_chain_of_the_journal_shows_a_line_that_was_changed(carene, tampering):
    a_marked_case()
    assert journal.verify() is None
    tampering("UPDATE journal_line SET actor = 'quelqu''un' WHERE number = 3")
    assert journal.verify() == 3


def test_the_chain_of_the_journal_shows_a_line_that_was_removed(carene, tampering):
    a_marked_case("analyser_signalement")
    tampering("DELETE FROM journal_line WHERE number = 2")
    assert journal.verify() == 2


@pytest.fixture
def tampering(backend, request):
    """Run SQL as whoever owns the machine, past the triggers that keep the journal."""

    def tamper(sql):
        end_read()
        if backend == "sqlite":
            connection = db.engine.raw_connection()
            cursor = connection.cursor()
            triggers = cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            cursor.execute(sql)
            connection.close()
            return
        server = request.getfixturevalue("postgres_server")
        with server._emptying.connect() as connection:
            connection.exec_driver_sql(f"SET session_replication_role = replica; {sql}")

    return tamper


def test_the_program_itself_cannot_change_the_journal(carene):
    build.an_alert()
    (line, *_) = build.the_journal()
    with pytest.raises(Exception, match=r"append-only|permission denied|ajout|journal"), transaction():
        line.actor = "quelqu'un d'autre"
    assert journal.verify() is None
    assert tenancy.current_id()
