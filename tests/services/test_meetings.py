"""A meeting held one situation at a time: prepared, fenced, closed once; what it decides comes back."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Case, Event, EventReceipt, Meeting, ProcessInstance, ReviewItem, Task
from app.services import meeting_close, meeting_items, meetings, reviews, starting
from app.services.meeting_close import NotAllDecided
from app.services.meetings import ChangedMeanwhile, MeetingOver
from tests import build


def open_the_review():
    """Start the coming review now; return its process."""
    starting.arm_all()
    waiting = (
        select(ProcessInstance)
        .where(ProcessInstance.process == "revue")
        .order_by(ProcessInstance.rank.desc())
    )
    process_id = db.session.scalars(waiting).first().id
    reviews.start_now(process_id, by=build.an_actor("administration"))
    build.pump()  # arms the next one
    return process_id


def pole(name="Hélène Riou"):
    return build.an_actor("coordinatrice_pole", name=name)


def the_view(process_id, by=None):
    end_read()
    return meetings.look(process_id, by or pole())


def the_item(process_id, reference):
    view = the_view(process_id)
    return next(item for item in meeting_items.items(view) if item.case.reference == reference)


def decide(process_id, case, decision="poursuivre", *, by=None, **more):
    """Save the decision of one situation, as the page of the meeting does."""
    item = the_item(process_id, case.reference)
    rank, version = item.row.rank, item.row.version
    answers = {"decision": decision, "commentaire": None, "actions": [], **more}
    meeting_items.save(process_id, rank, answers, version=version, by=by or pole())


def put_off(process_id, case):
    item = the_item(process_id, case.reference)
    meeting_items.save(process_id, item.row.rank, {}, version=item.row.version, by=pole(), postponed=True)


def close(process_id, **more):
    return meeting_close.close(process_id, {"date": clock.today(), "note": None, **more}, by=pole())


def an_action(what="Relancer le bailleur", who="couloir:coordonnateur", days=20):
    return {"quoi": what, "qui": who, "pour_le": clock.today() + timedelta(days=days)}


def test_late_partners_come_first_then_the_urgent_then_the_oldest(carene):
    late = build.a_case(
        "orientation", answers={"decider_orientations": {"lignes": [{"genre": "adil"}]}},
        alert={"nom": "Tardif"},
    )  # fmt: skip
    build.the_orientations(late)
    with build.later(days=1):
        calm, urgent, oldest = build.an_alert(), build.an_alert(), build.an_alert()

    with transaction() as session:
        for opened, priority, days in ((calm, "P3", 2), (urgent, "P1", 1), (oldest, "P3", 30)):
            row = session.scalars(select(Case).where(Case.id == opened.case_id)).one()
            row.priority, row.opened_at = priority, clock.now() - timedelta(days=days)
    with build.later(days=60):
        process_id = open_the_review()
        view = the_view(process_id)
        order = [item.case.reference for item in meeting_items.items(view)]
        assert order == [late.reference, urgent.reference, oldest.reference, calm.reference]
        assert [item.row.rank for item in meeting_items.items(view)] == [1, 2, 3, 4]
        assert [item.row.late_partners for item in meeting_items.items(view)] == [True, False, False, False]
        assert "en retard" in view.standing[late.case_id].partner


def test_a_meeting_says_what_changed_since_the_last_one(carene):
    case = build.a_case("attendre_pole")
    first = open_the_review()
    assert [line["texte"] for line in the_item(first, case.reference).changes][:1] == [
        "Première séance pour cette situation"
    ]
    decide(first, case, "reorienter", actions=[an_action("Revoir le bailleur")])
    close(first)
    build.pump()
    with build.later(days=10):
        build.complete("decider_orientations", lignes=[{"genre": "mar"}])
        build.drive(case, "repondre_demande")
    with build.later(days=91):
        second = open_the_review()
        told = [line["texte"] for line in the_item(second, case.reference).changes]
    assert told[0] == "Dernière décision : Réorienter"
    assert told[1].startswith("Action décidée, en retard (pour le ")
    assert told[1].endswith(") : Revoir le bailleur")
    assert any(text.startswith("Décider des orientations : fait") for text in told)
    assert any("demande transmise" in text for text in told)
    assert any("en retard, attendu pour le" in text for text in told)
    assert "Moreau" not in str(told)


def test_a_situation_added_at_the_last_minute_is_on_the_agenda_and_in_the_minutes(carene):
    listed = build.an_alert()
    process_id = open_the_review()
    with build.later(days=1):
        late_comer = build.an_alert()
        view = the_view(process_id)
        assert [case.reference for case in view.newcomers] == [late_comer.reference]
        rank = meeting_items.add(process_id, [f" {late_comer.reference.lower()} "], by=pole())
        assert rank == 2
        assert the_item(process_id, late_comer.reference).row.added
        assert the_view(process_id).newcomers == []
        decide(process_id, listed)
        decide(process_id, late_comer)
        close(process_id)
    grid = build.the_documents("compte_rendu_revue")[0].context["revue"]["decisions"]["_grille"]
    assert f"{late_comer.reference}\najoutée en séance" in [line[0] for line in grid]
    assert [line.case_id for line in build.the_journal("revue.ajout")] == [late_comer.case_id]


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("DOS-1999-0001", "Aucun dossier ne porte la référence"),
        ("", "Indiquez la référence d'un dossier"),
        (None, "déjà à l'ordre du jour, au n° 1"),
        ("clos", "est clos"),
    ],
)
def test_what_cannot_be_added_is_refused_with_its_reason(carene, reference, sentence):
    listed = build.an_alert()
    gone = build.a_case("fin", answers={"analyser_signalement": {"dans_champ": False}})
    process_id = open_the_review()
    typed = {None: listed.reference, "clos": gone.reference}.get(reference, reference)
    with pytest.raises(Invalid) as refused:
        meeting_items.add(process_id, [typed], by=pole())
    assert sentence in refused.value.problems["reference"][0]
    assert len(the_view(process_id).items) == 1


def test_a_meeting_is_not_closed_while_a_situation_has_neither_decision_nor_report(carene):
    cases = [build.an_alert() for _ in range(3)]
    process_id = open_the_review()
    decide(process_id, cases[0])
    put_off(process_id, cases[1])
    with pytest.raises(NotAllDecided) as refused:
        close(process_id)
    assert cases[2].reference in refused.value.sentence
    assert cases[0].reference not in refused.value.sentence
    assert build.the_task("tenir_revue").status == "open"
    decide(process_id, cases[2])
    close(process_id)
    decided = {row.case_id: row.decision for row in db.session.scalars(select(ReviewItem))}
    assert decided == {
        cases[0].case_id: "poursuivre", cases[1].case_id: None, cases[2].case_id: "poursuivre",
    }  # fmt: skip
    assert db.session.scalars(select(Meeting)).one().status == "held"


def test_a_situation_put_off_comes_back_next_time_and_says_so(carene):
    case, other = build.an_alert(), build.an_alert()
    process_id = open_the_review()
    put_off(process_id, case)
    decide(process_id, other)
    close(process_id)
    assert db.session.scalars(select(Event).where(Event.case_id == case.case_id)).all() == []
    minutes = build.the_documents("compte_rendu_revue")[0].context["revue"]
    assert [line[0] for line in minutes["reportees"]["_grille"]] == ["Dossier", case.reference]
    with build.later(days=91):
        second = open_the_review()
        assert the_item(second, case.reference).changes[0]["texte"].startswith("Reportée à la dernière")


def test_a_case_closed_meanwhile_needs_no_decision_and_is_told_nothing(carene):
    gone = build.a_case("informer_cloture", answers={"analyser_signalement": {"dans_champ": False}})
    other = build.an_alert()
    process_id = open_the_review()
    build.complete("informer_cloture")
    assert the_item(process_id, gone.reference).state == "close"
    decide(process_id, other)
    close(process_id)
    assert [event.case_id for event in db.session.scalars(select(Event))] == [other.case_id]


def test_two_secretaries_never_write_over_each_other(carene):
    case = build.an_alert()
    process_id = open_the_review()
    first = the_item(process_id, case.reference).row
    rank, version = first.rank, first.version
    meeting_items.save(process_id, rank, {"decision": "regle"}, version=version, by=pole("Hélène Riou"))
    with pytest.raises(ChangedMeanwhile) as refused:
        meeting_items.save(process_id, rank, {"decision": "poursuivre"}, version=version, by=pole("Anne Bel"))
    assert "Hélène Riou a enregistré entre-temps" in refused.value.sentence
    assert the_item(process_id, case.reference).answers["decision"] == "regle"


def test_two_secretaries_at_once_one_saves_and_the_other_is_told(app, carene):
    case = build.an_alert()
    process_id = open_the_review()
    row = the_item(process_id, case.reference).row
    rank, version = row.rank, row.version
    people = [pole("Hélène Riou"), pole("Anne Bel")]

    def act(number):
        return meeting_items.save(
            process_id,
            rank,
            {"decision": ["regle", "poursuivre"][number]},
            version=version,
            by=people[number],
        )

    told = build.together(app, 2, act)
    assert sorted(type(one).__name__ for one in told) == ["ChangedMeanwhile", "int"]
    assert the_item(process_id, case.reference).row.version == version + 1


def test_a_double_click_on_close_decides_each_situation_once(app, carene):
    cases = [build.a_case("attendre_pole"), build.an_alert()]
    process_id = open_the_review()
    for case in cases:
        decide(process_id, case, actions=[an_action()])
    told = build.together(app, 2, lambda _: close(process_id))
    assert sorted(isinstance(one, Conflict) for one in told) == [False, True], told
    build.pump()
    events = db.session.scalars(select(Event)).all()
    assert sorted(event.case_id for event in events) == sorted(case.case_id for case in cases)
    assert len(db.session.scalars(select(EventReceipt)).all()) == 1
    carried = select(ProcessInstance).where(ProcessInstance.process == "action_decidee")
    assert len(db.session.scalars(carried).all()) == 2
    with pytest.raises(MeetingOver):
        close(process_id)


def test_a_decision_saved_while_the_meeting_closes_is_not_lost(carene, monkeypatch):
    case = build.an_alert()
    process_id = open_the_review()
    decide(process_id, case, "poursuivre")
    whole = meeting_close._whole

    def meanwhile(view, answers):
        found = whole(view, answers)
        decide(process_id, case, "regle", by=pole("Anne Bel"))
        return found

    monkeypatch.setattr(meeting_close, "_whole", meanwhile)
    with pytest.raises(Conflict):
        close(process_id)
    assert build.the_task("tenir_revue").status == "open"
    monkeypatch.undo()
    close(process_id)
    assert db.session.scalars(select(ReviewItem.decision)).one() == "regle"


def test_actions_become_tasks_of_their_cases_in_the_lane_of_whoever_does_them(carene):
    case = build.an_alert()
    claire = build.a_user("travailleur_social", name="Claire Martin")
    process_id = open_the_review()
    decide(
        process_id,
        case,
        actions=[
            an_action("Relancer l'ADIL", "partenaire:adil"),
            an_action("Mesurer le salon", "couloir:technicien"),
            an_action("Rappeler le bailleur", f"personne:{claire.id}", days=9),
        ],
    )
    close(process_id)
    rows = db.session.scalars(
        select(Task).where(Task.case_id == case.case_id, Task.called_process == "action_decidee")
    ).all()
    assert {(task.lane, task.claimed_by) for task in rows} == {
        ("coordonnateur", None), ("technicien", None), ("coordonnateur", claire.id),
    }  # fmt: skip
    held = next(task for task in rows if task.claimed_by == claire.id)
    assert held.due_at.astimezone(clock.PARIS).date() == clock.today() + timedelta(days=10)
    kept = db.session.scalars(select(ReviewItem)).one().actions
    assert [(action["qui"], action["quoi"]) for action in kept] == [
        ("ADIL", "Relancer l'ADIL"),
        ("Technicien conseil", "Mesurer le salon"),
        ("Claire Martin", "Rappeler le bailleur"),
    ]


def test_the_next_agenda_says_what_became_of_each_action(carene):
    case = build.a_case("attendre_pole")
    process_id = open_the_review()
    decide(
        process_id, case,
        actions=[an_action("Appeler la CAF"), an_action("Voir le maire", "couloir:pole"),
                 an_action("Visiter la cave", "couloir:technicien", days=200)],
    )  # fmt: skip
    close(process_id)
    build.complete("mener_action_coordonnateur", faite=True)
    build.complete("mener_action_pole", faite=False, pourquoi="Il est absent.")
    with build.later(days=91):
        second = open_the_review()
        told = [
            line["texte"] for line in the_item(second, case.reference).changes if line["genre"] == "action"
        ]
    assert told[0] == "Action décidée, faite : Appeler la CAF"
    assert told[1] == "Action décidée, non faite : Voir le maire"
    assert told[2].startswith("Action décidée, à faire pour le ")
    assert "absent" not in str(told)


def test_whoever_may_not_hold_the_meeting_is_refused(carene):
    case = build.an_alert()
    process_id = open_the_review()
    with pytest.raises(Forbidden):
        meetings.look(process_id, build.an_actor("technicien"))
    assert not meetings.look(process_id, build.an_actor("travailleur_social")).may_hold
    with pytest.raises(Forbidden):
        meeting_items.save(process_id, 1, {}, version=0, by=build.an_actor("travailleur_social"))
    with pytest.raises(Forbidden):
        meeting_close.close(process_id, {}, by=build.an_actor("travailleur_social"))
    with pytest.raises(NotFound):
        meetings.look(case.process_id, pole())
    with pytest.raises(NotFound):
        meeting_items.save(process_id, 99, {}, version=0, by=pole())


def test_nothing_is_written_before_the_agenda_is_made_or_after_the_meeting_is_closed(carene):
    case = build.an_alert()
    starting.arm_all()
    waiting = db.session.scalars(select(ProcessInstance.id).where(ProcessInstance.process == "revue")).one()
    assert the_view(waiting).state == "a_venir"
    assert the_view(waiting).planned == datetime(2026, 4, 15, tzinfo=clock.PARIS)
    with pytest.raises(Conflict):
        meeting_items.save(waiting, 1, {}, version=0, by=pole())
    process_id = open_the_review()
    decide(process_id, case)
    close(process_id)
    with pytest.raises(MeetingOver):
        meeting_items.save(process_id, 1, {"decision": "regle"}, version=1, by=pole())
    with pytest.raises(MeetingOver):
        meeting_items.add(process_id, [build.an_alert().reference], by=pole())
    assert the_view(process_id).state == "tenue"
    assert date.fromisoformat(the_item(process_id, case.reference).changes[0]["le"])


def test_what_somebody_may_not_read_is_neither_shown_nor_wiped_out(carene):
    case = build.an_alert()
    process_id = open_the_review()
    decide(process_id, case, commentaire="La famille attend un enfant.")
    blind = replace(pole("Anne Bel"), rights=replace(pole().rights, read=frozenset({"technique"})))
    item = the_item(process_id, case.reference)
    assert "commentaire" not in item.readable(blind.rights.read)
    meeting_items.save(process_id, 1, {"decision": "regle", "commentaire": ""}, version=1, by=blind)
    kept = the_item(process_id, case.reference).answers
    assert (kept["decision"], kept["commentaire"]) == ("regle", "La famille attend un enfant.")
