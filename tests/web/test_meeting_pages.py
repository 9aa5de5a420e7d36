"""The pages of a meeting: who opens them, what is refused, what two people at once see (CAR-11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read
from app.models import Case, Meeting, Notice, ProcessInstance, ReviewItem, Task
from app.services import reviews, starting
from tests import build
from tests.web.server import PASSWORD, log_in, token_of, web_app

POLE, SECOND, SOCIAL, BOSS, TECHNICIAN = (
    f"{name}@carene.invalid" for name in ("pole", "seconde", "social", "patron", "technique")
)


@dataclass
class Site:
    """A server with one review open on three situations, and one coming."""

    app: Flask
    process_id: UUID
    coming: UUID
    references: list[str]

    def as_(self, email: str) -> FlaskClient:
        client = self.app.test_client()
        log_in(client, email)
        return client

    def address(self, rest: str = "", *, of: UUID | None = None) -> str:
        return f"/t/carene/revues/{of or self.process_id}{rest}"

    def send(self, client: FlaskClient, rest: str, data: dict, *, of: UUID | None = None):
        page = client.get(self.address(of=of)).text
        return client.post(self.address(rest, of=of), data={"csrf_token": token_of(page), **data})

    def rows(self, query):
        with self.app.app_context(), build.serving("carene"):
            end_read()
            found = list(db.session.scalars(query))
            db.session.expunge_all()
        return found


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    app = web_app(database_url, tmp_path)
    with app.app_context(), build.serving("carene"):
        for email, roles in (
            (POLE, ["coordinatrice_pole"]), (SECOND, ["coordinatrice_pole"]),
            (SOCIAL, ["travailleur_social"]), (BOSS, ["administration"]), (TECHNICIAN, ["technicien"]),
        ):  # fmt: skip
            build.a_user(*roles, email=email, name=email.partition("@")[0].capitalize(), password=PASSWORD)
        references = [build.an_alert().reference for _ in range(3)]
        starting.arm_all()
        waiting = db.session.scalars(
            select(ProcessInstance.id).where(ProcessInstance.process == "revue")
        ).one()
        reviews.start_now(waiting, by=build.an_actor("administration"))
        build.pump()
        coming = db.session.scalars(
            select(ProcessInstance.id).where(
                ProcessInstance.process == "revue", ProcessInstance.id != waiting
            )
        ).one()
        db.session.remove()
    assert tenancy.scope_or_none() is None
    yield Site(app, waiting, coming, references)
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def decision(version: int = 0, **more) -> dict:
    return {"decision": "poursuivre", "version": str(version), "_action": "suivante", **more}


def test_a_meeting_is_held_from_its_agenda_to_its_close(site):
    client = site.as_(POLE)
    page = client.get(site.address()).text
    assert all(reference in page for reference in site.references)
    assert "Tenir la séance" in page
    first = client.get(site.address("/seance/1")).text
    assert "1 sur 3" in first
    assert "Première séance pour cette situation" in first
    for rank in (1, 2):
        answer = site.send(client, f"/seance/{rank}", decision())
        assert answer.location.endswith(f"/seance/{rank + 1}")
    answer = site.send(client, "/seance/3", decision(_action="reporter", decision=""))
    assert answer.location.endswith("/cloture")
    shown = client.get(site.address("/cloture")).text
    assert "2</strong> décidées" in shown
    assert "1</strong> reportée" in shown
    answer = site.send(client, "/cloture", {"date": clock.today().isoformat()})
    assert answer.status_code == 302, answer.text
    after = client.get(answer.location).text
    assert "La séance est close" in after
    assert "décisions transmises" in after
    assert [row.decision for row in site.rows(select(ReviewItem).order_by(ReviewItem.rank))] == [
        "poursuivre", "poursuivre", None,
    ]  # fmt: skip


def test_the_task_of_a_meeting_opens_the_meeting(site):
    (task,) = site.rows(select(Task).where(Task.element == "tenir_revue"))
    client = site.as_(POLE)
    answer = client.get(f"/t/carene/taches/{task.id}")
    assert (answer.status_code, answer.location) == (302, site.address())
    page = client.get(site.address()).text
    posted = client.post(f"/t/carene/taches/{task.id}", data={"csrf_token": token_of(page), "date": "x"})
    assert posted.status_code == 409
    assert "se tient en séance" in posted.text


def test_each_role_sees_and_does_its_own(site):
    assert site.as_(TECHNICIAN).get(site.address()).status_code == 403
    reader = site.as_(SOCIAL)
    page = reader.get(site.address()).text
    assert "Tenir la séance" not in page
    assert reader.get(site.address("/seance/1")).status_code == 200
    for rest, data in (
        ("/seance/1", decision()),
        ("/cloture", {"date": clock.today().isoformat()}),
        ("/ajouts", {"reference": "DOS-2026-0001"}),
        ("/presents", {"version": "0"}),
        ("/preparation", {"date": clock.today().isoformat(), "version": "0"}),
        ("/report", {"date": clock.today().isoformat(), "motif": "non"}),
        ("/ordre-du-jour", {}),
    ):
        assert site.send(reader, rest, data).status_code == 403, rest
    assert all(row.answers == {} for row in site.rows(select(ReviewItem)))


def test_what_is_not_a_meeting_of_this_territory_does_not_exist(site):
    client = site.as_(POLE)
    (case,) = site.rows(select(ProcessInstance).where(ProcessInstance.case_id.is_not(None)).limit(1))
    for wrong in (case.id, UUID(int=7)):
        assert client.get(site.address(of=wrong)).status_code == 404
        assert client.get(site.address("/seance/1", of=wrong)).status_code == 404
        assert client.get(site.address("/cloture", of=wrong)).status_code == 404
    assert client.get(site.address("/seance/99")).status_code == 404
    assert client.get(f"/t/batigere/revues/{site.process_id}").status_code == 404


def test_a_stale_save_changes_nothing_shows_both_and_can_be_sent_again(site):
    first, second = site.as_(POLE), site.as_(SECOND)
    site.send(first, "/seance/1", decision(commentaire="Le bailleur a répondu.", _action="rester"))
    answer = site.send(second, "/seance/1", decision(decision="regle", commentaire="Réglée hier."))
    assert answer.status_code == 409
    assert "Pole a enregistré entre-temps" in answer.text
    assert "Le bailleur a répondu." in answer.text
    assert "Réglée hier." in answer.text
    assert site.rows(select(ReviewItem).where(ReviewItem.rank == 1))[0].answers["decision"] == "poursuivre"
    again = site.send(second, "/seance/1", decision(1, decision="regle", commentaire="Réglée hier."))
    assert again.status_code == 302
    assert site.rows(select(ReviewItem).where(ReviewItem.rank == 1))[0].answers["decision"] == "regle"


def test_actions_are_rows_and_a_bad_date_is_told_on_its_field(site):
    client = site.as_(POLE)
    added = site.send(
        client, "/seance/1", {"version": "0", "decision": "regle", "_action": "ajouter:actions"}
    )
    assert 'name="actions.0.quoi"' in added.text
    assert 'name="actions.0.reference"' not in added.text
    row = {"actions.0._": "1", "actions.0.quoi": "Relancer", "actions.0.qui": "couloir:pole"}
    refused = site.send(client, "/seance/1", decision(**row, **{"actions.0.pour_le": "31/02/2026"}))
    assert refused.status_code == 422
    assert "Écrivez une date qui existe" in refused.text
    due = (clock.today() + timedelta(days=9)).isoformat()
    assert site.send(client, "/seance/1", decision(**row, **{"actions.0.pour_le": due})).status_code == 302
    kept = site.rows(select(ReviewItem).where(ReviewItem.rank == 1))[0].answers["actions"]
    assert kept == [{"quoi": "Relancer", "qui": "couloir:pole", "pour_le": {"$date": due}}]
    assert "Relancer" in client.get(site.address("/seance/1")).text


def test_closing_too_early_names_what_is_left_and_a_second_close_says_it_is_done(site):
    client = site.as_(POLE)
    site.send(client, "/seance/1", decision())
    early = site.send(client, "/cloture", {"date": clock.today().isoformat()})
    assert early.status_code == 409
    assert "2 situations sont sans décision" in early.text
    assert site.references[1] in early.text
    for rank in (2, 3):
        site.send(client, f"/seance/{rank}", decision())
    assert site.send(client, "/cloture", {"date": ""}).status_code == 422
    assert site.send(client, "/cloture", {"date": clock.today().isoformat()}).status_code == 302
    twice = client.post(
        site.address("/cloture"),
        data={"csrf_token": token_of(client.get("/t/carene/revues").text or ""), "date": "2026-01-01"},
    )
    assert twice.status_code in (302, 400)
    late = site.send(client, "/seance/1", decision(1))
    assert (late.status_code, late.location) == (302, site.address())
    assert "rien n'y change plus" in client.get(site.address()).text.replace("’", "'").replace("&#39;", "'")


def test_a_situation_opened_since_the_agenda_is_proposed_and_added(site):
    with site.app.app_context(), build.serving("carene"):
        newcomer = build.an_alert().reference
        db.session.remove()
    client = site.as_(POLE)
    page = client.get(site.address()).text
    assert "situation ouverte depuis" in page
    assert newcomer in page
    answer = site.send(client, "/ajouts", {"reference": newcomer})
    assert answer.location.endswith("/seance/4")
    assert "Ajoutée en séance" in client.get(site.address()).text
    twice = site.send(client, "/ajouts", {"reference": newcomer})
    assert twice.status_code == 422
    assert "déjà à l" in twice.text


def test_the_date_the_place_and_the_people_are_prepared_and_fenced(site):
    client = site.as_(POLE)
    day = (clock.today() + timedelta(days=6)).isoformat()
    planned = {"date": day, "heure": "14:30", "lieu": "Salle Penhoët", "version": "0"}
    assert site.send(client, "/preparation", planned).status_code == 302
    page = client.get(site.address()).text
    assert "Salle Penhoët" in page
    assert "14\u202fh\u202f30" in page
    stale = site.send(client, "/preparation", {**planned, "lieu": "Ailleurs"})
    assert stale.status_code == 409
    other = (clock.today() + timedelta(days=8)).isoformat()
    refused = site.send(client, "/preparation", {**planned, "date": other, "version": "1"})
    assert refused.status_code == 422
    assert "Reporter la séance" in refused.text
    assert site.send(client, "/preparation", {**planned, "date": "demain", "version": "1"}).status_code == 422
    people = {
        "presents.0._": "1",
        "presents.0.nom": "Anne Bel",
        "presents.0.structure": "ADIL",
        "presents.0.present": "oui",
        "presents.1._": "1",
        "version": "1",
    }
    assert site.send(client, "/presents", people).status_code == 302
    assert site.send(client, "/presents", people).status_code == 409
    (meeting,) = site.rows(select(Meeting).where(Meeting.process_id == site.process_id))
    assert meeting.attendance == [{"nom": "Anne Bel", "structure": "ADIL", "present": True}]


def test_a_meeting_put_off_says_why_moves_its_step_and_tells_the_people(site):
    client = site.as_(POLE)
    day = clock.today() + timedelta(days=30)
    assert site.send(client, "/report", {"date": day.isoformat(), "motif": ""}).status_code == 422
    past = (clock.today() - timedelta(days=3)).isoformat()
    assert site.send(client, "/report", {"date": past, "motif": "Grève"}).status_code == 422
    moved = site.send(client, "/report", {"date": day.isoformat(), "heure": "9:00", "motif": "Grève"})
    assert moved.status_code in (302, 422)
    moved = site.send(client, "/report", {"date": day.isoformat(), "heure": "09:00", "motif": "Grève"})
    assert moved.status_code == 302, moved.text
    page = client.get(site.address()).text
    assert "Motif" in page
    assert "Grève" in page
    (task,) = site.rows(select(Task).where(Task.element == "tenir_revue"))
    assert (task.due_at - timedelta(seconds=1)).astimezone(clock.PARIS).date() == day
    told = site.rows(select(Notice).where(Notice.kind == "seance_reportee"))
    assert len(told) >= 2


def test_a_coming_meeting_put_off_moves_its_timer_and_the_next_keeps_its_date(site):
    client = site.as_(POLE)
    day = clock.today() + timedelta(days=200)
    moved = site.send(client, "/report", {"date": day.isoformat(), "motif": "Élections"}, of=site.coming)
    assert moved.status_code == 302, moved.text
    assert "Élections" in client.get(site.address(of=site.coming)).text
    assert client.get("/t/carene/revues").status_code == 200
    assert site.rows(select(Case).limit(1))
