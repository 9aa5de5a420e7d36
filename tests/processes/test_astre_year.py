"""A year of the Département: twenty measures, three operators, and each rule of ASTRE broken once on purpose.

Each fault must be found on its day, named in words, and shown to the people it concerns: the SPSLH and the
operator that holds the case, never another one. The year runs from the agreement's first Monday (AST-11).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Invalid, NotFound
from app.ids import new_id
from app.models import Agreement, Commitment, Envelope, Notice, Quota, User
from app.services import breach_words, breaches, payments, perimeter, tasks
from app.services.cases import OpenedAlert
from app.services.statements import ADVANCE
from tests import build
from tests.processes import astre_house as house

FIRST: Final = date(2025, 11, 3)
LATE_CONTRACT, ONE_VISIT, NONE_AT_HOME, NO_BILAN, TWO_OF_THREE, TOLD_LATE, TOO_LONG = range(7)
"""Which measure breaks which rule; the others keep them all."""
FOLLOW: Final = "« Accompagner le ménage » :"
FEBRUARY: Final = "du dimanche 1er février 2026 au samedi 28 février 2026"
MONTHS: Final = [(2025, 11), (2025, 12), *((2026, month) for month in range(1, 11))]
ROLES: Final = ("referent", "responsable_operateur")


@dataclass
class Year:
    """What was lived: the measures by number, the one that found no place."""

    measures: list[OpenedAlert]
    waiting: OpenedAlert

    def breaches_of(self, number: int) -> list[tuple[str, date, str]]:
        """What was not kept in a measure: the step, the day it was found, in words."""
        return [
            (row.element, row.recorded_at.astimezone(clock.PARIS).date(), breach_words.of(row))
            for row in house.breaches(self.measures[number])
        ]


def operator(number: int) -> str:
    """The operator of a measure: seven, seven and six."""
    return house.OPERATORS[number % 3]


def month_of_visits(year: Year, when: tuple[int, int]) -> None:
    """Two visits for every measure under way, one of them at home; two measures break the rule once."""
    for number, case in enumerate(year.measures):
        if number == TOLD_LATE and when >= (2026, 3):
            continue
        first = date(*when, 10)
        if (number, when) != (ONE_VISIT, (2026, 1)):
            house.visit(case, first, "bureau")
        away = (number, when) == (NONE_AT_HOME, (2026, 2))
        house.visit(case, first + timedelta(days=2), "bureau" if away else "domicile")


def settle(case: OpenedAlert) -> None:
    """Answer what was not kept, so that later deadlines do not depend on it."""
    house.answer("traiter_manquement_operateur", case, date_corrective=clock.today())
    build.pump()
    house.answer("verifier_correction", case, issue="regle")


def begin(year: Year, count: int) -> None:
    """The first month: every place is taken, one measure more waits, contracts leave but one."""
    for number in range(count):
        year.measures.append(house.a_measure(FIRST, operator(number)))
    with house.on(FIRST, 15):
        year.waiting = house.saisine(nom="Attente")
        house.to_committee(year.waiting, operator(0))
        build.pump()
    with house.on("2025-11-20"):
        for case in year.measures[1:]:
            house.answer("envoyer_contrat", case, envoye_le=clock.today())


def half_year(year: Year) -> None:
    """The bilans at six months: one is never written, one is sent to two recipients of three."""
    house.pump_on("2026-04-12")
    with house.on("2026-04-28"):
        for number, case in enumerate(year.measures):
            if number in (NO_BILAN, TOLD_LATE):
                continue
            house.answer("rediger_bilan", case)
            told = ["demandeur", "spslh"] if number == TWO_OF_THREE else house.THREE
            house.answer("transmettre_bilan", case, destinataires=told)
        build.pump()
    house.pump_on("2026-05-03", "2026-05-04")
    with house.on("2026-05-06"):
        house.answer("completer_envoi", year.measures[TWO_OF_THREE], fait=["slisl"])
        house.answer("rediger_bilan", year.measures[NO_BILAN])
        house.answer("transmettre_bilan", year.measures[NO_BILAN])
        for number in (NO_BILAN, TWO_OF_THREE):
            settle(year.measures[number])


def live(count: int) -> Year:
    """Live the year, from the first saisine to the evaluations."""
    year = Year([], OpenedAlert(new_id(), new_id(), "", ""))
    begin(year, count)
    for when in MONTHS:
        month_of_visits(year, when)
        if when == (2025, 11):
            house.pump_on("2025-11-24")
            continue
        house.pump_on(date(*when, 1), date(*when, 4), date(*when, 20))
        if when == (2025, 12):
            with house.on("2025-12-05"):
                house.answer("envoyer_contrat", year.measures[LATE_CONTRACT], envoye_le=clock.today())
                settle(year.measures[LATE_CONTRACT])
        if when in ((2026, 2), (2026, 3)):
            with house.on(date(*when, 6)):
                settle(year.measures[ONE_VISIT if when == (2026, 2) else NONE_AT_HOME])
        if when == (2026, 3):
            with house.on("2026-03-10"):
                lost = year.measures[TOLD_LATE]
                house.act("rupture", lost, date=date(2026, 3, 2), motif="perdu_de_vue")
                build.pump()
        if when == (2026, 4):
            half_year(year)
    house.pump_on("2026-11-01", "2026-11-03")
    with house.on("2026-11-05"):
        for number, case in enumerate(year.measures):
            if number not in (TOO_LONG, TOLD_LATE):
                house.answer("evaluer_mesure", case)
        build.pump()
    house.pump_on("2026-11-18", "2026-11-19")
    return year


@pytest.fixture(params=[8, pytest.param(20, marks=pytest.mark.fault)])
def year(app: Flask, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Year]:
    """The year lived, the Département being served on the day after; eight places in a short run."""
    with house.on(FIRST, 8), house.serving(app, tmp_path):
        give_places(request.param)
        for name in house.OPERATORS:
            house.person("responsable_operateur", house.structure("operateur", name))
        house.person("administration")
        lived = live(request.param)
        with house.on("2026-11-20"):
            yield lived


def give_places(count: int) -> None:
    """Twenty measures and 52 800 €, or the same for a few of them."""
    with transaction() as session:
        for quota in session.scalars(select(Quota)):
            quota.count = count
        for envelope in session.scalars(select(Envelope)):
            envelope.amount = count * Decimal("2640.00")


def test_every_rule_broken_once_is_found_on_its_day_and_told_to_the_right_people(year: Year) -> None:
    """AST-2 to AST-11: nothing else is found, and nobody else is told."""
    check_what_was_found(year)
    check_who_was_warned(year)
    check_who_was_told(year)
    check_who_answers(year)
    check_the_place_that_was_waited_for(year)
    check_the_money(year)


def check_what_was_found(year: Year) -> None:
    """Each broken rule on its day and in words; nothing of the measures that keep them all."""
    found = {number: year.breaches_of(number) for number in range(len(year.measures))}
    assert {number: rows for number, rows in found.items() if rows} == {
        LATE_CONTRACT: [
            (
                "envoyer_contrat",
                date(2025, 12, 4),
                "« Envoyer le contrat au SPSLH » devait être fait pour le mercredi 3 décembre 2025",
            )
        ],
        ONE_VISIT: [
            (
                "accompagner",
                date(2026, 2, 1),
                f"{FOLLOW} 1 visites sur 2, du jeudi 1er janvier 2026 au samedi 31 janvier 2026",
            )
        ],
        NONE_AT_HOME: [
            (
                "accompagner",
                date(2026, 3, 1),
                f"{FOLLOW} 0 visites à domicile sur 1, {FEBRUARY}",
            )
        ],
        NO_BILAN: [
            (
                "rediger_bilan",
                date(2026, 5, 4),
                "« Rédiger le bilan » devait être fait pour le dimanche 3 mai 2026",
            )
        ],
        TWO_OF_THREE: [
            (
                "completer_envoi",
                date(2026, 5, 4),
                "« Compléter l'envoi du bilan » devait être fait pour le dimanche 3 mai 2026",
            )
        ],
        TOLD_LATE: [
            (
                "expliquer_rupture",
                date(2026, 3, 10),
                "« Expliquer la rupture signalée en retard » devait être fait pour le mercredi 4 mars 2026",
            )
        ],
        TOO_LONG: [
            (
                "evaluer_mesure",
                date(2026, 11, 19),
                "« Évaluer la mesure » devait être fait pour le mercredi 18 novembre 2026",
            )
        ],
    }


def told(kind: str, number: int, year: Year) -> list[tuple[date, str]]:
    """What the bell said of a measure: the day and to whom, by address."""
    rows = db.session.execute(
        select(Notice.at, User.email)
        .join(User, User.id == Notice.user_id)
        .where(Notice.kind == kind, Notice.case_id == year.measures[number].case_id)
    )
    return sorted((row.at.astimezone(clock.PARIS).date(), row.email) for row in rows)


def addresses(number: int, *roles: str) -> set[str]:
    """The people of the operator of a measure in these roles, by address."""
    partner = house.structure("operateur", operator(number))
    return {house.address(role, partner) for role in roles}


def check_who_was_warned(year: Year) -> None:
    """AST-6: on day 20 the operator of the measure and the SPSLH; AST-5: at three weeks its referent."""
    office = {house.address("spslh"), house.address("administration")}
    for number, day in ((ONE_VISIT, date(2026, 1, 20)), (NONE_AT_HOME, date(2026, 2, 20))):
        warned = told("frequence_avertissement", number, year)
        assert {when for when, _ in warned} == {day}
        assert {mail for _, mail in warned} == addresses(number, *ROLES) | office
    reminded = build.the_messages("rappel_tache")
    about = [m for m in reminded if "Envoyer le contrat" in m.subject]
    assert {m.queued_at.astimezone(clock.PARIS).date() for m in about} == {date(2025, 11, 24)}
    assert {m.recipient for m in about} == addresses(LATE_CONTRACT, *ROLES)


def check_who_was_told(year: Year) -> None:
    """What was not kept is told to the SPSLH on the same day; nobody hears of another structure's case."""
    for number in range(TOO_LONG + 1):
        ((_, day, _),) = year.breaches_of(number)
        assert (day, house.address("spslh")) in told("manquement_ouvert", number, year)
    for user_id, case_id in db.session.execute(
        select(Notice.user_id, Notice.case_id).where(Notice.case_id.is_not(None))
    ):
        assert perimeter.who_sees([user_id], case_id) == [user_id]


