"""Two territories, the same programme and the same households: neither ever sees the other."""

import importlib
import inspect
import os
import pkgutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import NoResultFound

import app.services
from app import clock, tenancy
from app.access import Rights
from app.catalog.bundle import bundle_from_files
from app.catalog.uploads import Upload
from app.config import ROOT
from app.database import Base, Scoped, db, end_read, transaction
from app.errors import BundleFault, Conflict, DesignFault, Forbidden, Gone, NotFound, RelaisError
from app.ids import new_id
from app.models import (
    Document,
    Event,
    Incident,
    Job,
    Meeting,
    Message,
    Orientation,
    Partner,
    ProcessInstance,
    Share,
    StoredFile,
    Submission,
    Timer,
    User,
)
from app.services import (
    access_export,
    act_view,
    actors,
    acts,
    agreements,
    breaches,
    campaign_documents,
    campaign_imports,
    campaign_results,
    campaigns,
    case_view,
    cases,
    charter,
    claims,
    clones,
    consent,
    dead_letters,
    delegations,
    desk,
    diagrams,
    directory_sheets,
    documents,
    doors,
    drafts,
    envelopes,
    erasure,
    events,
    exchanges,
    files,
    filters,
    follow_ups,
    gathering_board,
    household_view,
    inbox,
    invitation_links,
    invitations,
    journal,
    links,
    meeting_close,
    meeting_items,
    meeting_plan,
    meetings,
    mending,
    migrating,
    network,
    outcomes,
    own_money,
    partners,
    payments,
    proofs,
    publications,
    quota_changes,
    releases,
    retention,
    reviews,
    sharing,
    spending,
    starting,
    statements,
    steps,
    structure_links,
    supervision,
    supervision_actions,
    task_view,
    tasks,
    team,
    team_changes,
    timers,
    versions,
    views,
    voices,
    watch,
    yearly,
    yearly_issue,
)
from app.services.exchange_posts import Written
from app.services.indicators_periods import year_of
from app.services.wanted import Wanted
from tests import build, lived_money, network_house
from tests.campaign_house import a_campaign, opened, targets
from tests.migration_house import a_kept_lot
from tests.rows import put_draft


@pytest.fixture(scope="session")
def next_door_root(tmp_path_factory):
    return build.a_variant(tmp_path_factory.mktemp("voisine"), "voisine")


@pytest.fixture
def next_door(carene, next_door_root):
    """A second territory on the same files; the first one stays served."""
    return build.a_territory("voisine", root=next_door_root)


class Lived:
    """A territory that has lived: a household at its partner, another at its analysis, a review, a fault."""

    def __init__(self, *extra):
        self.cases = [build.a_case("orientation"), build.a_case("prendre_rendez_vous")]
        self.cases += [build.a_case("analyser_signalement") for _ in extra]
        build.hold_review("regle")
        with transaction():
            self.file_id = files.keep(
                b"photo", name="photo.jpg", mime="image/jpeg", classe="technique",
                case_id=self.cases[0].case_id, user_id=None,
            ).id  # fmt: skip
            self.share = new_id()
            db.session.add(
                Share(
                    id=self.share, case_id=self.cases[0].case_id, recipient="Technicien conseil", fields=[],
                    basis="essai", by="essai", at=clock.now(), lane="technicien", reason="",
                )
            )  # fmt: skip
        for partner in partners.listing(kind="ccas"):
            partners.save(
                partner.id,
                {"genre": "ccas", "nom": partner.name, "courriel": partner.email, "actif": False},
                by=build.an_actor("administration"),
            )
        self.stuck = build.a_case("decider_orientations")
        with pytest.raises(DesignFault):
            build.complete("decider_orientations", case=self.stuck, lignes=[{"genre": "ccas"}])
        end_read()
        self.task_id = build.the_task("prendre_rendez_vous").id
        self.token = build.the_link("adil@partenaires.invalid")
        self.ids = {
            entity: list(db.session.scalars(select(entity.id)))
            for entity in (
                Document, Event, Incident, Message, Orientation, Partner, ProcessInstance, StoredFile, Timer
            )
        }  # fmt: skip
        self.dead = given_up()
        self.user_id = build.a_user("travailleur_social").id
        self.boss = build.an_actor(*releases.current().settings.roles, name="Qui peut tout")
        self.release_id = releases.current().id
        self.reference = self.cases[-1].reference
        self.meeting = db.session.scalars(select(Meeting.process_id)).all()[0]
        self.answer = db.session.scalars(select(Submission.id)).all()[0]
        self.mend = mending.change_due(
            self.task_id, clock.now() + timedelta(days=30), reason="Le ménage est absent.", by=self.boss
        )
        self.carried = a_kept_lot(self.cases[1].process_id)
        self.report = yearly.begin(year_of(clock.today(), 1), self.boss)
        self.filter_id = filters.save("Le leur", Wanted(), self.boss)
        self.money = lived_money.live("Le leur", self.boss)
        self.campaign = a_campaign(field=True)
        self.round_id, self.code = opened(self.campaign)
        self.door = targets(self.campaign)[0].id
        self.preview = campaign_imports.send(self.campaign, b"Adresse;Commune\n", "x.csv", by=self.boss)
        self.absence = delegations.declare(
            self.boss.user_id, self.user_id, clock.today(), clock.today(), self.boss
        )


