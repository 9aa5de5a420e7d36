"""What a simulation shows, as one page that needs nothing else, and as a table for a spreadsheet."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.documents.assets import light_font
from app.documents.spreadsheet import Cell, csv_text
from app.documents.typography import set_spaces
from app.simulator import drawings, rows
from app.simulator.comparison import Comparison, Side
from app.simulator.story import idle, sentences
from app.simulator.words import NARROW, NO_BREAK, day, number

_TEMPLATES: Final = Path(__file__).parent / "templates"
_FONT: Final = "source-sans-3-latin-{weight}-normal"


def page(here: Side, comparison: Comparison | None = None) -> str:
    """Return one HTML page: no script, nothing fetched; two columns when a comparison is given."""
    sides = (comparison.there, here) if comparison else (here,)
    changed = comparison.changed if comparison else frozenset()
    made = _environment().get_template("report.html").render(
        here=here,
        sides=sides,
        comparison=comparison,
        sentences=list(sentences(here.result, here.words)),
        totals=rows.totals(sides),
        late=rows.steps(sides, changed),
        charts=list(drawings.charts(sides)),
        months=rows.months(sides),
        idle=[idle(side.result, side.words) for side in sides],
        drawings=list(drawings.drawings(sides, changed)),
        never=[[side.words.flow(flow) for flow in side.result.never_taken] for side in sides],
        decisions=list(rows.decisions(sides, changed)),
        closures=rows.closures(sides),
        costs=rows.costs(sides),
        fonts=_fonts(),
        day=day,
        number=number,
    )  # fmt: skip
    # Source Sans has no narrow no-break space, and a guessed one is too thin to see; its own is narrow.
    return set_spaces(made).replace(NARROW, NO_BREAK)


def table(sides: Sequence[Side]) -> str:
    """Return the figures of every step as CSV, one line a step and a programme."""
    heads = (
        "Dispositif", "Diagramme", "Étape", "Identifiant", "Couloir", "Entrées", "Faites", "Retirées",
        "En retard", "Médiane (jours)", "9 sur 10 (jours)", "Première fois (jours depuis le début)",
        "En attente à la fin",
    )  # fmt: skip
    return csv_text(heads, (row for side in sides for row in _lines(side)))


def _lines(side: Side) -> Iterator[Sequence[Cell]]:
    for key in side.words.steps():
        step, item = side.result.by_step.get(key), side.words.element(key)
        process, _, element = key.partition("/")
        figures: tuple[Cell, ...] = (0, 0, 0, 0, None, None, None)
        if step is not None:
            figures = (
                step.entered, step.done, step.cancelled, step.late,
                step.p50_days, step.p90_days, step.since_start,
            )  # fmt: skip
        lane = item.lane_name if item else None
        names = (side.label, side.words.process(process), side.words.step(key), element, lane)
        yield (*names, *figures, side.result.open_tasks.get(key, 0))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


@cache
def _fonts() -> tuple[tuple[int, str], ...]:
    """Our own letters, inside the page: weight and ``data:`` address."""
    files = ((weight, light_font(_FONT.format(weight=weight))) for weight in (400, 600))
    return tuple(
        (weight, f"data:font/woff2;base64,{b64encode(path.read_bytes()).decode()}")
        for weight, path in files
        if path.exists()
    )
