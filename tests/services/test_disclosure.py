"""Nobody recomputes a withheld figure: not from a total, two breakdowns, or two reports (LAW-9)."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalog.indicator_reading import parse_indicators
from app.catalog.indicators import Indicators
from app.services import disclosure
from app.services.disclosure import Earlier
from app.services.indicators_periods import Period
from app.services.indicators_rows import Contribution
from app.services.indicators_sums import TOTAL, Place, Sums

LEAST = 5
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
HALF = Period(date(2026, 1, 1), date(2026, 6, 30))
AREAS = {"a1": "nord", "a2": "nord", "a3": "nord", "b1": "sud", "b2": "sud", "c1": "est"}
"""Communes, each in one area: a reader knows the map."""
WANTED = parse_indicators(
    """
[dimensions.commune]
libelle = "Commune"
valeur = "dossier.commune"
[dimensions.secteur]
libelle = "Secteur"
valeur = "dossier.priorite"
[dimensions.statut]
libelle = "Statut"
valeur = "dossier.statut"
[[indicateurs]]
id = "menages"
libelle = "Ménages"
definition = "Ménages accompagnés."
mesure = "compte"
par = ["commune", "secteur", "statut"]
[[indicateurs]]
id = "satisfaits"
libelle = "Satisfaits"
definition = "Part des ménages satisfaits."
mesure = "taux"
si = "dossier.priorite == 1"
par = ["statut"]
[[indicateurs]]
id = "part"
libelle = "Rapport"
definition = "L'un par l'autre."
mesure = "quotient"
numerateur = "satisfaits"
denominateur = "menages"
"""
)
HOUSEHOLD = st.tuples(
    st.sampled_from(sorted(AREAS)), st.sampled_from(["po", "lp", "ls"]), st.booleans(), st.integers(1, 12)
)


def sums_of(households: list[tuple[str, str, bool, int]], period: Period = YEAR) -> Sums:
    """Count households, each with its commune, its status, whether it is content and its month."""
    sums = Sums(WANTED, period, {}, linked=True)
    for number, (commune, status, content, month) in enumerate(households):
        keys = {"commune": (commune,), "secteur": (AREAS[commune],), "statut": (status,)}
        for one in WANTED.all:
            if not one.derived:
                fact = Contribution(date(2026, month, 1), None, str(number), content, None, keys, None)
                sums.add(one, fact)
    return sums


def withheld(sums: Sums, earlier: tuple[Earlier, ...] = ()) -> dict[str, frozenset[Place]]:
    return disclosure.withheld(WANTED, sums.counted(), sums.period, links=sums.links, earlier=earlier)


class Reader:
    """Knows what was published, the map of communes, and sums; tries every value a hidden cell may have."""

    def __init__(self, shown: dict[Place, int], hidden: list[Place], cells: list[Place], most: int) -> None:
        self.shown, self.hidden, self.most = shown, hidden, most
        self.sums = [
            ([place for place in cells if place[0] == name], TOTAL)
            for name in sorted({name for name, _ in cells if name})
        ]
        for area in sorted({key for name, key in cells if name == "secteur"}):
            inside = [place for place in cells if place[0] == "commune" and AREAS[place[1]] == area]
            self.sums.append((inside, ("secteur", area)))

    def possible(self) -> dict[Place, set[int]]:
        """Return the values each hidden cell may have, trying every one."""
        found: dict[Place, set[int]] = {place: set() for place in self.hidden}
        for values in self._tries():
            for place in self.hidden:
                found[place].add(values[place])
        return found

    def _tries(self) -> Iterator[dict[Place, int]]:
        for group in product(range(self.most + 1), repeat=len(self.hidden)):
            values = {**self.shown, **dict(zip(self.hidden, group, strict=True))}
            if all(sum(values[one] for one in parts) == values[whole] for parts, whole in self.sums):
                yield values


def given_back(sums: Sums) -> list[Place]:
    """Return the withheld cells of « menages » that have but one possible value."""
    found: list[Place] = []
    cells = sums.counted()["menages"]
    hidden = withheld(sums)["menages"]
    places = [place for place in cells if place[0] in ("", "commune", "secteur", "statut")]
    kept = {place: cells[place].households for place in places if place not in hidden}
    unknown = sorted(set(places) & hidden)
    if not unknown or TOTAL in hidden:
        return found  # nothing is hidden, or everything is
    # Breakdowns that share no hidden cell are told apart: each is tried by itself, else it would take years.
    for group in ({"commune", "secteur"}, {"statut"}):
        mine = [place for place in places if place[0] in group or place == TOTAL]
        asked = [place for place in unknown if place[0] in group]
        most = kept[TOTAL]
        if asked and (most + 1) ** len(asked) <= 60_000:
            reader = Reader({one: kept[one] for one in mine if one in kept}, asked, mine, most)
            found += [place for place, values in reader.possible().items() if len(values) < 2]
    return found


@settings(max_examples=50, deadline=None)
@given(st.lists(HOUSEHOLD, max_size=26))
def test_no_total_and_no_second_breakdown_gives_a_withheld_cell_back(households):
    assert given_back(sums_of(households)) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(HOUSEHOLD, max_size=40))
def test_every_published_cell_tells_of_none_or_of_enough_households_on_both_sides(households):
    sums = sums_of(households)
    counted, hidden = sums.counted(), withheld(sums)
    for ident in ("menages", "satisfaits"):
        for place, value in counted[ident].items():
            if place not in hidden[ident]:
                assert value.households == 0 or value.households >= LEAST
                if ident == "satisfaits":
                    sides = (value.held_households, value.households - value.held_households)
                    assert all(side == 0 or side >= LEAST for side in sides)
    if TOTAL in hidden["menages"] or TOTAL in hidden["satisfaits"]:
        assert TOTAL in hidden["part"]


@settings(max_examples=50, deadline=None)
@given(st.lists(HOUSEHOLD, max_size=60))
def test_two_reports_one_of_which_holds_the_other_give_no_small_difference(households):
    half = sums_of(households, HALF)
    hidden = withheld(half)
    shown = {
        ident: {place: value.households for place, value in cells.items() if place not in hidden[ident]}
        for ident, cells in half.counted().items()
    }
    year = sums_of(households)
    later = withheld(year, (Earlier(HALF, shown, hidden),))
    for ident in ("menages", "satisfaits"):
        for place, value in year.counted()[ident].items():
            before = shown[ident].get(place)
            if place not in later[ident] and before is not None:
                assert value.households - before == 0 or value.households - before >= LEAST


def test_the_same_period_published_again_withholds_at_least_what_it_withheld():
    households = [("a1", "po", True, 1)] * 9 + [("b1", "lp", True, 2)] * 3 + [("b2", "lp", True, 2)] * 8
    sums = sums_of(households)
    first = withheld(sums)
    again = withheld(sums_of([*households, *[("b1", "lp", True, 3)] * 9]), (Earlier(YEAR, {}, first),))
    assert ("commune", "b1") in first["menages"]
    assert first["menages"] <= again["menages"]


def test_a_commune_alone_in_its_area_takes_the_area_with_it():
    households = [("c1", "po", True, 1)] * 3 + [("a1", "po", True, 1)] * 20 + [("b1", "lp", True, 1)] * 20
    hidden = withheld(sums_of(households))["menages"]
    assert {("commune", "c1"), ("secteur", "est")} <= hidden
    assert len([place for place in hidden if place[0] == "secteur"]) >= 2


@pytest.mark.parametrize(("count", "shown"), [(0, True), (4, False), (5, True)])
def test_the_threshold_is_five(count, shown):
    sums = sums_of([("a1", "po", True, 1)] * count)
    assert (TOTAL not in withheld(sums)["menages"]) is shown


def test_a_programme_may_ask_for_more_than_five_never_for_less():
    def reads(threshold: int) -> Indicators:
        return parse_indicators(f"[diffusion]\nseuil = {threshold}\n")

    assert reads(11).smallest == 11
    with pytest.raises(Exception, match="entre 5 et 50"):
        reads(4)
