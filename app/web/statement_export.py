"""A statement as a workbook or a table: one line a commitment, one a payment, the totals in « À propos »."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import IO, Final

from app import clock
from app.documents.spreadsheet import Cell, cell, csv_lines
from app.documents.workbook import write_workbook
from app.services.statements import Statement

_HEADERS: Final = (
    "Ligne", "Dossier", "Structure", "Nature", "Libellé", "Engagée ou versée le", "Début du service",
    "Fin prévue", "Arrêtée le", "Motif", "Montant unitaire", "Quantité", "Quantité servie", "Engagé",
    "Service fait", "Versé", "Heures",
)  # fmt: skip


def workbook(seen: Statement, territory: str, by: str) -> IO[bytes]:
    """Return the workbook of a statement, in a temporary file at its beginning."""
    target = BytesIO()
    about = _about(seen, territory, by)
    write_workbook(target, name="Relevé", headers=_HEADERS, rows=_rows(seen), about=about)
    target.seek(0)
    return target


def table(seen: Statement, territory: str, by: str) -> IO[bytes]:
    """Return a statement as CSV, in a temporary file at its beginning."""
    about = " ; ".join(f"{label} : {cell(value)}" for label, value in _about(seen, territory, by))
    target = BytesIO()
    for line in csv_lines(_HEADERS, _rows(seen), about=about):
        target.write(line.encode())
    target.seek(0)
    return target


def _rows(seen: Statement) -> Iterator[Sequence[Cell]]:
    for line in seen.lines:
        yield [
            "engagement", line.case_reference, line.partner, line.nature_label, line.label, line.engaged_on,
            line.starts_on, line.last_on, line.ended_on, line.ended_reason, line.unit_amount, line.quantity,
            line.served_quantity, line.engaged, line.served, None, line.hours,
        ]  # fmt: skip
    for paid in seen.payments:
        state = "" if paid.counts else f"annulé : {paid.cancelled_reason}"
        yield [
            "versement", None, paid.partner, paid.kind_label, paid.reference, paid.paid_on, None, None, None,
            state, None, None, None, None, None, paid.amount if paid.counts else None, None,
        ]  # fmt: skip


def _about(seen: Statement, territory: str, by: str) -> list[tuple[str, Cell]]:
    lines: list[tuple[str, Cell]] = [
        ("Territoire", territory),
        ("Convention", seen.title),
        ("Structure", seen.partner),
        ("Situation au", seen.on),
        ("Engagé", seen.engaged),
        ("Service fait", seen.served),
        ("Versé", seen.paid),
        ("Reste à verser", seen.due),
        ("Payable au titre du solde", seen.payable),
    ]
    if seen.blocks:
        held = " ; ".join(f"{one.case_reference} : {one.words}" for one in seen.blocks)
        lines.append(("Solde bloqué par", held))
    return [*lines, ("Exporté par", by), ("Exporté le", clock.now())]
