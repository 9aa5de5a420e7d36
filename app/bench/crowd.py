"""Many tasks, open and finished: rows written in bulk through the ORM, then lists opened by the page."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from app import clock, tenancy
from app.bench import course
from app.bench.figures import percentiles
from app.bench.house import House, Visitor, expect
from app.database import db, transaction
from app.models import Case, Dwelling, Household, ProcessInstance, Task, User
from app.services import inbox, releases
from app.services.text import fold

_BATCH: Final = 1000
_NAMES: Final = ("Moreau", "Le Goff", "Bernard", "Nguyen", "Da Silva", "Rousseau", "Guillou", "Martin")
_PRIORITIES: Final = ("P1", "P2", "P3", "P4", None)


def fill(house: House, territory_id: UUID, count: int, *, finished: int = 0) -> None:
    """Write ``count`` open tasks over every lane of people, one case each, and ``finished`` behind them.

    Due dates run from a month ago to two months ahead, one in ten has none; one in six is taken.
    """
    behind = -(-finished // count) if count else 0
    with house.app.app_context(), tenancy.serving(territory_id):
        people = list(db.session.scalars(select(User.id)))
        for first in range(0, count, _BATCH):
            rows = list(_rows(house, people, range(first, min(count, first + _BATCH))))
            with transaction() as session:
                for position, entity in enumerate((Household, Dwelling, Case, ProcessInstance, Task)):
                    batch = [{**row[position], "territory_id": territory_id} for row in rows]
                    session.execute(insert(entity), batch)
                if behind:
                    over = (done for row in rows for done in _finished(house, row[-1], people, behind))
                    session.execute(insert(Task), [{**done, "territory_id": territory_id} for done in over])
        _settle()


def _settle() -> None:
    """Let the database learn what its tables hold, as its own upkeep does sooner or later."""
    with transaction() as session:
        session.connection().exec_driver_sql("ANALYZE")


def _rows(house: House, people: list[UUID], numbers: range) -> Iterator[tuple[dict[str, Any], ...]]:
    release = releases.current()
    lanes = sorted(lane.id for lane in release.settings.lanes.values() if not lane.external)
    communes = release.settings.communes
    rng, now = house.rng, clock.now()
    steps = [
        (one, step)
        for one in course.processes(release)
        for step in release.programme.described[one]
        if step.kind == "userTask"
    ]
    for number in numbers:
        called, step = steps[number % len(steps)]
        household, dwelling, case, process = uuid4(), uuid4(), uuid4(), uuid4()
        name, commune = rng.choice(_NAMES), rng.choice(communes)
        entered = now - timedelta(minutes=rng.randrange(60 * 24 * 60))
        yield (
            {"id": household, "last_name": name, "first_name": "Lucie", "match_name": fold(f"{name} lucie")},
            {
                "id": dwelling, "address": f"{number} rue du Croisic", "insee": commune.insee,
                "commune": commune.name, "match_address": f"{number} rue du croisic",
            },
            {
                "id": case, "reference": f"BANC-{number:06d}", "household_id": household,
                "dwelling_id": dwelling, "opened_at": entered, "status": "open", "alert_giver": {},
                "agreement": {}, "duplicates": [],
            },
            {
                "id": process, "case_id": case, "release_id": release.id, "process": release.entry.process,
                "state": b"", "version": 1, "status": "running", "started_at": entered, "rank": 0,
                "done_elements": {}, "waits": [],
            },
            {
                "id": uuid4(), "process_id": process, "case_id": case, "element": step.element,
                "called_process": called, "name": step.name, "commune": commune.name,
                "lane": lanes[number % len(lanes)],
                "form": step.form, "status": "open", "priority": rng.choice(_PRIORITIES),
                "entered_at": entered, "due_at": _due(house, now),
                "claimed_by": rng.choice(people) if rng.random() < 1 / 6 else None,
            },
        )  # fmt: skip


def _finished(house: House, task: dict[str, Any], people: list[UUID], count: int) -> Iterator[dict[str, Any]]:
    """Yield steps done earlier in the case of an open one, over the two years before."""
    for number in range(count):
        done = task["entered_at"] - timedelta(minutes=house.rng.randrange(2 * 365 * 24 * 60))
        yield {
            **task, "id": uuid4(), "status": "done", "claimed_by": None, "due_at": done,
            "entered_at": done - timedelta(hours=number + 1), "completed_at": done,
            "completed_by": people[number % len(people)],
        }  # fmt: skip


def _due(house: House, now: datetime) -> datetime | None:
    if house.rng.random() < 0.1:
        return None
    return now + timedelta(minutes=house.rng.randrange(-30 * 24 * 60, 60 * 24 * 60))


def inbox_pages() -> list[str]:
    """Return the lists of the inbox, by their addresses in a territory; two pages of each."""
    return [f"?vue={which}&page={number}" for which in inbox.WHICH for number in (1, 2)]


SUPERVISION: Final = ("supervision", "supervision/echeances", "supervision/promesses", "supervision/charge")


def time_pages(visitors: dict[int, Visitor], pages: Sequence[str], turns: int) -> dict[str, Any]:
    """Open every page in turn, in the small and the large territory alternately."""
    times: dict[int, list[float]] = {size: [] for size in visitors}
    for _ in range(turns):
        for page in pages:
            for size, visitor in visitors.items():
                start = perf_counter()
                response = visitor.client.get(f"/t/{visitor.code}/{page}")
                times[size].append((perf_counter() - start) * 1000)
                expect(response.status_code, 200)
    found: dict[str, Any] = {str(size): percentiles(taken) for size, taken in times.items()}
    small, large = min(visitors), max(visitors)
    found["rapport"] = round(found[str(large)]["p95"] / found[str(small)]["p95"], 2)
    return found
