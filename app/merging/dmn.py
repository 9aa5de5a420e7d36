"""Three versions of a decision table, merged by rule and by cell; columns may come and go."""

import copy
from collections.abc import Iterator
from typing import Final

from lxml import etree

from app.expressions.safe_xml import UnsafeXml, parse_xml
from app.merging import bpmn, items_merge, ordering
from app.merging.items_merge import Outcome, Trio
from app.merging.ledger import Ledger
from app.merging.model import OURS, Spot, Unmergeable
from app.merging.xml_items import Dialect, Items, Node, local, read
from app.merging.xml_write import as_bytes, insert, remove

_DIALECT: Final = Dialect(frozenset({"inputEntry", "outputEntry", "DMNDI"}))
_CELL: Final = "cell:"
_ANY: Final = "-"
_COLUMNS: Final = (("input", "inputEntry"), ("output", "outputEntry"))


def merge(base: bytes, ours: bytes, theirs: bytes, *, file: str, ledger: Ledger) -> bytes:
    """Return the merged table.

    Raises:
        Unmergeable: one of the three is no table, or gives two things the same id.
    """
    roots = [_root(data) for data in (base, ours, theirs)]
    trio = Trio(file, *(things(root) for root in roots))
    columns = {
        key: item.name or key
        for items in (trio.base, trio.theirs, trio.ours)
        for key, item in items.items()
        if item.kind in ("input", "output")
    }
    outcome = items_merge.merge(trio, ledger, columns=columns)
    cells = {
        key: {fact[len(_CELL) :]: value for fact, value in facts.items() if fact.startswith(_CELL)}
        for key, facts in outcome.facts.items()
    }
    for items in (trio.base, trio.ours, trio.theirs):
        for item in items.values():
            item.facts = {k: v for k, v in item.facts.items() if not k.startswith(_CELL)}
    plain = Outcome(
        {
            key: {fact: value for fact, value in facts.items() if not fact.startswith(_CELL)}
            for key, facts in outcome.facts.items()
        },
        outcome.follows,
    )
    tree = bpmn.apply(roots[1], trio, plain, trio.ours)
    for table in tree.iter("{*}decisionTable"):
        _order(table, trio, ledger)
        _fill(table, cells, roots[::-1])
    return as_bytes(tree, ours)


def _root(data: bytes) -> Node:
    try:
        return parse_xml(data)
    except UnsafeXml as fault:
        raise Unmergeable(str(fault)) from fault


def things(root: Node) -> Items:
    """Return the things of a table with their facts; the cells of a rule are facts, by column.

    Raises:
        Unmergeable: two things have the same id, or a rule has not one cell for each column.
    """
    items = read(root, _DIALECT)
    for table in root.iter("{*}decisionTable"):
        for rule in table.findall("{*}rule"):
            found = items.get(str(rule.get("id")))
            if found is None:
                raise Unmergeable("a rule without an id")
            for column, entry in cells_of(table, rule):
                found.facts[_CELL + column] = _words(entry)
    return items


def cells_of(table: Node, rule: Node) -> Iterator[tuple[str, Node]]:
    """Yield the cells of a rule, each with its column's id.

    Raises:
        Unmergeable: not one cell for each column.
    """
    for column, entry in _COLUMNS:
        heads, entries = table.findall(f"{{*}}{column}"), rule.findall(f"{{*}}{entry}")
        if len(heads) != len(entries):
            raise Unmergeable("cells and columns differ")
        for head, cell in zip(heads, entries, strict=True):
            yield str(head.get("id")), cell


def _words(entry: Node) -> str:
    text = entry.find("{*}text")
    return ((text.text if text is not None else "") or "").strip()


def _order(table: Node, trio: Trio, ledger: Ledger) -> None:
    """Put columns and rules in order; ask when both sides moved rules, where the order counts."""
    for tag in ("input", "output", "rule"):
        versions = [
            [key for key, item in items.items() if item.kind == tag and item.parent == table.get("id")]
            for items in (trio.base, trio.ours, trio.theirs)
        ]
        here = {str(child.get("id")): child for child in table if local(child.tag) == tag}
        wanted = ordering.merged(*versions, kept=here)
        base, ours, theirs = versions
        if tag == "rule" and ordering.clash(base, ours, theirs):
            spot = Spot(trio.file, str(table.get("id")), "ordre", "la table", "l'ordre des règles")
            side = ledger.ask(
                spot, base="", ours=" ".join(ours), theirs=" ".join(theirs),
                said_base="l'ordre d'avant", said_ours="l'ordre que vous avez choisi",
                said_theirs="l'ordre choisi en amont",
            )  # fmt: skip
            if side != OURS:
                wanted = ordering.merged(theirs, theirs, ours, kept=here)
        if list(here) != wanted:
            _sort(table, here, wanted)


def _sort(table: Node, here: dict[str, Node], wanted: list[str]) -> None:
    places = sorted(table.index(node) for node in here.values())
    tails = [table[place].tail for place in places]
    for node in here.values():
        table.remove(node)
    for place, tail, key in zip(places, tails, wanted, strict=True):
        here[key].tail = tail
        table.insert(place, here[key])


def _fill(table: Node, cells: dict[str, dict[str, str]], roots: list[Node]) -> None:
    """Give each rule one cell for each column, in the order of the columns; a new column accepts anything."""
    known = _known(roots)
    for rule in table.findall("{*}rule"):
        key = str(rule.get("id"))
        for tag, entry in _COLUMNS:
            heads = [str(head.get("id")) for head in table.findall(f"{{*}}{tag}")]
            wanted = [(head, cells.get(key, {}).get(head, _ANY if tag == "input" else "")) for head in heads]
            _cells(rule, entry, key, wanted, known)


def _known(roots: list[Node]) -> dict[tuple[str, str], Node]:
    """Return every cell of the three versions by rule and column, ours before the others."""
    return {
        (str(rule.get("id")), column): cell
        for root in roots[1:] + roots[:1]
        for table in root.iter("{*}decisionTable")
        for rule in table.findall("{*}rule")
        for column, cell in cells_of(table, rule)
    }


def _cells(
    rule: Node, tag: str, key: str, wanted: list[tuple[str, str]], known: dict[tuple[str, str], Node]
) -> None:
    present = rule.findall(f"{{*}}{tag}")
    ids = [known[key, head].get("id") if (key, head) in known else None for head, _ in wanted]
    if [cell.get("id") for cell in present] == ids:
        for cell, (_, words) in zip(present, wanted, strict=True):
            _say(cell, words)
        return
    first = rule.index(present[0]) if present else len(rule)
    for cell in present:
        remove(cell)
    for number, (head, words) in enumerate(wanted):
        found = known.get((key, head))
        made = copy.deepcopy(found) if found is not None else _new(rule, tag, f"{key}_{head}")
        made.tail = None
        _say(made, words)
        insert(rule, made, first + number)


def _new(rule: Node, tag: str, key: str) -> Node:
    namespace = etree.QName(rule).namespace
    made = etree.Element(f"{{{namespace}}}{tag}", nsmap=None)
    made.set("id", key)
    etree.SubElement(made, f"{{{namespace}}}text", nsmap=None)
    return made


def _say(cell: Node, words: str) -> None:
    text = cell.find("{*}text")
    if text is None:
        text = etree.SubElement(cell, f"{{{etree.QName(cell).namespace}}}text", nsmap=None)
    if (text.text or "").strip() != words:
        text.text = words