def given_up():
    """Let a timer, a job and a message give up, by the word that their replay takes; return their ids."""
    kinds = {"echeance": Timer, "travail": Job, "message": Message}
    with transaction() as session:
        found = {kind: session.scalars(select(entity)).first() for kind, entity in kinds.items()}
        for row in found.values():
            assert row is not None
            row.status = "dead"
        return {kind: row.id for kind, row in found.items() if row is not None}


@pytest.fixture
def both(carene, next_door, once):
    """What each territory holds; the second has one household fewer and is served."""
    territory_id = next_door.id

    def live():
        theirs = Lived("une de plus")
        with tenancy.serving(territory_id):
            return theirs, Lived()

    lived = once("deux territoires", live)
    with tenancy.serving(territory_id):
        yield lived


def everything():
    """Somebody who holds every right over households here."""
    return build.an_actor("travailleur_social", "administration")


def by_id(theirs, boss):
    """Every use case that takes an id, with the other territory's."""
    first = {entity: ids[0] for entity, ids in theirs.ids.items()}
    case, process = theirs.cases[0], theirs.cases[0].process_id
    incident = steps.Command("wake", {"timer_id": str(first[Timer])})
    partner = {"genre": "adil", "nom": "Pris", "courriel": "pris@ailleurs.fr"}
    return {
        "case_view.file_view": lambda: case_view.file_view(theirs.stuck.reference, boss),
        "invitation_links.renew": lambda: invitation_links.renew(theirs.task_id, boss),
        "household_view.rights_of": lambda: household_view.rights_of(theirs.stuck.reference, boss),
        "access_export.export": lambda: access_export.export(theirs.stuck.reference, by=everything()),
        "consent.withdraw": lambda: consent.withdraw(
            theirs.stuck.reference, on=clock.today(), mode="oral", by=everything()
        ),
        "erasure.erase": lambda: erasure.erase(
            theirs.stuck.reference, reason="demande", repeated=theirs.stuck.reference, by=everything()
        ),
        "retention.release": lambda: retention.release(theirs.stuck.reference, by=everything()),
        "diagrams.of_case": lambda: diagrams.of_case(theirs.stuck.reference, "accompagnement"),
        "diagrams.of_process": lambda: diagrams.of_process(process, "accompagnement"),
        "documents.open_document": lambda: documents.open_document(first[Document], boss),
        "documents.open_file": lambda: documents.open_file(theirs.file_id, boss),
        "outcomes.of": lambda: outcomes.of(theirs.task_id, boss),
        "partners.directory_options": lambda: partners.directory_options(case.case_id),
        "partners.save": lambda: partners.save(first[Partner], partner, by=boss),
        "sharing.end": lambda: sharing.end(theirs.share, case.reference, by=boss),
        "releases.of": lambda: releases.of(theirs.release_id),
        "reviews.start_now": lambda: [reviews.start_now(i, by=boss) for i in theirs.ids[ProcessInstance]],
        "starting.begin_again": lambda: starting.begin_again(process),
        "steps.advance": lambda: steps.advance(
            process, lambda *_: pytest.fail("it ran"), command=incident, store=lambda *_: None
        ),
        "yearly.report": lambda: yearly.report(theirs.report, boss),
        "yearly.write": lambda: yearly.write(theirs.report, {"contexte": ("Un mot.", 0)}, boss),
        "yearly.drop": lambda: yearly.drop(theirs.report, boss),
        "yearly_issue.issue": lambda: yearly_issue.issue(theirs.report, 1, boss),
        "yearly_issue.open_pdf": lambda: yearly_issue.open_pdf(theirs.report, boss, public=True),
        "supervision.retry": lambda: supervision.retry(first[Incident], boss),
        "dead_letters.replay": lambda: dead_letters.replay("echeance", theirs.dead["echeance"], boss),
        "dead_letters.replay of a job": lambda: dead_letters.replay("travail", theirs.dead["travail"], boss),
        "dead_letters.replay of a message": lambda: dead_letters.replay(
            "message", theirs.dead["message"], boss
        ),
        "task_view.open_task": lambda: task_view.open_task(theirs.task_id, boss),
        "claims.claim": lambda: claims.claim(theirs.task_id, boss),
        "claims.assign": lambda: claims.assign(theirs.task_id, None, boss),
        "claims.hand_over": lambda: claims.hand_over(theirs.task_id, boss.user_id, "", boss),
        "delegations.call_off": lambda: delegations.call_off(theirs.absence, boss),
        "desk.visit": lambda: desk.visit(theirs.task_id, boss),
        "desk.set_priority": lambda: desk.set_priority(theirs.task_id, "P0", boss),
        "desk.set_follow_up": lambda: desk.set_follow_up(theirs.task_id, None, boss),
        "filters.change": lambda: filters.change(theirs.filter_id, boss, name="Pris", shared=True),
        "filters.delete": lambda: filters.delete(theirs.filter_id, boss),
        "tasks.complete": lambda: tasks.complete(theirs.task_id, {"issue": "fixe"}, by=boss),
        "tasks.drop_draft": lambda: tasks.drop_draft(theirs.task_id, boss),
        "tasks.find": lambda: tasks.find(theirs.task_id, boss),
        "tasks.keep_files": lambda: tasks.keep_files(theirs.task_id, {"photos": []}, boss),
        "claims.release": lambda: claims.release(theirs.task_id, boss),
        "tasks.save_draft": lambda: tasks.save_draft(theirs.task_id, {}, boss),
        "timers.fire": lambda: timers.fire(first[Timer], process),
        "cases.follow_up": lambda: cases.follow_up(case.follow_up_code),
        "cases.open_alert": lambda: cases.open_alert({}, by=boss, follows=case.case_id),
        "dead_letters.retry_now": lambda: dead_letters.retry_now(theirs.dead["travail"], boss),
        "dead_letters.discard": lambda: dead_letters.discard(theirs.dead["travail"], "Pris.", boss),
        "team.person": lambda: team.person(theirs.user_id, boss),
        "team_changes.change": lambda: team_changes.change(theirs.user_id, {"roles": boss.roles}, by=boss),
        "team_changes.close": lambda: team_changes.close(theirs.user_id, by=boss),
        "team_changes.send_link": lambda: team_changes.send_link(theirs.user_id, by=boss),
        **of_meetings(theirs, boss),
        **of_mending(theirs, boss),
        **of_migrating(theirs, boss),
        **of_network(theirs, boss),
        **of_campaigns(theirs, boss),
        **of_money(theirs.money, boss),
        **of_directory(first[Partner], boss),
    }


