"""The yearly workshop, from the invitation to the syntheses that both co-leads publish (ANG-1, ANG-4)."""

import contextlib
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, scheduler
from app.database import db, end_read
from app.errors import Forbidden, Gone, Invalid, NotFound
from app.models import Message, Registration, Task
from app.services import (
    gathering_board,
    network,
    network_attendance,
    publications,
    registration_links,
    registrations,
)
from app.services.registrations import RegistrationsClosed
from tests import angers_house as house
from tests import build

NADIA = {"nom": "Nadia Morin", "courriel": "nadia@clcv.invalid", "structure": "CLCV", "type": "association",
         "groupe": "g1", "besoins": "Accès de plain-pied"}  # fmt: skip


@pytest.fixture
def angers(app: Flask, tmp_path) -> Iterator[None]:
    build.a_server(app, tmp_path)
    with build.serving(house.CODE), house.before(60):
        house.directory()
        yield


def somebody(number: int, **over: str) -> dict[str, str]:
    return {
        "nom": f"Personne {number}", "courriel": f"personne{number}@exemple.invalid", "structure": "",
        "type": "travailleur_social", "groupe": "", "besoins": "", **over,
    }  # fmt: skip


def letters(kind: str) -> list[Message]:
    end_read()
    return list(db.session.scalars(select(Message).where(Message.kind == kind).order_by(Message.queued_at)))


def link_of(letter: Message) -> str:
    return letter.body.partition("/i/")[2].split()[0]


def the_one_that_opens(found: list[Message], address: str) -> str:
    """Return the link of the only letter to an address whose link still opens."""
    alive = []
    for link in (link_of(one) for one in found if one.recipient == address):
        with contextlib.suppress(Gone), registration_links.holding(link):
            alive.append(link)
    assert len(alive) == 1
    return alive[0]


def test_a_workshop_goes_from_the_invitation_to_its_published_syntheses(angers):
    process_id = house.a_workshop()
    row = house.gathering(process_id)
    invited = letters("invitation_atelier")
    assert sorted(one.recipient_name for one in invited) == sorted(name for _, name in house.STRUCTURES)
    assert all(f"/t/angers/inscription/{row.token}" in one.body for one in invited)
    registrations.register(row.token, NADIA)
    registrations.register(row.token, somebody(2, groupe="g1"))
    registrations.register(row.token, somebody(3, type="bailleur_social"))
    with house.before(5):
        build.pump()
        with pytest.raises(RegistrationsClosed):
            registrations.register(row.token, somebody(4))
    with house.before(0):
        build.pump()
        people = {line.name: line.id for line in gathering_board.board(process_id, house.ccas()).lines}
        present = [people["Nadia Morin"], people["Personne 3"]]
        assert gathering_board.mark(process_id, people.values(), present, by=house.ccas()) == 2
        gathering_board.add(
            process_id,
            {"nom": "Zoé Petit", "structure": "", "type": "association", "groupe": ""},
            by=house.ccas(),
        )
        house.answer(process_id, "accueillir", house.ccas(), issue="tenu")
        board = gathering_board.board(process_id, house.alisee())
        assert board.came == [("Associations", 2, "67 %"), ("Bailleurs sociaux", 1, "33 %")]
        counted = house.proposed(process_id, house.ccas())["participants"]
        assert counted == [{"genre": "association", "nombre": 2}, {"genre": "bailleur_social", "nombre": 1}]
        house.answer(process_id, "verifier_presences", house.ccas(), participants=counted)
        assert network_attendance.attendance(house.ccas()).kinds[0] == ("Associations", 2, "67 %")
        steps = house.open_steps(process_id)
        assert sorted(task.scope for task in steps) == ["g1", "g2"]
        for task in steps:
            drawn = build.answers_for(task.id, house.ccas(), ressort=f"Ce que dit {task.scope}.")
            house.answer(process_id, "rediger_synthese_groupe", house.ccas(), scope=task.scope, **drawn)
        house.answer(process_id, "rediger_pleniere", house.ccas(), pleniere="Le réseau présente son année.")
        proposed = house.proposed(process_id, house.ccas())["parties"]
        assert [part["partie"] for part in proposed][:3] == ["Plénière", "Repérer", "Payer ses factures"]
        assert publications.listing() == []
        house.publish(process_id, refused=True)
        (paper,) = publications.listing()
        assert [part["titre"] for part in paper.parts] == ["Plénière", "Suites"]
        assert [one["qui"] for one in paper.approvals] == ["CCAS", "Alisée"]
        told = letters("syntheses_publiees")
        assert "nadia@clcv.invalid" in {one.recipient for one in told}
        assert "personne2@exemple.invalid" not in {one.recipient for one in told}
        assert all(f"/t/angers/publications/{paper.id}" in one.body for one in told)
        assert network.detail(process_id, house.alisee()).followed.state == "done"


