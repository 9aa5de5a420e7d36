"""Three versions of a diagram, merged by element and by attribute; the drawing follows its elements."""

import copy
from typing import Final

from lxml import etree

from app.expressions.safe_xml import UnsafeXml, parse_xml
from app.merging import bpmn_drawing, bpmn_links, bpmn_order, bpmn_removals, items_merge
from app.merging.items_merge import Outcome, Trio
from app.merging.ledger import Ledger
from app.merging.model import OURS, THEIRS, Told, Unmergeable
from app.merging.model import Spot as Place
from app.merging.xml_items import PLACE, ROOT, Dialect, Item, Items, Node, local, read
from app.merging.xml_write import after, as_bytes, bare, insert, remove, write_fact

_DIALECT: Final = Dialect(frozenset({"incoming", "outgoing", "flowNodeRef", "BPMNDiagram"}))


def merge(base: bytes, ours: bytes, theirs: bytes, *, file: str, ledger: Ledger) -> bytes:
    """Return the merged diagram.

    Raises:
        Unmergeable: one of the three is no diagram, or gives two elements the same id.
    """
    roots = [_root(data) for data in (base, ours, theirs)]
    trio = Trio(file, *(things(root) for root in roots))
    mine = dict(trio.ours)
    bpmn_removals.replay(trio, ledger)
    bpmn_order.chain(trio, ledger)
    outcome = items_merge.merge(trio, ledger)
    _drop_dangling(trio, outcome, ledger)
    tree = apply(roots[1], trio, outcome, mine)
    bpmn_links.rebuild(tree, outcome.facts)
    bpmn_drawing.merge(tree, *roots, ledger=ledger, trio=trio, kept=outcome.facts)
    return as_bytes(tree, ours)


def _root(data: bytes) -> Node:
    try:
        return parse_xml(data)
    except UnsafeXml as fault:
        raise Unmergeable(str(fault)) from fault


def things(root: Node) -> Items:
    """Return the elements of a diagram with their facts; a step's lane is a fact of the step.

    Raises:
        Unmergeable: two elements have the same id.
    """
    items = read(root, _DIALECT)
    for lane in root.iter("{*}lane"):
        for reference in lane.findall("{*}flowNodeRef"):
            node = items.get((reference.text or "").strip())
            if node is not None:
                node.facts["@lane"] = " ".join(filter(None, (node.facts.get("@lane"), str(lane.get("id")))))
    return items


def _drop_dangling(trio: Trio, outcome: Outcome, ledger: Ledger) -> None:
    """Let go of flows whose end is not there any more, and say so; of defaults that lead to none."""
    for key, facts in list(outcome.facts.items()):
        ends = [facts.get(name) for name in items_merge.REFERENCES if name in facts]
        if trio.item(key).kind in items_merge.FLOWS and not all(end in outcome.facts for end in ends):
            del outcome.facts[key]
            if key in trio.theirs and key not in trio.base:
                spot = Place(trio.file, key, "", trio.named(key))
                said = f"{spot.element_name} n'est pas repris : une de ses extrémités est retirée."
                ledger.tell(Told(spot, "both", "removed", key, None, cosmetic=False, sentence=said))
    for facts in outcome.facts.values():
        if facts.get("@default") and facts["@default"] not in outcome.facts:
            del facts["@default"]


def apply(ours: Node, trio: Trio, outcome: Outcome, mine: Items) -> Node:
    """Return our tree with the facts that remain; ``mine`` are the things that it holds."""
    tree = copy.deepcopy(ours)
    nodes: dict[str, Node] = {ROOT: tree}
    nodes |= {str(node.get("id")): node for node in tree.iter() if _is_thing(node, mine)}
    for key in [key for key in mine if key not in outcome.facts]:
        node = nodes.pop(key)
        if node.getparent() is not None:
            remove(node)
    for key in trio.keys():  # noqa: SIM118  # no mapping
        if key not in outcome.facts or key in nodes:
            continue
        item = _source(trio, outcome, key)
        nodes[key] = bare(item.element, dropping=_DIALECT.left_out)
        _put(nodes, key, outcome.facts[key].get(PLACE, item.parent), list(_siblings(trio, outcome, item)))
        _write(nodes[key], item.before, outcome.facts[key])
    for key, facts in outcome.facts.items():
        if key not in mine:
            continue
        if key != ROOT and facts.get(PLACE) != mine[key].parent and facts.get(PLACE) in nodes:
            remove(nodes[key])
            _put(nodes, key, facts[PLACE], [key])
        _write(nodes[key], mine[key].before, facts)
    return tree


def _is_thing(node: etree._Element, items: Items) -> bool:
    found = items.get(str(node.get("id")))
    return found is not None and local(node.tag) == found.kind and node.tag == found.tag


def _source(trio: Trio, outcome: Outcome, key: str) -> Item:
    side = outcome.follows.get(key, THEIRS)
    return trio.side(side)[key] if key in trio.side(side) else trio.item(key)


def _siblings(trio: Trio, outcome: Outcome, item: Item) -> Items:
    side = outcome.follows.get(item.key, THEIRS)
    return trio.side(side) if item.key in trio.side(side) else trio.side(OURS)


def _put(nodes: dict[str, Node], key: str, parent: str, order: list[str]) -> None:
    around = nodes.get(parent)
    if around is None:
        around = nodes[ROOT]
    position = after(around, order, key, nodes)
    if local(around.tag) == "definitions":
        first = next((n for n, child in enumerate(around) if local(child.tag) == "BPMNDiagram"), len(around))
        position = min(position, first)
    insert(around, nodes[key], position)


def _write(node: Node, before: dict[str, str], facts: dict[str, str]) -> None:
    for fact in before:
        if fact not in facts and fact not in ("@lane", PLACE):
            write_fact(node, fact, None)
    for fact, value in facts.items():
        if before.get(fact) != value and fact not in ("@lane", PLACE):
            write_fact(node, fact, value)
