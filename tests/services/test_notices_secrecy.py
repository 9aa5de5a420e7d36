"""Nothing confidential leaves: no name, address, number or answer in what people are sent (LAW-1)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock, jobs, scheduler
from app.database import db, transaction
from app.models import Household, Job, Message, Notice, NoticePreference, NoticeSettings, Task, User
from app.notifications import delivery
from app.notifications.bounces import Bounce
from app.notifications.channels.smtp import write
from app.notifications.registry import KINDS
from app.services import arrivals, preferences, refusals
from tests import build

SECRETS = {
    "nom": "Zwingelstein", "prenom": "Ondine", "telephone": "02 99 88 77 66",
    "courriel": "ondine.zwingelstein@prive.invalid",
}  # fmt: skip
STREET = "71 impasse du Cormoran-Huppé"
GIVER = "Fulgence Trébuchard"
ANSWERS = "PhraseDuMénageTrèsReconnaissable"
OUTSIDE = {SECRETS["courriel"], "fulgence@ccas.invalid"}


def words() -> set[str]:
    digits = re.sub(r"\D", "", SECRETS["telephone"])
    return {*SECRETS.values(), digits, digits[1:], STREET, "Cormoran", "Trébuchard", ANSWERS, "Ondine"}


def lived() -> None:
    """A case from alert to a partner's answer, with everything that time and people send on the way."""
    for role in ("ecorenove", "travailleur_social", "technicien", "coordinatrice_pole", "administration"):
        person = build.a_user(role, name=f"Agent {role}")
        with transaction() as session:
            session.add(NoticeSettings(user_id=person.id, phone="+33600000000", digest_at=480))
            for kind in KINDS:
                session.add(NoticePreference(user_id=person.id, kind=kind, mode="aussitot", sms=True))
    alert = {
        **SECRETS, "donneur_nom": GIVER, "donneur_courriel": "fulgence@ccas.invalid",
        "adresse": {"voie": STREET, "cp": "44600", "insee": build.SAINT_NAZAIRE},
    }  # fmt: skip
    build.a_case("repondre_demande", alert=alert)
    for task in build.open_tasks():
        with transaction() as session:
            row = session.get_one(Task, task.id)
            row.due_at = clock.now() - timedelta(days=20)
            row.remind_at, row.escalate_at = clock.now() - timedelta(days=25), clock.now() - timedelta(days=1)
            arrivals.entrusted(
                row, build.a_user("travailleur_social", name="Agent travailleur_social").id, "x"
            )
    build.complete("repondre_demande", acceptee=False)
    scheduler.drain()
    for row in list(db.session.scalars(select(Message).where(Message.case_id.is_not(None)))):
        refusals.came_back(Bounce((row.message_id,), "failed", "5.1.1"))
    with build.later(days=1):
        scheduler.drain()


@pytest.fixture
def told(carene, once):
    once("tout ce qui part", lived)
    return list(db.session.scalars(select(Message))), list(db.session.scalars(select(Notice)))


def test_no_message_notice_or_sms_says_anything_confidential(told):
    messages, notices = told
    household = db.session.scalars(select(Household)).one()
    assert SECRETS["nom"] in household.last_name
    assert {row.channel for row in messages} == {"courriel", "sms"}
    assert len({row.kind for row in messages}) >= 6
    assert len(notices) >= 10
    for row in notices:
        said = f"{row.title} {row.path} {row.key}"
        assert not [word for word in words() if word.casefold() in said.casefold()], row.kind
    for row in messages:
        if row.recipient in OUTSIDE:
            continue
        letter = delivery._letter(row)
        whole = (
            f"{row.subject}\n{row.body}\n{letter.html or ''}\n{row.recipient_name}\n{row.key}\n{row.error}"
        )
        if row.channel == "courriel":
            whole += "\n".join(f"{name}: {value}" for name, value in write(letter, "R <r@x.invalid>").items())
        assert not [word for word in words() if word.casefold() in whole.casefold()], row.kind


def test_whoever_alerted_is_greeted_by_their_own_name_and_told_nothing_of_the_household(told):
    messages, _ = told
    own = [row for row in messages if row.recipient == "fulgence@ccas.invalid"]
    assert own
    for row in own:
        said = f"{row.subject} {row.body}"
        assert not [word for word in words() - {"Trébuchard"} if word.casefold() in said.casefold()]


def test_jobs_and_their_errors_hold_ids_alone(told):
    for row in db.session.scalars(select(Job)):
        said = f"{row.name} {row.ids} {row.lock} {row.last_error}"
        assert "@" not in said
        assert not [word for word in words() if word.casefold() in said.casefold()]


def test_each_kind_that_was_told_is_one_that_its_reader_can_choose(told):
    _, notices = told
    for row in notices:
        user = db.session.get_one(User, row.user_id)
        roles = next(iter(user.memberships)).roles
        offered = {kind.id for kind in preferences.kinds_for(build.an_actor(*roles, name=user.name))}
        assert row.kind in offered, (row.kind, roles)
    assert jobs.registered()
