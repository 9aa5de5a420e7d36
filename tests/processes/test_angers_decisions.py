"""Decisions taken together, working groups, steering meetings, sheets verified (ANG-1, ANG-3, ANG-5)."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, scheduler
from app.database import db, end_read, transaction
from app.errors import Forbidden, Gone, Invalid, NotFound
from app.models import DirectorySheet, Membership, Message, Partner, ProcessInstance, Task
from app.services import actors, acts, network, network_attendance, publications, voices
from app.services.voices import VoicesClosed
from tests import angers_house as house
from tests import build

PROPOSAL = {
    "titre": "Une permanence commune", "genre": "action", "texte": "Chaque mois, à tour de rôle.",
    "motif": "Les familles ne savent pas à qui s'adresser.", "jours": 15,
}  # fmt: skip


@pytest.fixture
def angers(app: Flask, tmp_path) -> Iterator[None]:
    build.a_server(app, tmp_path)
    with build.serving(house.CODE), house.on(date(2026, 9, 1)):
        house.directory()
        yield


def a_member() -> actors.Actor:
    """Somebody of CLCV."""
    user = build.a_user("membre", name="Paul Gaudin")
    with transaction() as session:
        held = session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
        held.partner_id = session.scalars(select(Partner.id).where(Partner.name == "CLCV d'Angers")).one()
    end_read()
    return actors.actor_for(user)


def links(process_id: UUID) -> dict[str, str]:
    """Return the latest link of each structure, by name."""
    end_read()
    letters = db.session.scalars(
        select(Message).where(Message.kind == "decision_a_prendre").order_by(Message.queued_at)
    )
    return {one.recipient_name: one.body.partition("/v/")[2].split()[0] for one in letters}


def speak(token: str, choice: str, reason: str = "") -> None:
    with voices.holding(token) as held:
        voices.give(held.voice.id, choice, reason, by=held.voice.partner.name)


def results(process_id: UUID) -> tuple[str, int, int]:
    end_read()
    found = voices.detail(process_id, house.ccas())
    return found.row.status, found.tally.consents, found.tally.objections


def test_a_proposal_nobody_objects_to_is_adopted_and_everybody_is_told(angers):
    member = a_member()
    process_id = acts.start("decision", None, PROPOSAL, by=member)
    assert sorted(links(process_id)) == sorted(name for _, name in house.STRUCTURES)
    assert voices.detail(process_id, member).row.by == "Paul Gaudin"
    voices.give_for_structure(process_id, "objection", "Trop tôt.", by=member)
    voices.give_for_structure(process_id, "consentement", "", by=member)
    speak(links(process_id)["Podeliha"], "abstention")
    with clock.at(clock.now() + timedelta(days=16)):
        build.pump()
        assert results(process_id) == ("adoptee", 1, 0)
        told = build.the_messages("decision_connue")
        assert len(told) == len(house.STRUCTURES)
        assert "est adoptée" in told[0].body
        with pytest.raises(VoicesClosed):
            voices.give_for_structure(process_id, "objection", "Non.", by=member)


def test_an_objection_changes_the_text_and_a_new_round_forgets_the_former_voices(angers):
    process_id = acts.start("decision", None, PROPOSAL, by=house.ccas())
    first = links(process_id)
    with pytest.raises(Invalid):
        speak(first["CLCV d'Angers"], "objection")
    speak(first["CLCV d'Angers"], "objection", "Trop long.")
    speak(first["Podeliha"], "consentement")
    with clock.at(clock.now() + timedelta(days=16)):
        build.pump()
        shown = house.proposed(process_id, house.alisee())
        assert shown["raisons"] == [{"structure": "CLCV d'Angers", "raison": "Trop long."}]
        house.answer(
            process_id, "traiter_objections", house.alisee(), suite="amendee", texte="Six mois, à l'essai.",
            jours=10, reponse="Un essai.",
        )  # fmt: skip
        assert results(process_id) == ("ouverte", 0, 0)
        with pytest.raises(Gone):
            speak(first["Podeliha"], "consentement")
        speak(links(process_id)["CLCV d'Angers"], "consentement")
    with clock.at(clock.now() + timedelta(days=30)):
        build.pump()
        assert results(process_id) == ("adoptee", 1, 0)


def test_silence_adopts_nothing_and_a_proposal_may_be_withdrawn(angers):
    process_id = acts.start("decision", None, PROPOSAL, by=house.ccas())
    with clock.at(clock.now() + timedelta(days=16)):
        build.pump()
        house.answer(
            process_id, "traiter_objections", house.ccas(), suite="retiree", reponse="Personne n'a répondu."
        )
        assert results(process_id)[0] == "retiree"
        assert "retirée" in build.the_messages("decision_connue")[0].body


def test_only_a_structure_that_was_asked_has_a_voice(angers):
    process_id = acts.start("decision", None, PROPOSAL, by=house.ccas())
    with pytest.raises(Forbidden):
        voices.give_for_structure(process_id, "consentement", "", by=house.ccas())
    with pytest.raises(Forbidden):
        voices.detail(process_id, build.an_actor("administration"))
    with pytest.raises(NotFound):
        voices.detail(
            db.session.scalars(select(Task.id)).first() or process_id.__class__(int=1), house.ccas()
        )
    with pytest.raises(Gone), voices.holding("aucun"):
        pass


def test_a_working_group_meets_again_until_its_paper_is_published(angers):
    by = house.ccas()
    facts = {"sujet": "Guide-répertoire", "membres": [], "livrable": "Le guide", "reunions": 3}
    process_id = acts.start("groupe", None, facts, by=by)
    for number, following in enumerate(("reunion", "livrable")):
        end_read()
        query = select(ProcessInstance.id).where(ProcessInstance.process == "reunion_travail")
        meeting = db.session.scalars(query.order_by(ProcessInstance.started_at.desc())).all()[0]
        day = clock.today() + timedelta(days=20)
        with house.on(date(2026, 9, 2) + timedelta(days=40 * number)):
            house.answer(
                meeting, "fixer_reunion", by, titre=f"Réunion {number + 1}", heure="14 h", commune="49007",
                date_evenement=day + timedelta(days=40 * number), lieu="CCAS", programme="Plan du guide",
            )  # fmt: skip
        with house.on(day + timedelta(days=40 * number)):
            build.pump()
            people = [{"genre": "association", "nombre": 10}]
            house.answer(meeting, "noter_presence", by, issue="tenu", participants=people, emargement=[])
            house.answer(meeting, "rediger_synthese", by, ressort="Le plan est prêt.", decisions=[])
            house.answer(process_id, "dire_suite", by, suite=following)
            assert network_attendance.attendance(by).people == 10 * (number + 1)
    with house.on(date(2026, 12, 1)):
        house.answer(process_id, "ecrire_livrable", by, presentation="Qui fait quoi.", texte="Les acteurs.")
        parts = house.proposed(process_id, by)["parties"]
        assert [part["texte"] for part in parts] == ["Qui fait quoi.", "Les acteurs."]
        house.publish(process_id)
        assert [paper.process_id for paper in publications.listing()] == [process_id]


def test_four_steering_meetings_a_year_open_by_themselves_and_sheets_are_verified_twice(angers):
    scheduler.arm_calendars()
    for month in range(1, 17):
        with house.on(date(2026, 9, 2) + timedelta(days=31 * month)):
            build.pump()
    end_read()
    rows = db.session.execute(
        select(ProcessInstance.process, ProcessInstance.started_at).where(ProcessInstance.state != b"")
    )
    of_the_year = [row.process for row in rows if row.started_at.year == 2027]
    assert (of_the_year.count("comite_pilotage"), of_the_year.count("verification_fiche")) == (4, 2)
    (first, *_) = db.session.scalars(
        select(Task).where(Task.element == "appeler_structures", Task.status == "open")
    ).all()
    asked = {one.recipient_name for one in build.the_messages("fiche_a_verifier")}
    assert asked == {name for _, name in house.STRUCTURES}
    partner_id = db.session.scalars(select(Partner.id).where(Partner.name == "Podeliha")).one()
    with house.on(date(2028, 1, 20)):
        verified = [{"structure": str(partner_id)}]
        house.answer(
            first.process_id, "appeler_structures", house.ccas(), fiches_verifiees=verified, suite="arreter"
        )
        end_read()
        sheet = db.session.scalars(
            select(DirectorySheet).where(DirectorySheet.partner_id == partner_id)
        ).one()
        assert (sheet.verified_on, sheet.verified_by) == (date(2028, 1, 20), "Claire Ménard")
        assert network.events(house.ccas())
