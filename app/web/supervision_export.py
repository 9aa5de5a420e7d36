"""The list of supervision as a table: the columns as people name them, the filter said in words."""

import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Final

from app import clock
from app.documents.spreadsheet import Cell, cell, csv_lines
from app.documents.workbook import write_workbook
from app.services import supervision_exports, supervision_words
from app.services.actors import Actor
from app.services.supervision_exports import Export
from app.services.supervision_view import Supervised
from app.web import formats
from app.web.supervision_query import SORT_WORDS, Asked, words

TITLE: Final = "Échéances"
_BEFORE: Final = ("Tâche", "Partenaire", "Dossier")
_NAME: Final = "Ménage"
_AFTER: Final = (
    "Commune", "Priorité", "Rôle", "Responsable", "Ouverte le", "À faire au plus tard le", "Échéance exacte",
    "Jours de retard", "État",
)  # fmt: skip


def workbook(actor: Actor, asked: Asked, territory: str) -> IO[bytes]:
    """Return the workbook of a list, in a temporary file at its beginning."""
    export = supervision_exports.prepare(actor, asked.filters, sort=asked.sort, kind="xlsx")
    about = _about(asked, territory, actor)
    if export.cut:
        about.append(("Attention", f"Seules les {formats.number(len(export.ids))} premières lignes y sont."))
    target = tempfile.TemporaryFile()  # noqa: SIM115  # the answer closes it once it is sent
    write_workbook(target, name=TITLE, headers=_headers(export), rows=_rows(export, actor), about=about)
    target.seek(0)
    return target


def text(actor: Actor, asked: Asked, territory: str) -> IO[bytes]:
    """Return the list as CSV, in a temporary file at its beginning."""
    export = supervision_exports.prepare(actor, asked.filters, sort=asked.sort, kind="csv")
    about = " ; ".join(f"{label} : {cell(value)}" for label, value in _about(asked, territory, actor))
    target = tempfile.TemporaryFile()  # noqa: SIM115  # the answer closes it once it is sent
    for line in csv_lines(_headers(export), _rows(export, actor), about=about):
        target.write(line.encode())
    target.seek(0)
    return target


def file_name(asked: Asked) -> str:
    """Return the name of the file, without its ending: what, of which state, when."""
    state = f"-{asked.filters.state}" if asked.filters.state else ""
    return f"echeances{state}-{clock.today().isoformat()}"


def _headers(export: Export) -> list[str]:
    return [*_BEFORE, *([_NAME] if export.names else []), *_AFTER]


def _about(asked: Asked, territory: str, actor: Actor) -> list[tuple[str, Cell]]:
    narrowed = [(label, value) for _, label, value in words(asked, supervision_words.labels())]
    return [
        ("Territoire", territory),
        *(narrowed or [("Filtre", "toutes les tâches ouvertes")]),
        ("Ordre", SORT_WORDS[asked.sort]),
        ("Exporté par", actor.name),
        ("Exporté le", clock.now()),
    ]


def _rows(export: Export, actor: Actor) -> Iterator[Sequence[Cell]]:
    for row in export.rows(actor):
        task = row.task
        before: list[Cell] = [task.name, task.partner, task.case_reference]
        yield [
            *before,
            *([task.household] if export.names else []),
            task.commune,
            task.priority,
            task.lane_label,
            task.claimed_by_name,
            task.entered_at,
            formats.due_day(task.due_at) if task.due_at else None,
            task.due_at,
            _days_late(row),
            _state(row),
        ]


def _days_late(row: Supervised) -> int | None:
    task = row.task
    if task.due_at is None or not task.late or row.suspended:
        return None
    return (clock.today() - formats.due_day(task.due_at)).days


def _state(row: Supervised) -> str:
    if row.suspended:
        return "suspendue"
    if row.task.due_at is None:
        return "sans échéance"
    return "en retard" if row.task.late else "à venir"
