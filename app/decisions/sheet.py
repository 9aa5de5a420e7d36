"""A decision table as a sheet of texts that somebody edits, read from its file.

Nothing is judged here: a cell may hold anything a person typed. ``sheet_writing`` puts a sheet back.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from lxml import etree

from app.decisions.errors import DecisionFault
from app.expressions.safe_xml import UnsafeXml, parse_xml

_MODEL: Final = "https://www.omg.org/spec/DMN/20191111/MODEL/"
MAX_ELEMENTS: Final = 20_000
ANY: Final = "-"
T = TypeVar("T")
_WORD: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Column:
    """A column: ``text`` is an input's expression or a result's default, ``name`` what conditions read."""

    id: str
    label: str
    text: str
    type: str = ""
    name: str = ""


@dataclass(frozen=True)
class Line:
    """A rule: its id (empty for a new one), its cells and results in the order of columns, its reason."""

    id: str
    cells: tuple[str, ...]
    results: tuple[str, ...]
    annotation: str = ""


@dataclass(frozen=True)
class TableSheet:
    """A whole table as texts."""

    id: str
    name: str
    hit_policy: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    lines: tuple[Line, ...]

    def with_line(self, place: int | None = None) -> "TableSheet":
        """Return the sheet with an empty rule at ``place`` (the end when None); an empty input takes all."""
        new = Line("", (ANY,) * len(self.inputs), ("",) * len(self.outputs))
        where = len(self.lines) if place is None else place
        return replace(self, lines=(*self.lines[:where], new, *self.lines[where:]))

    def without_line(self, place: int) -> "TableSheet":
        """Return the sheet without the rule at ``place``."""
        return replace(self, lines=(*self.lines[:place], *self.lines[place + 1 :]))

    def moved(self, place: int, by: int) -> "TableSheet":
        """Return the sheet with the rule at ``place`` moved by ``by`` rows, as far as there are rows."""
        lines = list(self.lines)
        line = lines.pop(place)
        lines.insert(max(0, min(len(lines), place + by)), line)
        return replace(self, lines=tuple(lines))

    def with_column(self, kind: str, label: str) -> "TableSheet":
        """Return the sheet with a column more, of ``entree`` or ``resultat``."""
        if kind == "entree":
            return replace(
                self,
                inputs=(*self.inputs, Column("", label, "")),
                lines=tuple(replace(line, cells=(*line.cells, ANY)) for line in self.lines),
            )
        return replace(
            self,
            outputs=(*self.outputs, Column("", label, "", name=word(label))),
            lines=tuple(replace(line, results=(*line.results, "")) for line in self.lines),
        )

    def without_column(self, kind: str, place: int) -> "TableSheet":
        """Return the sheet without a column and its cells."""
        if kind == "entree":
            return replace(
                self,
                inputs=_out(self.inputs, place),
                lines=tuple(replace(line, cells=_out(line.cells, place)) for line in self.lines),
            )
        return replace(
            self,
            outputs=_out(self.outputs, place),
            lines=tuple(replace(line, results=_out(line.results, place)) for line in self.lines),
        )


def word(label: str) -> str:
    """Return a label as one word: « Délai de visite » gives ``delai_de_visite``."""
    plain = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    made = _WORD.sub("_", plain).strip("_")[:40] or "resultat"
    return made if made[0].isalpha() else f"r_{made}"


def read_sheets(text: str) -> tuple[TableSheet, ...]:
    """Return every table of a DMN file.

    Raises:
        DecisionFault: the file is not safe DMN 1.3, or holds no table.
    """
    found = tuple(sheet_of(decision, table) for decision, table in tables(root_of(text)))
    if not found:
        raise DecisionFault("", "Ce fichier ne contient aucune table de décision.")
    return found


def root_of(text: str) -> etree._Element:
    """Return the root of a DMN file.

    Raises:
        DecisionFault: it is not safe DMN 1.3.
    """
    try:
        root = parse_xml(text.encode(), max_nodes=MAX_ELEMENTS)
    except UnsafeXml as fault:
        raise DecisionFault("", str(fault)) from fault
    if root.tag != f"{{{_MODEL}}}definitions":
        raise DecisionFault("", "Ce fichier n'est pas une table de décision DMN 1.3.")
    return root


def tables(root: etree._Element) -> Iterable[tuple[etree._Element, etree._Element]]:
    """Yield each decision that is a table, with the table."""
    for decision in root.iterchildren(tag("decision")):
        table = decision.find(tag("decisionTable"))
        if table is not None:
            yield decision, table


def sheet_of(decision: etree._Element, table: etree._Element) -> TableSheet:
    """Return a table as texts."""
    inputs, outputs = every(table, "input"), every(table, "output")
    return TableSheet(
        id=decision.get("id", ""),
        name=decision.get("name", ""),
        hit_policy=table.get("hitPolicy", "UNIQUE"),
        inputs=tuple(
            Column(one.get("id", ""), one.get("label", ""), _said(one, "inputExpression"), _type_of(one))
            for one in inputs
        ),
        outputs=tuple(
            Column(
                one.get("id", ""), one.get("label", ""), _said(one, "defaultOutputEntry"),
                one.get("typeRef", ""), one.get("name", ""),
            )
            for one in outputs
        ),
        lines=tuple(_line(rule, len(inputs), len(outputs)) for rule in every(table, "rule")),
    )  # fmt: skip


def _line(rule: etree._Element, inputs: int, outputs: int) -> Line:
    cells = [text_of(entry) for entry in every(rule, "inputEntry")][:inputs]
    results = [text_of(entry) for entry in every(rule, "outputEntry")][:outputs]
    return Line(
        id=rule.get("id", ""),
        cells=(*cells, *(ANY,) * (inputs - len(cells))),
        results=(*results, *("",) * (outputs - len(results))),
        annotation=(rule.findtext(tag("description")) or "").strip(),
    )


def every(element: etree._Element, name: str) -> list[etree._Element]:
    """Return the children of that name."""
    return list(element.iterchildren(tag(name)))


def _said(element: etree._Element, name: str) -> str:
    return text_of(element.find(tag(name)))


def _type_of(element: etree._Element) -> str:
    holder = element.find(tag("inputExpression"))
    return "" if holder is None else holder.get("typeRef", "")


def text_of(element: etree._Element | None) -> str:
    """Return the ``text`` child of a cell or an expression, stripped."""
    written = None if element is None else element.findtext(tag("text"))
    return (written or "").strip()


def tag(name: str) -> str:
    """Return the name of a DMN element with its namespace."""
    return f"{{{_MODEL}}}{name}"


def _out(items: tuple[T, ...], place: int) -> tuple[T, ...]:
    return (*items[:place], *items[place + 1 :])