def of_money(theirs, boss):
    """What the pages of money do, with the other territory's."""
    today, why = clock.today(), {"reason": "Pris.", "by": boss}
    paid = payments.Paid("avance", Decimal(1), today)
    facts, wanted = lived_money.facts("Pris"), lived_money.wanted(Decimal(1))
    return {
        "agreements.get": lambda: agreements.get(theirs.agreement),
        "agreements.save": lambda: agreements.save(theirs.agreement, facts, version=2, by=boss),
        "agreements.end": lambda: agreements.end(theirs.agreement, on=today, version=2, **why),
        "agreements.attach": lambda: agreements.attach(theirs.agreement, Upload.sample("a.png"), by=boss),
        "agreements.open_file": lambda: agreements.open_file(theirs.agreement, theirs.file, by=boss),
        "envelopes.get": lambda: envelopes.get(theirs.envelope),
        "envelopes.save": lambda: envelopes.save(theirs.envelope, wanted, version=2, by=boss),
        "envelopes.to_change": lambda: envelopes.to_change(theirs.envelope, 2),
        "own_money.seen": lambda: own_money.seen(boss, theirs.agreement, today),
        "payments.cancel": lambda: payments.cancel(theirs.payment, **why),
        "payments.record": lambda: payments.record(theirs.agreement, paid, version=2, by=boss),
        "quota_changes.release_by_hand": lambda: quota_changes.release_by_hand(theirs.place, **why),
        "spending.note": lambda: spending.note(
            theirs.envelope, lived_money.spent("Pris"), version=2, by=boss
        ),
        "statements.statement": lambda: statements.statement(theirs.agreement, today),
    }


