"""A lane kept apart from a case: from that commit on, nothing of it reaches whoever holds it by that lane."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app import clock
from app.database import Base, Scoped, db, transaction
from app.errors import NotFound
from app.handlers import Context, dispatch
from app.handlers.lane_effects import Readmit
from app.handlers.registry import HandlerFault
from app.models import Document, KeptApart, Message, Task, Territory
from app.models.apart_sight import _all, rule_apart
from app.notifications import outbox
from app.services import (
    case_view,
    cases,
    choosing,
    claims,
    documents,
    files,
    positions,
    releases,
    sharing,
    task_view,
    tasks,
    teams,
)
from app.services import perimeter as sight
from tests import binome, build
from tests.services.test_perimeter_matrix import said, told

TECHNICIAN, SOCIAL = "technicien", "travailleur_social"


@pytest.fixture(scope="session")
def binome_root(tmp_path_factory):
    return binome.files(tmp_path_factory.mktemp("binome"))


@pytest.fixture
def house(app, tmp_path, monday, binome_root):
    """The territory being served, a directory in it."""
    build.a_server(app, tmp_path)
    with build.serving(binome.CODE, root=binome_root) as territory:
        build.a_directory()
        yield territory


def ids_of(case):
    tasks_of = db.session.scalars(select(Task.id).where(Task.case_id == case.case_id))
    return {str(one) for one in (case.case_id, case.process_id, case.reference, *tasks_of)}


def seen_by(role, case):
    """Which names of a case are told somewhere to whoever holds ``role``."""
    actor = build.an_actor(role)
    names = ids_of(case)
    with sight.serving(actor):
        everything = {place: said(item) for place, item in told(actor).items()}
    return {place for place, text in everything.items() if any(name in text for name in names)}


def test_nothing_tells_a_lane_kept_apart_of_the_case_any_more(house):
    apart_from, other = build.an_alert(), build.an_alert(nom="Autre")
    build.drive(apart_from, "realiser_visite")
    build.drive(other, "realiser_visite")
    held = build.the_task("realiser_visite", case=apart_from)
    technician = build.an_actor(TECHNICIAN)
    claims.claim(held.id, technician)
    before = seen_by(TECHNICIAN, apart_from)
    assert {"cases", "inbox, equipe", "supervised", "exported", "calendar", "cases found by name"} <= before
    binome.visit(apart_from, ecarte=TECHNICIAN)
    assert seen_by(TECHNICIAN, apart_from) == set()
    assert {"cases", "supervised"} <= seen_by(TECHNICIAN, other)
    social = build.an_actor(SOCIAL)
    with sight.serving(social):
        assert case_view.file_view(apart_from.reference, social).case.reference == apart_from.reference


def test_what_the_lane_had_to_do_goes_to_the_one_that_takes_over(house):
    case = build.an_alert()
    binome.visit(case, ecarte=TECHNICIAN)
    (task,) = build.open_tasks(case.case_id)
    assert (task.element, task.lane, task.claimed_by) == ("etablir_diagnostic", "coordonnateur", None)
    technician, social = build.an_actor(TECHNICIAN), build.an_actor(SOCIAL)
    with sight.serving(technician), pytest.raises(NotFound):
        task_view.open_task(task.id, technician)
    with sight.serving(social):
        tasks.complete(task.id, build.answers_for(task.id, social), by=social)
    assert social.user_id in {one.id for one in teams.colleagues(case_id=case.case_id)}
    assert technician.user_id not in {one.id for one in teams.colleagues(case_id=case.case_id)}


def test_whoever_keeps_themselves_apart_is_led_nowhere_else(house):
    case = build.an_alert()
    build.drive(case, "realiser_visite")
    task = build.the_task("realiser_visite", case=case)
    technician = build.an_actor(TECHNICIAN)
    answers = build.answers_for(task.id, technician, ecarte=TECHNICIAN, partage=[])
    with sight.serving(technician):
        done = tasks.complete(task.id, answers, by=technician)
    assert list(done.next_tasks) == []


def test_mail_that_waits_for_somebody_kept_apart_never_leaves(house):
    case = build.an_alert(donneur_courriel="technicien@binome.invalid")
    technician, social = build.an_actor(TECHNICIAN), build.an_actor(SOCIAL)
    with transaction():
        for who in (technician, social):
            outbox.queue(
                "tache_rappel", recipient=f"{who.name.replace(' ', '.')}@binome.invalid", recipient_name="",
                subject="Rappel", body="Une étape attend.", case_id=case.case_id, user_id=who.user_id,
            )  # fmt: skip
            outbox.queue(
                "resume", recipient="quelquun@binome.invalid", recipient_name="", subject="Résumé du jour",
                body=f"Le dossier {case.reference} attend.", user_id=who.user_id,
            )  # fmt: skip
    binome.visit(case, ecarte=TECHNICIAN)
    waiting = db.session.scalars(select(Message).where(Message.status == "queued")).all()
    assert {row.user_id for row in waiting if row.user_id} == {social.user_id}
    assert "technicien@binome.invalid" not in {row.recipient for row in waiting}
    assert len([row for row in waiting if row.user_id == social.user_id]) == 2


def test_whoever_alerted_and_is_kept_apart_follows_the_alert_no_more(house):
    build.a_user(TECHNICIAN)
    case = build.an_alert(donneur_courriel="Technicien@binome.invalid")
    other = build.an_alert(nom="Autre")
    assert cases.follow_up(case.follow_up_code).reference == case.reference
    for one in (case, other):
        binome.visit(one, ecarte=TECHNICIAN)
    with pytest.raises(NotFound):
        cases.follow_up(case.follow_up_code)
    assert cases.follow_up(other.follow_up_code).reference == other.reference
    told_them = select(Message.case_id).where(Message.kind == "suite_visite")
    assert set(db.session.scalars(told_them)) == {other.case_id}


def test_papers_and_files_of_the_case_close_to_the_lane(house):
    case = build.an_alert()
    paper_id = build.the_documents()[0].id
    with transaction():
        kept = files.keep(
            b"%PDF-", name="Fiche.pdf", mime="application/pdf", classe="technique", case_id=case.case_id,
            user_id=None,
        )  # fmt: skip
        file_id = kept.id
        paper = db.session.get_one(Document, paper_id)
        paper.file_id, paper.status, paper.classes = file_id, "ready", ["technique"]
    opening = {documents.open_document: paper_id, documents.open_file: file_id}
    technician = build.an_actor(TECHNICIAN)
    with sight.serving(technician):
        assert [opened(one, technician)[0] for opened, one in opening.items()] == [b"%PDF-"] * 2
    binome.visit(case, ecarte=TECHNICIAN)
    technician = build.an_actor(TECHNICIAN)
    with sight.serving(technician):
        for opened, one in opening.items():
            with pytest.raises(NotFound):
                opened(one, technician)


def test_a_lane_readmitted_sees_the_case_again(house):
    case = build.an_alert()
    binome.visit(case, ecarte=TECHNICIAN)
    build.drive(case, "orientation")
    technician = build.an_actor(TECHNICIAN)
    with sight.serving(technician):
        assert case_view.file_view(case.reference, technician).case.reference == case.reference
    (row,) = db.session.scalars(select(KeptApart))
    assert (row.lane, row.until is not None, row.ended_by) == (TECHNICIAN, True, "travailleur_social")
    told_of = {line.action: line for line in build.the_journal() if line.action.startswith("couloir.")}
    assert {line.subject for line in told_of.values()} == {TECHNICIAN}
    assert "Santé" not in str([line.details for line in told_of.values()])


def test_a_step_that_falls_leaves_the_lane_where_it_was(house):
    case = build.an_alert()
    build.drive(case, "realiser_visite")

    def fall(_process, _position):
        raise OSError("the machine stops")

    with positions.watched_by(fall), pytest.raises(OSError, match="stops"):
        binome.visit(case, ecarte=TECHNICIAN)
    assert db.session.scalar(select(KeptApart)) is None
    assert not db.session.get_one(Territory, house.id).keeps_apart
    assert {"cases", "inbox, equipe"} <= seen_by(TECHNICIAN, case)
    binome.visit(case, ecarte=TECHNICIAN)
    assert seen_by(TECHNICIAN, case) == set()


def test_a_lane_that_does_not_exist_or_replaces_itself_is_refused(house):
    case = build.an_alert()
    context = Context(
        territory_id=house.id, territory_name="", live={}, bundle=releases.current().bundle,
        process_id=case.process_id, case_id=case.case_id, element="x", scope=None, now=clock.now(), names={},
    )  # fmt: skip
    for given, where, why in (
        ({"couloir": "inconnu"}, context, "n'existe pas"),
        ({"couloir": "technicien", "remplace_par": "technicien"}, context, "se remplacer"),
        ({"couloir": "technicien"}, replace(context, case_id=None), "aucun dossier"),
    ):
        with pytest.raises(HandlerFault, match=why):
            dispatch("ecarter_couloir", given, where)


SCOPED = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)),
    key=lambda entity: entity.__name__,
)


@pytest.mark.parametrize("entity", SCOPED, ids=lambda entity: entity.__name__)
def test_every_row_that_hangs_on_a_case_is_hidden_with_it(entity):
    columns = entity.__table__.columns
    hangs = {"case_id", "process_id", "task_id"} & set(columns.keys())
    assert rule_apart(entity) is not _all or not hangs, f"{entity.__name__} would show a hidden case"


def test_what_was_shared_with_a_lane_stops_when_it_is_kept_apart_and_nothing_new_is_told_it(house):
    case = build.an_alert()
    binome.visit(case, partage=["signalement.statut"], ecarte="ecorenove")
    assert sharing.told(case.case_id) == {}
    assert [line.subject for line in build.the_journal("partage.arrete")] == ["ecorenove"]
    process, release = build.the_process(case), releases.current()
    offered = choosing.lists(frozenset({"partageables"}), process, release, frozenset({"technique"}))
    assert offered["partageables"]["ecorenove"] == []
    context = Context(
        territory_id=house.id, territory_name="", live={}, bundle=release.bundle, process_id=process.id,
        case_id=case.case_id, element="x", scope=None, now=clock.now(),
        names={"signalement": {"statut": "locataire_prive"}},
    )  # fmt: skip
    given = {"couloir": "ecorenove", "elements": ["signalement.statut"], "accord": True}
    assert dispatch("partager_elements", given, context).effects == ()
    back = replace(context, earlier=(Readmit("ecorenove"),))
    assert len(dispatch("partager_elements", given, back).effects) == 1
