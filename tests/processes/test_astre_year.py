"""A year of the Département: twenty measures, three operators, and each rule of ASTRE broken once on purpose.

Each fault must be found on its day, named in words, and shown to the people it concerns: the SPSLH and the
operator that holds the case, never another one. What is engaged, served and paid is counted again in cents by
another arithmetic, and the thirteen indicators from the journal and the answers it names.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.database import db, end_read
from app.errors import NotFound
from app.models import Breach, Case, DecisionRecord, Notice, Task, User
from app.services import (
    breach_words,
    breaches,
    perimeter,
    tasks,
)
from app.services.cases import OpenedAlert
from tests import build
from tests.processes import astre_asides as asides
from tests.processes import astre_house as house
from tests.processes import astre_plan as plan
from tests.processes import astre_reckoning, astre_year
from tests.processes.astre_year import Year

FOLLOW: Final = "« Accompagner le ménage » :"
FEBRUARY: Final = "du dimanche 1er février 2026 au samedi 28 février 2026"
ROLES: Final = ("referent", "responsable_operateur")


@pytest.fixture(params=[8, pytest.param(20, marks=pytest.mark.fault)])
def year(app: Flask, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Year]:
    """The year lived, the Département being served on the day after; eight places in a short run."""
    with house.on(plan.FIRST, 8), house.serving(app, tmp_path):
        for name in house.OPERATORS:
            house.person("responsable_operateur", house.structure("operateur", name))
        house.person("administration")
        lived = astre_year.live(request.param, daily=request.param > 8)
        with house.on(plan.CENSUS):
            yield lived


def test_every_rule_broken_once_is_found_on_its_day_and_told_to_the_right_people(year: Year) -> None:
    """AST-1 to AST-12: nothing else is found, nobody else is told, every cent and every figure is right."""
    check_what_was_found(year)
    check_what_was_refused(year)
    check_the_saisines_that_were_refused(year)
    check_who_was_warned(year)
    check_what_was_escalated(year)
    check_who_was_told(year)
    check_who_answers(year)
    check_the_commission(year)
    check_the_bilan_that_stopped(year)
    check_the_places(year)
    astre_reckoning.the_statements(year)
    astre_reckoning.the_envelope(year)
    astre_reckoning.the_indicators(year)
    astre_reckoning.what_is_paid(year)


def check_what_was_found(year: Year) -> None:
    """Each broken rule on its day and in words; nothing of the measures that keep them all."""
    found = {number: year.breaches_of(case) for number, case in enumerate(year.measures)}
    assert {number: rows for number, rows in found.items() if rows} == {
        plan.LATE_CONTRACT: [
            late(
                "envoyer_contrat",
                date(2025, 12, 4),
                "Envoyer le contrat au SPSLH",
                "mercredi 3 décembre 2025",
            )
        ],
        plan.ONE_VISIT: [
            (
                "accompagner",
                date(2026, 2, 1),
                f"{FOLLOW} 1 visite sur 2, du jeudi 1er janvier 2026 au samedi 31 janvier 2026",
            )
        ],
        plan.NONE_AT_HOME: [
            ("accompagner", date(2026, 3, 1), f"{FOLLOW} 0 visite à domicile sur 1, {FEBRUARY}"),
            late(
                "expliquer_changement",
                date(2026, 7, 13),
                "Expliquer le changement signalé en retard",
                "mercredi 8 juillet 2026",
            ),
        ],
        plan.NO_BILAN: [late("rediger_bilan", date(2026, 5, 4), "Rédiger le bilan", "dimanche 3 mai 2026")],
        plan.TWO_OF_THREE: [
            late("completer_envoi", date(2026, 5, 4), "Compléter l'envoi du bilan", "dimanche 3 mai 2026")
        ],
        plan.TOLD_LATE: [
            late(
                "expliquer_rupture",
                date(2026, 3, 10),
                "Expliquer la rupture signalée en retard",
                "mercredi 4 mars 2026",
            )
        ],
        plan.TOO_LONG: [
            late("evaluer_mesure", date(2026, 11, 19), "Évaluer la mesure", "mercredi 18 novembre 2026")
        ],
    }
    beside = {name: year.breaches_of(case) for name, case in year.asides.items()}
    assert {name: rows for name, rows in beside.items() if rows} == {
        asides.SLOW: [
            late("donner_avis", date(2025, 11, 14), "Donner l'avis du SLISL", "jeudi 13 novembre 2025"),
            late(
                "verifier_eligibilite", date(2025, 11, 14), "Vérifier l'éligibilité", "jeudi 13 novembre 2025"
            ),
        ]
    }


def late(element: str, found: date, step: str, due: str) -> tuple[str, date, str]:
    """A step that was not done for its day: which, when it was found, in words."""
    return element, found, f"« {step} » devait être fait pour le {due}"


def check_what_was_refused(year: Year) -> None:
    """AST-3, AST-5, AST-7, AST-8, AST-10: what no form takes is refused in words, at once."""
    ceiling = "Ce montant dépasse le plafond de ce type de diagnostic. Baissez-le, ou changez de type."
    said = dict(year.refused)
    assert said.pop("acompte").startswith("Il reste ")
    assert said == {
        "AST-3": "Le référent est un travailleur social de niveau III, avec au moins deux ans "
        "d'accompagnement par le logement. Proposez une autre personne.",
        "AST-5": "Il faut les deux signatures, du ménage et de l'association, "
        "ou le contrat signé sur papier.",
        "AST-7": "Prévoyez au moins un bilan intermédiaire.",
        "AST-8": "Renseignez « Explication ».",
        asides.SIMPLE: ceiling,
        asides.COMPLETE: ceiling,
    }


def check_the_saisines_that_were_refused(year: Year) -> None:
    """AST-1: a tenant is found not eligible the same day; AST-4: who asked is told, and why."""
    query = select(DecisionRecord).where(
        DecisionRecord.case_id == year.asides[asides.TENANT].case_id, DecisionRecord.decision == "criteres"
    )
    proposed = db.session.scalars(query).one()
    assert (proposed.outputs["avis"], paris(proposed.at)) == ("non_eligible", plan.FIRST)
    refused = build.the_messages("saisine_refusee")
    assert {(paris(m.queued_at), m.case_id) for m in refused} == {
        (day, year.asides[name].case_id)
        for day, name in (
            (plan.FIRST, asides.TENANT),
            (date(2025, 12, 22), asides.INCOMPLETE),
            (date(2026, 3, 30), asides.SIMPLE),
            (date(2026, 3, 30), asides.COMPLETE),
        )
    }
    assert {m.recipient for m in refused} == {"ines.lefebvre@exemple.invalid"}
    assert [paris(m.queued_at) for m in build.the_messages("pieces_relance")] == [date(2025, 11, 19)]
    assert told("pieces_absentes", year.asides[asides.INCOMPLETE]) == [
        (date(2025, 12, 19), house.address("spslh"))
    ]


def paris(moment: Any) -> date:
    """The day of an instant in Paris."""
    day: date = moment.astimezone(clock.PARIS).date()
    return day


def told(kind: str, case: OpenedAlert | None) -> list[tuple[date, str]]:
    """What the bell said of a case (of the territory): the day and to whom, by address."""
    about = Notice.case_id.is_(None) if case is None else Notice.case_id == case.case_id
    rows = db.session.execute(
        select(Notice.at, User.email).join(User, User.id == Notice.user_id).where(Notice.kind == kind, about)
    )
    return sorted((paris(row.at), row.email) for row in rows)


def addresses(number: int, *roles: str) -> set[str]:
    """The people of the operator of a measure in these roles, by address."""
    partner = house.structure("operateur", plan.operator(number))
    return {house.address(role, partner) for role in roles}


def office() -> set[str]:
    """Who acts in Supervision: the SPSLH and the administration."""
    return {house.address("spslh"), house.address("administration")}


def check_who_was_warned(year: Year) -> None:
    """AST-6: on day 20 the operator of the measure and the SPSLH; AST-5: at three weeks its referent."""
    for number, day in ((plan.ONE_VISIT, date(2026, 1, 20)), (plan.NONE_AT_HOME, date(2026, 2, 20))):
        warned = told("frequence_avertissement", year.measures[number])
        assert {when for when, _ in warned} == {day}
        assert {mail for _, mail in warned} == addresses(number, *ROLES) | office()
    about = [m for m in build.the_messages("rappel_tache") if "Envoyer le contrat" in m.subject]
    assert {paris(m.queued_at) for m in about} == {date(2025, 11, 24)}
    assert {m.recipient for m in about} == addresses(plan.LATE_CONTRACT, *ROLES)


def check_what_was_escalated(year: Year) -> None:
    """AST-4: a position and a committee that do not come; AST-9: works that nobody takes up."""
    slow = told("tache_escalade", year.asides[asides.SLOW])
    assert slow == [
        (date(2025, 11, 30), house.address("spslh")),
        *((date(2025, 12, 14), mail) for mail in sorted(office())),
    ]
    for number in (plan.NO_BILAN, plan.STOPPED):
        forgotten = told("tache_escalade", year.measures[number])
        assert forgotten == [(date(2025, 12, 10), mail) for mail in sorted(office())]


def check_who_was_told(year: Year) -> None:
    """What was not kept is told to the SPSLH on the same day; nobody hears of another structure's case."""
    for case in [*year.measures, *year.asides.values()]:
        days = {day for _, day, _ in year.breaches_of(case)}
        assert set(told("manquement_ouvert", case)) == {(day, mail) for day in days for mail in office()}
    for user_id, case_id in db.session.execute(
        select(Notice.user_id, Notice.case_id).where(Notice.case_id.is_not(None))
    ):
        assert perimeter.who_sees([user_id], case_id) == [user_id]


