"""Every use case that takes an id, asked by one structure's referent for another's case: nothing (LAW-1)."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from app import clock
from app.database import Scoped, db, end_read, transaction
from app.errors import RelaisError
from app.models import Case, Partner, Task, User
from app.services import (
    bell,
    breaches,
    calendar_view,
    cases,
    dead_letters,
    figures,
    filters,
    inbox,
    jobs_view,
    meetings,
    mending,
    promises,
    reviews,
    search,
    structures,
    supervision,
    supervision_actions,
    supervision_exports,
    supervision_places,
    supervision_view,
    tallies,
    teams,
    views,
    workload,
)
from app.services import perimeter as sight
from app.services.supervised import Filters
from app.services.wanted import WHICH
from tests import build, two_structures
from tests.services import test_two_territories as next_door

SHARED = {
    "partners.save": "the directory is everybody's; its page asks for the territory's administration",
    "directory_sheets.sheet": "the directory is everybody's",
    "directory_sheets.history": "the same",
    "directory_sheets.note_verified": "the same: called by the step under way",
    "watch.of_structure": "figures of a structure, of no case: none are given here",
    "watch.record": "the same: none are written here",
    "releases.of": "the programme is everybody's",
    "delegations.call_off": "an absence is of a person, and of no case",
    "filters.change": "one's own lists only: asked for by their owner's id",
    "filters.delete": "one's own lists only",
    "team.person": "asks for the territory's administration: tests/services/test_team.py",
    "team_changes.change": "the same",
    "team_changes.close": "the same",
    "team_changes.send_link": "the same",
    "cases.follow_up": "whoever holds the code alerted",
}
"""Use cases that the territory's matrix asks and that hang on no case."""


@pytest.fixture
def lived(app, tmp_path, shared_root, once):
    """What operator Alpha holds, as a territory that has lived; operator Bêta's own case."""
    build.a_server(app, tmp_path)
    with build.serving(two_structures.CODE, root=shared_root):
        yield once("deux structures", two_sides)


def two_sides():
    theirs = next_door.Lived("une de plus")
    alpha = build.a_partner("amelioration_habitat", name="Opérateur Alpha", email="alpha@ope.invalid").id
    for case_id in db.session.scalars(select(Case.id)).all():
        with transaction():
            structures.entrust(case_id, alpha, "operateur")
    two_structures.a_referent(db.session.get_one(Partner, alpha), "Référente Alpha")
    return theirs, two_structures.a_side("Bêta")


def test_no_use_case_takes_the_id_of_another_structures_case(lived):
    theirs, beta = lived
    boss = beta.actor
    before = next_door.written_in(theirs)
    with sight.serving(boss):
        for name, act in next_door.by_id(theirs, boss).items():
            if name in SHARED:
                continue
            with pytest.raises((RelaisError, NoResultFound)):
                pytest.fail(f"{name} gave {act()!r}")
            end_read()
    assert next_door.written_in(theirs) == before
    with sight.serving(boss):
        assert views.case_facts(theirs.cases[0].case_id) == {}
        assert breaches.open_breaches(boss, case_id=theirs.cases[0].case_id) == []
        assert not meetings.is_sitting(theirs.meeting)
        assert mending.targets(theirs.cases[1].process_id, theirs.task_id) == []
        assert supervision_actions.entrust([theirs.task_id], boss.user_id, boss).done == 0


def told(boss):
    """Everything that lists, counts, searches and exports tell somebody who may do everything."""
    today = clock.today()
    listing = supervision_exports.prepare(boss, Filters(), sort="echeance", kind="csv")
    return {
        "cases": cases.listing(boss, status="all"),
        "cases found by name": cases.listing(boss, search="Moreau", status="all"),
        "cases found by commune": cases.listing(boss, search="saint nazaire", status="all"),
        **{f"inbox, {which}": inbox.inbox(boss, which=which) for which in WHICH},
        "inbox, searched": inbox.inbox(boss, search="Moreau"),
        "late": supervision.late(boss),
        "incidents": supervision.open_incidents(boss),
        "events": supervision.waiting_events(boss),
        "given up": dead_letters.stuck(boss),
        "reviews": reviews.processes(boss),
        "supervised": supervision_view.listing(boss, Filters()),
        "exported": [listing, *listing.rows(boss)],
        "workload": workload.workload(boss),
        "ageing": workload.ageing(boss),
        "promised": promises.promised(boss, days=30),
        "threatened": promises.threatened(boss, days=30),
        "breaches": breaches.open_breaches(boss),
        "measures": figures.latest(boss),
        "works": jobs_view.overview(boss),
        "lists": filters.listed(boss),
        "bell": bell.page(boss),
        "calendar": calendar_view.calendar(
            boss, today - timedelta(days=60), today + timedelta(days=365), whose="equipe", cancelled=True
        ),
        "places": supervision_places.by_territory(db.session.get_one(User, boss.user_id)),
        "people": teams.colleagues(),
    }


def said(item):
    """What a value says, however deep: of rows every column, of the rest what it holds."""
    if isinstance(item, Scoped):
        return " ".join(str(getattr(item, column.key)) for column in item.__mapper__.column_attrs)
    if isinstance(item, Mapping):
        return " ".join(f"{said(key)} {said(value)}" for key, value in item.items())
    if isinstance(item, list | tuple | set | frozenset):
        return " ".join(map(said, item))
    return said(vars(item)) if hasattr(item, "__dict__") and not isinstance(item, type) else str(item)


def ids_of(theirs):
    """Every id and reference by which the other structure's cases could be recognised."""
    references = db.session.scalars(select(Case.reference).where(Case.id.in_(cases_of(theirs))))
    tasks = db.session.scalars(select(Task.id).where(Task.case_id.in_(cases_of(theirs))))
    rows = [row_id for entity, ids in theirs.ids.items() if entity.__name__ != "Partner" for row_id in ids]
    return {str(one) for one in (*cases_of(theirs), *references, *tasks, *rows)}


def cases_of(theirs):
    return [*(case.case_id for case in theirs.cases), theirs.stuck.case_id]


def test_lists_counts_searches_exports_and_calendars_say_nothing_of_another_structure(lived):
    theirs, beta = lived
    foreign = ids_of(theirs)
    everywhere = {
        name for name, shown in told(theirs.boss).items() if any(one in said(shown) for one in foreign)
    }
    assert len(everywhere) >= 12, "asked by somebody who sees them all, the same lists say them"
    boss = beta.actor
    with sight.serving(boss):
        for name, shown in told(boss).items():
            text = said(shown)
            assert [one for one in foreign if one in text] == [], name
            assert "Référente Alpha" not in text, name
        mine = {task.id for task in build.open_tasks(beta.case.case_id)}
        seen = {row.id for row in inbox.inbox(boss, which="equipe").rows}
        assert seen == mine
        assert inbox.counts(boss)["equipe"] == len(mine)
        assert cases.listing(boss, status="all").total == 1
        assert sum(tallies.everything().census.total) == len(mine)
        assert supervision_view.listing(boss, Filters()).total == len(mine)
        assert figures.latest(boss).measures.runs == 1
        assert search.missing() == 0
