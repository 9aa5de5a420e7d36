"""A table handed over as a file, CSV or workbook, with who took it and when."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import IO, Final

from flask import Response

from app import clock
from app.documents.spreadsheet import Cell, csv_text
from app.documents.workbook import write_workbook
from app.web.permissions import actor, place

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE: Final = 65_536
"""Bytes of a file sent at once."""


def handed(
    kind: str,
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    about: Sequence[tuple[str, Cell]] = (),
) -> Response:
    """Send a table as a file; its name is the title and the day.

    Args:
        kind: ``csv`` or ``xlsx``.
        title: of the table, short (the name of the sheet).
        about: lines of the workbook's second sheet, after where it comes from.
    """
    name = f"{title.lower().replace('é', 'e').replace(' ', '-')}-{clock.today().isoformat()}.{kind}"
    if kind == "csv":
        answer = Response(csv_text(headers, list(rows)), mimetype="text/csv")
        answer.headers.set("Content-Disposition", "attachment", filename=name)
        return answer
    target: IO[bytes] = BytesIO()
    where = place()
    first: list[tuple[str, Cell]] = [
        ("Territoire", where.name if where is not None else ""),
        ("Exporté par", actor().name),
        ("Exporté le", clock.now()),
    ]
    write_workbook(target, name=title, headers=headers, rows=rows, about=[*first, *about])
    target.seek(0)
    answer = Response(_pieces(target), mimetype=_XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
