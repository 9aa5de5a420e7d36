"""What is shared inside the team, answer by answer, how it is told, how it stops (BAT-11, LAW-2, LAW-3)."""

from datetime import date

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.errors import DesignFault, Forbidden, NotFound
from app.models import Case, Share, SharedElement, Submission
from app.services import (
    access_export,
    case_view,
    cases,
    choosing,
    consent,
    documents,
    facts,
    files,
    releases,
    sharing,
    task_view,
)
from app.services import perimeter as sight
from tests import binome, build

CHOSEN = ["signalement.bailleur", "validation.fragilites", "signalement.tranche_revenus"]
LANDLORD, SOCIAL = "ecorenove", "travailleur_social"


@pytest.fixture(scope="module")
def binome_root(tmp_path_factory):
    return binome.files(tmp_path_factory.mktemp("binome"))


@pytest.fixture
def house(app, tmp_path, monday, binome_root):
    build.a_server(app, tmp_path)
    with build.serving(binome.CODE, root=binome_root) as territory:
        build.a_directory()
        yield territory


def a_visited_case(**wanted):
    """A case whose visit has just shared who the landlord is and the household's income class."""
    case = build.an_alert(bailleur="Silène", statut="locataire_social", commentaire="Motcommentaire")
    binome.visit(case, **{"partage": ["signalement.bailleur", "signalement.tranche_revenus"], **wanted})
    return case


def read_by(role, case):
    """What the case page tells a role of the answers, by label."""
    actor = build.an_actor(role)
    end_read()
    with sight.serving(actor):
        view = case_view.file_view(case.reference, actor)
    return {row.label: row.text for one in view.forms for row in one.rows}


def the_row(case):
    return db.session.scalars(select(Case).where(Case.id == case.case_id)).one()


def test_a_lane_reads_what_was_chosen_for_it_and_nothing_else(house):
    case = a_visited_case()
    seen = read_by(LANDLORD, case)
    assert set(seen) == {"Nom du bailleur ou du syndic", "Revenus du foyer"} or len(seen) == 2, seen
    assert "Silène" in seen.values()
    assert "Motcommentaire" not in str(seen)
    assert "Motcommentaire" in str(read_by(SOCIAL, case))


def test_whoever_reads_no_class_sees_works_findings_and_nothing_that_names_the_rest(house):
    case = a_visited_case()
    build.drive(case, "valider_diagnostic")
    landlord = build.an_actor(LANDLORD)
    with sight.serving(landlord):
        view = case_view.file_view(case.reference, landlord)
        (listed,) = [row for row in cases.listing(landlord).rows if row.reference == case.reference]
    diagnosis = next(one for one in view.forms if one.element == "etablir_diagnostic")
    assert len(view.forms) == 2
    assert {row.classe for row in diagnosis.rows} == {"technique"}
    names = (view.done_tasks, view.open_tasks, view.diagrams, view.decisions, view.documents, view.partners)
    assert not any([*names, view.messages, view.timeline, view.duplicates, view.apart])
    assert listed.step == "Attend une décision ou une échéance"


def test_every_share_is_a_row_that_pages_the_journal_and_the_household_are_given(house):
    case = a_visited_case()
    (row,) = db.session.scalars(select(Share))
    assert (row.lane, row.recipient, row.basis, row.by) == (
        LANDLORD, "ÉCORÉNOVE", "accord du ménage", "technicien",
    )  # fmt: skip
    assert row.fields == ["signalement.bailleur", "signalement.tranche_revenus"]
    elements = db.session.scalars(select(SharedElement)).all()
    assert {(one.form, one.field, one.until) for one in elements} == {
        ("signalement", "bailleur", None), ("signalement", "tranche_revenus", None),
    }  # fmt: skip
    (line,) = build.the_journal("partage.equipe")
    assert (line.subject, line.details["champs"], line.actor) == (LANDLORD, row.fields, "technicien")
    assert "Silène" not in str(line.details)
    actor = build.an_actor(SOCIAL)
    view = case_view.file_view(case.reference, actor)
    (shown,) = view.shares
    assert (shown.recipient, shown.inside, shown.reason, len(shown.fields)) == (
        "ÉCORÉNOVE", True, "Visite conjointe", 2,
    )  # fmt: skip
    assert "Réponses partagées dans l'équipe : ÉCORÉNOVE" in [line.text for line in view.timeline]
    told = list(access_export._shares(case.case_id, releases.current()))
    assert [one["a"] for one in told] == ["ÉCORÉNOVE (dans l'équipe)"]


def test_what_was_shared_is_read_as_it_stood_then(house):
    case = a_visited_case()
    first = read_by(LANDLORD, case)
    with transaction() as session:
        old = session.scalars(select(Submission).where(Submission.form == "signalement")).one()
        session.add(
            Submission(
                process_id=old.process_id, case_id=old.case_id, task_id=None, element=old.element,
                form=old.form, scope=None, answers={**old.answers, "bailleur": "Autre bailleur"},
                secret=old.secret, classes=old.classes, user_id=None, author="après", at=clock.now(),
            )
        )  # fmt: skip
    assert read_by(LANDLORD, case) == first
    assert "Autre bailleur" in str(read_by(SOCIAL, case))


