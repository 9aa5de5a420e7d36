"""Who sees which figure, what leads to which case, and counting aside (AST-12, LAW-1, LAW-5, LAW-8)."""

import random
from collections import Counter
from datetime import date

import pytest
from sqlalchemy import select

from app import scheduler
from app.catalog.bundle import bundle_from_files
from app.database import db, end_read, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.models import Case, IndicatorFact
from app.services import erasing, indicators, indicators_aside, releases
from app.services.indicators_periods import Period, between, year_of
from tests import build, campaign_house

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
EXTRA = """
[dimensions.handicap]
libelle = "Handicap"
valeur = "signalement.handicap"
[dimensions.tranche]
libelle = "Tranche"
valeur = "signalement.tranche_revenus"
filtre = true
[[indicateurs]]
id = "fragiles"
libelle = "Ménages fragiles"
definition = "Ménages dont la santé est fragile."
mesure = "compte"
si = "signalement.sante_fragile == true"
[[indicateurs]]
id = "modestes"
libelle = "Ménages modestes"
definition = "Ménages sous le plafond modeste."
mesure = "compte"
si = 'signalement.tranche_revenus == "MO"'
[[indicateurs]]
id = "tous"
libelle = "Tous"
definition = "Tous les dossiers."
mesure = "compte"
par = ["handicap", "tranche", "commune"]
[dimensions.commune]
libelle = "Commune"
valeur = "dossier.commune"
mots = "commune"
filtre = true
"""


@pytest.fixture
def counted(carene):
    """CARENE with indicators that draw on every class, and three households."""
    files = {**releases.current().bundle.files, "indicateurs.toml": EXTRA.encode()}
    releases.publish(bundle_from_files(files), note="Indicateurs de chaque classe.")
    build.a_case("analyser_signalement", alert={"sante_fragile": True, "handicap": True})
    build.a_case("analyser_signalement")
    build.a_case(
        "analyser_signalement",
        alert={
            "tranche_revenus": "TM",
            "adresse": {"voie": "1 rue du Port", "cp": "44160", "insee": build.BESNE},
        },
    )


def ids(shown):
    return [figure.indicator.id for figure in shown.figures]


def test_a_person_sees_figures_and_breakdowns_of_the_classes_that_they_read_alone(counted):
    social = indicators.compute(build.an_actor("travailleur_social"), MARCH)
    pole = indicators.compute(build.an_actor("coordinatrice_pole"), MARCH)
    eco = indicators.compute(build.an_actor("ecorenove"), MARCH)
    assert ids(social) == ["fragiles", "modestes", "tous"] and social.withheld == 0
    assert ids(pole) == ["modestes", "tous"] and pole.withheld == 1
    assert ids(eco) == ["tous"] and eco.withheld == 2
    parts = {name: [part.dimension.id for part in shown.figures[-1].breakdowns]
             for name, shown in (("social", social), ("pole", pole), ("eco", eco))}  # fmt: skip
    assert parts == {
        "social": ["handicap", "tranche", "commune"], "pole": ["tranche", "commune"], "eco": ["commune"]
    }  # fmt: skip
    assert [figure.now.value for figure in social.figures] == [1, 2, 3]


def test_figures_drawn_from_secret_answers_are_journalled(counted):
    indicators.compute(build.an_actor("coordinatrice_pole"), MARCH)
    assert [line for line in build.the_journal() if line.action == "indicateurs.lus"] == []
    indicators.compute(build.an_actor("travailleur_social"), MARCH)
    (line,) = [line for line in build.the_journal() if line.action == "indicateurs.lus"]
    assert line.details == {"indicateurs": ["fragiles", "tous"], "classes": ["secret"]}


def test_who_has_no_right_to_indicators_sees_none(counted):
    for role in ("technicien", "donneur_alerte"):
        with pytest.raises(Forbidden):
            indicators.compute(build.an_actor(role), MARCH)


def test_a_filter_narrows_every_figure_and_one_that_is_not_offered_is_refused(counted):
    social = build.an_actor("travailleur_social")
    shown = indicators.compute(social, MARCH, {"commune": build.BESNE})
    assert [figure.now.value for figure in shown.figures] == [0, 0, 1]
    with pytest.raises(Invalid):
        indicators.compute(social, MARCH, {"handicap": "oui"})
    with pytest.raises(Forbidden):  # its class is not read
        indicators.compute(build.an_actor("ecorenove"), MARCH, {"tranche": "TM"})


