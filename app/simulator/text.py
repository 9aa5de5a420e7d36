"""A result as people read it in a terminal."""

from collections.abc import Iterator

from app.simulator.result import Result, StepFigures

_MOST = 12
"""Lines of a list before it is cut."""


def lines(result: Result) -> Iterator[str]:
    """Yield the lines of a result, in French."""
    what = "Ménages" if result.households else "Processus"
    yield f"{result.code}, version {result.fingerprint[:12]}, graine {result.seed}"
    yield f"Du {result.first:%d/%m/%Y} au {result.last:%d/%m/%Y} ({result.months} mois)"
    yield ""
    yield f"{what} : {result.started} · réglés {result.closed} · ouverts {result.open}"
    yield (
        f"Étapes faites : {result.tasks_completed} · en retard {result.late_tasks} · "
        f"échéances {result.timers_fired}"
    )
    yield f"Incidents : {result.incidents}"
    for item in result.incidents_list[:_MOST]:
        yield f"  {item.process} › {item.element_name} ({item.element}) : {item.cause} × {item.times}"
    yield from _steps(result)
    yield from _load(result)
    yield ""
    yield f"Chemins jamais pris : {len(result.never_taken) or 'aucun'}"
    yield from (f"  {flow}" for flow in result.never_taken[:_MOST])
    yield ""
    yield f"{result.seconds:.1f} s · {result.speed:.0f} années-ménages par minute"


def _steps(result: Result) -> Iterator[str]:
    yield ""
    yield f"{'Étape':<44}{'entrées':>8}{'faites':>8}{'retard':>8}{'médiane':>9}{'9 sur 10':>10}"
    for name, step in result.by_step.items():
        yield (
            f"{name:<44}{step.entered:>8}{step.done:>8}{step.late:>8}"
            f"{_days(step, 'p50_days'):>9}{_days(step, 'p90_days'):>10}"
        )


def _days(step: StepFigures, which: str) -> str:
    value = getattr(step, which)
    return "" if value is None else f"{value:.1f} j".replace(".", ",")


def _load(result: Result) -> Iterator[str]:
    yield ""
    yield f"{'Rôle':<44}{'étapes':>8}{'heures':>8}{'temps disponible':>18}{'part prise':>12}"
    for role, months in result.by_role_month.items():
        tasks = sum(month.tasks for month in months.values())
        hours = sum(month.hours for month in months.values())
        capacity = sum(month.capacity for month in months.values())
        share = f"{100 * hours / capacity:.0f} %" if capacity else ""
        yield f"{role:<44}{tasks:>8}{hours:>8.0f}{capacity:>18.0f}{share:>12}"
