"""Forced browsing: every address, tried by every role and by outsiders, against what each may open (LAW-1).

The table below is written by hand, not computed from the settings of the territory: a permission moved by
mistake shows here.
"""

from typing import Final
from uuid import uuid4

import pytest
from flask import url_for
from sqlalchemy import select

from app.database import db
from app.models import Document
from app.services import accounts
from app.web.permissions import need_of
from tests import build
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

ROLES: Final = (
    "donneur_alerte", "ecorenove", "technicien", "travailleur_social", "coordinatrice_pole", "administration",
)  # fmt: skip

OPENS: Final = {
    # page: which of the six roles, in the order above, may open it
    "inbox.page":         "-xxxx-",
    "inbox.claim":        "-xxxx-",
    "inbox.hand_back":    "-xxxx-",
    "inbox.keep":         "-xxxx-",
    "inbox.change_kept":  "-xxxx-",
    "desk.hand_over":     "-xxxx-",
    "desk.prioritise":    "-xxxx-",
    "desk.follow_up":     "-xxxx-",
    "desk.presence":      "-xxxx-",
    "desk.many":          "-xxxx-",
    "absences.page":      "-xxxxx",
    "absences.declare":   "-xxxxx",
    "absences.call_off":  "-xxxxx",
    "tasks.page":         "-xxxx-",
    "tasks.answer":       "-xxxx-",
    "tasks.draft":        "-xxxx-",
    "tasks.kept_by_a_phone": "-xxxx-",
    "tasks.from_a_phone": "-xxxx-",
    "agenda.page":        "-xxxx-",
    "agenda.create_feed": "-xxxx-",
    "agenda.remove_feed": "-xxxx-",
    "alert.keep_draft":   "xx-x--",
    "alert.drop_draft":   "xx-x--",
    "cases.listing":      "-xxxx-",
    "cases.file":         "-xxxx-",
    "cases.diagram":      "-xxxx-",
    "cases.end_share":    "---x--",
    "files.document":     "-xxxx-",
    "files.file":         "-xxxx-",
    "household.page":      "---x-x",
    "household.agreement": "---x--",
    "household.data":      "---x--",
    "household.hold":      "-----x",
    "household.erase":     "-----x",
    "household.kept":      "----xx",
    "invitation.renew":    "-xxxx-",
    "reviews.page":       "---xx-",
    "reviews.start":      "----xx",
    "meetings.page":       "---xx-",
    "meetings.plan":       "---xx-",
    "meetings.move":       "---xx-",
    "meetings.attend":     "---xx-",
    "meetings.add":        "---xx-",
    "meetings.print_again":"---xx-",
    "meetings.item":       "---xx-",
    "meetings.save":       "---xx-",
    "meetings.close_page": "---xx-",
    "meetings.close":      "---xx-",
    "late.page":          "-x-xxx",
    "supervision.page":   "-x-xxx",
    "deadlines.page":     "-x-xxx",
    "deadlines.act":      "----xx",
    "deadlines.workbook": "-x-xxx",
    "deadlines.text":     "-x-xxx",
    "oversight.promised": "-x-xxx",
    "oversight.load":     "-x-xxx",
    "oversight.route":    "-x-xxx",
    "oversight.count":    "-x-xxx",
    "mending.page":       "----xx",
    "mending.diagram":    "----xx",
    "mending.pause_page": "----xx",
    "mending.pause":      "----xx",
    "mending.undo":       "----xx",
    "mending.retry":      "----xx",
    "mending_steps.due_page":    "----xx",
    "mending_steps.due":         "----xx",
    "mending_steps.step_page":   "----x-",
    "mending_steps.step":        "----x-",
    "mending_steps.cancel_page": "----x-",
    "mending_steps.cancel":      "----x-",
    "mending_steps.answer_page": "----x-",
    "mending_steps.answer":      "----x-",
    "supervision.retry":  "----xx",
    "supervision.replay": "----xx",
    "works.page":         "-x-xxx",
    "works.retry":        "----xx",
    "works.replay":       "----xx",
    "works.replay_all":   "----xx",
    "works.discard":      "----xx",
    "notices.page":       "-xxxxx",
    "notices.open_one":   "-xxxxx",
    "notices.read_all":   "-xxxxx",
    "notices.preferences_page": "-xxxxx",
    "notices.save":       "-xxxxx",
    "notices.believe":    "-xxxxx",
    "acts.page":           "---x--",
    "acts.send":           "---x--",
    "acts.draft":          "---x--",
    "acts.territory_page": "-xxxx-",
    "acts.territory_send": "-xxxx-",
    "acts.territory_draft":"-xxxx-",
    "network.page":        "-x-xx-",
    "network.detail":      "-x-xx-",
    "network.leads":       "-x-xx-",
    "network.givers":      "-x-xx-",
    "network.attendance":  "-x-xx-",
    "network.attendance_file": "-x-xx-",
    "network.situations":  "-x-xx-",
    "network.situations_file": "-x-xx-",
    "network.file":        "-x-xx-",
    "decisions.listing":   "-x-xx-",
    "decisions.page":      "-x-xx-",
    "decisions.speak":     "------",
    "gatherings.page":     "------",
    "gatherings.mark":     "------",
    "gatherings.add":      "------",
    "gatherings.places":   "------",
    "gatherings.one":      "------",
    "gatherings.withdraw": "------",
    "money.page":         "----xx",
    "money.agreement":    "----xx",
    "money.statement":    "----xx",
    "money.export":       "----xx",
    "money.envelope":     "----xx",
    "money.quota":        "----xx",
    "money_changes.new_agreement":  "----xx",
    "money_changes.edit_agreement": "----xx",
    "money_changes.save_agreement": "----xx",
    "money_changes.end_agreement":  "----xx",
    "money_changes.attach":         "----xx",
    "money_changes.attached":       "----xx",
    "money_changes.pay":            "----xx",
    "money_changes.cancel_payment": "----xx",
    "money_rows.new_envelope":      "----xx",
    "money_rows.edit_envelope":     "----xx",
    "money_rows.save_envelope":     "----xx",
    "money_rows.spend":             "----xx",
    "money_rows.save_quota":        "----xx",
    "money_rows.release_place":     "----xx",
    "goals.page":                   "----xx",
    "goals.save":                   "----xx",
    "goals.receive":                "----xx",
    "goals.cancel":                 "----xx",
    "migrating.page":      "-----x",
    "migrating.begin":     "-----x",
    "migrating.lot":       "-----x",
    "migrating.steps":     "-----x",
    "migrating.diagram":   "-----x",
    "migrating.map_steps": "-----x",
    "migrating.launch":    "-----x",
    "migrating.act":       "-----x",
    "migrating.undo":      "-----x",
    "takeover.page":      "----xx",
    "takeover.send":      "----xx",
    "takeover.columns":   "----xx",
    "takeover.match":     "----xx",
    "takeover.look":      "----xx",
    "takeover.confirm":   "----xx",
    "takeover.give_up":   "----xx",
    "takeover.lot":       "----xx",
    "takeover.refused":   "----xx",
    "takeover.undo":      "----xx",
    "takeover.undo_one":  "----xx",
    "partners.directory": "-xxxxx",
    "partners.new":       "-----x",
    "partners.edit":      "-----x",
    "partners.save":      "-----x",
    "sites.listing":      "------",
    "sites.page":         "------",
    "site_changes.new_site":       "------",
    "site_changes.edit_site":      "------",
    "site_changes.save_site":      "------",
    "site_changes.classify":       "------",
    "site_changes.name_referent":  "------",
    "site_changes.end_referent":   "------",
    "site_changes.end_ambassador": "------",
    "readings.form":      "------",
    "readings.correct":   "------",
    "readings.withdraw":  "------",
    "series.page":        "------",
    "series.one":         "------",
    "series.record":      "------",
    "series.withdraw":    "------",
    "series.send":        "------",
    "series.load":        "------",
    "stock.page":         "------",
    "capacity.page":      "------",
    "stock.article":      "------",
    "stock.enter":        "------",
    "stock.undo":         "------",
    "charter.page":       "-x-xxx",
    "charter.version":    "-x-xxx",
    "charter.sign":       "-x-xxx",
    "charter.publish":    "------",
    "charter.withdraw":   "------",
    "charter.scan":       "------",
    "charter.link":       "------",
    "exchanges.page":     "------",
    "exchanges.begin":    "------",
    "exchanges.rhythm":   "------",
    "exchanges.thread":   "------",
    "exchanges.reply":    "------",
    "exchanges.close":    "------",
    "exchanges.take_back": "------",
    "exchanges.file":     "------",
    "watch.page":         "-x-xxx",
    "watch.record":       "------",
    "watch.link":         "------",
    "directory.page":     "-xxxxx",
    "directory.guide":    "-xxxxx",
    "directory.sheet":    "-xxxxx",
    "directory.edit":     "-----x",
    "directory.save":     "-----x",
    "directory.verify":   "-----x",
    "directory.link":     "-----x",
    "campaigns.listing":     "-x-xx-",
    "campaigns.page":        "-x-xx-",
    "campaigns.results":     "-x-xx-",
    "campaigns.export":      "-x-xx-",
    "campaigns.order":       "-x-xx-",
    "campaigns.form_rounds": "-x--x-",
    "campaigns.open_round":  "-x--x-",
    "campaigns.plan_round":  "-x--x-",
    "campaigns.close_round": "-x--x-",
    "campaign_imports.choose":  "-x--x-",
    "campaign_imports.send":    "-x--x-",
    "campaign_imports.preview": "-x--x-",
    "campaign_imports.match":   "-x--x-",
    "campaign_imports.load":    "-x--x-",
    "campaign_imports.give_up": "-x--x-",
    "campaign_imports.refused": "-x--x-",
    "rounds.listing":     "------",
    "rounds.own":         "------",
    "rounds.own_door":    "------",
    "rounds.own_answer":  "------",
    "team.page":          "-----x",
    "team.invite":        "-----x",
    "team.person":        "-----x",
    "team.change":        "-----x",
    "team.close":         "-----x",
    "team.send_link":     "-----x",
    "team.entrust":       "----xx",
    "pilotage.page":            "----xx",
    "pilotage.outline_page":    "-----x",
    "pilotage.import_outlines": "-----x",
    "pilotage.remove_outlines": "-----x",
    "indicators.page":     "-x-xxx",
    "indicators.one":      "-x-xxx",
    "indicators.cases":    "-x-xxx",
    "indicators.workbook": "-x-xxx",
    "indicators.text":     "-x-xxx",
    "reports.listing":     "-x-xxx",
    "reports.begin":       "----xx",
    "reports.page":        "-x-xxx",
    "reports.write":       "----xx",
    "reports.preview":     "----xx",
    "reports.issue":       "----xx",
    "reports.drop":        "----xx",
    "reports.internal":    "----xx",
    "reports.public":      "-x-xxx",
    "funder.page":         "----xx",
    "funder.workbook":     "----xx",
    "funder.text":         "----xx",
    "studio.page":         "-----x",
    "studio.add":          "-----x",
    "studio.bring":        "-----x",
    "studio_archives.draft":   "-----x",
    "studio_archives.release": "-----x",
    "studio_archives.page":    "-----x",
    "studio_archives.send":    "-----x",
    "studio_archives.from_release": "-----x",
    "studio_archives.preview": "-----x",
    "studio_archives.take":    "-----x",
    "studio_diagrams.page":       "-----x",
    "studio_diagrams.drawing":    "-----x",
    "studio_diagrams.expression": "-----x",
    "opening.page":           "-----x",
    "opening.begin":          "-----x",
    "opening.step":           "-----x",
    "opening.keep":           "-----x",
    "opening.give_up":        "-----x",
    "opening.check":          "-----x",
    "opening.progress":       "-----x",
    "opening.stop":           "-----x",
    "studio_pull.page":       "-----x",
    "studio_pull.offer":      "-----x",
    "studio_pull.preview":    "-----x",
    "studio_pull.apply":      "-----x",
    "studio_publish.page":      "-----x",
    "studio_publish.start":     "-----x",
    "studio_publish.one":       "-----x",
    "studio_publish.progress":  "-----x",
    "studio_publish.stop":      "-----x",
    "studio_publish.back_page": "-----x",
    "studio_publish.go_back":   "-----x",
    "studio_trials.page":     "-----x",
    "studio_trials.start":    "-----x",
    "studio_trials.trial":    "-----x",
    "studio_trials.progress": "-----x",
    "studio_trials.stop":     "-----x",
    "studio_trials.again":    "-----x",
    "studio_trials.report":   "-----x",
    "studio_walks.page":      "-----x",
    "studio_walks.begin":     "-----x",
    "studio_walks.walk":      "-----x",
    "studio_walks.act":       "-----x",
    "studio_walks.back":      "-----x",
    "studio_walks.forget":    "-----x",
    "studio_walks.keep":      "-----x",
    "studio_walks.save":      "-----x",
    "studio_scenarios.page":       "-----x",
    "studio_scenarios.file":       "-----x",
    "studio_scenarios.take":       "-----x",
    "studio_scenarios.replay":     "-----x",
    "studio_scenarios.scenario":   "-----x",
    "studio_scenarios.replay_one": "-----x",
    "studio_scenarios.take_up":    "-----x",
    "studio_scenarios.remove":     "-----x",
    "studio_files.read":      "-----x",
    "studio_files.save":      "-----x",
    "studio_files.remove":    "-----x",
    "studio_files.judge":     "-----x",
    "studio_files.words":     "-----x",
    "studio_files.presence":  "-----x",
    "studio_files.page":      "-----x",
    "studio_files.download":  "-----x",
    "studio_files.rename":    "-----x",
    "studio_files.drop":      "-----x",
    "studio_files.overwrite": "-----x",
    "studio_files.restore":   "-----x",
    "studio_forms.listing": "-----x",
    "studio_forms.create":  "-----x",
    "studio_forms.page":    "-----x",
    "studio_forms.act":     "-----x",
    "studio_forms.undo":    "-----x",
    "studio_forms.preview": "-----x",
    "studio_forms.judge":   "-----x",
    "studio_decisions.page":  "-----x",
    "studio_decisions.save":  "-----x",
    "studio_decisions.trial": "-----x",
    "studio_settings.first": "-----x",
    "studio_settings.page":  "-----x",
    "studio_settings.save":  "-----x",
    "studio_settings.parts": "-----x",
    "studio_steps.page":     "-----x",
    "studio_steps.change":   "-----x",
    "studio_texts.page":    "-----x",
    "studio_texts.save":    "-----x",
    "studio_texts.preview": "-----x",
    "studio_texts.paper":   "-----x",
    "versions.page":      "-----x",
    "versions.release":   "-----x",
    "library.page":       "-xxxxx",
    "library.offered":    "-xxxxx",
    "library.handbook":   "-xxxxx",
    "library.ask":        "-xxxxx",
    "library.paper":      "-xxxxx",
}  # fmt: skip

