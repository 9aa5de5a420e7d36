"""A step that one side took out of the way, while the other put steps around it: both hold."""

from typing import Final

from app.merging.items_merge import Trio
from app.merging.ledger import Ledger
from app.merging.model import OURS, THEIRS, Side, Spot
from app.merging.xml_items import Item, Items

_FLOW: Final = "sequenceFlow"


def replay(trio: Trio, ledger: Ledger) -> None:
    """Take out of the other side and of the common version the steps that one side took out of the way.

    Only a step that the other side left as it was, with one way out: the flows that led to it lead to what
    came after it. Changes ``trio`` in place.
    """
    for key in list(trio.base):
        for side, remover, other in ((OURS, trio.ours, trio.theirs), (THEIRS, trio.theirs, trio.ours)):
            if (
                key in trio.base
                and key not in remover
                and key in other
                and _simple(trio, key, remover, other)
            ):
                _told(trio, ledger, key, side)
                for items in (trio.base, other):
                    _take_out(items, key)


def _simple(trio: Trio, key: str, remover: Items, other: Items) -> bool:
    item = trio.base[key]
    if item.facts != other[key].facts or "@targetRef" in item.facts:  # changed there, or a flow itself
        return False
    for items in (trio.base, other):
        if any(one.parent == key or one.facts.get("@attachedToRef") == key for one in items.values()):
            return False
        out = _ways(items, key, "@sourceRef")
        if len(out) != 1 or set(out[0].facts) - {"@sourceRef", "@targetRef", "^"}:
            return False
    before, after = (_ways(trio.base, key, end) for end in ("@targetRef", "@sourceRef"))
    if after[0].key in remover or not before:
        return False
    reached = after[0].facts["@targetRef"]
    led = [remover[flow.key] for flow in before if flow.key in remover]
    return bool(led) and all(flow.facts.get("@targetRef") == reached for flow in led)


def _ways(items: Items, key: str, end: str) -> list[Item]:
    return [item for item in items.values() if item.kind == _FLOW and item.facts.get(end) == key]


def _take_out(items: Items, key: str) -> None:
    out = _ways(items, key, "@sourceRef")[0]
    for flow in _ways(items, key, "@targetRef"):
        flow.lead("@targetRef", out.facts["@targetRef"])
    del items[key], items[out.key]


def _told(trio: Trio, ledger: Ledger, key: str, side: Side) -> None:
    name = trio.base[key].name or key
    gone = (None, name) if side == OURS else (name, None)
    ledger.settle(Spot(trio.file, key, "", trio.named(key)), name, *gone)