def check_who_answers(year: Year) -> None:
    """The answer is the work of the operator that holds the case; the others see neither step nor breach."""
    case = year.measures[plan.TOO_LONG]
    task = build.the_task("traiter_manquement_operateur", case=case)
    for name in house.OPERATORS:
        partner = house.structure("operateur", name)
        referent, head = house.person("referent", partner), house.person("responsable_operateur", partner)
        with perimeter.serving(head):
            seen = {row.case_id for row in breaches.open_breaches(head)}
        with perimeter.serving(referent):
            if name == plan.operator(plan.TOO_LONG):
                assert tasks.find(task.id, referent).name == "Traiter le manquement"
                assert case.case_id in seen
            else:
                assert case.case_id not in seen
                with pytest.raises(NotFound):
                    tasks.find(task.id, referent)
    assert case.case_id in {row.case_id for row in breaches.open_breaches(house.spslh())}
    done = select(Task.lane, Task.element).where(Task.element.startswith("traiter_manquement"))
    lanes = db.session.execute(done.where(Task.case_id == year.asides[asides.SLOW].case_id))
    assert {row.lane for row in lanes} == {"slisl", "spslh"}


def check_the_commission(year: Year) -> None:
    """AST-11: the commission of the second quarter was not held: warned before, found the day after."""
    del year
    (missed,) = db.session.scalars(select(Breach).where(Breach.case_id.is_(None))).all()
    assert paris(missed.recorded_at) == date(2026, 7, 1)
    assert breach_words.of(missed) == (
        "« Commission de suivi » : 0 commission sur 1, du mercredi 1er avril 2026 au mardi 30 juin 2026"
    )
    assert set(told("manquement_ouvert", None)) == {(date(2026, 7, 1), mail) for mail in office()}
    warned = {day for day, _ in told("frequence_avertissement", None)}
    assert warned == {date(2026, 3, 11), date(2026, 6, 10), date(2026, 9, 10)}