OUTSIDE: Final = {"public", "link", "session"}


def email_of(role: str) -> str:
    return f"{role.replace('_', '-')}@carene.invalid"


@pytest.fixture
def house(empty_site: Site) -> Site:
    """CARENE, one person a role, one case that waits for the analysis of ÉCORÉNOVE."""
    with empty_site.app.app_context(), build.serving("carene"):
        for role in ROLES:
            build.a_user(role, name=role.capitalize(), email=email_of(role), password=PASSWORD)
        build.a_case("analyser_signalement")
        db.session.remove()
    return empty_site


def addresses(site: Site, real: dict[str, object]) -> dict[tuple[str, str], str]:
    """Return the address of each page that needs a permission, its parts naming things that exist."""
    found = {}
    for rule in site.app.url_map.iter_rules():
        need = need_of(site.app.view_functions[rule.endpoint])
        if rule.endpoint == "static" or (need is not None and need.kind in OUTSIDE):
            continue
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            with site.app.test_request_context():
                values = {name: real.get(name, uuid4()) for name in rule.arguments}
                values.update(rule.defaults or {})
                found[(method, rule.rule)] = url_for(rule.endpoint, _method=method, **values)
    return found


def things(site: Site) -> dict[str, object]:
    with site.app.app_context(), build.serving("carene"):
        opened = build.the_task("analyser_signalement")
        document = db.session.scalars(select(Document)).first()
        assert opened.case is not None and document is not None
        real = {
            "code": "carene",
            "task_id": opened.id,
            "reference": opened.case.reference,
            "process": "accompagnement",
            "document_id": document.id,
            "number": 1,
            "rank": 1,
            "act": "echange",
            "kind": "csv",
        }
        db.session.remove()
    return real


