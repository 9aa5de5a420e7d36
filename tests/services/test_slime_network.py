"""The alert-givers of the SLIME: who is quiet, who was told, who was trained, whom to call (MTP-2)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.database import db
from app.errors import Forbidden
from app.handlers.givers import Giver
from app.models import Document, Partner, Territory
from app.services import network, network_givers, starting, task_view
from app.services.demo import samples
from tests import build
from tests.processes import slime_house as house


@pytest.fixture
def slime(app: Flask, tmp_path: Path) -> Iterator[Territory]:
    """The SLIME being served, its quarterly round armed."""
    with house.on("2026-01-12"), house.serving(app, tmp_path) as territory:
        yield territory


def structure(name: str) -> Giver:
    """What the page says of a structure."""
    found = network_givers.givers(house.person("coordination_slime"))
    return next(row for row in (*found.rows, *found.never) if row.name == name)


def test_who_alerts_goes_quiet_is_told_by_somebody_trained_and_called(slime: Territory) -> None:
    with house.on("2026-01-12"):
        case = house.alert(donneur_courriel=None)
        assert (structure(house.RELIEF).alerts, structure(house.RELIEF).untold) == (1, 1)
        assert structure(house.SOCIAL).quiet  # of the directory, and never alerted
    house.to_kit(case, "2026-01-20")
    with house.on("2026-01-21"):
        house.answer("faire_retour", case, date=date(2026, 1, 21), moyen="rencontre", utile="formation")
        told = structure(house.RELIEF)
    assert (told.untold, told.told_at is not None, told.quiet) == (0, True, False)
    trained_on_the_tenth()
    with house.on("2026-06-20"):
        row = structure(house.RELIEF)
        assert (row.quiet, row.silent_months, row.trained_on) == (True, 5, date(2026, 2, 10))
        with pytest.raises(Forbidden):
            network_givers.givers(house.person("donneur_alerte"))
    the_quarter_lists_whom_to_call()


def trained_on_the_tenth() -> None:
    """A training where one structure came, its paper without any name."""
    with house.on("2026-02-02"):
        house.act(
            "formation", date_evenement=date(2026, 2, 10), genre="formation", commune="34172",
            programme="Lire une facture, repérer le froid.",
        )  # fmt: skip
        build.pump()
    partner = db.session.scalars(select(Partner.id).where(Partner.name == house.RELIEF)).one()
    house.pump_on("2026-02-10")
    with house.on("2026-02-11"):
        house.answer(
            "noter_presence",
            participants=[{"genre": "association", "nombre": 3}],
            structures_presentes=[{"structure": str(partner), "nombre": 3}],
        )
        house.answer("rediger_synthese")
        (event,) = network.events(house.person("coordination_slime"))
    assert (event.total, event.state) == (3, "done")
    minutes = db.session.scalars(select(Document).where(Document.template == "compte_rendu_evenement")).one()
    told = minutes.context["evenement"]
    assert told["programme"] == "Lire une facture, repérer le froid."
    assert told["structures"]["_grille"][1:] == [[house.RELIEF, "3"]]


def the_quarter_lists_whom_to_call() -> None:
    """Every quarter somebody calls each quiet structure; a training is opened when one asks for it."""
    with house.on("2026-06-20"):
        starting.arm_all()
    house.pump_on("2026-07-05")
    with house.on("2026-07-06"):
        task = build.the_task("relancer_donneurs")
        listed = {
            row["nom"]: row
            for row in task_view.open_task(task.id, house.hand(task)).context["donneurs_silencieux"]
        }
        assert set(listed) == set(house.DIRECTORY)
        assert listed[house.RELIEF]["formation"] == "mardi 10 février 2026"
        assert listed[house.SOCIAL]["derniere"] == "n'a jamais alerté"
        given = [{"reponse": "formation"} for _ in listed]
        house.answer("relancer_donneurs", date=date(2026, 7, 6), structures=given, formation=True)
        build.pump()
    assert "preparer_formation" in {task.element for task in build.open_tasks()}


def test_the_demonstration_shows_each_step_of_the_slime() -> None:
    told = next(place for place in samples() if place["code"] == house.CODE)
    steps = {step[0] for case in told["dossiers"] for step in case["parcours"]}
    assert {
        "realiser_visite",
        "remettre_kit",
        "rediger_rapport",
        "faire_retour",
        "decider_orientations",
    } <= steps
    assert len(told["dossiers"]) <= 10
