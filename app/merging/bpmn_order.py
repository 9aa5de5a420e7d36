"""Two sides that put a step between the same two: both stay, one after the other."""

from typing import Final

from app.merging.items_merge import Trio
from app.merging.ledger import Ledger
from app.merging.model import OURS, Spot
from app.merging.xml_items import Item, Items

_FLOW: Final = "sequenceFlow"


def chain(trio: Trio, ledger: Ledger) -> None:
    """Line up what both sides put at the same place, ours first unless the other order is chosen.

    Changes the facts of ``trio`` in place: the flow that both changed leads to the first, whose way out leads
    to the second.
    """
    for key, flow in trio.base.items():
        if flow.kind == _FLOW and key in trio.ours and key in trio.theirs:
            for end, other in (("@targetRef", "@sourceRef"), ("@sourceRef", "@targetRef")):
                _line_up(trio, ledger, flow, end, other)


def _line_up(trio: Trio, ledger: Ledger, flow: Item, end: str, other: str) -> None:
    mine, yours = trio.ours[flow.key], trio.theirs[flow.key]
    old, first, second = (item.facts.get(end, "") for item in (flow, mine, yours))
    if old in (first, second) or first == second or old not in trio.ours or old not in trio.theirs:
        return
    exits = [
        _last((items, trio.base), inserted, old, (end, other))
        for items, inserted in ((trio.ours, first), (trio.theirs, second))
    ]
    if exits[0] is None or exits[1] is None or exits[0].key == exits[1].key:
        return
    names = [trio.named(first), trio.named(second)]
    spot = Spot(trio.file, flow.key, "ordre", trio.named(flow.key), "l'ordre des étapes ajoutées")
    said = [f"{names[0]}, puis {names[1]}", f"{names[1]}, puis {names[0]}"]
    if end == "@sourceRef":
        said.reverse()
    side = ledger.ask(
        spot, base=old, ours=first, theirs=second, said_base="aucune étape à cet endroit",
        said_ours=said[0], said_theirs=said[1],
    )  # fmt: skip
    if side == OURS:
        yours.lead(end, old)
        exits[0].lead(end, second)
    else:
        mine.lead(end, old)
        exits[1].lead(end, first)


def _last(sides: tuple[Items, Items], inserted: str, old: str, ends: tuple[str, str]) -> Item | None:
    """Return the new flow by which what was inserted leads back to ``old``."""
    (items, base), (end, other) = sides, ends
    if inserted in base or inserted not in items:
        return None
    seen, waiting = set[str](), [inserted]
    while waiting:
        here = waiting.pop()
        seen.add(here)
        for flow in items.values():
            if flow.kind != _FLOW or flow.facts.get(other) != here or flow.key in base:
                continue
            reached = flow.facts.get(end, "")
            if reached == old:
                return flow
            if reached not in base and reached not in seen:
                waiting.append(reached)
    return None