def test_the_table_names_every_page_that_needs_a_permission(house):
    named = {
        rule.endpoint
        for rule in house.app.url_map.iter_rules()
        if (need := need_of(house.app.view_functions[rule.endpoint])) is not None
        and need.kind == "permission"
    }
    assert named == set(OPENS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_is_refused_every_other(house, role):
    client = house.as_(email_of(role))
    client.get("/", follow_redirects=True)
    token = token_of(client.get("/aide").text)
    endpoints = {
        (method, rule.rule): rule.endpoint
        for rule in house.app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for (method, rule), address in addresses(house, things(house)).items():
        answer = client.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)
        allowed = OPENS[endpoints[method, rule]][ROLES.index(role)] == "x"
        if allowed and "<uuid:task_id>" in rule and role != "ecorenove":
            allowed = False  # the task stands in the lane of ÉCORÉNOVE
        assert (answer.status_code != 403) == allowed, (role, method, address, answer.status_code)
        assert answer.status_code < 500, (role, method, address)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "ecorenove"])
def test_the_task_of_another_lane_is_shown_taken_and_answered_by_nobody_else(house, role):
    task_id = things(house)["task_id"]
    client = house.as_(email_of(role))
    client.get("/", follow_redirects=True)
    token = token_of(client.get("/aide").text)
    address = f"/t/carene/taches/{task_id}"
    assert client.get(address).status_code == 403
    for verb in ("", "/prendre", "/rendre", "/brouillon"):
        answer = client.post(
            f"{address}{verb}", data={"csrf_token": token, "priorite": "P0", "_action": "envoyer"}
        )
        assert answer.status_code == 403, verb
    with house.app.app_context(), build.serving("carene"):
        task = build.the_task("analyser_signalement")
        assert (task.status, task.claimed_by) == ("open", None)
        assert not build.the_journal("tache.prise")