def of_campaigns(theirs, boss):
    """What the pages of a campaign and of its rounds do, with the other territory's."""
    campaign, walk, preview = theirs.campaign, theirs.round_id, theirs.preview
    return {
        "campaigns.find": lambda: campaigns.find(campaign),
        "campaigns.board": lambda: campaigns.board(campaign),
        "campaigns.form_rounds": lambda: campaigns.form_rounds(campaign, 10, by=boss),
        "campaigns.second_pass": lambda: campaigns.second_pass(campaign, 10, by=boss),
        "campaigns.open_round": lambda: campaigns.open_round(campaign, walk, by=boss),
        "campaigns.close_round": lambda: campaigns.close_round(campaign, walk, by=boss),
        "campaigns.plan_round": lambda: campaigns.plan_round(
            campaign, walk, opens_on=None, closes_on=None, by=boss
        ),
        "campaign_documents.order": lambda: campaign_documents.order(campaign, public=False, by=boss),
        "campaign_documents.printed": lambda: campaign_documents.printed(campaign),
        "campaign_imports.send": lambda: campaign_imports.send(campaign, b"a;b\n", "x.csv", by=boss),
        "campaign_imports.show": lambda: campaign_imports.show(campaign, preview),
        "campaign_imports.match": lambda: campaign_imports.match(campaign, preview, {}),
        "campaign_imports.load": lambda: campaign_imports.load(campaign, preview, "", by=boss),
        "campaign_results.results": lambda: campaign_results.results(campaign, public=False),
        "campaign_results.export": lambda: campaign_results.export(
            campaign, public=False, kind="csv", by=boss
        ),
        "doors.use_code": lambda: doors.use_code(theirs.code, address="10.0.0.1"),
        "doors.walk": lambda: doors.walk(walk),
        "doors.record": lambda: doors.record(
            walk, theirs.door, new_id(), {"present": "absent"}, said_at=None, by=boss
        ),
    }


def of_meetings(theirs, boss):
    """What the pages of a meeting do, with the other territory's."""
    there, soon = theirs.meeting, clock.now() + timedelta(days=3)
    return {
        "meetings.look": lambda: meetings.look(there, boss),
        "meetings.to_hold": lambda: meetings.to_hold(there, boss),
        "meeting_close.close": lambda: meeting_close.close(there, {}, by=boss),
        "meeting_items.add": lambda: meeting_items.add(there, [theirs.reference], by=boss),
        "meeting_items.save": lambda: meeting_items.save(there, 1, {}, version=1, by=boss),
        "meeting_plan.attend": lambda: meeting_plan.attend(there, [], version=1, by=boss),
        "meeting_plan.move": lambda: meeting_plan.move(there, soon, "Prise.", by=boss),
        "meeting_plan.plan": lambda: meeting_plan.plan(there, soon, "Ailleurs", version=1, by=boss),
        "meeting_plan.print_again": lambda: meeting_plan.print_again(there, by=boss),
    }


def of_network(theirs, boss):
    """What acts and the network's pages do, with the other territory's."""
    case_id, process = theirs.cases[0].case_id, theirs.cases[1].process_id
    return {
        "acts.offered": lambda: acts.offered(boss, case_id),
        "acts.beginning": lambda: acts.beginning("echange", case_id, boss),
        "acts.start": lambda: acts.start("echange", case_id, {}, by=boss),
        "act_rules.offered": lambda: acts.offered(boss, case_id),
        "act_rules.beginning": lambda: acts.beginning("echange", case_id, boss),
        "act_view.opened": lambda: act_view.opened("echange", case_id, boss),
        "network.detail": lambda: network.detail(process, boss),
        "network.file_of": lambda: network.file_of(process, theirs.file_id, boss),
        **of_gatherings(process, theirs.file_id),
    }


def of_gatherings(process, other):
    """What registrations, papers and voices do, with the other territory's, whatever the settings."""
    may = frozenset({"inscriptions.agir", "decisions.agir", "reseau.voir"})
    by = replace(build.an_actor("administration"), rights=Rights(permissions=may))
    return {
        "gathering_board.board": lambda: gathering_board.board(process, by),
        "gathering_board.mark": lambda: gathering_board.mark(process, [other], [other], by=by),
        "gathering_board.add": lambda: gathering_board.add(process, {}, by=by),
        "gathering_board.move": lambda: gathering_board.move(process, other, "", by=by),
        "gathering_board.withdraw": lambda: gathering_board.withdraw(process, other, by=by),
        "gathering_board.more_places": lambda: gathering_board.more_places(process, 3, by=by),
        "publications.find": lambda: publications.find(other),
        "publications.file_of": lambda: publications.file_of(other, other),
        "publications.withdraw": lambda: publications.withdraw(process, by=by),
        "voices.detail": lambda: voices.detail(process, by),
        "voices.give": lambda: voices.give(other, "consentement", "", by="Pris"),
        "voices.give_for_structure": lambda: voices.give_for_structure(process, "consentement", "", by=by),
    }


def keeper():
    """Somebody of this territory who keeps the directory, whatever its settings."""
    return replace(build.an_actor("administration"), rights=Rights(permissions=frozenset({"annuaire.agir"})))


