"""Writes a sheet back into its file: each column and rule keeps its element, whatever else stands stays."""

from collections.abc import Iterator

from lxml import etree

from app.decisions.errors import DecisionFault, Unwritable
from app.decisions.sheet import Column, Line, TableSheet, every, root_of, sheet_of, tables, tag
from app.expressions.safe_xml import writable


def write_sheet(text: str, new: TableSheet) -> str:
    """Return the file with the table ``new.id`` as the sheet has it; unchanged, the very same text.

    Raises:
        DecisionFault: the file is not safe DMN 1.3, or has no table of that id.
        Unwritable: a text of the sheet is one that no XML file can hold.
    """
    if not all(map(writable, _texts(new))):
        raise Unwritable(new.id)
    root = root_of(text)
    for decision, table in tables(root):
        if decision.get("id") != new.id:
            continue
        if sheet_of(decision, table) == new:
            return text
        _write(decision, table, new, _Ids(root))
        return _as_text(root, text)
    raise DecisionFault(new.id, f"Ce fichier n'a pas de table « {new.id[:40]} ».")


def _texts(sheet: TableSheet) -> Iterator[str]:
    yield sheet.name
    for column in (*sheet.inputs, *sheet.outputs):
        yield from (column.label, column.text, column.type, column.name)
    for line in sheet.lines:
        yield from (*line.cells, *line.results, line.annotation)


def _write(decision: etree._Element, table: etree._Element, new: TableSheet, ids: "_Ids") -> None:
    decision.set("name", new.name)
    if table.get("hitPolicy", "UNIQUE") != new.hit_policy:
        table.set("hitPolicy", new.hit_policy)
    inputs = {one.get("id", ""): one for one in every(table, "input")}
    outputs = {one.get("id", ""): one for one in every(table, "output")}
    rules = {one.get("id", ""): one for one in every(table, "rule")}
    places = (list(inputs), list(outputs))
    for element in (*inputs.values(), *outputs.values(), *rules.values()):
        table.remove(element)
    for column in new.inputs:
        table.append(_input(inputs.get(column.id), column, ids))
    for column in new.outputs:
        table.append(_output(outputs.get(column.id), column, ids))
    for line in new.lines:
        rule = rules.get(line.id)
        if rule is None:
            rule = etree.Element(tag("rule"), id=ids.new(f"{new.id}_regle"))
        _rule(rule, line, new, ids, places)
        table.append(rule)
    for element in every(table, "annotation"):  # DMN wants it after the rules' columns
        table.remove(element)
        table.insert(len(new.inputs) + len(new.outputs), element)


def _input(element: etree._Element | None, column: Column, ids: "_Ids") -> etree._Element:
    if element is None:
        element = etree.Element(tag("input"), id=ids.new("entree"))
    _set(element, "label", column.label)
    holder = element.find(tag("inputExpression"))
    if holder is None:
        holder = etree.SubElement(element, tag("inputExpression"), id=ids.new("expression"))
    _set(holder, "typeRef", column.type)
    _put(holder, column.text)
    return element


def _output(element: etree._Element | None, column: Column, ids: "_Ids") -> etree._Element:
    if element is None:
        element = etree.Element(tag("output"), id=ids.new("resultat"))
    for name, value in (("label", column.label), ("name", column.name), ("typeRef", column.type)):
        _set(element, name, value)
    holder = element.find(tag("defaultOutputEntry"))
    if holder is None and column.text:
        holder = etree.SubElement(element, tag("defaultOutputEntry"), id=ids.new("defaut"))
    if holder is not None:
        if column.text:
            _put(holder, column.text)
        else:
            element.remove(holder)
    return element


def _rule(
    rule: etree._Element, line: Line, new: TableSheet, ids: "_Ids", places: tuple[list[str], list[str]]
) -> None:
    """Write a rule's cells; each column keeps the element that held its cell."""
    said = rule.find(tag("description"))
    if said is None and line.annotation:
        said = etree.Element(tag("description"))
        rule.insert(0, said)
    if said is not None:
        if line.annotation:
            if (said.text or "").strip() != line.annotation:
                said.text = line.annotation
        else:
            rule.remove(said)
    kinds = (("inputEntry", new.inputs, line.cells), ("outputEntry", new.outputs, line.results))
    for (kind, columns, texts), known in zip(kinds, places, strict=True):
        entries = dict(zip(known, every(rule, kind), strict=False))
        for old in every(rule, kind):
            rule.remove(old)
        for column, value in zip(columns, texts, strict=True):
            entry = entries.get(column.id) if column.id else None
            if entry is None:
                entry = etree.Element(tag(kind), id=ids.new("cellule"))
            _put(entry, value)
            rule.append(entry)


class _Ids:
    """Ids that no element of the file bears."""

    def __init__(self, root: etree._Element) -> None:
        self._taken = {value for element in root.iter() if (value := element.get("id")) is not None}

    def new(self, stem: str) -> str:
        number = 1
        while f"{stem}_{number}" in self._taken:
            number += 1
        self._taken.add(f"{stem}_{number}")
        return f"{stem}_{number}"


def _put(holder: etree._Element, value: str) -> None:
    inner = holder.find(tag("text"))
    if inner is None:
        inner = etree.SubElement(holder, tag("text"))
    if (inner.text or "").strip() != value:
        inner.text = value


def _set(element: etree._Element, name: str, value: str) -> None:
    if value:
        element.set(name, value)
    else:
        element.attrib.pop(name, "")


def _as_text(root: etree._Element, before: str) -> str:
    etree.indent(root, space="  ")
    written = etree.tostring(root.getroottree(), encoding="unicode")
    head = before[: before.index("?>") + 2] + "\n" if before.lstrip().startswith("<?xml") else ""
    return f"{head}{written}\n"