def test_behind_a_figure_stand_its_cases_for_those_who_may_see_them(counted):
    social = build.an_actor("travailleur_social")
    (case,) = indicators.behind(social, "fragiles", MARCH)
    assert case.reference in {row.reference for row in db.session.scalars(select(Case))}
    assert len(indicators.behind(social, "tous", MARCH)) == 3
    assert len(indicators.behind(social, "tous", MARCH, cell=("commune", build.BESNE))) == 1
    assert indicators.behind(social, "tous", MARCH.before()) == []
    last = [line for line in build.the_journal() if line.action == "indicateurs.dossiers"]
    assert [line.subject for line in last] == ["fragiles", "tous", "tous", "tous"]
    assert last[0].details == {"classes": ["secret"], "dossiers": 1}
    for role, ident, cell in (
        ("ecorenove", "modestes", ("", "")),
        ("ecorenove", "tous", ("tranche", "TM")),
        ("coordinatrice_pole", "fragiles", ("", "")),
        ("administration", "tous", ("", "")),
        ("travailleur_social", "inconnu", ("", "")),
        ("travailleur_social", "fragiles", ("commune", build.BESNE)),
    ):
        with pytest.raises(NotFound):
            indicators.behind(build.an_actor(role), ident, MARCH, cell=cell)


def test_an_erased_case_counts_as_before_and_is_no_longer_listed(counted):
    social = build.an_actor("travailleur_social")
    before = [figure.now for figure in indicators.compute(social, MARCH).figures]
    (fragile,) = indicators.behind(social, "fragiles", MARCH)
    with transaction() as session:
        case = session.get_one(Case, fragile.case_id)
        erasing.forget(case)
        case.erased_at = case.opened_at
    assert [figure.now for figure in indicators.compute(social, MARCH).figures] == before
    assert indicators.behind(social, "fragiles", MARCH) == []
    kept = db.session.scalars(select(IndicatorFact)).all()
    assert len({row.unit for row in kept}) == len({row.indicator for row in kept}) == 3
    assert all(str(fragile.case_id) not in (row.unit, row.distinct_key) for row in kept)


def test_a_large_territory_is_counted_aside_and_gives_the_same_figures(counted, monkeypatch):
    pole = build.an_actor("coordinatrice_pole")
    live = indicators.compute(pole, YEAR, {"commune": build.SAINT_NAZAIRE})
    monkeypatch.setattr(indicators_aside, "LIVE", 1)
    first = indicators.compute(pole, YEAR, {"commune": build.SAINT_NAZAIRE})
    assert first.pending and first.figures == ()
    while scheduler.pump(jobs_named=frozenset({indicators_aside.JOB})):
        pass
    end_read()
    aside = indicators.compute(pole, YEAR, {"commune": build.SAINT_NAZAIRE})
    assert aside.at is not None and not aside.pending
    assert [(one.now, one.before, one.breakdowns, one.months) for one in aside.figures] == [
        (one.now, one.before, one.breakdowns, one.months) for one in live.figures
    ]


def test_a_programme_without_indicators_shows_none(carene):
    files = {
        name: data for name, data in releases.current().bundle.files.items() if name != "indicateurs.toml"
    }
    releases.publish(bundle_from_files(files), note="Sans indicateurs.")
    assert indicators.compute(build.an_actor("administration"), YEAR).figures == ()


def test_periods_are_whole_months_in_order():
    assert between("2026-03", "2026-05").months == 3
    assert between("2026-03", "2026-05").before() == between("2025-12", "2026-02")
    assert year_of(date(2026, 10, 31), 11) == between("2025-11", "2026-10")
    assert year_of(date(2026, 11, 1), 11) == between("2026-11", "2027-10")
    for first, last in (
        ("2026-05", "2026-03"),
        ("mars", "avril"),
        ("2026-13", "2026-13"),
        ("2001-01", "2026-01"),
    ):
        with pytest.raises(Invalid):
            between(first, last)
    with pytest.raises(Invalid):
        Period(date(2026, 3, 2), date(2026, 3, 31))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_doors_of_a_campaign_are_counted_by_what_was_said_and_where(carene):
    campaign_id = campaign_house.a_campaign(field=True)
    round_id, _ = campaign_house.opened(campaign_id)
    said = list(campaign_house.walked(round_id, random.Random(3)))  # noqa: S311  # the same doors each time
    eco = build.an_actor("ecorenove")
    found = {one.indicator.id: one for one in indicators.compute(eco, YEAR).figures}
    assert found["portes"].now.value == len(said) == found["portes"].now.households
    lines = {line.key: line.now.count for line in found["portes"].breakdowns[0].lines}
    assert lines == Counter(said)
    elsewhere = indicators.compute(eco, YEAR, {"commune": build.BESNE})
    assert {one.indicator.id: one.now.value for one in elsewhere.figures}["portes"] == 0
