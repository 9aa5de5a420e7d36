"""One simulation, from the bundle to its figures."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from time import perf_counter

from sqlalchemy import func, select

from app import clock, ids
from app.catalog.bundle import Bundle
from app.database import db
from app.models import Case, Commitment, DecisionRecord, Incident, ProcessInstance
from app.services.releases import LoadedRelease
from app.simulator.clockwork import Report, World
from app.simulator.duties import breaches_found, warnings_given
from app.simulator.house import open_house
from app.simulator.plan import Period, Plan, SeededIds
from app.simulator.result import Cost, IncidentFigure, Result, RoleMonth


def simulate(
    bundle: Bundle,
    plan: Plan,
    *,
    progress: Report | None = None,
    inspect: Callable[[], None] | None = None,
) -> Result:
    """Live the months of ``plan`` with the programme of ``bundle``, on a private database.

    Args:
        progress: told of each week that has passed.
        inspect: called at the end, while the database is still there and its territory served: whoever
            wants to read the rows or the journal of the run does it then.

    Raises:
        BundleFault, ProgrammeFault, DecisionFault: a file cannot run.
    """
    begun = perf_counter()
    period = plan.period(bundle.settings)
    with ids.drawn_from(SeededIds(plan)), clock.at(period.opening), open_house(bundle) as house:
        world = World(house, plan, period, progress)
        world.run()
        with clock.at(period.end):
            result = _result(world, bundle, perf_counter() - begun)
            if inspect is not None:
                inspect()
    return result


def _result(world: World, bundle: Bundle, seconds: float) -> Result:
    plan, period, tally = world.plan, world.period, world.tally
    flows = {flow: tally.flows[flow] for flow in _flows(world.release)}
    started, closed = _counted(world)
    incidents = _incidents(world)
    return Result(
        code=bundle.settings.code,
        fingerprint=bundle.fingerprint,
        seed=plan.seed,
        first=period.first,
        last=period.last,
        months=plan.months,
        households=plan.households,
        started=started,
        closed=closed,
        open=started - closed,
        incidents=sum(item.times for item in incidents),
        tasks_completed=tally.completed,
        timers_fired=tally.timers + tally.reminders + tally.escalations,
        late_tasks=tally.late,
        never_taken=tuple(flow for flow, times in flows.items() if not times),
        by_step=dict(tally.steps()),
        by_role_month=_role_months(world, period),
        flows=flows,
        elements=dict(sorted(tally.elements.items())),
        open_tasks=dict(sorted(Counter(asked.step for asked in world.open.values()).items())),
        decisions=_decisions(),
        closures=_closures(),
        timers={
            "dessines": tally.timers,
            "rappels": tally.reminders,
            "escalades": tally.escalations,
        },
        breaches=breaches_found(),
        warnings=warnings_given(),
        incidents_list=incidents,
        seconds=round(seconds, 2),
        costs=_costs(),
    )


def _flows(release: LoadedRelease) -> list[str]:
    return sorted(
        f"{process}/{outgoing.flow}"
        for process, steps in release.programme.described.items()
        for step in steps
        for outgoing in step.outgoing
    )


def _counted(world: World) -> tuple[int, int]:
    """Return how many cases were started and closed; of processes, where there are no households."""
    if world.settings.entry is not None:
        closed = select(func.count()).select_from(Case).where(Case.status == "closed")
        return world.started, db.session.scalar(closed) or 0
    begun = select(func.count()).select_from(ProcessInstance)
    ended = begun.where(ProcessInstance.status.in_(("finished", "cancelled")))
    return db.session.scalar(begun) or 0, db.session.scalar(ended) or 0


def _incidents(world: World) -> tuple[IncidentFigure, ...]:
    found: Counter[tuple[str, str, str, str]] = Counter()
    rows = db.session.execute(
        select(
            ProcessInstance.process, Incident.element, Incident.element_name, Incident.cause, Incident.times
        )
        .outerjoin(ProcessInstance, ProcessInstance.id == Incident.process_id)
        .where(Incident.status == "open")
    )
    for row in rows:
        found[row.process or "", row.element, row.element_name, row.cause] += row.times
    for (step, cause), times in world.tally.refused.items():
        process, _, element = step.rpartition("/")
        found[process, element, world.release.programme.element_name(element), cause] += times
    return tuple(IncidentFigure(*key, times=times) for key, times in sorted(found.items()))


def _role_months(world: World, period: Period) -> Mapping[str, Mapping[str, RoleMonth]]:
    capacity: Counter[tuple[str, str]] = Counter()
    for person in world.people:
        for day, hours in person.days(period.first, period.last):
            capacity[person.colleague.role, _month(day)] += hours  # type: ignore[assignment]  # hours, not whole
    found: dict[str, dict[str, RoleMonth]] = {}
    for role, month in sorted(capacity.keys() | world.tally.hours.keys()):
        count, hours = world.tally.hours.get((role, month), (0, 0.0))
        found.setdefault(role, {})[month] = RoleMonth(
            int(count), round(hours, 1), round(float(capacity[role, month]), 1)
        )
    return found


def _month(day: date) -> str:
    return day.strftime("%Y-%m")


def _decisions() -> Mapping[str, Mapping[str, int]]:
    """Return, by table, how often each rule matched."""
    found: dict[str, Counter[str]] = {}
    for decision, rules in db.session.execute(select(DecisionRecord.decision, DecisionRecord.rules)):
        found.setdefault(decision, Counter())["+".join(map(str, rules))] += 1
    return {decision: dict(sorted(found[decision].items())) for decision in sorted(found)}


def _closures() -> Mapping[str, int]:
    rows = db.session.execute(
        select(Case.closure_reason, func.count()).where(Case.status == "closed").group_by(Case.closure_reason)
    )
    return {reason or "": number for reason, number in sorted(rows, key=lambda row: row[0] or "")}


def _costs() -> Mapping[str, Cost]:
    """Return what was engaged by nature of expense, less what was given back."""
    found: dict[str, tuple[int, Decimal]] = {}
    for nature, amount, released in db.session.execute(
        select(Commitment.nature, Commitment.amount, Commitment.released)
    ):
        times, whole = found.get(nature, (0, Decimal(0)))
        found[nature] = times + 1, whole + amount - released
    return {nature: Cost(times, f"{whole:.2f}") for nature, (times, whole) in sorted(found.items())}
