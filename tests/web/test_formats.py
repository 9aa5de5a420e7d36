"""What people read: days, deadlines, amounts and typography (look.md)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from markupsafe import Markup

from app import clock
from app.web import formats
from app.web.brand import contrast

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=clock.PARIS)


def midnight(day: date) -> datetime:
    """Return the first instant after ``day`` in Paris: how a deadline by day is stored."""
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=clock.PARIS).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 23), "hier"),
        (date(2026, 11, 24), "aujourd'hui"),
        (date(2026, 11, 25), "demain"),
        (date(2026, 11, 27), "vendredi 27 novembre"),
        (date(2026, 12, 1), "mardi 1er décembre"),
        (date(2027, 2, 11), "jeudi 11 février"),
        (date(2024, 8, 1), "1er août 2024"),
        (date(2024, 8, 11), "11 août 2024"),
    ],
)
def test_a_day_is_said_as_people_say_it(day, words):
    assert formats.words_for_day(day, today=NOW.date()) == words


@pytest.mark.parametrize(
    ("due_at", "words"),
    [
        (midnight(date(2026, 11, 24)), "aujourd'hui"),
        (midnight(date(2026, 11, 25)), "demain"),
        (midnight(date(2026, 11, 23)), "en retard d'un jour"),
        (midnight(date(2026, 11, 21)), "en retard de 3 jours"),
        (midnight(date(2026, 12, 4)), "vendredi 4 décembre"),
        (datetime(2026, 11, 24, 14, 30, tzinfo=clock.PARIS), "aujourd'hui avant 14\u202fh\u202f30"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=clock.PARIS), "en retard depuis 8\u202fh"),
    ],
)
def test_a_deadline_is_said_from_today_and_counts_its_last_day(due_at, words):
    assert formats.words_for_due(due_at, now=NOW) == words


def test_a_deadline_at_the_clock_change_keeps_its_day():
    assert formats.due_day(midnight(date(2026, 10, 25))) == date(2026, 10, 25)
    assert formats.due_day(midnight(date(2027, 3, 28))) == date(2027, 3, 28)


def test_the_whole_date_is_one_hover_away():
    with clock.at(NOW):
        said = formats.said_day(date(2026, 11, 25))
        moment = formats.said_moment(datetime(2026, 11, 23, 13, 5, tzinfo=UTC))
    assert said == '<time datetime="2026-11-25" title="mercredi 25 novembre 2026">demain</time>'
    assert 'title="lundi 23 novembre 2026 à 14\u202fh\u202f05"' in moment
    assert ">hier à 14\u202fh\u202f05<" in moment


def test_no_date_gives_nothing():
    assert formats.said_day(None) == formats.said_moment(None) == formats.due(None) == ""


def test_amounts_and_numbers_have_narrow_spaces_and_a_comma():
    assert formats.money(Decimal("1234.5")) == "1\u202f234,50\u00a0€"
    assert formats.number(12500) == "12\u202f500"
    assert formats.number(Decimal("3.5")) == "3,5"
    assert formats.agree(0, "dossier") == "0\u00a0dossier"
    assert formats.agree(2, "dossier") == "2\u00a0dossiers"


def test_french_signs_stand_behind_a_narrow_space():
    assert (
        formats.typography("Voir « Mes tâches » : fini ?")
        == "Voir «\u202fMes tâches\u202f»\u202f: fini\u202f?"
    )


def test_typography_keeps_markup_and_never_makes_any():
    assert isinstance(formats.typography(Markup("<b>oui</b> !")), Markup)
    assert not isinstance(formats.typography("<b>oui</b> !"), Markup)


def test_contrast_follows_the_accessibility_guideline():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