def of_directory(partner, boss):
    """What the directory does, with the other territory's structure."""
    return {
        "directory_sheets.sheet": lambda: directory_sheets.sheet(partner),
        "directory_sheets.history": lambda: directory_sheets.history(partner),
        "directory_sheets.save": lambda: directory_sheets.save(partner, {}, version=0, by=boss),
        "directory_sheets.verify": lambda: directory_sheets.verify(partner, by=boss),
        "directory_sheets.note_verified": lambda: directory_sheets.note_verified(
            partner, clock.today(), "Pris"
        ),
        "charter.sign": lambda: charter.sign(partner, 1, network_house.who_signs(), by=boss),
        "charter.signatures_of": lambda: charter.signatures_of(partner),
        "charter.withdraw": lambda: charter.withdraw(partner, by=boss),
        "charter.open_scan": lambda: charter.open_scan(partner, by=boss),
        "exchanges.thread": lambda: exchanges.thread(partner, boss),
        "exchanges.note_read": lambda: exchanges.note_read(partner, boss),
        "exchanges.reply": lambda: exchanges.reply(partner, Written("Pris."), by=boss),
        "exchanges.take_back": lambda: exchanges.take_back(partner, reason="Pris.", by=boss),
        "exchanges.close": lambda: exchanges.close(partner, closed=True, by=boss),
        "exchanges.open_file": lambda: exchanges.open_file(partner, by=boss),
        "watch.of_structure": lambda: watch.of_structure(partner, clock.today()),
        "watch.record": lambda: watch.record(partner, clock.today(), {}, by=keeper()),
        "structure_links.give": lambda: structure_links.give(partner, "fiche", by=boss),
    }


def of_mending(theirs, boss):
    """What mends a process, with the other territory's."""
    process, why = theirs.cases[1].process_id, {"reason": "Pris.", "by": boss}
    return {
        "mending.suspend": lambda: mending.suspend(process, **why),
        "mending.resume": lambda: mending.resume(process, **why),
        "mending.cancel": lambda: mending.cancel(process, **why),
        "mending.move": lambda: mending.move(process, theirs.task_id, "realiser_visite", **why),
        "mending.repeat": lambda: mending.repeat(process, "analyser_signalement", **why),
        "mending.skip": lambda: mending.skip(process, theirs.task_id, {}, **why),
        "mending.foresee": lambda: mending.foresee(process, lambda *_: pytest.fail("it ran")),
        "mending.change_due": lambda: mending.change_due(theirs.task_id, clock.now(), **why),
        "mending.correctable": lambda: mending.correctable(theirs.answer, boss),
        "mending.correct": lambda: mending.correct(theirs.answer, {}, **why),
        "mending.undo": lambda: mending.undo(theirs.mend, by=boss),
    }


def of_migrating(theirs, boss):
    """What carries processes to another release, with the other territory's."""
    lot, row = theirs.carried
    return {
        "migrating.sheet": lambda: migrating.sheet(lot, boss),
        "migrating.chart": lambda: migrating.chart(lot, boss),
        "migrating.source": lambda: migrating.source(lot, theirs.release_id, "visite", boss),
        "migrating.remap": lambda: migrating.remap(lot, {}, recompute=False, seen=1, by=boss),
        "migrating.launch": lambda: migrating.launch(lot, reason="Pris.", seen=1, by=boss),
        "migrating.stop": lambda: migrating.stop(lot, by=boss),
        "migrating.resume": lambda: migrating.resume(lot, by=boss),
        "migrating.drop": lambda: migrating.drop(lot, by=boss),
        "migrating.undo_all": lambda: migrating.undo_all(lot, by=boss),
        "migrating.undo_one": lambda: migrating.undo_one(lot, row, by=boss),
        "migrating.candidates": lambda: migrating.candidates(migrating.Choice(theirs.release_id), boss),
        "migrating.begin": lambda: migrating.begin(migrating.Choice(theirs.release_id), by=boss),
    }


