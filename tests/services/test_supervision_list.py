"""The list of open tasks: what narrows it, what surrounds it, who may know what; counted now or aside."""

import itertools
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app import clock
from app.database import db, end_read, transaction
from app.errors import Forbidden
from app.models import Partner, Task
from app.services import census, counting, figures, supervised, supervision_places, supervision_view, tallies
from app.services.census import AGES, NOBODY, STATES
from app.services.supervised import Filters
from tests import build

LANES = ("ecorenove", "technicien", "coordonnateur", "pole")
STEPS = (
    ("tri", "analyser_signalement"),
    ("visite", "prendre_rendez_vous"),
    ("visite", "realiser_visite"),
    ("validation", "valider_diagnostic"),
)


def scattered(count: int, seed: int = 3) -> None:
    """Write open tasks of every kind, beside one real case."""
    dice = random.Random(seed)  # noqa: S311  # made-up tasks
    process = build.the_process(build.a_case("orientation"))
    people = [
        build.a_user("technicien", name=f"Personne {n}", email=f"p{n}@carene.invalid") for n in range(3)
    ]
    branch = next(task.scope for task in build.open_tasks() if task.scope)
    now = clock.now()
    with transaction() as session:
        for _ in range(count):
            called, element = dice.choice(STEPS)
            session.add(
                Task(
                    id=uuid4(), process_id=process.id, case_id=process.case_id, called_process=called,
                    element=element, name=element, lane=dice.choice(LANES), form="x", status="open",
                    claimed_by=dice.choice([None, *(one.id for one in people)]),
                    priority=dice.choice([None, "P0", "P1"]), commune=dice.choice(["Donges", "Besné", None]),
                    scope=dice.choice([None, branch]), active=dice.random() > 0.2,
                    entered_at=now - timedelta(hours=dice.randrange(2000)),
                    due_at=dice.choice([None, now + timedelta(hours=dice.randrange(-900, 1200))]),
                )
            )  # fmt: skip
    with transaction() as session:
        session.get_one(type(process), process.id).status = "suspended"  # what is inactive stands in one


def every(filters: Filters, actor) -> list:
    """Return the rows of every page."""
    page = supervision_view.listing(actor, filters)
    found = [*page.rows]
    while page.more:
        page = supervision_view.listing(actor, filters, page=page.number + 1)
        found += page.rows
    return found


@pytest.fixture
def pole(carene):
    return build.an_actor("coordinatrice_pole")


def test_each_count_beside_the_list_is_the_number_of_rows_that_its_link_finds(pole):
    scattered(70)
    dice = random.Random(5)  # noqa: S311  # made-up filters
    names = {
        "role": "role", "etape": "step", "parcours": "process", "personne": "person",
        "partenaire": "partner", "commune": "commune", "priorite": "priority",
    }  # fmt: skip
    for state, within in (
        ("retard", 7),
        ("bientot", 14),
        ("avenir", 2),
        (None, 7),
        ("suspendu", 7),
        ("sans", 7),
    ):
        filters = Filters(state=state, within=within)
        listing = supervision_view.listing(pole, filters)
        assert listing.total == len(every(filters, pole))
        assert listing.sizes is not None
        for one in STATES:
            assert listing.sizes[one] == len(every(Filters(state=one, within=within), pole)), one
        for dimension, choices in listing.choices.items():
            for choice in dice.sample(list(choices), min(2, len(choices))):
                value: object = choice.value
                if dimension in {"personne", "partenaire"} and choice.value != NOBODY:
                    value = UUID(choice.value)
                narrowed = replace(filters, **{names[dimension]: value})
                assert choice.count == len(every(narrowed, pole)), (state, dimension, choice)
    assert sum(supervision_view.listing(pole, Filters()).sizes.values()) == len(every(Filters(), pole))


def test_the_brackets_of_age_share_the_tasks_out(pole):
    scattered(40)
    found = [every(Filters(age=bracket), pole) for bracket in range(len(AGES) + 1)]
    assert sum(map(len, found)) == len(every(Filters(), pole))
    taken = supervision_view.listing(pole, Filters())
    assert taken.total == sum(map(len, found))
    now = clock.now()
    for bracket, rows in enumerate(found):
        assert all(census.age(row.task.entered_at, now) == bracket for row in rows)


