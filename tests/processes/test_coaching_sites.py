"""Around the households of éco-coaching: seven sites, their meetings, sessions, contests, budget (BAT-2).

One site lives from its opening to its closing, on the shipped files, in travelled time.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.database import db, end_read
from app.models import Ambassador, Case, Commitment, Document, Site, SiteZoning, Submission, Task, Territory
from app.services import actors, acts, cases, goals, releases, site_facts, sites, task_view, tasks
from app.services.cases import OpenedAlert
from tests import build
from tests.processes import coaching_house as house
from tests.processes.coaching_house import on


@pytest.fixture
def coaching(app: Flask, tmp_path: Path) -> Iterator[Territory]:
    with on("2026-03-02", 8), house.serving(app, tmp_path) as territory:
        yield territory


def site(key: str) -> Site:
    end_read()
    return db.session.scalars(select(Site).where(Site.key == key)).one()


def begin(act: str, role: str, **answers: Any) -> None:
    """Do an act of the territory, the rest of its form made up."""
    release = releases.current()
    process = release.settings.acts[act].process
    form = release.forms[str(next(one.form for one in release.programme.described[process] if one.form))]
    lists = {
        "sites": site_facts.choices(release),
        "sites_ouverts": site_facts.choices(release, diffuse=False),
    }
    who = house.person(role)
    acts.start(act, None, build.sample(form, lists, classes=who.rights.collect, **answers), by=who)


def referral(**wanted: Any) -> OpenedAlert:
    """Send a fiche de repérage that names a site."""
    release = releases.current()
    public, lists = actors.public(release.settings), {"sites": site_facts.choices(release)}
    form = release.forms["signalement"]
    given = build.sample(form, lists, classes=public.rights.collect, **{**house.ALERT, **wanted})
    return cases.open_alert(given, by=public)


def answer(element: str, **answers: Any) -> None:
    end_read()
    task = db.session.scalars(select(Task).where(Task.element == element, Task.status == "open")).one()
    who = house.person(releases.current().settings.lanes[task.lane].roles[0])
    view = task_view.open_task(task.id, who)
    tasks.complete(task.id, build.sample(view.form, view.context, classes=view.classes, **answers), by=who)


def coordination() -> Any:
    return house.person("coordination_sociale")


def test_the_seven_sites_are_known_and_what_the_document_leaves_out_is_empty(coaching: Territory) -> None:
    rows = {line.name: line for line in sites.listing(coordination())}
    assert {name: (one.landlord, one.dwellings) for name, one in rows.items()} == {
        "Vieux Pays": ("Batigère Île-de-France", 53),
        "Chat perché": ("Érigère", 133),
        "Gaston Roussel": ("Batigère Île-de-France", 176),
        "Massy Opéra": ("Érigère", 472),
        "Prairie de l'Oly": ("Batigère Île-de-France", 1185),
        "Temps durables": ("Batigère Île-de-France", None),
        "Carreaux fleuris": ("Érigère", None),
    }
    assert {one.phase for one in rows.values()} == {""}
    prior = {row.site_id for row in db.session.scalars(select(SiteZoning)) if row.zoning == "zus"}
    assert len(prior) == 3


def test_a_site_opens_by_its_letter_and_its_meeting_then_closes_the_same_way(coaching: Territory) -> None:
    park = site("chat_perche")
    begin(
        "ouverture_site", "coordination_sociale", site=str(park.id), date_evenement=date(2026, 3, 20),
        titre="Ouverture de Chat perché", destinataires=["ccas", "centre_social", "service_social"],
    )  # fmt: skip
    papers = list(db.session.scalars(select(Document.template)))
    assert "lettre_site" in papers and "feuille_presence" in papers
    (days,) = db.session.scalars(select(Commitment).where(Commitment.nature == "jours_site")).all()
    assert days.amount == Decimal("1750.00")
    house.pump_on("2026-03-20")
    with on("2026-03-23"):
        present = [{"genre": "ccas", "nombre": 2}, {"genre": "bailleur", "nombre": 6}]
        answer("noter_presence", issue="tenu", participants=present)
        answer("cibler_familles", nombre=12, ouvert_le=date(2026, 3, 23))
        found = sites.detail(park.id, coordination())
        assert found.line.state == "open"
        assert found.people == [("Bailleur", 6, "75 %"), ("CCAS", 2, "25 %")]
        assert next(one.done for one in goals.lines() if one.code == "sites") == 1
        begin("cloture_site", "coordination_sociale", site=str(park.id), date_evenement=date(2026, 11, 10))
    house.pump_on("2026-11-10")
    with on("2026-11-12"):
        answer("ecrire_bilan_site", clos_le=date(2026, 11, 12))
        assert site("chat_perche").closed_on == date(2026, 11, 12)
        offered = [one["libelle"] for one in site_facts.choices(releases.current())]
        assert "Chat perché, Cergy" not in offered


def test_a_session_counts_who_came_and_opens_a_referral_that_belongs_to_the_site(coaching: Territory) -> None:
    park = site("massy_opera")
    begin(
        "seance",
        "travailleur_social",
        site=str(park.id),
        date_evenement=date(2026, 3, 12),
        genre="information",
    )
    house.pump_on("2026-03-12")
    with on("2026-03-13"):
        came = [{"genre": "habitant", "nombre": 9}, {"genre": "gardien", "nombre": 3}]
        answer("noter_presence", issue="tenu", participants=came, interesses=1)
        opened = referral(origine="information_collective", site=str(park.id))
        case = db.session.scalars(select(Case).where(Case.id == opened.case_id)).one()
        assert case.site_id == park.id
        found = sites.detail(park.id, coordination())
        assert found.people == [("Habitants", 9, "75 %"), ("Gardiens", 3, "25 %")]
        assert [one.reference for one in found.cases] == [opened.reference]


def test_a_contest_is_ranked_when_it_ends_and_an_ambassador_goes_with_the_mandate(
    coaching: Territory,
) -> None:
    park = site("chat_perche")
    buildings = [
        {"nom": "Bâtiment A", "logements": 40, "avant": Decimal(9000)},
        {"nom": "Bâtiment B", "logements": 50, "avant": Decimal(8000)},
    ]
    begin(
        "defi", "travailleur_social", site=str(park.id), debut=date(2026, 3, 9), fin=date(2026, 5, 9),
        unite="kWh", immeubles=buildings,
    )  # fmt: skip
    begin(
        "ambassadeur", "travailleur_social", site=str(park.id), nom="Awa Diop", genre="habitant",
        forme_le=date(2026, 3, 2), fin_mandat=date(2026, 6, 30),
    )  # fmt: skip
    assert "Awa Diop" not in str([row.answers for row in db.session.scalars(select(Submission))])
    house.pump_on("2026-05-09")
    with on("2026-05-11"):
        read = [{"nom": "Bâtiment A", "apres": Decimal(8100)}, {"nom": "Bâtiment B", "apres": None}]
        answer("relever_immeubles", releves=read)
        (contest,) = sites.detail(park.id, coordination()).contests
        ranks = [(one.rank, one.result.name, one.result.saved) for one in contest.buildings]
        assert ranks == [(1, "Bâtiment A", Decimal("10.0")), (None, "Bâtiment B", None)]
    house.pump_on("2026-05-31", "2026-07-01")
    with on("2026-07-01"):
        (row,) = db.session.scalars(select(Ambassador)).all()
        assert (row.name, row.ended_on) == ("", date(2026, 6, 30))
        answer("revoir_mandat", reconduit=True, fin_mandat=date(2026, 12, 31))  # too late: it has ended
        end_read()
        assert db.session.scalars(select(Ambassador)).one().name == ""


def test_the_budget_of_the_year_counts_what_is_engaged_for_each_household(coaching: Territory) -> None:
    case = house.to_plan(date(2026, 4, 1))
    house.sign(case, date(2026, 4, 2))
    end_read()
    engaged = {row.nature: row.amount for row in db.session.scalars(select(Commitment))}
    assert engaged == {
        "diagnostic": Decimal("200.00"), "accompagnement": Decimal("700.00"), "kit": Decimal("4.80"),
    }  # fmt: skip
    with on("2026-04-03"):
        lines = {one.code: one for one in goals.lines()}
        assert {code: (one.planned, one.done) for code, one in lines.items()} == {
            "cibles": (100, 1), "accompagnes": (75, 1), "sites": (7, 0), "projets": (15, 0),
        }  # fmt: skip
        assert lines["accompagnes"].each == Decimal("904.80")