@pytest.mark.parametrize("stopped_by", ["withdrawn", "narrowed", "by hand"])
def test_it_stops_at_once(house, stopped_by):
    case = a_visited_case()
    assert read_by(LANDLORD, case)
    social = build.an_actor(SOCIAL)
    if stopped_by == "withdrawn":
        consent.withdraw(case.reference, on=clock.today(), mode="oral", by=social)
    elif stopped_by == "narrowed":
        with transaction():
            row = the_row(case)
            row.agreement = {**row.agreement, "portee": ["bailleur", "poste"]}
            facts.update(row, {"accord": {"portee": ["poste"]}})
    else:
        (share,) = db.session.scalars(select(Share.id))
        with pytest.raises(Forbidden):
            sharing.end(share, case.reference, by=build.an_actor("ecorenove"))
        with pytest.raises(NotFound):
            sharing.end(share, "inconnu", by=social)
        sharing.end(share, case.reference, by=social)
    assert not read_by(LANDLORD, case)
    assert {one.until is not None for one in db.session.scalars(select(SharedElement))} == {True}
    (line,) = build.the_journal("partage.arrete")
    assert line.subject == LANDLORD
    (shown,) = case_view.file_view(case.reference, social).shares
    assert shown.ended_at is not None


def test_without_the_households_agreement_a_lane_outside_social_work_is_told_nothing(house):
    case = build.an_alert()
    build.drive(case, "realiser_visite")
    with pytest.raises(DesignFault, match="ne couvre pas « ÉCORÉNOVE »"):
        binome.visit(case, partage=["signalement.statut"], accord_partage=False)
    assert db.session.scalar(select(Share)) is None
    with transaction():
        row = the_row(case)
        row.agreement = {**row.agreement, "portee": ["bailleur"]}
    binome.visit(case, partage=["signalement.statut"], accord_partage=False)
    assert db.session.scalars(select(Share.basis)).one() == "accord du ménage"


def test_once_withdrawn_nothing_is_offered_nor_shared(house):
    case = build.an_alert()
    build.drive(case, "realiser_visite")
    task = build.the_task("realiser_visite", case=case)
    technician = build.an_actor("technicien")
    offered = task_view.open_task(task.id, technician).context["partageables"]["ecorenove"]
    assert "signalement.statut" in {one["valeur"] for one in offered}
    keys = {one["valeur"] for one in offered}
    assert not keys & {"signalement.sante_fragile", "signalement.handicap"}, (
        "the technician does not read them"
    )
    with transaction():
        the_row(case).agreement_withdrawn_on = date(2026, 3, 1)
    assert task_view.open_task(task.id, technician).context["partageables"]["ecorenove"] == []
    with pytest.raises(Exception, match="liste"):
        binome.visit(case, partage=["signalement.statut"])


def test_a_file_that_was_shared_opens_to_its_lane(house):
    case = a_visited_case(partage=[])
    with transaction() as session:
        row = session.scalars(select(Submission).where(Submission.form == "visite")).one()
        kept = files.keep(
            b"image", name="mur.png", mime="image/png", classe="technique", case_id=case.case_id, user_id=None
        )
        file_id = kept.id
        row.answers = {**row.answers, "photos": [{"id": str(file_id), "nom": "mur.png"}]}
        share = Share(
            case_id=case.case_id, recipient="ÉCORÉNOVE", fields=["visite.photos"], basis="accord du ménage",
            by="technicien", at=clock.now(), lane=LANDLORD, reason="",
        )  # fmt: skip
        session.add(share)
        session.flush()
        session.add(
            SharedElement(
                share_id=share.id, case_id=case.case_id, lane=LANDLORD, form="visite", field="photos",
                submission_id=row.id, at=clock.now(),
            )
        )  # fmt: skip
    landlord = build.an_actor(LANDLORD)
    with sight.serving(landlord):
        assert documents.open_file(file_id, landlord)[0] == b"image"
    consent.withdraw(case.reference, on=clock.today(), mode="oral", by=build.an_actor(SOCIAL))
    with sight.serving(landlord), pytest.raises(NotFound):
        documents.open_file(file_id, landlord)


def test_what_a_lane_reads_anyway_is_not_offered_to_it(house):
    case = build.an_alert()
    build.drive(case, "realiser_visite")
    task = build.the_task("realiser_visite", case=case)
    process, release = build.the_process(case), releases.current()
    assert task.process_id == process.id
    offered = choosing.lists(
        frozenset({"partageables"}), process, release, frozenset({"technique", "social"})
    )
    for_technicians = {one["valeur"] for one in offered["partageables"]["technicien"]}
    for_landlord = {one["valeur"] for one in offered["partageables"]["ecorenove"]}
    assert for_technicians == set()
    assert {"signalement.statut", "signalement.tranche_revenus"} <= for_landlord
    assert choosing.lists(frozenset({"annuaire"}), process, release, frozenset({"technique"})) == {}