def test_every_order_shows_every_task_once(pole):
    scattered(65)
    ids = {row.task.id for row in every(Filters(), pole)}
    for sort in supervision_view.SORTS:
        first = supervision_view.listing(pole, Filters(), sort=sort)
        pages = [
            supervision_view.listing(pole, Filters(), sort=sort, page=number).rows for number in (1, 2, 3)
        ]
        shown = [row.task.id for page in pages for row in page]
        assert len(shown) == len(set(shown)) == len(ids)
        assert set(shown) == ids
        assert first.more
    due = [row.task.due_at for row in every(Filters(state="avenir"), pole)]
    assert due == sorted(due)


def test_what_is_counted_aside_says_the_same_as_what_is_counted_now(pole, monkeypatch):
    scattered(60)
    wanted = [
        Filters(), Filters(state="retard"), Filters(role="technicien"),
        Filters(priority="P0", state="bientot"),
        Filters(step="visite/realiser_visite", state="avenir", within=30), Filters(process="visite"),
    ]  # fmt: skip
    now = [supervision_view.listing(pole, filters) for filters in wanted]
    counting.count()
    monkeypatch.setattr(tallies, "LIVE", -1)
    for filters, live in zip(wanted, now, strict=True):
        aside = supervision_view.listing(pole, filters)
        assert aside.counted_at is not None
        assert (aside.total, aside.sizes) == (live.total, live.sizes), filters
        for dimension, choices in live.choices.items():
            assert [(c.value, c.count) for c in aside.choices[dimension]] == [
                (c.value, c.count) for c in choices
            ], (filters, dimension)
    several = supervision_view.listing(pole, Filters(role="technicien", priority="P0"))
    assert several.total is None, "two values at once are not counted aside"
    assert {choice.count for choices in several.choices.values() for choice in choices} == {None}
    assert several.rows


def test_a_big_territory_is_counted_when_its_count_is_old_and_a_small_one_never(pole, monkeypatch):
    scattered(10)
    build.pump()
    assert tallies.stored(tallies.OPEN) is None
    monkeypatch.setattr(tallies, "LIVE", 3)
    assert counting.count_due() == 0, "looked at a moment ago"
    with build.later(minutes=6):
        assert counting.count_due() == 1
        assert counting.count_due() == 0
        build.pump(documents=True)
        first = tallies.stored(tallies.OPEN)
        assert first is not None
        assert sum(first.census.total) == len(build.open_tasks())
        assert tallies.kept(figures.TALLY) is not None
    with build.later(minutes=13):
        build.pump(documents=True)
        again = tallies.stored(tallies.OPEN)
        assert again is not None
        assert again.at != first.at


def test_who_may_not_know_a_household_does_not_find_it_by_its_name(carene):
    case = build.a_case("analyser_signalement")
    watcher, social = build.an_actor("administration"), build.an_actor("travailleur_social")
    assert every(Filters(search="Moreau"), social)
    assert not every(Filters(search="Moreau"), watcher)
    assert not every(Filters(search="Croisic"), watcher)
    (row,) = every(Filters(search=case.reference.lower()), watcher)
    assert row.task.household is None


def test_who_does_not_supervise_is_refused(carene):
    for role in ("technicien", "donneur_alerte"):
        with pytest.raises(Forbidden):
            supervision_view.listing(build.an_actor(role), Filters())
        with pytest.raises(Forbidden):
            supervision_view.glance(build.an_actor(role))


def test_a_partner_of_another_name_finds_nothing(pole):
    scattered(5)
    with transaction() as session:
        other = Partner(kind="adil", name="Ailleurs", email="a@b.invalid", communes=[])
        session.add(other)
        session.flush()
        partner_id = other.id
    assert every(Filters(partner=partner_id), pole) == []
    assert every(Filters(person=uuid4()), pole) == []


def test_the_territories_of_an_account_are_counted_each_by_itself(carene, tmp_path):
    build.a_case("analyser_signalement")
    user = build.a_user("coordinatrice_pole", name="Deux", email="deux@carene.invalid")
    end_read()
    places = supervision_places.by_territory(db.session.get_one(type(user), user.id))
    assert [(place.code, place.open, place.incidents) for place in places] == [("carene", 1, 0)]
    technician = build.a_user("technicien", name="Un", email="un@carene.invalid")
    assert supervision_places.by_territory(db.session.get_one(type(user), technician.id)) == []


def test_counting_reads_every_task_once_however_they_are_cut(pole):
    scattered(45)
    whole = Counter(one.step for one in itertools.chain.from_iterable(supervised.all_facts()))
    for size in (1, 7, 45, 46):
        cut = Counter(one.step for one in itertools.chain.from_iterable(supervised.all_facts(size)))
        assert cut == whole
    assert sum(whole.values()) == len(build.open_tasks())
