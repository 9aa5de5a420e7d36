"""Anah's ceilings as rows: the shipped table is loaded once, a new year is added beside the others."""

from importlib.resources import files

from sqlalchemy import select

from app.database import db, transaction
from app.decisions.anah import Ceiling, read_ceilings
from app.models import AnahCeiling


def load_shipped() -> int:
    """Add the lines of ``app/data/anah_plafonds.csv`` that are missing; return how many.

    A line already there is left alone: an administrator may have corrected it.
    """
    return load(files("app").joinpath("data/anah_plafonds.csv").read_text(encoding="utf-8"))


def load(text: str) -> int:
    """Add the lines of a table (CSV with semicolons) that are missing; return how many.

    Raises:
        ValueError: the text is no such table.
    """
    wanted = read_ceilings(text)
    with transaction() as session:
        known = {
            (row.year, row.zone, row.category)
            for row in session.execute(select(AnahCeiling.year, AnahCeiling.zone, AnahCeiling.category))
        }
        missing = [line for line in wanted if (line.year, line.zone, line.category) not in known]
        db.session.add_all([_row(line) for line in missing])
    return len(missing)


def _row(line: Ceiling) -> AnahCeiling:
    return AnahCeiling(
        year=line.year,
        zone=line.zone,
        category=line.category,
        persons=[int(amount) for amount in line.amounts],
        per_extra_person=int(line.per_extra_person),
        source=line.source,
    )
