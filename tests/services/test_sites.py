"""Sites: cases and processes belong to one, its classing is dated, contests are ranked (BAT-2, BAT-16)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import clock
from app.catalog.settings import parse_settings
from app.database import db, end_read, transaction
from app.errors import DesignFault
from app.models import (
    Ambassador,
    Case,
    Challenge,
    ChallengeBuilding,
    JournalLine,
    Partner,
    Site,
    SiteProcess,
    SiteZoning,
    Submission,
    Task,
)
from app.services import clones, first_sites, live, releases, site_facts, tasks
from tests import build, site_house
from tests.money_house import paris


@pytest.fixture
def parks(app, tmp_path):
    with clock.at(paris(2026, 3, 2, 9)), site_house.serving(tmp_path / "programme") as territory:
        yield territory


def waiting(element):
    end_read()
    return db.session.scalars(select(Task).where(Task.element == element, Task.status == "open")).one()


def answer(element, **answers):
    task = waiting(element)
    tasks.complete(task.id, answers, by=build.the_hand(task))


def the(entity, *conditions):
    end_read()
    return list(db.session.scalars(select(entity).where(*conditions)))


def test_the_first_sites_are_those_of_the_settings_and_nothing_unsaid_is_invented(parks):
    park, old = site_house.site("chat_perche"), site_house.site("vieux_pays")
    assert (park.name, park.commune, park.landlord, park.dwellings) == (
        "Chat perché",
        "95127",
        "Érigère",
        133,
    )
    assert (park.phase, park.opened_on, old.phase) == (None, None, "p2014")
    assert [(row.zoning, row.since) for row in the(SiteZoning, SiteZoning.site_id == park.id)] == [
        ("zus", None)
    ]


def test_a_case_belongs_to_the_site_its_alert_names_and_the_route_reads_its_classing(parks):
    park, old = site_house.site("chat_perche"), site_house.site("vieux_pays")
    first = site_house.household(park.id)
    assert waiting("suivre_classe").case_id == first.case_id
    site_house.household(old.id, "Petit")
    assert {row.site_id for row in the(Case)} == {park.id, old.id}
    lines = the(JournalLine, JournalLine.action == "dossier.site", JournalLine.case_id == first.case_id)
    assert [line.subject for line in lines] == [str(park.id)]


def test_a_household_on_no_site_belongs_to_none_and_one_that_moves_changes_site(parks):
    site_house.household("diffus")
    assert the(Case)[0].site_id is None
    answer("suivre", site=str(site_house.site("vieux_pays").id))
    row = the(Case)[0]
    assert (row.site_id, row.closure_reason) == (site_house.site("vieux_pays").id, "Vieux Pays")


def test_a_closed_site_is_offered_no_more_and_still_reads_as_words(parks):

    park = site_house.site("chat_perche")
    with transaction():
        db.session.get_one(Site, park.id).closed_on = date(2026, 3, 1)
    release = releases.current()
    open_ones = [one["libelle"] for one in site_facts.choices(release)]
    assert open_ones == ["Vieux Pays, Sartrouville", "Logement diffus, hors site"]
    assert "Chat perché, Cergy" in [one["libelle"] for one in site_facts.choices(release, closed=True)]


def test_a_site_that_does_not_exist_stops_the_step_with_a_sentence_and_keeps_the_answers(parks):
    with pytest.raises(DesignFault, match="pas dans la liste"):
        site_house.act("ouvrir", site="5f0c3e5e-0000-4000-8000-000000000000", titre="Ouverture")
    assert the(SiteProcess) == []


def test_opening_a_site_dates_it_and_hangs_the_process_on_it(parks):
    park = site_house.site("chat_perche")
    process_id = site_house.act("ouvrir", site=str(park.id), le=date(2026, 4, 1), titre="Ouverture")
    assert site_house.site("chat_perche").opened_on == date(2026, 4, 1)
    assert [(row.site_id, row.process_id) for row in the(SiteProcess)] == [(park.id, process_id)]


BUILDINGS = [
    {"nom": "Bâtiment A", "logements": 40, "avant": Decimal("10000.00")},
    {"nom": "Bâtiment B", "logements": 50, "avant": Decimal("10000.00")},
    {"nom": "Bâtiment C", "logements": 43, "avant": Decimal("8000.00")},
]


def contest(**changes):
    asked = {
        "site": str(site_house.site("chat_perche").id), "titre": "Le plus sobre", "debut": date(2026, 3, 1),
        "fin": date(2026, 5, 31), "immeubles": BUILDINGS,
    }  # fmt: skip
    return site_house.act("defier", **(asked | changes))


def test_a_contest_ranks_whole_buildings_by_what_each_dwelling_saved(parks):
    contest()
    readings = [
        {"nom": "Bâtiment A", "apres": Decimal("9500.00")},
        {"nom": "Bâtiment B", "apres": Decimal("8000.50")},
    ]
    answer("relever", releves=readings)
    rows = {row.name: row.after for row in the(ChallengeBuilding)}
    assert rows == {"Bâtiment A": Decimal("9500.00"), "Bâtiment B": Decimal("8000.50"), "Bâtiment C": None}
    assert the(Challenge)[0].judged_on == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fin": date(2026, 2, 1)}, "finirait avant"),
        ({"immeubles": BUILDINGS[:1]}, "deux immeubles"),
        ({"immeubles": [*BUILDINGS, BUILDINGS[0]]}, "son propre nom"),
    ],
)
def test_a_contest_that_makes_no_sense_is_refused_in_words(parks, changes, words):
    with pytest.raises(DesignFault, match=words):
        contest(**changes)
    assert the(Challenge) == []


def test_an_ambassador_is_named_until_the_mandate_ends_then_only_counted(parks):
    site_house.act(
        "former", site=str(site_house.site("chat_perche").id), nom="Awa Diop", contact="06 00 00 00 00",
        fin=date(2026, 12, 31),
    )  # fmt: skip
    row = the(Ambassador)[0]
    assert (row.name, row.kind, row.active_until) == ("Awa Diop", "habitant", date(2026, 12, 31))
    assert "Awa Diop" not in str([answer.answers for answer in the(Submission)])
    answer("revoir_mandat", fin=date(2027, 6, 30))
    assert the(Ambassador)[0].active_until == date(2027, 6, 30)


def test_a_mandate_that_is_not_renewed_erases_the_name(parks):
    site_house.act(
        "former", site=str(site_house.site("chat_perche").id), nom="Awa Diop", fin=date(2026, 12, 31)
    )
    answer("revoir_mandat")
    row = the(Ambassador)[0]
    assert (row.name, row.contact, row.ended_on) == ("", "", date(2026, 3, 2))


def test_what_was_changed_on_screen_is_written_back_and_comes_in_again_without_loss(parks):
    park = site_house.site("chat_perche")
    with transaction() as session:
        session.add(
            SiteZoning(
                site_id=park.id,
                zoning="hors",
                since=date(2026, 6, 1),
                reason="Décret",
                by="Moi",
                at=clock.now(),
            )
        )
        session.add(Partner(kind="bailleur", name="Érigère", communes=[], email="e@bailleur.invalid"))
        session.get_one(Site, park.id).opened_on = date(2026, 4, 1)
    bundle = releases.current().bundle
    files = live.settled(bundle, parks)

    read = parse_settings(files["territoire.toml"].decode())
    first = {one.key: one for one in read.sites.first}
    assert [(one.zoning, one.since, one.reason) for one in first["chat_perche"].zonings] == [
        ("zus", None, ""), ("hors", date(2026, 6, 1), "Décret"),
    ]  # fmt: skip
    assert first["chat_perche"].opened_on == date(2026, 4, 1)
    assert {(one.code, one.count) for one in read.goals.first} == {("cibles", 100), ("accompagnes", 75)}
    with transaction():
        assert first_sites.plant(read) == ()  # known already: nothing doubled


def test_a_clone_begins_without_the_sites_of_the_other(parks):

    end_read()
    release = clones.clone("parcs", "ailleurs", name="Ailleurs")
    assert release.settings.sites.first == () and release.settings.goals.first == ()