WITHOUT_A_VIEWER = {
    "accounts": "accounts belong to no territory",
    "incidents": "called by the step that failed, inside its territory",
    "files": "writes with the ids of the step under way",
    "journal": "writes ids, reads none",
    "exchange_posts": "called with rows of the thread under way, or by who closes an access here",
    "documents.order": "called with the process of the step under way",
    "mail": "called with the process of the step under way",
    "document_facts": "called with rows already read",
    "views.case_facts": "asked beside the list",
    "delegations.standing_in_for": "a person's id is of no territory; the absences read are",
    "delegations.stood_in_until": "a person's id is of no territory; the absences read are",
    "delegations.of_person": "a person's id is of no territory; the absences read are",
    "delegations.entrusted_to": "a person's id is of no territory; the absences read are",
    "delegations.declare": "refuses whoever does not answer tasks here: tests/services/test_delegations.py",
    "claims.assign_many": "refuses each task apart: tests/web/test_inbox_page.py",
    "desk.leave": "touches one's own visit only",
    "desk.visitors": "gives nothing there: tests/services/test_desk.py",
    "search.forget": "called with the case being erased",
    "arrivals": "called with the task of the step under way",
    "envelopes.commitments": "gives nothing there: the envelope is looked up before",
    "money_steps": "called with the process of the step under way",
    "consultation_rows": "called with the process of the step under way",
    "gathering_rows": "called with the process of the step under way",
    "gathering_board.of_process": "gives nothing there: asked with a process already found",
    "publications.of_process": "gives nothing there: asked with a process already found",
    "publications.public_of_process": "gives nothing there: asked with a process already found",
    "network_files": "called with a process already found",
    "goals": "finds no plan there: tests/web/test_goal_pages.py",
    "goal_changes": "finds no plan there: tests/web/test_goal_pages.py",
    "sites": "finds no site there: tests/web/test_site_pages.py",
    "site_changes": "finds no site there: tests/web/test_site_pages.py",
    "site_steps": "called with the process of the step under way",
    "meter_corrections": "finds no reading there: tests/web/test_two_territories_pages.py",
    "meter_lists.rows": "called with the process of the step under way",
    "meter_papers.facts_of": "called with the case of the document under way",
    "meter_steps.current": "called with the case of the step under way",
    "meter_view.curves": "called with the case of the document under way",
    "references.withdraw": "finds no figure there: tests/web/test_two_territories_pages.py",
    "meter_view.of_case": "gives nothing there: the case is looked up before",
    "stock.of_case": "gives nothing there: the case is looked up before",
    "stock.undo": "finds no move there: tests/services/test_stock.py",
    "own_money.history": "gives nothing there: the row is looked up before",
    "campaign_imports.give_up": "drops nothing there: tests/services/test_campaign_targets.py",
    "notices": "called in the transaction of what it tells; tests/services/test_notices.py",
    "bell.open_one": "opens one's own notices here only: tests/services/test_notices.py",
    "breaches.open_breaches": "a list, narrowed to a case: asked beside the others",
    "breaches.settle": "called with the process of the step under way",
    "duties": "called with the process of the step under way",
    "windows": "called with the process of the step under way",
    "form_lists": "called with the process whose form is shown",
    "review_changes": "called with the cases of an agenda",
    "review_rows": "called with the process of the step under way",
    "mending.targets": "gives nothing there: asked beside the others",
    "meetings.is_sitting": "says no there: asked beside the others",
    "supervision_actions.entrust": "refuses each task apart: asked beside the others",
    "act_drafts": "keeps what one types oneself, by the territory served: tests/services/test_acts.py",
    "act_rules.why_not": "called with the case that was looked up",
    "archives.guard": "called with the case that was looked up",
    "erasing": "called with the case of the sweep or of the page, looked up before",
    "retention.look": "called by the sweep, which serves the territory of the case",
    "campaign_rows.is_given_up": "called with the process of the step under way",
    "invitations.of_task": "gives nothing there: asked beside the others",
    "tasks.forget": "forgets what one has typed oneself only",
    "acts.next_task": "gives nothing there: tests/services/test_acts.py",
    "acts.reference_of": "gives nothing there: tests/services/test_acts.py",
    "indicators.freeze": "called with the case that is being erased",
    "yearly.note": "called with the report that was looked up",
    "breaches.recount_case": "called with the case of the step under way",
    "actors.within": "called with somebody's own structure",
    "openings": "finds one's own preparation alone: tests/web/test_opening_pages.py",
    "opening_communes": "finds one's own preparation alone: tests/web/test_opening_pages.py",
    "studio.restore": "finds no such change here: tests/services/test_studio_archives.py",
    "entry_drafts": "finds one's own drafts alone: tests/processes/test_astre_saisine.py",
    "follow_ups.reference_of": "says None there: asked beside the others",
    "partners.name_of": "says nothing there: asked beside the others",
    "demo_extras": "carries the sample campaign of the territory being served",
    "case_timeline": "called with the case that was looked up",
    "apart": "called with the case of the step under way: tests/services/test_kept_apart.py",
    "sharing": "called with the case of the step under way, or looked up before",
    "perimeter": "called with people and cases of the territory being served",
    "structures": "called with the case of the step under way; by hand: tests/services/test_entrusting.py",
    "teams": "gives the members of the territory being served only",
}
"""Rooms and use cases that take ids and that the list leaves out, with the reason."""


def untried(tried):
    """The use cases that take an id and are not in the list."""
    found = set()
    for module in pkgutil.iter_modules(app.services.__path__):
        room = importlib.import_module(f"app.services.{module.name}")
        inside = f"{room.__name__}." if module.ispkg else room.__name__
        for name, use_case in vars(room).items():
            own = inspect.isfunction(use_case) and use_case.__module__.startswith(inside)
            if own and not name.startswith("_") and _takes_an_id(use_case):
                found.add(f"{module.name}.{name}")
    return {
        name
        for name in found - tried.keys()
        if name not in WITHOUT_A_VIEWER and name.split(".")[0] not in WITHOUT_A_VIEWER
    }


