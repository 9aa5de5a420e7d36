"""ASTRE's operators, its SLISL and asking structures: each meets its own measures alone (AST-3, LAW-1)."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.database import db, end_read
from app.errors import NotFound
from app.models import Message, Notice, Territory, User
from app.services import bell, calendar_view, case_view, cases, inbox, task_view
from app.services import perimeter as sight
from app.services.actors import Actor
from app.services.cases import OpenedAlert
from tests import build
from tests.processes import astre_house as house

MONDAY = "2026-02-02"
HERE = {"voie": "4 rue des Tilleuls", "cp": "62000", "insee": house.ARRAS}
THERE = {"voie": "9 rue du Bac", "cp": "62170", "insee": house.MONTREUIL}


@pytest.fixture
def measures(app: Flask, tmp_path: Path) -> Iterator[tuple[Territory, OpenedAlert, OpenedAlert]]:
    """Two measures: Arras with the first operator, Montreuil with the second, asked by two structures."""
    with house.on(MONDAY), house.serving(app, tmp_path) as territory:
        asking = house.structure("operateur", house.OPERATORS[2])
        by = house.person("structure_demandeuse", asking)
        first = house.saisine(by=by, nom="Premier", adresse=HERE)
        second = house.saisine(nom="Deuxieme", adresse=THERE)
        for case, operator in ((first, house.OPERATORS[0]), (second, house.OPERATORS[1])):
            house.to_committee(case, operator)
            house.answer("etablir_contrat", case, debut=date.fromisoformat(MONDAY))
        build.pump()
        yield territory, first, second


def readers(first: OpenedAlert, second: OpenedAlert) -> dict[str, tuple[Actor, set[str]]]:
    """Everybody who reads, with the references that they may meet."""
    one, two = first.reference, second.reference
    a, b, c = (house.structure("operateur", name) for name in house.OPERATORS)
    return {
        "referent of the first": (house.person("referent", a), {one}),
        "head of the first": (house.person("responsable_operateur", a), {one}),
        "referent of the second": (house.person("referent", b), {two}),
        "head of the second": (house.person("responsable_operateur", b), {two}),
        "referent of the third": (house.person("referent", c), {one}),  # it asked for the first
        "who asked for the first": (house.person("structure_demandeuse", c), {one}),
        "SLISL of Arras": (house.person("slisl", house.structure("slisl", "SLISL de l'Arrageois")), {one}),
        "SLISL of Montreuil": (
            house.person("slisl", house.structure("slisl", "SLISL du Montreuillois")),
            {two},
        ),
        "SPSLH": (house.spslh(), {one, two}),
        "referent of nobody": (house.person("referent"), set()),
    }


def test_each_structure_lists_finds_opens_and_dates_its_own_measures_alone(
    measures: tuple[Territory, OpenedAlert, OpenedAlert],
) -> None:
    _, first, second = measures
    both = {case.reference: case for case in (first, second)}
    tasks = {ref: [task.id for task in build.open_tasks(case.case_id)] for ref, case in both.items()}
    assert all(tasks.values())
    for who, (actor, theirs) in readers(first, second).items():
        with sight.serving(actor):
            assert {row.reference for row in cases.listing(actor, status="all").rows} == theirs, who
            found = {row.reference for row in cases.listing(actor, search="rue", status="all").rows}
            assert found == theirs, who
            held = {row.case_reference for row in inbox.inbox(actor, which="equipe").rows}
            assert held <= theirs, who
            assert inbox.counts(actor)["equipe"] == inbox.inbox(actor, which="equipe").total
            today = clock.today()
            dated = calendar_view.calendar(
                actor, today - timedelta(days=40), today + timedelta(days=400), whose="equipe"
            )
            assert not [ref for ref in both.keys() - theirs if ref in str(dated)], who
            for reference in both.keys() - theirs:
                with pytest.raises(NotFound):
                    case_view.file_view(reference, actor)
                for task_id in tasks[reference]:
                    with pytest.raises(NotFound):
                        task_view.open_task(task_id, actor)
            for reference in theirs:
                assert case_view.file_view(reference, actor).case.reference == reference


def test_what_is_told_of_a_measure_in_a_year_reaches_its_own_structures_and_the_spslh(
    measures: tuple[Territory, OpenedAlert, OpenedAlert],
) -> None:
    _, first, second = measures
    everybody = readers(first, second)
    house.pump_on("2026-02-20", "2026-03-10", "2026-04-12", "2026-07-13")
    end_read()
    may = {actor.user_id: theirs for actor, theirs in everybody.values()}
    told = 0
    for case in (first, second):
        for entity in (Notice, Message):
            query = select(entity.user_id).where(entity.case_id == case.case_id, entity.user_id.is_not(None))
            for user_id in db.session.scalars(query):
                assert case.reference in may.get(user_id, {case.reference}), db.session.get_one(
                    User, user_id
                ).name
                told += 1
    assert told > 5
    for who, (actor, theirs) in everybody.items():
        with sight.serving(actor):
            lines = str(bell.page(actor).rows)
            assert not [ref for ref in {first.reference, second.reference} - theirs if ref in lines], who
