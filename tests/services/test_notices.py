"""People are told once, by the way each chose, at an hour they chose, of what still stands."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app import clock, jobs, tenancy
from app.clock import PARIS
from app.database import db, end_read, transaction
from app.errors import Invalid, NotFound
from app.ids import new_id
from app.models import Delegation, Membership, Message, Notice, NoticePreference, NoticeSettings, Task, User
from app.notifications import MessageFault
from app.services import actors, bell, claims, links, notices, preferences, reminders, tasks
from tests import build

DEMO_MAIL = frozenset({"deliver_message", "send_digest"})


def tell(
    *people: User, kind: str = "tache_attribuee", key: str = "un", title: str = "Une tâche", **more
) -> int:
    with transaction():
        return notices.tell([person.id for person in people], kind, key, title, "corbeille", **more)


def prefers(person: User, kind: str, mode: str, *, sms: bool = False) -> None:
    with transaction() as session:
        session.add(NoticePreference(user_id=person.id, kind=kind, mode=mode, sms=sms))


def settings_of(person: User, **values) -> None:
    with transaction() as session:
        session.add(NoticeSettings(user_id=person.id, **{"digest_at": 480} | values))


def lines(person: User | None = None) -> list[Notice]:
    end_read()
    query = select(Notice).order_by(Notice.at, Notice.id)
    return list(db.session.scalars(query if person is None else query.where(Notice.user_id == person.id)))


def mails(status: str | None = None) -> list[Message]:
    return [row for row in build.the_messages() if status in {None, row.status}]


def deliver() -> int:
    return jobs.run_due(only=DEMO_MAIL)


@pytest.fixture
def team(carene) -> tuple[User, User]:
    return build.a_user("ecorenove", name="Anne"), build.a_user("ecorenove", name="Boris")


def test_each_person_has_a_line_under_the_bell_and_a_mail(team):
    assert tell(*team) == 2
    assert [row.title for row in lines()] == ["Une tâche", "Une tâche"]
    assert {row.recipient_name for row in mails("queued")} == {"Anne", "Boris"}
    assert lines(team[0])[0].path == "/t/carene/corbeille"


def test_the_same_fact_is_told_once_and_another_again(team):
    assert tell(*team) == 2
    assert tell(*team) == 0
    assert tell(team[0], key="deux") == 1
    assert len(lines()) == len(mails()) == 3


def test_the_same_key_of_another_kind_is_another_fact(team):
    tell(team[0])
    assert tell(team[0], kind="seance_reportee") == 1


def test_telling_outside_a_transaction_is_a_programming_error(team):
    with pytest.raises(RuntimeError):
        notices.tell([team[0].id], "tache_attribuee", "x", "Une tâche", "corbeille")


def test_nothing_stays_of_a_step_that_is_rolled_back(team):
    with pytest.raises(LookupError), transaction():
        notices.tell([team[0].id], "tache_attribuee", "x", "Une tâche", "corbeille")
        raise LookupError
    assert lines() == mails() == []


def test_an_unknown_kind_is_a_programming_error(team):
    with pytest.raises(KeyError):
        tell(team[0], kind="bavardage")
    assert lines() == []


def test_a_title_holds_no_line_break(team):
    with pytest.raises(MessageFault):
        tell(team[0], title="Une tâche\nBcc: autre@exemple.invalid")


def test_strangers_and_closed_accounts_are_told_nothing(team):
    anne, boris = team
    stranger = User(email="x@exemple.invalid", name="X", password_hash="!", created_at=clock.now())
    with transaction() as session:
        session.add(stranger)
        session.get_one(User, boris.id).active = False
    assert tell(anne, boris, stranger) == 1
    assert [row.user_id for row in lines()] == [anne.id]


def test_an_account_of_another_territory_is_told_nothing(app, team, tmp_path):
    root = build.a_variant(tmp_path / "files", "voisin")
    with build.serving("voisin", root=root):
        neighbour = build.a_user("ecorenove", name="Voisine")
    assert tell(neighbour) == 0
    with build.serving("voisin", root=root):
        assert tell(neighbour) == 1
        assert tell(team[0]) == 0


def test_whoever_replaces_somebody_is_told_as_well_during_the_absence_alone(team):
    anne, boris = team
    today = clock.today()
    with transaction() as session:
        session.add(
            Delegation(
                from_user=anne.id, to_user=boris.id, starts_on=today, ends_on=today + timedelta(days=2),
                created_by=anne.id, created_at=clock.now(),
            )
        )  # fmt: skip
    assert tell(anne) == 2
    with build.later(days=3):
        assert tell(anne, key="après") == 1
    with transaction() as session:
        session.scalars(select(Delegation)).one().ended_at = clock.now()
    assert tell(anne, key="annulée") == 1


@pytest.mark.parametrize(
    ("mode", "written", "digest"), [("aussitot", 1, "none"), ("resume", 0, "waiting"), ("jamais", 0, "none")]
)
def test_each_chooses_at_once_once_a_day_or_the_bell_alone(team, mode, written, digest):
    prefers(team[0], "tache_attribuee", mode)
    tell(team[0])
    assert len(mails()) == written
    assert [row.digest for row in lines()] == [digest]


def test_what_must_be_known_cannot_be_silenced(team):
    prefers(team[0], "tache_escalade", "jamais")
    tell(team[0], kind="tache_escalade")
    assert len(mails()) == 1


def test_what_is_asked_for_only_leaves_no_line_for_others(team):
    anne, boris = team
    prefers(boris, "tache_nouvelle", "resume")
    assert tell(anne, boris, kind="tache_nouvelle") == 1
    assert [row.user_id for row in lines()] == [boris.id]


def test_several_notices_of_a_kind_within_minutes_leave_as_one_mail(team):
    for number in range(4):
        tell(team[0], key=str(number), title=f"Tâche {number}")
    tell(team[0], key="autre", kind="tache_escalade", title="Une autre sorte")
    assert deliver() >= 1
    assert [row.subject for row in mails("sent")] == ["Une autre sorte"]
    with build.later(minutes=6):
        while deliver():
            pass
        together = [row for row in mails("sent") if row.kind == "plusieurs_avis"]
    assert [row.subject for row in together] == ["4 tâches vous sont confiées"]
    for number in range(4):
        assert f"- Tâche {number}\n  http" in together[0].body
    assert len(mails("merged")) == 4


def test_one_notice_alone_leaves_as_itself_after_the_wait(team):
    tell(team[0], title="Une tâche seule")
    assert deliver() == 0
    with build.later(minutes=6):
        deliver()
    assert [(row.subject, row.status) for row in mails()] == [("Une tâche seule", "sent")]


def test_messages_of_two_people_are_not_joined(team):
    tell(*team)
    with build.later(minutes=6):
        deliver()
    assert [row.kind for row in mails("sent")] == ["tache_attribuee", "tache_attribuee"]


def test_a_mail_waits_for_the_end_of_quiet_hours_and_the_bell_does_not(team):
    settings_of(team[0], quiet_from=8 * 60, quiet_to=14 * 60)
    tell(team[0])
    assert len(lines(team[0])) == 1
    with build.later(hours=4):
        assert deliver() == 0
    with build.later(datetime(2026, 3, 2, 14, 0, tzinfo=PARIS)):
        deliver()
        assert len(mails("sent")) == 1


def test_quiet_hours_hold_for_mail_that_was_late_already(team):
    tell(team[0])
    settings_of(team[0], quiet_from=20 * 60, quiet_to=8 * 60)
    with build.later(datetime(2026, 3, 2, 23, 0, tzinfo=PARIS)):
        deliver()
        assert mails("sent") == []
    with build.later(datetime(2026, 3, 3, 8, 0, tzinfo=PARIS)):
        deliver()
        assert len(mails("sent")) == 1


def test_a_mail_about_a_step_that_is_over_does_not_leave(carene):
    case = build.a_case("analyser_signalement")
    anne = build.a_user("ecorenove", name="Anne")
    task = build.the_task("analyser_signalement", case=case)
    tell(anne, task_id=task.id, case_id=case.case_id)
    build.complete("analyser_signalement", case=case)
    with build.later(minutes=6):
        deliver()
    assert [row.status for row in mails() if row.kind == "tache_attribuee"] == ["dropped"]


def test_a_mail_about_a_notice_that_was_read_does_not_leave(team):
    tell(team[0])
    bell.read_all(build.an_actor("ecorenove", name="Anne"))
    with build.later(minutes=6):
        deliver()
    assert [row.status for row in mails()] == ["dropped"]


def test_an_sms_says_a_kind_and_a_link_and_no_name(team):
    prefers(team[0], "tache_attribuee", "jamais", sms=True)
    settings_of(team[0], phone="+33612345678")
    tell(team[0], title="Étape de Mme Moreau")
    (row,) = mails()
    assert (row.channel, row.recipient) == ("sms", "+33612345678")
    assert "Moreau" not in row.body and "Anne" not in row.body
    assert len(row.body) <= 160
    assert "/t/carene/corbeille" in row.body


def test_an_sms_waits_for_the_morning_unless_one_chose_other_hours(team):
    for person in team:
        prefers(person, "tache_escalade", "resume", sms=True)
    settings_of(team[0], phone="+33612345678")
    settings_of(team[1], phone="+33698765432", quiet_from=2 * 60, quiet_to=3 * 60)
    with build.later(datetime(2026, 3, 2, 22, 0, tzinfo=PARIS)):
        tell(*team, kind="tache_escalade")
        deliver()
        assert [row.recipient for row in mails("sent")] == ["+33698765432"]
    with build.later(datetime(2026, 3, 3, 8, 0, tzinfo=PARIS)):
        deliver()
        assert len(mails("sent")) == 2


def test_without_a_phone_no_sms_is_written(team):
    prefers(team[0], "tache_attribuee", "aussitot", sms=True)
    tell(team[0])
    assert [row.channel for row in mails()] == ["courriel"]


def test_the_message_id_says_the_same_of_the_same_fact(team):
    tell(team[0])
    (first,) = mails()
    with transaction() as session:
        session.delete(session.get_one(Message, first.id))
        session.delete(session.scalars(select(Notice)).one())
    tell(team[0])
    (second,) = mails()
    assert first.message_id == second.message_id
    assert first.id != second.id


def test_tellings_of_one_fact_at_the_same_moment_leave_one_line(app, team):
    ids = [person.id for person in team]

    def say(_: int) -> int:
        with transaction():
            return notices.tell(ids, "tache_attribuee", "un", "Une tâche", "corbeille")

    ended = build.together(app, 4, say)
    assert sorted(ended) == [0, 0, 0, 2]
    assert len(lines()) == len(mails()) == 2


def test_a_reminder_moved_to_another_day_is_told_again(carene):
    build.an_alert()
    build.a_user("ecorenove", name="Anne")
    task = build.the_task("analyser_signalement")
    with build.later(task.remind_at):
        assert reminders.remind_due() == 1
    with transaction() as session:
        row = session.get_one(Task, task.id)
        row.remind_at, row.reminded_at = row.remind_at + timedelta(days=3), None
    with build.later(task.remind_at, days=4):
        assert reminders.remind_due() == 1
    assert [row.kind for row in lines()] == ["tache_rappel", "tache_rappel"]
    assert len(build.the_messages("rappel_tache")) == 2


def test_the_replacement_of_whoever_holds_a_task_is_reminded_too(carene):
    build.an_alert()
    anne, boris = (build.an_actor("ecorenove", name=name) for name in ("Anne", "Boris"))
    task = build.the_task("analyser_signalement")
    claims.claim(task.id, anne)
    with transaction() as session:
        session.add(
            Delegation(
                from_user=anne.user_id, to_user=boris.user_id, starts_on=clock.today(),
                ends_on=clock.today() + timedelta(days=30), created_by=anne.user_id, created_at=clock.now(),
            )
        )  # fmt: skip
    with build.later(task.remind_at):
        reminders.remind_due()
    assert {row.recipient_name for row in build.the_messages("rappel_tache")} == {"Anne", "Boris"}


# The bell


def test_the_bell_counts_what_is_unread_and_stops_at_a_hundred(team):
    anne = build.an_actor("ecorenove", name="Anne")
    for number in range(3):
        tell(team[0], key=str(number))
    assert bell.unread(anne) == 3
    with transaction() as session:
        for number in range(150):
            session.add(
                Notice(user_id=team[0].id, kind="x", key=f"n{number}", title="x", path="/", at=clock.now())
            )
    assert bell.unread(anne) == 100


def test_a_notice_is_read_by_its_own_reader_alone(team):
    tell(*team)
    anne, boris = (build.an_actor("ecorenove", name=name) for name in ("Anne", "Boris"))
    own = lines(team[0])[0]
    assert bell.open_one(own.id, anne) == "/t/carene/corbeille"
    assert (bell.unread(anne), bell.unread(boris)) == (0, 1)
    for wrong in (own.id, uuid4()):
        with pytest.raises(NotFound):
            bell.open_one(wrong, boris)


def test_what_comes_while_one_reads_stays_unread(team):
    anne = build.an_actor("ecorenove", name="Anne")
    tell(team[0])
    seen = clock.now()
    with build.later(minutes=1):
        tell(team[0], key="après")
        assert bell.read_all(anne, until=seen) == 1
        assert bell.unread(anne) == 1
        assert [line.unread for line in bell.page(anne).rows] == [True, False]


def test_old_notices_are_forgotten_in_every_territory(app, team, tmp_path):
    tell(team[0])
    with build.later(days=89):
        tell(team[0], key="récent")
        assert bell.forget_old() == 0
    with build.later(days=91):
        assert bell.forget_old() == 1
    assert [row.key for row in lines()] == ["tache_attribuee:récent"]


# Preferences


def save(actor, **given) -> None:
    preferences.save(actor, {"resume_a": "08:00", **given})


def test_what_a_person_chose_is_kept_and_read_back(team):
    anne = build.an_actor("ecorenove", name="Anne")
    save(
        anne, mode_tache_rappel="resume", sms_tache_rappel="oui", telephone="06 12 34 56 78",
        calme_de="20 h", calme_a="07:30", resume_a="9h15",
    )  # fmt: skip
    save(anne, mode_tache_rappel="jamais", telephone="06 12 34 56 78", calme_de="20:00", calme_a="7:30")
    chosen = preferences.of(anne)
    kept = {choice.kind.id: (choice.mode, choice.sms) for choice in chosen.choices}
    assert kept["tache_rappel"] == ("jamais", False)
    assert kept["tache_attribuee"] == ("aussitot", False)
    assert (chosen.phone, chosen.quiet_from, chosen.quiet_to, chosen.digest_at) == (
        "+33612345678", 1200, 450, 480,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"telephone": "02 40 00 00 00"}, "telephone"),
        ({"telephone": "bonjour"}, "telephone"),
        ({"telephone": "+33 2 40 00 00 00"}, "telephone"),
        ({"calme_de": "25:00", "calme_a": "8:00"}, "calme_de"),
        ({"calme_de": "20:00"}, "calme_a"),
        ({"calme_de": "8:00", "calme_a": "08:00"}, "calme_a"),
        ({"resume_a": "midi"}, "resume_a"),
        ({"mode_tache_rappel": "parfois"}, "mode_tache_rappel"),
        ({"mode_tache_escalade": "jamais"}, "mode_tache_escalade"),
        ({"sms_tache_rappel": "oui"}, "telephone"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_with_a_sentence(team, given, field):
    with pytest.raises(Invalid) as refused:
        save(build.an_actor("ecorenove", name="Anne"), **given)
    assert list(refused.value.problems) == [field]
    assert refused.value.problems[field][0].endswith(".")
    assert db.session.scalar(select(func.count()).select_from(NoticeSettings)) == 0


def test_two_saves_at_the_same_moment_keep_one_row(app, team):
    anne = build.an_actor("ecorenove", name="Anne")
    ended = build.together(app, 4, lambda _: save(anne, mode_tache_rappel="resume"))
    assert ended == [None] * 4
    assert db.session.scalar(select(func.count()).select_from(NoticePreference)) == 1


def test_one_is_offered_the_kinds_of_ones_roles_and_the_messages_of_ones_lanes(carene):
    offered = {
        role: {kind.id for kind in preferences.kinds_for(build.an_actor(role))}
        for role in ("donneur_alerte", "ecorenove", "travailleur_social", "administration")
    }
    assert offered["donneur_alerte"] == set()
    assert "manquement_ouvert" in offered["administration"]
    assert "manquement_ouvert" not in offered["ecorenove"]
    assert "tache_attribuee" in offered["ecorenove"]
    assert "refus_partenaire" in offered["travailleur_social"]
    assert "signalement_recu" not in offered["travailleur_social"]


def test_the_kind_of_a_programme_s_message_is_named_after_its_subject(carene):
    kinds = {kind.id: kind for kind in preferences.kinds_for(build.an_actor("travailleur_social"))}
    assert kinds["refus_partenaire"].label == "le parcours envoie « … ne prend pas en charge »"


def test_a_message_of_the_programme_obeys_its_reader_s_choice(carene):
    camille = build.a_user("travailleur_social", name="Camille")
    prefers(camille, "refus_partenaire", "resume")
    build.a_case("repondre_demande")
    build.complete("repondre_demande", acceptee=False)
    assert "Camille" not in {row.recipient_name for row in build.the_messages("refus_partenaire")}
    assert [(row.kind, row.digest) for row in lines(camille)] == [("refus_partenaire", "waiting")]


def test_ids_of_another_territory_are_not_found_under_the_bell(app, team, tmp_path):
    tell(team[0])
    own, anne = lines(team[0])[0].id, team[0].id
    root = build.a_variant(tmp_path / "files", "voisin")
    with build.serving("voisin", root=root):
        with transaction() as session:
            session.add(
                Membership(id=new_id(), user_id=anne, territory_id=tenancy.current_id(), roles=["ecorenove"])
            )
        db.session.expunge_all()
        actor = actors.actor_for(db.session.get_one(User, anne))
        assert bell.unread(actor) == 0
        with pytest.raises(NotFound):
            bell.open_one(own, actor)


# What the steps tell


def test_a_task_entrusted_by_somebody_else_is_told_to_whoever_receives_it(carene):
    build.an_alert()
    boss = build.an_actor("coordinatrice_pole", name="Nadia")
    anne = build.an_actor("ecorenove", name="Anne")
    task = build.the_task("analyser_signalement")
    claims.assign(task.id, anne.user_id, boss)
    (line,) = lines(build.a_user("ecorenove", name="Anne"))
    assert line.title.startswith("Une tâche vous est confiée : Analyser le signalement (dossier ")
    assert line.path == f"/t/carene/taches/{task.id}"
    claims.release(task.id, anne)
    claims.assign(task.id, anne.user_id, boss)
    assert len(lines(build.a_user("ecorenove", name="Anne"))) == 2


def test_a_task_that_one_takes_oneself_is_no_news(carene):
    build.an_alert()
    anne = build.an_actor("ecorenove", name="Anne")
    claims.claim(build.the_task("analyser_signalement").id, anne)
    assert lines() == []


def test_whoever_asked_is_told_of_each_new_task_of_their_lanes_and_nobody_else(carene):
    anne, boris = (build.a_user("ecorenove", name=name) for name in ("Anne", "Boris"))
    social = build.a_user("travailleur_social", name="Camille")
    for person in (anne, social):
        prefers(person, "tache_nouvelle", "resume")
    build.an_alert()
    task = build.the_task("analyser_signalement")
    assert [(row.user_id, row.task_id) for row in lines()] == [(anne.id, task.id)]
    assert lines(boris) == []


def test_what_was_told_of_a_task_is_read_once_the_task_is_over(carene):
    case = build.a_case("analyser_signalement")
    anne = build.a_user("ecorenove", name="Anne")
    task = build.the_task("analyser_signalement", case=case)
    tell(anne, task_id=task.id)
    tell(anne, key="autre")
    build.complete("analyser_signalement", case=case)
    assert bell.unread(build.an_actor("ecorenove", name="Anne")) == 1


def test_a_partner_s_answer_by_its_link_is_told_to_whoever_works_on_the_case(carene):
    build.a_user("travailleur_social", name="Autre")
    build.a_case("repondre_demande")
    worked = {
        row.completed_by for row in db.session.scalars(select(Task).where(Task.completed_by.is_not(None)))
    }
    task_id = build.the_task("repondre_demande").id
    with links.holding(build.the_link("adil@partenaires.invalid")) as view:
        tasks.complete(task_id, build.answers_for(task_id, view.actor, acceptee=True), by=view.actor)
    told = [row for row in lines() if row.kind == "partenaire_a_repondu"]
    assert told and {row.user_id for row in told} <= worked
    assert all("a répondu (dossier DOS-" in row.title and row.digest == "waiting" for row in told)