def _takes_an_id(use_case):
    kinds = [parameter.annotation for parameter in inspect.signature(use_case).parameters.values()]
    return any(kind is UUID or kind == UUID | None for kind in kinds)


def test_no_use_case_takes_another_territorys_id(both):
    theirs, mine = both
    before = written_in(theirs)
    tried = by_id(theirs, mine.boss)
    assert untried(tried) == set()
    for name, act in tried.items():
        with pytest.raises((NotFound, Conflict, Gone, NoResultFound)):
            pytest.fail(f"{name} gave {act()!r}")
        end_read()
    assert views.case_facts(theirs.cases[0].case_id) == {}
    assert follow_ups.reference_of(theirs.cases[0].case_id) is None
    assert [partners.name_of(row_id) for row_id in theirs.ids[Partner]] == [""] * len(theirs.ids[Partner])
    assert breaches.open_breaches(mine.boss, case_id=theirs.cases[0].case_id) == []
    assert not meetings.is_sitting(theirs.meeting)
    assert invitations.of_task(theirs.task_id) is None
    assert mending.targets(theirs.cases[1].process_id, theirs.task_id) == []
    assert supervision_actions.entrust([theirs.task_id], mine.boss.user_id, mine.boss).done == 0
    for entity in (Document, Event):
        for row_id in theirs.ids[entity]:
            documents.render(str(row_id)) if entity is Document else events.deliver(str(row_id))
    with pytest.raises(Forbidden):
        actors.actor_for(db.session.get_one(User, theirs.user_id))
    assert written_in(theirs) == before


def written_in(lived):
    """How far the other territory's journal and steps have gone."""
    end_read()
    with tenancy.unscoped("maintenance"):
        rows = db.session.execute(
            select(ProcessInstance.id, ProcessInstance.version)
            .where(ProcessInstance.id.in_(lived.ids[ProcessInstance]))
            .order_by(ProcessInstance.id)
        )
        return [tuple(row) for row in rows]


def test_lists_pages_and_links_show_nothing_of_the_other_territory(both):
    theirs, mine = both
    foreign = {str(row_id) for ids in theirs.ids.values() for row_id in ids} | {str(theirs.task_id)}
    told = [
        cases.listing(mine.boss, status="all"), inbox.inbox(mine.boss, which="equipe"), partners.listing(),
        supervision.late(mine.boss), supervision.open_incidents(mine.boss), releases.history(),
        supervision.waiting_events(mine.boss), dead_letters.stuck(mine.boss), reviews.processes(mine.boss),
    ]  # fmt: skip
    shown = [item for given in told for item in getattr(given, "rows", given)]
    assert len(shown) > 10
    for item in shown:
        facts = {str(value) for value in vars(item).values()}
        assert not facts & foreign
        assert not any(
            isinstance(value, Scoped) and str(value.id) in foreign for value in vars(item).values()
        )
    assert cases.listing(mine.boss, status="all").total == 3
    assert cases.listing(mine.boss, search="Moreau", status="all").total == 3
    assert inbox.counts(mine.boss)["equipe"] < 6
    own_household_under_the_same_reference(theirs, mine)
    link_of_its_own_territory(theirs, mine)


def own_household_under_the_same_reference(theirs, mine):
    view = case_view.file_view(mine.cases[0].reference, mine.boss)
    assert mine.cases[0].reference == theirs.cases[0].reference
    assert view.case.id == mine.cases[0].case_id != theirs.cases[0].case_id
    assert {row.id for row in view.documents}.isdisjoint(theirs.ids[Document])
    assert {row.id for row in view.partners}.isdisjoint(theirs.ids[Orientation])
    assert {row.id for row in view.messages}.isdisjoint(theirs.ids[Message])
    assert build.the_case(mine.cases[0]).duplicates == []
    assert journal.verify() is None


def link_of_its_own_territory(theirs, mine):
    served = tenancy.current_id()
    with links.holding(theirs.token) as view:
        assert view.territory.code == "carene"
        assert tenancy.current_id() != served
    assert tenancy.current_id() == served
    with pytest.raises(NotFound):
        task_view.open_task(mine.task_id, view.actor)
    with pytest.raises(Gone), links.holding(theirs.token[::-1]):
        pass


def test_the_pump_serves_each_territory_in_turn(both):
    _, mine = both
    with build.later(days=40):
        assert build.pump() > 0
        with tenancy.unscoped("maintenance"):
            assert db.session.scalars(select(Timer).where(Timer.element == "sans_rendez_vous")).all() == []
        assert build.the_task("debloquer_rendez_vous").case_id == mine.cases[1].case_id
    assert journal.verify() is None


def test_without_a_territory_nothing_is_read(carene):
    build.an_alert()
    boss = build.an_actor("administration")
    with tenancy.unscoped("login"), pytest.raises((tenancy.NoTerritory, RelaisError)):
        inbox.inbox(boss, which="equipe")
        releases.current()