def check_the_bilan_that_stopped(year: Year) -> None:
    """AST-7: a bilan that says to stop leads to the evaluation; without an opinion the case closes."""
    end_read()
    row = db.session.get_one(Case, year.measures[plan.STOPPED].case_id)
    assert (row.status, paris(row.closed_at)) == ("closed", date(2026, 6, 18))
    assert row.closure_reason == plan.evaluation(plan.STOPPED)["motif"]


def check_the_places(year: Year) -> None:
    """AST-2: what a rupture frees goes to who asked the same operator, not to who asked another before."""
    waited = build.the_messages("place_attendue")
    assert [(m.case_id, paris(m.queued_at)) for m in waited] == [
        (year.asides[asides.SLOW].case_id, date(2025, 12, 15)),
        (year.asides[asides.WAITING].case_id, date(2025, 12, 16)),
    ]
    entered = {
        (row.case_id, row.element): paris(row.entered_at)
        for row in db.session.scalars(
            select(Task).where(Task.element.in_(("debloquer_credits", "etablir_contrat")))
        )
    }
    waiting = year.asides[asides.WAITING].case_id
    assert entered[waiting, "debloquer_credits"] == date(2026, 3, 10)
    assert entered[waiting, "etablir_contrat"] == date(2026, 6, 1)
    # the slow one waits for a place of its own operator: the evaluations of the first measures free it
    assert entered[year.asides[asides.SLOW].case_id, "etablir_contrat"] == date(2026, 11, 5)
