"""The appointment that a form's answers set: when, how long, for whom."""

from datetime import UTC, date, datetime, time

import pytest

from app.catalog.appointment import read_hour
from app.clock import PARIS
from app.errors import BundleFault
from tests.unit.catalog.build import form_of

FIELDS = (
    {"cle": "date", "type": "date", "libelle": "Jour"},
    {"cle": "heure", "type": "texte", "libelle": "Heure"},
    {"cle": "moment", "type": "creneau", "libelle": "Moment"},
    {"cle": "sante", "type": "date", "libelle": "Jour de soins", "classe": "secret"},
)
AGENDA = {"date": "date", "heure": "heure", "minutes": 90, "titre": "Visite à domicile"}


def agenda(**changes):
    return form_of(*FIELDS, agenda={**AGENDA, **changes}).appointment


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("14 h 30", time(14, 30)), ("14h30", time(14, 30)), ("9 h", time(9)), ("9:05", time(9, 5)),
        ("vers 17\u202fh\u202f15", time(17, 15)), ("10 heures", time(10)), ("de 14 h à 16 h", time(14)),
        ("23 h 59", time(23, 59)), ("0 h 30", time(0, 30)),
        ("le matin", None), ("25 h", None), ("14", None), ("", None), (None, None), (14, None),
    ],
)  # fmt: skip
def test_an_hour_is_read_as_people_write_it(text, hour):
    assert read_hour(text) == hour


def test_a_visit_lasts_what_the_form_says():
    start, end = agenda().moment({"date": date(2026, 3, 12), "heure": "14 h 30"})
    assert start == datetime(2026, 3, 12, 14, 30, tzinfo=PARIS)
    assert (end - start).total_seconds() == 90 * 60


def test_without_an_hour_that_can_be_read_it_takes_the_day():
    start, end = agenda().moment({"date": date(2026, 3, 28), "heure": "dans la journée"})
    assert (start, end) == (datetime(2026, 3, 28, tzinfo=PARIS), datetime(2026, 3, 29, tzinfo=PARIS))
    short = agenda(heure=None).moment({"date": date(2026, 3, 29), "heure": "9 h"})
    assert (short[1] - short[0]).total_seconds() == 86_400  # wall time: the night loses an hour
    assert short[1].astimezone(UTC) - short[0].astimezone(UTC) < short[1] - short[0]


def test_an_hour_that_does_not_exist_that_night_moves_on():
    start, _ = agenda().moment({"date": date(2026, 3, 29), "heure": "2 h 30"})
    assert start.astimezone(PARIS).hour == 3


def test_a_slot_says_its_own_end():
    slot = {
        "debut": datetime(2026, 3, 12, 9, tzinfo=PARIS),
        "fin": datetime(2026, 3, 12, 11, tzinfo=PARIS),
    }
    for value in (slot, [slot]):
        assert agenda(date="moment").moment({"moment": value}) == (slot["debut"], slot["fin"])


@pytest.mark.parametrize("answers", [{}, {"date": None}, {"date": "bientôt"}, {"moment": {}}])
def test_answers_without_a_day_set_nothing(answers):
    assert agenda().moment(answers) is None
    assert agenda(date="moment").moment(answers) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date": "jour"}, "« jour » n'est pas un champ"),
        ({"date": "heure"}, "« heure » n'est pas un champ"),
        ({"heure": "date"}, "« date » n'est pas un champ"),
        ({"date": "sante"}, "est de la classe « secret »"),
        ({"minutes": 0}, "entre 5 et 1440"),
        ({"titre": ""}, "« agenda.titre » manque"),
        ({"lieu": "ici"}, "« agenda.lieu » est inconnu"),
    ],
)
def test_an_agenda_that_leads_nowhere_is_refused(changes, said):
    with pytest.raises(BundleFault, match=said):
        agenda(**changes)


def test_a_form_without_agenda_sets_none():
    assert form_of(*FIELDS).appointment is None