MARK = "Alphaville"
"""A word that stands in one territory alone: a household, a partner, a message, a draft, a note."""


@pytest.fixture
def marked(carene, next_door):
    """CARENE, where everything says the mark, and its neighbour with the same household; it is served."""
    partners.save(
        None, {"genre": "adil", "nom": f"ADIL {MARK}", "courriel": f"adil@{MARK.lower()}.invalid"},
        by=build.an_actor("administration"),
    )  # fmt: skip
    build.a_case("orientation", alert={"nom": MARK, "donneur_structure": f"CCAS {MARK}"})
    build.a_case("orientation")
    bundle = a_release_that_says_the_mark()
    releases.publish(bundle, note=f"Un mot de {MARK}", proof=proofs.of_check(bundle.files))
    put_draft({**bundle.files, "messages/brouillon.txt": f"Objet : {MARK}\n\nx".encode()})
    with tenancy.serving(next_door.id):
        build.a_case("orientation")
        yield next_door


def a_release_that_says_the_mark():
    files = dict(releases.current().bundle.files)
    text = files["messages/signalement_recu.txt"].decode()
    return bundle_from_files({**files, "messages/signalement_recu.txt": f"{text}\n{MARK}\n".encode()})


def test_a_programme_its_draft_and_its_versions_stay_at_home(marked, tmp_path):
    assert drafts.current() is None
    assert [row.number for row in releases.history()] == [1]
    with pytest.raises(NotFound):
        versions.sheet(2)
    assert MARK not in str(versions.sheet(1))
    clones.export("voisine", tmp_path / "voisine")
    assert not says_the_mark(tmp_path / "voisine")
    with pytest.raises(BundleFault, match="export précédent"):
        clones.export("carene", tmp_path / "voisine")
    put_draft({"messages/x.txt": b"x"})
    releases.publish(changed_rule(), note="Ici")
    home = releases.territory_by_code("carene")
    assert home is not None
    with tenancy.serving(home.id):
        draft = drafts.current()
        assert draft is not None
        assert "messages/brouillon.txt" in draft.files
        assert releases.history()[0].note == f"Un mot de {MARK}"
        assert journal.verify() is None
    assert journal.verify() is None


def says_the_mark(folder):
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) > 20
    return [path.name for path in written if MARK.encode() in path.read_bytes()]


def changed_rule():
    files = dict(releases.current().bundle.files)
    files["territoire.toml"] = files["territoire.toml"].replace(
        b"rendez_vous_max = 3", b"rendez_vous_max = 4"
    )
    return bundle_from_files(files)


def test_messages_and_letters_tell_nothing_of_the_neighbour(marked):
    with build.later(days=40):
        build.pump()
        build.an_alert()
    own = build.the_messages()
    assert {row.kind for row in own} >= {"signalement_recu", "demande_partenaire"}
    assert not [
        row.kind for row in own if MARK.lower() in f"{row.subject} {row.body} {row.recipient}".lower()
    ]
    assert not [row.kind for row in own if "/t/carene/" in row.body]
    assert not [row.template for row in build.the_documents() if MARK in str(row.context)]


def test_the_command_line_lists_and_exports_one_territory_at_a_time(marked, app, terminal, tmp_path):
    end_read()
    env = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "RELAIS_DATA_KEY": app.config["RELAIS_DATA_KEY"],
        "RELAIS_SECRET_KEY": "s" * 40,
        "RELAIS_INSTANCE": str(tmp_path),
    }

    def relais(*words):
        done = subprocess.run(
            [*terminal.command, *words],
            capture_output=True,
            text=True,
            env=env,
            cwd=ROOT,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert len(relais("case", "list", "--territory", "voisine").splitlines()) == 1
    assert len(relais("case", "list", "--territory", "carene").splitlines()) == 2
    relais("territory", "export", "voisine", str(tmp_path / "voisine"))
    relais("territory", "clone", "voisine", "clone", "--name", "Clone")
    relais("territory", "export", "clone", str(tmp_path / "clone"))
    assert not says_the_mark(tmp_path / "voisine") + says_the_mark(tmp_path / "clone")


def test_row_level_security_alone_shows_a_plain_role_one_territory(marked):
    end_read()
    if db.session.connection().dialect.name != "postgresql":
        pytest.skip("PostgreSQL alone has row-level security")
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Scoped):
            table = mapper.local_table.name
            shown = db.session.execute(text(f"SELECT DISTINCT territory_id FROM {table}")).scalars().all()
            assert {str(row) for row in shown} <= {str(marked.id)}, table
    whole = " ".join(str(row) for row in db.session.execute(text("SELECT * FROM household")))
    assert "Moreau" in whole
    assert MARK not in whole