def test_names_leave_on_the_day_the_programme_says_with_the_mails_and_the_counts_stay(angers):
    process_id = house.a_workshop()
    row = house.gathering(process_id)
    registrations.register(row.token, NADIA)
    token, gathering_id = row.token, row.id
    assert row.forget_at.astimezone(clock.PARIS).date() == house.DAY + timedelta(days=91)
    with house.on(house.DAY + timedelta(days=90), 23):
        build.pump()
        assert db.session.scalars(select(Registration.person)).one()["nom"] == "Nadia Morin"
    with house.on(house.DAY + timedelta(days=91), 1):
        build.pump()
        end_read()
        one = db.session.scalars(select(Registration)).one()
        assert (one.person, one.email_key, one.link, one.kind) == (None, None, None, "association")
        assert not db.session.scalar(
            select(func.count()).select_from(Message).where(Message.recipient == "nadia@clcv.invalid")
        )
        assert [row.subject for row in build.the_journal("inscriptions.oubliees")] == [str(gathering_id)]
        assert gathering_board.board(process_id, house.ccas()).counts == [("Associations", 1, "100 %")]
        with pytest.raises(gathering_board.Forgotten):
            gathering_board.mark(process_id, [], [], by=house.ccas())
        assert not registrations.page_of(token).open


def test_one_address_has_one_place_and_whoever_waits_gets_the_one_given_back(angers):
    process_id = house.a_workshop()
    token = house.gathering(process_id).token
    assert registrations.register(token, NADIA) == "inscrite"
    assert registrations.register(token, {**NADIA, "courriel": " NADIA@clcv.invalid "}) == "inscrite"
    assert len(letters("inscription_recue")) == 2
    registrations.register(token, somebody(2, groupe="g1"))
    with pytest.raises(Invalid) as refused:
        registrations.register(token, somebody(9, groupe="g1"))
    assert "complet" in refused.value.problems["groupe"][0]
    registrations.register(token, somebody(3))
    assert registrations.register(token, somebody(4)) == "attente"
    assert registrations.register(token, NADIA) == "attente", (
        "what is answered tells nobody who is registered"
    )
    board = gathering_board.board(process_id, house.ccas())
    assert ([line.name for line in board.waiting], len(board.lines)) == (["Personne 4"], 3)
    latest = the_one_that_opens(letters("inscription_recue"), NADIA["courriel"])
    with registration_links.holding(latest) as mine:
        registration_links.change_group(mine, "g2")
        assert mine.registration.group_key == "g2"
    with registration_links.holding(latest) as mine:
        registration_links.give_back(mine)
    with pytest.raises(Gone), registration_links.holding(latest):
        pass
    board = gathering_board.board(process_id, house.ccas())
    assert sorted(line.name for line in board.lines) == ["Personne 2", "Personne 3", "Personne 4"]
    assert [one.recipient for one in letters("inscription_place")] == ["personne4@exemple.invalid"]
    assert "Nadia" not in str([row.person for row in db.session.scalars(select(Registration))])


def test_a_workshop_put_off_keeps_every_place_and_one_called_off_tells_everybody(angers):
    process_id = house.a_workshop()
    registrations.register(house.gathering(process_id).token, NADIA)
    later = house.DAY + timedelta(days=14)
    with house.before(0):
        build.pump()
        house.answer(
            process_id, "accueillir", house.ccas(), issue="reporte", date_evenement=later,
            cloture_inscriptions=house.DAY + timedelta(days=10),
        )  # fmt: skip
        row = house.gathering(process_id)
        assert (row.day, registrations.page_of(row.token).open) == (later, True)
        assert "1er décembre 2026" in letters("atelier_reporte")[0].body
        registrations.register(row.token, somebody(2))
    with house.on(later):
        build.pump()
        house.answer(process_id, "accueillir", house.ccas(), issue="annule", motif="Salle fermée")
        assert len(letters("atelier_annule")) == 2
        assert network.detail(process_id, house.ccas()).followed.words == "Annulé"
        assert house.open_steps(process_id) == []


def test_a_member_sees_the_event_and_not_who_comes(angers):
    process_id = house.a_workshop()
    member = build.an_actor("membre")
    assert network.detail(process_id, member).followed.known.text("titre") == "Atelier de la solidarité"
    with pytest.raises(Forbidden):
        gathering_board.board(process_id, member)
    with pytest.raises(Forbidden):
        publications.withdraw(process_id, by=member)
    with pytest.raises(NotFound):
        gathering_board.board(db.session.scalars(select(Task.id)).first(), house.ccas())


def test_the_workshop_of_the_year_opens_by_itself(angers):
    scheduler.arm_calendars()
    with house.on(date(2027, 6, 1)):
        build.pump()
        end_read()
        (task,) = db.session.scalars(
            select(Task).where(Task.element == "preparer_atelier", Task.status == "open")
        )
        assert task.due_at is not None
