"""At the door: a code that serves once, answers taken once and read back by nobody; a yes opens a case."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read
from app.errors import Conflict, Gone, Invalid, NotFound, TooMany
from app.models import Agreement, Campaign, Case, DoorAnswer, JournalLine, Submission, Target
from app.services import campaign_results, campaigns, door_ceilings, doors, mending, releases, task_view
from app.services.doors import DoorDone, RoundOver
from tests import build
from tests.campaign_house import (
    ABSENT,
    COORDINATOR,
    EMPTY,
    NO,
    YES,
    a_campaign,
    a_postman,
    close,
    knock,
    opened,
    targets,
    the_round,
    walked,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("carene")


def answer_of(target_id):
    end_read()
    return db.session.scalars(select(DoorAnswer).where(DoorAnswer.target_id == target_id)).one()


def test_a_yes_opens_a_case_with_the_agreement_given_at_the_door_and_keeps_nothing_else():
    campaign_id = a_campaign(field=True)
    round_id, _ = opened(campaign_id)
    first = targets(campaign_id)[0]
    taken = knock(round_id, first.id, YES)
    end_read()
    case = db.session.scalars(select(Case)).one()
    assert taken.new
    assert taken.next_door == targets(campaign_id)[1].id
    assert (case.household.last_name, case.dwelling.address) == ("Le Bihan", "2 rue des Lilas")
    assert case.alert_giver["origine"] == "La Poste"
    assert case.alert_giver["nom"] == "Tournée Tournée 1"
    assert case.agreement["etat"] == "obtenu"
    assert case.agreement["mode"] == "oral"
    assert case.agreement["date"] == clock.today().isoformat()
    alert = db.session.scalars(select(Submission).where(Submission.case_id == case.id)).one()
    assert alert.answers["indices"] == ["facture_elevee", "froid"]
    assert "le matin" in alert.answers["commentaire"]
    assert [task.element for task in build.open_tasks(case.id)] == ["analyser_signalement"]
    kept = answer_of(first.id)
    assert (kept.outcome, kept.eligible, kept.answers, kept.case_id) == ("accord", True, None, case.id)


def test_a_no_is_counted_with_its_reason_and_without_a_name():
    campaign_id = a_campaign(field=True)
    round_id, _ = opened(campaign_id)
    refused, absent, empty = targets(campaign_id)[:3]
    knock(round_id, refused.id, NO | {"statut": "autre", "froid": True, "factures": False, "personnes": 1,
                                      "revenus_plafond": "oui"})  # fmt: skip
    knock(round_id, absent.id, ABSENT)
    knock(round_id, empty.id, EMPTY)
    kept = answer_of(refused.id)
    assert (kept.outcome, kept.reason, kept.eligible) == ("refus", "N'en a pas besoin", True)
    assert kept.answers["froid"] is True
    asked = {field.key for field in releases.current().forms["questionnaire_facteur"].fields}
    assert set(kept.answers) <= asked - {"nom", "prenom", "telephone", "autre_moyen", "creneaux"}
    assert answer_of(absent.id).outcome == "absent"
    assert answer_of(empty.id).outcome == "ecarte"
    assert db.session.scalars(select(Case)).all() == []


def test_the_same_answer_counts_once_and_a_second_visit_of_the_same_door_is_refused(app):
    campaign_id = a_campaign(field=True)
    round_id, _ = opened(campaign_id)
    first, second = targets(campaign_id)[:2]
    device = uuid4()
    assert knock(round_id, first.id, YES, device=device).new
    assert not knock(round_id, first.id, YES, device=device).new
    with pytest.raises(Conflict):
        knock(round_id, second.id, YES, device=device)
    with pytest.raises(DoorDone, match="Passez à la suivante"):
        knock(round_id, first.id, NO | ABSENT)
    drawn = uuid4()
    ids = (round_id, second.id)
    results = build.together(app, 3, lambda _: knock(*ids, YES, device=drawn))
    assert sum(getattr(one, "new", False) is True for one in results) == 1
    end_read()
    assert len(db.session.scalars(select(Case)).all()) == 2


def test_a_code_opens_the_round_on_one_phone_until_its_last_day():
    campaign_id = a_campaign(field=True)
    round_id, code = opened(campaign_id)
    secret, ends = doors.use_code(code.lower().replace("-", " "), address="10.0.0.1")
    found, who = doors.of_phone(secret)
    assert found == round_id
    assert (who.rights.read, who.rights.permissions) == (frozenset(), frozenset({"tournees.saisir"}))
    assert ends.date() == the_round(campaign_id).campaign.ends_on
    with pytest.raises(RoundOver, match="nouveau code"):
        doors.use_code(code, address="10.0.0.1")
    by = build.an_actor(COORDINATOR)
    newer = campaigns.open_round(campaign_id, round_id, by=by)
    with pytest.raises(RoundOver):  # the first phone was lost: a new code ends it
        doors.of_phone(secret)
    fresh, _ = doors.use_code(newer, address="10.0.0.1")
    campaigns.plan_round(campaign_id, round_id, opens_on=None, closes_on=clock.today(), by=by)
    assert doors.of_phone(fresh)[0] == round_id
    with build.later(days=1), pytest.raises(RoundOver):
        doors.of_phone(fresh)
    campaigns.close_round(campaign_id, round_id, by=by)
    campaigns.close_round(campaign_id, round_id, by=by)
    for nothing in (None, "", "autre", fresh):
        with pytest.raises(RoundOver):
            doors.of_phone(nothing)
    with pytest.raises(Conflict):
        campaigns.open_round(campaign_id, round_id, by=by)


def test_codes_are_not_tried_without_end():
    for _ in range(60):
        with pytest.raises(RoundOver):
            doors.use_code("AAAA-BBBB-CCCC", address="10.0.0.9")
    with pytest.raises(TooMany):
        doors.use_code("AAAA-BBBB-CCCC", address="10.0.0.9")


def test_a_round_that_is_not_open_takes_nothing():
    campaign_id = a_campaign(field=True)
    row, first = the_round(campaign_id).id, targets(campaign_id)[0].id
    with pytest.raises(Gone):
        knock(row, first, ABSENT)
    opened(campaign_id)
    with pytest.raises(NotFound):
        knock(row, uuid4(), ABSENT)
    with pytest.raises(NotFound):
        knock(uuid4(), first, ABSENT)
    close(campaign_id)
    with pytest.raises(Gone):
        knock(row, first, ABSENT)


def test_the_absent_are_seen_once_more_in_a_later_round():
    campaign_id = a_campaign(field=True)
    round_id, _ = opened(campaign_id)
    absent, refused = targets(campaign_id)[:2]
    knock(round_id, absent.id, ABSENT)
    knock(round_id, refused.id, NO | {"accepte_echange": False})
    by = build.an_actor(COORDINATOR)
    assert campaigns.second_pass(campaign_id, 40, by=by) == 0  # its round is still walked
    campaigns.close_round(campaign_id, round_id, by=by)
    assert campaigns.board(campaign_id).absent == 1
    assert campaigns.second_pass(campaign_id, 40, by=by) == 1
    again, _ = opened(campaign_id, "Saint-Nazaire 1, passage 2")
    knock(again, absent.id, ABSENT)
    campaigns.close_round(campaign_id, again, by=by)
    assert campaigns.second_pass(campaign_id, 40, by=by) == 0  # two passes at most
    found = campaign_results.results(campaign_id, public=False)
    assert (found.total.targets, found.total.absent, found.total.refused, found.total.left) == (4, 1, 1, 2)
    assert [(line.label, line.absent) for line in found.rounds][-1] == ("Saint-Nazaire 1, passage 2", 1)


def test_rounds_are_formed_by_commune_street_by_street():
    rows = "".join(f"{number} rue du Port;44600;Saint-Nazaire\n" for number in (10, 9, 2, 1))
    campaign_id = a_campaign(sheet=f"Adresse;CP;Commune\n{rows}3 quai A;44480;Donges\n")
    by = build.an_actor(COORDINATOR)
    for size in (0, 201):
        with pytest.raises(Invalid):
            campaigns.form_rounds(campaign_id, size, by=by)
    assert campaigns.form_rounds(campaign_id, 3, by=by) == 3
    assert campaigns.form_rounds(campaign_id, 3, by=by) == 0
    walk = [
        row.address
        for row in targets(campaign_id)
        if row.round_id == the_round(campaign_id, "Saint-Nazaire 1").id
    ]
    assert walk == ["1 rue du Port", "2 rue du Port", "9 rue du Port"]
    with pytest.raises(Invalid):
        campaigns.plan_round(
            campaign_id, the_round(campaign_id, "Donges 1").id, by=by,
            opens_on=clock.today(), closes_on=clock.today() - timedelta(days=1),
        )  # fmt: skip


def test_ceilings_shown_at_the_door_are_those_of_the_year_in_force():
    year, lines = door_ceilings.ceilings(releases.current())
    assert year == 2026
    assert [line.persons for line in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[5].amount > lines[4].amount > lines[0].amount > 20_000


def test_closing_ends_the_round_prints_the_results_and_forgets_the_addresses_in_time():
    campaign_id = a_campaign(field=True)
    round_id, code = opened(campaign_id)
    knock(round_id, targets(campaign_id)[0].id, NO | {"accepte_echange": False})
    close(campaign_id)
    row = db.session.scalars(select(Campaign)).one()
    assert (row.status, row.forget_at - row.closed_at) == ("close", timedelta(days=30))
    with pytest.raises(RoundOver):
        doors.use_code(code, address="10.0.0.1")
    with pytest.raises(campaigns.CampaignClosed):
        campaigns.form_rounds(campaign_id, 10, by=build.an_actor(COORDINATOR))
    with build.later(days=29):
        build.pump()
        assert targets(campaign_id)[0].address
    with build.later(days=31):
        build.pump()
        kept = targets(campaign_id)
        assert {(row.address, row.match_address, row.complement) for row in kept} == {("", "", "")}
        assert {row.commune for row in kept} == {"Saint-Nazaire", "Donges"}
        assert db.session.scalars(select(DoorAnswer.answers)).all() == [None]
        assert campaign_results.results(campaign_id, public=False).total.refused == 1
    assert "campagne.ouverte" in set(db.session.scalars(select(JournalLine.action)))


def test_small_counts_are_hidden_from_la_poste_and_shown_to_the_team():
    rows = "".join(f"{number} rue du Port;44600;Saint-Nazaire;A\n" for number in range(1, 13))
    campaign_id = a_campaign(sheet=f"Adresse;CP;Commune;Tournée\n{rows}", field=True)
    round_id, _ = opened(campaign_id, "A")
    doors_there = targets(campaign_id)
    for target in doors_there[:2]:
        knock(round_id, target.id, YES)
    for target in doors_there[2:10]:
        knock(round_id, target.id, ABSENT)
    exact = campaign_results.results(campaign_id, public=False)
    told = campaign_results.results(campaign_id, public=True)
    assert (exact.total.accepted, exact.total.absent, exact.total.rate) == (2, 8, 100)
    assert told.total.accepted is None
    assert told.total.rate is None
    assert told.rounds == ()
    assert told.total.targets == 12
    headers, table = campaign_results.table(told)
    assert len(headers) == len(table[0])
    assert "n. c." in table[0]


def test_every_answer_that_says_yes_makes_an_alert_that_fits():
    campaign_id = a_campaign(
        sheet="Adresse;CP;Commune;Tournée\n"
        + "".join(f"{number} rue du Port;44600;Saint-Nazaire;A\n" for number in range(1, 25)),
        field=True,
    )
    round_id, _ = opened(campaign_id, "A")
    came = list(walked(round_id, random.Random(1)))  # noqa: S311  # made-up answers
    end_read()
    assert came.count("accord") == len(db.session.scalars(select(Case)).all()) > 0
    assert doors.walk(round_id).left == 0
    assert {row.status for row in db.session.scalars(select(Target))} == set(came)
    assert a_postman().rights.read == frozenset()


def test_a_field_that_is_prolonged_keeps_its_rounds_open_until_the_new_day():
    campaign_id = a_campaign(field=True, fin=clock.today() + timedelta(days=10))
    round_id, _ = opened(campaign_id)
    with build.later(days=11):
        with pytest.raises(RoundOver):
            doors.walk(round_id)
        build.complete("suivre_terrain", suite="prolonger", jusquau=clock.today() + timedelta(days=5))
        end_read()
        assert doors.walk(round_id).left == 3
        row = campaigns.find(campaign_id)
        assert (row.starts_on, row.ends_on) == (
            clock.today() - timedelta(days=11),
            clock.today() + timedelta(days=5),
        )
    build.complete("suivre_terrain", suite="terminer")


def test_a_convention_that_is_not_signed_is_looked_at_again_on_the_day_agreed():
    campaign_id = a_campaign()
    build.complete(
        "verifier_convention",
        signee=False,
        attend="Signature du maire",
        relance=clock.today() + timedelta(days=7),
    )
    assert campaigns.find(campaign_id).status == "preparation"
    with build.later(days=8):
        build.pump()
        build.complete("verifier_convention", signee=True, date=clock.today())
        build.complete("importer_cibles", pret=["oui"])
        end_read()
        assert campaigns.find(campaign_id).status == "terrain"


def test_a_campaign_that_is_given_up_takes_no_answer_and_forgets_its_addresses_too():
    campaign_id = a_campaign(field=True)
    round_id, _ = opened(campaign_id)
    process_id = campaigns.find(campaign_id).process_id
    end_read()
    mending.cancel(process_id, reason="La Poste se retire.", by=build.an_actor("coordinatrice_pole"))
    end_read()
    with pytest.raises(RoundOver):
        doors.walk(round_id)
    with pytest.raises(campaigns.CampaignClosed):
        campaigns.form_rounds(campaign_id, 10, by=build.an_actor(COORDINATOR))
    with build.later(days=31):
        build.pump()
        assert {row.address for row in targets(campaign_id)} == {""}


def test_a_convention_that_is_known_already_is_proposed_with_its_date():
    a_campaign()
    signed = db.session.scalars(select(Agreement.signed_on).where(Agreement.key == "la_poste")).one()
    task = build.the_task("verifier_convention")
    view = task_view.open_task(task.id, build.the_hand(task))
    assert signed is not None
    assert (view.initial.get("signee"), view.initial.get("date")) == (True, signed)
