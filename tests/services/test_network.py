"""Events, leads, alert-givers, the report of every situation, on the shipped files (CAR-4, 6, 10, 12)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app import clock, scheduler, tenancy
from app.catalog.uploads import Upload
from app.database import db, end_read
from app.errors import Forbidden, NotFound
from app.models import Case, Document, Partner, ProcessInstance, StoredFile, Submission, Task
from app.services import acts, network, network_attendance, network_givers, network_report, tasks
from tests import build

ANIMATION = {
    "genre": "stand", "titre": "Stand au marché", "date_evenement": date(2026, 3, 10), "heure": "10 h",
    "commune": "44184", "lieu": "Place du marché",
}  # fmt: skip
ATELIER = {
    "titre": "Lire sa facture", "accueil": "CCAS de Besné", "date_evenement": date(2026, 4, 2),
    "commune": "44013", "lieu": "Mairie", "gestes": ["facture"],
}  # fmt: skip
HELD = {
    "issue": "tenu", "participants": [{"genre": "menage", "nombre": 9}, {"genre": "ccas", "nombre": 3}],
    "interesses": 2, "emargement": [{"nom": "Anne Morvan", "structure": "CCAS"}],
}  # fmt: skip


def social():
    return build.an_actor("travailleur_social")


def answer(process_id, element, **answers):
    end_read()
    task = db.session.scalars(
        select(Task).where(Task.process_id == process_id, Task.element == element, Task.status == "open")
    ).one()
    tasks.complete(task.id, answers, by=social())


def an_event(act="animation", facts=ANIMATION):
    return acts.start(act, None, facts, by=social())


def the_event(process_id):
    end_read()
    return next(row for row in network.events(social()) if row.id == process_id)


def on(day, hour=9):
    return clock.at(clock.now().replace(year=2026, month=day.month, day=day.day, hour=hour))


def test_an_event_is_prepared_announced_attended_summed_up_and_its_names_erased(carene):
    process_id = an_event()
    build.pump()
    row = the_event(process_id)
    assert (row.state, row.words, row.waiting) == ("waiting", "À venir", None)
    assert [mail.kind for mail in build.the_messages("evenement_annonce")]
    with on(date(2026, 3, 10), 12):
        build.pump()
        row = the_event(process_id)
        assert (row.state, row.words) == ("todo", "Noter les présences")
        assert row.waiting.mine
        sheet = Upload("feuille.jpg", "image/jpeg", b"une feuille")
        answer(process_id, "noter_presence", **HELD, feuille=[sheet])
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 1
        row = the_event(process_id)
        assert (row.total, row.known.people) == (12, [("Ménages accompagnés", 9), ("CCAS", 3)])
        answer(process_id, "rediger_synthese", ressort="Beaucoup de passage.", appreciation="bonne")
        build.pump()
    with on(date(2026, 3, 12)):
        assert (the_event(process_id).state, the_event(process_id).words) == ("done", "Clos")
    with clock.at(clock.now() + timedelta(days=200)):
        build.pump()
        row = the_event(process_id)
        assert (row.state, row.words) == ("done", "Animation close")
    kept = db.session.scalars(select(Submission).where(Submission.form == "presence")).one()
    assert not {"emargement", "feuille"} & kept.answers.keys()
    names = db.session.scalars(select(StoredFile.name)).all()
    assert "feuille.jpg" not in names
    assert kept.answers["participants"][0]["nombre"] == 9
    assert build.the_journal("reponses.effacees")[0].details == {"champs": ["emargement", "feuille"]}
    papers = [
        row.template for row in db.session.scalars(select(Document).where(Document.process_id == process_id))
    ]
    assert sorted(papers) == ["compte_rendu_evenement", "feuille_presence"]


def test_the_minutes_of_an_event_hold_the_shares_and_no_name(carene):
    process_id = an_event()
    with on(date(2026, 3, 10), 12):
        build.pump()
        answer(process_id, "noter_presence", **HELD)
        answer(process_id, "rediger_synthese", ressort="Beaucoup de passage.", appreciation="bonne")
    end_read()
    minutes = db.session.scalars(select(Document).where(Document.template == "compte_rendu_evenement")).one()
    grid = minutes.context["evenement"]["participants"]["_grille"]
    assert grid[1:] == [["Ménages accompagnés", "9", "75 %"], ["CCAS", "3", "25 %"]]
    assert minutes.context["evenement"]["nombre"] == "12"
    assert "Morvan" not in str(minutes.context)


def test_an_event_put_off_comes_back_on_its_new_day_and_one_called_off_stops(carene):
    process_id = an_event()
    with on(date(2026, 3, 10), 12):
        build.pump()
        answer(process_id, "noter_presence", issue="reporte", date_evenement=date(2026, 3, 20))
        row = the_event(process_id)
        assert (row.state, row.day) == ("waiting", date(2026, 3, 20))
    with on(date(2026, 3, 20), 12):
        build.pump()
        assert the_event(process_id).words == "Noter les présences"
        answer(process_id, "noter_presence", issue="annule", motif="Personne n'est inscrit")
        assert (the_event(process_id).state, the_event(process_id).words) == ("stopped", "Annulé")


def test_who_came_is_counted_by_commune_and_period_and_leaves_with_a_line_in_the_journal(carene):
    first, second = an_event(), an_event("atelier", ATELIER)
    for process_id, day in ((first, date(2026, 3, 10)), (second, date(2026, 4, 2))):
        with on(day, 12):
            build.pump()
            answer(process_id, "noter_presence", **HELD)
    by = social()
    found = network_attendance.attendance(by)
    assert (found.events, found.people, found.interested) == (2, 24, 4)
    assert found.communes == [("Besné", 1, 12), ("Saint-Nazaire", 1, 12)]
    assert found.kinds == [("Ménages accompagnés", 18, "75 %"), ("CCAS", 6, "25 %")]
    assert network_attendance.attendance(by, commune="44013").events == 1
    assert network_attendance.attendance(by, last=date(2026, 3, 31)).events == 1
    rows = network_attendance.rows(by, kind="csv", first=date(2026, 4, 1))
    assert [(row[0], row[2], row[5], row[6]) for row in rows] == [
        (date(2026, 4, 2), "Lire sa facture", "Ménages accompagnés", 9),
        (date(2026, 4, 2), "Lire sa facture", "CCAS", 3),
    ]
    assert build.the_journal("export.presences")[0].details == {"genre": "csv", "lignes": 2}


def test_a_lead_is_contacted_met_and_enters_the_directory(carene):
    by = social()
    facts = {"nom": "Maison de santé", "genre": "personnel_medical", "date_contact": date(2026, 3, 4)}
    process_id = acts.start("recrutement", None, facts, by=by)
    assert [(row.known.text("nom"), row.state) for row in network.leads(by)] == [
        ("Maison de santé", "waiting")
    ]
    with on(date(2026, 3, 4), 12):
        build.pump()
        answer(process_id, "prendre_contact", issue="recontacter", date_contact=date(2026, 3, 11))
    with on(date(2026, 3, 11), 12):
        build.pump()
        answer(process_id, "prendre_contact", issue="rencontre", date_rencontre=date(2026, 3, 18))
    with on(date(2026, 3, 18), 12):
        build.pump()
        answer(process_id, "rencontrer", tenue_le=date(2026, 3, 18), issue="accord")
        answer(
            process_id, "formaliser_accord", nom="Maison de santé", genre="personnel_medical",
            communes=["44013"], courriel="accueil@sante.invalid",
            signe_le=date(2026, 3, 18), revoir_le=date(2027, 3, 18),
        )  # fmt: skip
    (lead,) = network.leads(by)
    assert (lead.state, lead.words) == ("done", "Partenaire inscrit")
    assert lead.known.day("revoir") == date(2027, 3, 18)
    partner = db.session.scalars(select(Partner).where(Partner.name == "Maison de santé")).one()
    assert (partner.kind, partner.communes, partner.active) == ("personnel_medical", ["44013"], True)
    assert build.the_journal("annuaire.modifie")


def test_a_structure_that_refuses_ends_the_lead_and_one_known_already_is_brought_up_to_date(carene):
    by = social()
    build.a_partner("adil", name="ADIL 44")
    before = db.session.scalars(select(Partner).where(Partner.name == "ADIL 44")).one().id
    facts = {"nom": "ADIL 44", "genre": "adil", "date_contact": date(2026, 3, 2)}
    gone, back = (acts.start("recrutement", None, facts, by=by) for _ in range(2))
    with clock.at(clock.now() + timedelta(hours=3)):
        build.pump()
        answer(gone, "prendre_contact", issue="refus")
        answer(back, "prendre_contact", issue="rencontre", date_rencontre=date(2026, 3, 2))
        build.pump()
        answer(back, "rencontrer", tenue_le=date(2026, 3, 2), issue="accord")
        answer(
            back, "formaliser_accord", nom="ADIL 44", genre="adil", courriel="nouveau@adil.invalid",
            signe_le=date(2026, 3, 2),
        )  # fmt: skip
    states = {row.id: (row.state, row.words) for row in network.leads(by)}
    assert states == {gone: ("stopped", "Piste sans suite"), back: ("done", "Partenaire inscrit")}
    partner = db.session.scalars(select(Partner).where(Partner.name == "ADIL 44")).one()
    assert (partner.id, partner.email) == (before, "nouveau@adil.invalid")


def test_who_alerts_is_told_at_each_stage_and_never_the_diagnosis(carene):
    build.a_case("repondre_demande")
    kinds = [mail.kind for mail in build.the_messages() if mail.recipient == build.ALERT["donneur_courriel"]]
    wanted = ["signalement_recu", "suite_tri", "suite_visite", "suite_orientation"]
    assert [kind for kind in wanted if kind in kinds] == wanted
    for mail in build.the_messages():
        if mail.recipient == build.ALERT["donneur_courriel"]:
            assert "Moreau" not in str(mail.body)
            assert "ADIL" not in str(mail.body)
    (row,) = network_givers.givers(social()).rows
    assert (row.name, row.alerts, row.untold, row.quiet) == ("CCAS de Saint-Nazaire", 1, 0, False)
    assert row.told_at is not None
    with clock.at(clock.now() + timedelta(days=190)):
        (row,) = network_givers.givers(social()).rows
        assert row.quiet


def test_every_open_situation_is_in_the_report_whatever_its_step_and_closed_ones_are_not(carene):
    build.a_directory()
    opened = [build.an_alert() for _ in range(5)]
    for number, element in enumerate(("analyser_signalement", "prendre_rendez_vous", "realiser_visite")):
        build.drive(opened[number], element)
    closed = db.session.get_one(Case, opened[4].case_id)
    closed.status = "closed"
    db.session.commit()
    for process in db.session.scalars(select(ProcessInstance)):  # one whose route was cancelled stays in it
        if process.case_id == opened[3].case_id:
            process.status = "cancelled"
    db.session.commit()
    rows = network_report.situations(social())
    assert sorted(row.reference for row in rows) == sorted(case.reference for case in opened[:4])
    assert len({row.step for row in rows}) >= 3
    exported = network_attendance.situations(social(), kind="xlsx")
    assert [len(row) for row in exported] == [len(network_report.HEADERS)] * 4
    assert not any("Moreau" in str(row) for row in exported)


def test_the_report_is_handed_to_the_pole_before_each_review_with_every_open_case(carene):
    build.an_actor("coordinatrice_pole")
    for _ in range(3):
        build.an_alert()
    scheduler.arm_calendars()
    with clock.at(clock.now() + timedelta(days=50)):
        build.pump()
        end_read()
        report = db.session.scalars(select(Document).where(Document.template == "rapport_situations")).one()
        every = db.session.scalars(select(Case.reference).where(Case.status == "open")).all()
    grid = report.context["rapport"]["situations"]["_grille"]
    assert report.context["rapport"]["nombre"] == str(len(every)) == "3"
    assert sorted(row[0] for row in grid[1:]) == sorted(every)
    assert build.the_messages("rapport_pret")


def test_another_role_another_territory_and_unknown_ids_are_refused(carene):
    process_id = an_event()
    technician = build.an_actor("technicien")
    for call in (
        lambda: network.events(technician),
        lambda: network.leads(technician),
        lambda: network.detail(process_id, technician),
        lambda: network_givers.givers(technician),
        lambda: network_attendance.attendance(technician),
        lambda: network_report.situations(technician),
    ):
        with pytest.raises(Forbidden):
            call()
    case = build.a_case()
    for wrong in (uuid4(), case.process_id):
        with pytest.raises(NotFound):
            network.detail(wrong, social())
    assert tenancy.current_id() == carene.id