def check_who_answers(year: Year) -> None:
    """The answer is the work of the operator that holds the case; the others see neither step nor breach."""
    late = year.measures[TOO_LONG]
    task = build.the_task("traiter_manquement_operateur", case=late)
    for name in house.OPERATORS:
        partner = house.structure("operateur", name)
        referent, head = house.person("referent", partner), house.person("responsable_operateur", partner)
        with perimeter.serving(head):
            seen = {row.case_id for row in breaches.open_breaches(head)}
        with perimeter.serving(referent):
            if name == operator(TOO_LONG):
                assert tasks.find(task.id, referent).name == "Traiter le manquement"
                assert late.case_id in seen
            else:
                assert late.case_id not in seen
                with pytest.raises(NotFound):
                    tasks.find(task.id, referent)
    assert late.case_id in {row.case_id for row in breaches.open_breaches(house.spslh())}


def check_the_place_that_was_waited_for(year: Year) -> None:
    """AST-2: one measure too many waits, the rupture gives it its place; AST-10: the envelope refuses it."""
    assert [m.recipient for m in build.the_messages("place_attendue")] == ["ines.lefebvre@exemple.invalid"]
    assert house.open_elements(year.waiting) == ["debloquer_credits"]
    task = build.the_task("debloquer_credits", case=year.waiting)
    assert task.lane == "spslh"
    assert task.entered_at.astimezone(clock.PARIS).date() == date(2026, 3, 10)


def check_the_money(year: Year) -> None:
    """AST-10: nothing beyond the envelope, no advance above 60 %, a rupture gives its months back."""
    rows = db.session.scalars(select(Commitment)).all()
    whole = len(year.measures) * Decimal("2640.00")
    assert sum(row.amount for row in rows) == whole
    given_back = {row.case_id: row.released for row in rows if row.released}
    assert year.measures[TOLD_LATE].case_id in given_back
    agreement = db.session.scalars(select(Agreement).where(Agreement.key == "astre")).one()
    paid = payments.Paid(
        kind=ADVANCE,
        amount=Decimal("31680.01"),  # 60 % of 52 800 € and a cent
        on=date(2026, 10, 15),
        reference="Mandat 12",
        partner_id=house.structure("operateur", operator(0)).id,
    )
    with pytest.raises(Invalid) as refused:
        payments.record(agreement.id, paid, version=agreement.version, by=house.person("finances"))
    ((sentence,),) = refused.value.problems.values()
    assert sentence.startswith("L'avance ne dépasse pas 60")