def test_whoever_gives_an_alert_reads_no_case_even_their_own(house):
    client = house.as_(email_of("donneur_alerte"))
    client.get("/", follow_redirects=True)
    for (method, _), address in addresses(house, things(house)).items():
        if method == "GET":
            answer = client.get(address)
            assert answer.status_code == 403, address
            assert "Moreau" not in answer.text


def test_the_administration_sees_what_is_late_without_the_households_names(house):
    client = house.as_(email_of("administration"))
    client.get("/", follow_redirects=True)
    with build.later(days=40):
        for page in ("retards", "supervision", "versions", "partenaires"):
            answer = client.get(f"/t/carene/{page}")
            assert answer.status_code == 200
            assert "Moreau" not in answer.text, page
            assert "rue du Croisic" not in answer.text, page
        assert "Analyser le signalement" in client.get("/t/carene/retards").text
        social = house.as_(email_of("travailleur_social"))
        social.get("/", follow_redirects=True)
        assert "Moreau" in social.get("/t/carene/retards").text


def test_a_role_taken_away_closes_the_pages_at_the_next_request(house):
    client = house.as_(email_of("ecorenove"))
    client.get("/", follow_redirects=True)
    assert client.get("/t/carene/dossiers").status_code == 200
    with house.app.app_context():
        person = accounts.by_email(email_of("ecorenove"))
        assert person is not None
        accounts.grant(person.id, territory_id=build.a_territory().id, roles=["donneur_alerte"])
        db.session.remove()
    assert client.get("/t/carene/dossiers").status_code == 403
