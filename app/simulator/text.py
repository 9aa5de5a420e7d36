"""A result as people read it in a terminal: sentences first, then figures in columns."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from app.simulator.comparison import Comparison
from app.simulator.result import Result
from app.simulator.story import late_steps, loads, sentences
from app.simulator.words import NARROW, NO_BREAK, Words, counted, day, days, number, share

_WIDTH: Final = 100
_MOST: Final = 12
"""Lines of a list before it is cut."""
_NAME: Final = 46


def lines(result: Result, words: Words, comparison: Comparison | None = None) -> Iterator[str]:
    """Yield the lines of a result, in French; those of a comparison come before the columns."""
    yield f"{words.territory} · empreinte {result.fingerprint[:12]}"
    yield f"Simulation du {day(result.first)} au {day(result.last)}, graine {result.seed}"
    yield ""
    for sentence in sentences(result, words):
        yield from _wrapped(sentence, "• ")
    if comparison is not None:
        yield from _compared(comparison)
    yield from _steps(result, words)
    yield from _load(result, words)
    yield from _never(result, words)
    yield from _breaches(result, words)
    yield from _incidents(result)
    yield from _figures(result)


def _wrapped(sentence: str, head: str) -> Iterator[str]:
    plain = sentence.replace(NARROW, NO_BREAK)
    pieces = wrap(plain, _WIDTH - len(head), break_long_words=False, break_on_hyphens=False)
    for index, piece in enumerate(pieces):
        yield (head if index == 0 else " " * len(head)) + piece.replace(NO_BREAK, " ")


def _compared(comparison: Comparison) -> Iterator[str]:
    yield ""
    yield f"Par rapport {comparison.to_reference}"
    if not comparison.differences:
        yield "• Aucune différence : les deux dispositifs vivent la même vie."
    for difference in comparison.differences[: 2 * _MOST]:
        yield from _wrapped(difference.sentence, "• ")
    yield from _more(len(comparison.differences) - 2 * _MOST, "différence")


def _more(count: int, noun: str) -> Iterator[str]:
    if count > 0:
        yield f"  … et {counted(count, noun)} de plus, dans la page (--html) et le JSON (--json)."


def _columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table: the first column to the left, the others to the right."""
    plain = [[_cell(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[place]) for row in plain) for place in range(len(heads))]
    for place, row in enumerate(plain):
        first, *rest = row
        figures = "  ".join(cell.rjust(size) for cell, size in zip(rest, widths[1:], strict=True))
        yield f"{first.ljust(widths[0])}  {figures}".rstrip()
        if place == 0:
            yield "─" * (sum(widths) + 2 * (len(widths) - 1))


def _cell(text: str) -> str:
    plain = text.replace(NARROW, " ").replace(NO_BREAK, " ")
    return plain if len(plain) <= _NAME else f"{plain[: _NAME - 1]}…"


def _steps(result: Result, words: Words) -> Iterator[str]:
    yield ""
    rows = []
    late_first = {key: rank for rank, (key, _) in enumerate(late_steps(result))}
    for key in sorted(
        result.by_step, key=lambda key: (late_first.get(key, len(late_first)), words.step(key))
    ):
        step = result.by_step[key]
        median = "" if step.p50_days is None else days(step.p50_days)
        ninth = "" if step.p90_days is None else days(step.p90_days)
        late = f"{number(step.late)} ({share(step.late, step.entered)})" if step.late else "—"
        rows.append([words.step(key), number(step.entered), number(step.done), late, median, ninth])
    yield from _columns(["Étape", "entrées", "faites", "en retard", "médiane", "9 sur 10"], rows)


def _load(result: Result, words: Words) -> Iterator[str]:
    yield ""
    rows = [
        [
            load.label,
            number(load.tasks),
            f"{number(load.weekly, 1)} h",
            share(load.hours, load.capacity),
            f"{number(100 * load.fullest_share)} %",
        ]
        for load in loads(result, words)
    ]
    yield from _columns(["Rôle", "étapes", "par semaine", "du temps", "mois le plus plein"], rows)


def _never(result: Result, words: Words) -> Iterator[str]:
    if result.never_taken:
        yield ""
        yield f"Passages jamais empruntés : {len(result.never_taken)}"
        for flow in result.never_taken[:_MOST]:
            yield from _wrapped(words.flow(flow), "  ")
        yield from _more(len(result.never_taken) - _MOST, "passage")


def _breaches(result: Result, words: Words) -> Iterator[str]:
    if result.breaches:
        yield ""
        yield f"Manquements : {number(sum(result.breaches.values()))}"
        for key, times in result.breaches.items():
            yield from _wrapped(f"{words.step(key)} : {number(times)}", "  ")


def _incidents(result: Result) -> Iterator[str]:
    if result.incidents_list:
        yield ""
        yield f"Incidents : {result.incidents}"
        for item in result.incidents_list[:_MOST]:
            times = f" ({item.times} fois)" if item.times > 1 else ""
            yield from _wrapped(f"{item.element_name} [{item.element}] : {item.cause}{times}", "  ")
        yield from _more(len(result.incidents_list) - _MOST, "incident")


def _figures(result: Result) -> Iterator[str]:
    timers = result.timers
    yield ""
    yield (
        f"{number(result.tasks_completed)} étapes faites, "
        f"{number(timers.get('dessines', 0))} échéances du dessin, "
        f"{number(timers.get('rappels', 0))} rappels, {number(timers.get('escalades', 0))} alertes de retard"
    )
    yield f"{number(result.seconds, 1)} s, {number(result.speed)} années-ménages par minute"
