"""Which tables a database reads from end to end to answer a page: asked of its own planner."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

_SQLITE: Final = re.compile(r"^SCAN (?P<table>\w+)(?! USING (?:COVERING )?INDEX \w+ \()")
_POSTGRESQL: Final = re.compile(r"Seq Scan on (?P<table>\w+)")
_NAMED: Final = re.compile(r'\b(?:FROM|JOIN|UPDATE)\s+"?(?P<table>\w+)"?(?:\s+AS)?\s+"?(?P<name>\w+)"?')


@dataclass(frozen=True)
class Asked:
    """A statement as it went to the database."""

    text: str
    parameters: Any


@dataclass(frozen=True)
class Scan:
    """A table read from end to end by a statement, and the planner's own line."""

    table: str
    plan: str
    text: str


@contextmanager
def noting(engine: Engine) -> Iterator[list[Asked]]:
    """Note the statements of the block that read, each text once."""
    found: dict[str, Asked] = {}
    noted: list[Asked] = []

    def executed(_c: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        if not many and text.lstrip()[:6] in ("SELECT", "UPDATE", "DELETE", "WITH r") and text not in found:
            found[text] = Asked(text, parameters)
            noted.append(found[text])

    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield noted
    finally:
        event.remove(engine, "before_cursor_execute", executed)


def scans(connection: Connection, asked: Collection[Asked], tables: Collection[str]) -> list[Scan]:
    """Return where ``tables`` are read from end to end, after the planner of the connection."""
    sqlite = connection.dialect.name == "sqlite"
    found = []
    for statement in asked:
        if not any(re.search(rf"\b{table}\b", statement.text) for table in tables):
            continue
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        rows = connection.exec_driver_sql(explain + statement.text, statement.parameters).all()
        names = _aliases(statement.text)
        for row in rows:
            line = str(row[-1]).strip()
            scan = _SQLITE.search(line) if sqlite else _POSTGRESQL.search(line)
            table = names.get(scan["table"], scan["table"]) if scan else None
            if table in tables:
                found.append(Scan(str(table), line, statement.text))
    return found


def _aliases(text: str) -> dict[str, str]:
    """Return the table of each alias that a statement gives."""
    return {match["name"]: match["table"] for match in _NAMED.finditer(text)}
