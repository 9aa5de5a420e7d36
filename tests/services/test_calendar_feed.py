"""The private address of a calendar: what it tells, to whom, until when (LAW-1, LAW-8)."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import clock, tenancy
from app.clock import PARIS
from app.database import db, end_read, transaction
from app.errors import NotFound, TooMany
from app.models import Appointment, CalendarFeed, Membership, ProcessInstance, Task, User
from app.services import calendar_file, calendar_view, claims, feeds
from tests import build


def read(token, whose="equipe", address="192.0.2.1"):
    """Read a feed as a program does: no territory is served before."""
    end_read()
    with feeds.holding(token, address=address) as (reader, territory):
        text = calendar_file.text(
            reader, territory.name, whose=whose, link=lambda entry: f"https://x/{entry.id}"
        )
    end_read()
    return icalendar.Calendar.from_ical(text)


def events(token, **how):
    return list(read(token, **how).walk("VEVENT"))


def a_visit():
    return build.a_case(
        "realiser_visite", answers={"prendre_rendez_vous": {"date": date(2026, 3, 12), "heure": "14 h 30"}}
    )


def test_a_feed_tells_visits_and_steps_and_no_name_of_anybody(app, carene):
    case = a_visit()
    token = feeds.create(build.an_actor("technicien"))
    found = {str(event["summary"]): event for event in events(token)}
    visit = found[f"Visite à domicile · {case.reference}"]
    assert visit.decoded("dtstart") == datetime(2026, 3, 12, 13, 30, tzinfo=UTC)
    assert visit.decoded("dtend") == datetime(2026, 3, 12, 15, 0, tzinfo=UTC)
    assert str(visit["location"]) == "Saint-Nazaire"
    assert str(visit["status"]) == "CONFIRMED"
    due = found[f"À faire : Réaliser la visite · {case.reference}"]
    assert type(due.decoded("dtstart")) is date
    text = read(token).to_ical().decode()
    for secret in ("Moreau", "Lucie", "Croisic", "02 61", "exemple.invalid", "@technicien"):
        assert secret not in text


def test_only_the_digest_of_an_address_is_kept(app, carene):
    token = feeds.create(build.an_actor("technicien"))
    row = db.session.scalars(select(CalendarFeed)).one()
    assert token not in row.link
    assert [line.subject for line in build.the_journal("agenda.adresse_creee")] == [None]


def test_a_new_address_replaces_the_one_before(app, carene):
    me = build.an_actor("technicien")
    before, after = feeds.create(me), feeds.create(me)
    assert read(after)
    with pytest.raises(NotFound):
        read(before)
    assert feeds.revoke(me)
    assert not feeds.revoke(me)
    assert feeds.current(me) is None
    with pytest.raises(NotFound):
        read(after)


def test_an_address_ends_after_a_year(app, carene):
    token = feeds.create(build.an_actor("technicien"))
    with build.later(days=364):
        assert read(token)
    with build.later(days=366), pytest.raises(NotFound):
        read(token)


@pytest.mark.parametrize("change", ["role", "membership", "account", "right"])
def test_who_may_see_nothing_any_more_reads_nothing(app, carene, change):
    token = feeds.create(build.an_actor("technicien"))
    with transaction() as session:
        user = session.scalars(select(User).where(User.name == "technicien")).one()
        member = session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
        if change == "role":
            member.roles = []
        elif change == "membership":
            session.delete(member)
        elif change == "account":
            user.active = False
        else:
            member.roles = ["donneur_alerte"]
    with pytest.raises(NotFound):
        read(token)


def test_another_role_sees_its_own_steps_from_that_day_on(app, carene):
    a_visit()
    token = feeds.create(build.an_actor("technicien"))
    assert events(token)
    with transaction() as session:
        user = session.scalars(select(User).where(User.name == "technicien")).one()
        session.scalars(select(Membership).where(Membership.user_id == user.id)).one().roles = ["ecorenove"]
    assert [event for event in events(token) if "isite" in str(event["summary"])] == []


def test_a_feed_serves_its_own_territory_alone(app, carene, tmp_path):
    a_visit()
    token = feeds.create(build.an_actor("technicien"))
    with tenancy.unscoped("maintenance"):
        assert db.session.scalar(select(CalendarFeed.territory_id)) == carene.id
    assert all("relais" in str(event["uid"]) for event in events(token))
    with feeds.holding(token, address="x") as (_, territory):
        assert tenancy.current_id() == territory.id == carene.id


def test_guessing_addresses_is_slowed_and_so_is_reading_one_without_end(app, carene):
    token = feeds.create(build.an_actor("technicien"))
    for number in range(30):
        with pytest.raises(NotFound):
            read(f"devine-{number}", address="198.51.100.7")
    with pytest.raises(TooMany):
        read("devine-encore", address="198.51.100.7")
    assert read(token, address="198.51.100.7")
    for _ in range(59):
        with feeds.holding(token, address="192.0.2.9"):
            pass
    with pytest.raises(TooMany):
        read(token)


def test_what_is_called_off_is_told_until_its_day_has_passed(app, carene):
    a_visit()
    me = build.an_actor("technicien")
    token = feeds.create(me)
    (before,) = [event for event in events(token) if "Visite" in str(event["summary"])]
    with transaction() as session:
        process = session.scalars(
            select(ProcessInstance).where(ProcessInstance.process == "accompagnement")
        ).one()
        process.status, process.ended_at = "cancelled", clock.now()
    (after,) = [event for event in events(token) if "Visite" in str(event["summary"])]
    assert after["uid"] == before["uid"]
    assert (str(before["status"]), str(after["status"])) == ("CONFIRMED", "CANCELLED")
    assert int(after["sequence"]) > int(before["sequence"])
    with build.later(days=11):
        assert [event for event in events(token) if "Visite" in str(event["summary"])] == []


def test_a_moved_deadline_keeps_its_event(app, carene):
    build.a_case("analyser_signalement")
    me = build.an_actor("ecorenove")
    claims.claim(build.the_task("analyser_signalement").id, me)
    token = feeds.create(me)
    (before,) = events(token, whose="moi")
    with transaction() as session:
        task = session.scalars(select(Task).where(Task.status == "open")).one()
        task.due_at += timedelta(days=7)
    (after,) = events(token, whose="moi")
    assert after["uid"] == before["uid"]
    assert after.decoded("dtstart") - before.decoded("dtstart") == timedelta(days=7)


NIGHTS = (date(2026, 3, 29), date(2026, 10, 25))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    day=st.one_of(st.sampled_from(NIGHTS), st.dates(date(2026, 3, 1), date(2026, 12, 31))),
    hour=st.integers(0, 23),
    minutes=st.sampled_from([5, 60, 90, 1440]),
)
def test_every_event_has_one_identity_and_the_hour_that_was_said(app, carene, day, hour, minutes):
    end_read()
    appointment = db.session.scalar(select(Appointment))
    if appointment is None:
        a_visit()
        appointment = db.session.scalars(select(Appointment)).one()
    start = datetime.combine(day, datetime.min.time(), PARIS).replace(hour=hour).astimezone(UTC)
    key = appointment.id
    with transaction() as session:
        row = session.get_one(Appointment, key)
        row.starts_at, row.ends_at = start, start + timedelta(minutes=minutes)
    actor = build.an_actor("technicien")
    texts = [calendar_file.text(actor, "Essai", whose="equipe", link=lambda _: None) for _ in range(2)]
    (first, again) = (icalendar.Calendar.from_ical(text).walk("VEVENT") for text in texts)
    assert [event["uid"] for event in first] == [event["uid"] for event in again]
    assert len({str(event["uid"]) for event in first}) == len(first)
    (visit,) = [event for event in first if str(event["uid"]) == f"rendez-vous-{key}@relais"]
    said = visit.decoded("dtstart")
    if type(said) is date:
        assert said == day
    else:
        assert said == start
        assert visit.decoded("dtend") - said == timedelta(minutes=minutes)
    end_read()
    shown = calendar_view.calendar(actor, day, day, whose="equipe").entries
    assert f"rendez-vous-{key}" in {entry.id for entry in shown}
    first_day, last_day = clock.today() - calendar_file.BEFORE, clock.today() + calendar_file.AFTER
    for event in first:
        begins = event.decoded("dtstart")
        begins = begins.astimezone(PARIS).date() if isinstance(begins, datetime) else begins
        assert first_day <= begins <= last_day
