"""Things with facts, merged three ways: which of them remain, with which facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.merging import words
from app.merging.ledger import Ledger
from app.merging.model import OURS, THEIRS, Side, Spot
from app.merging.xml_items import ROOT, Facts, Item, Items

REFERENCES: Final = ("@sourceRef", "@targetRef", "@attachedToRef")
FLOWS: Final = frozenset({"sequenceFlow", "messageFlow", "association"})
_COSMETIC: Final = frozenset({"@exporter", "@exporterVersion", "@targetNamespace", "@namespace"})


@dataclass
class Outcome:
    """What remains: each thing with its facts, and the side that gave it where the two disagreed."""

    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    follows: dict[str, Side] = field(default_factory=dict)


@dataclass(frozen=True)
class Trio:
    """One file three times, as things."""

    file: str
    base: Items
    ours: Items
    theirs: Items

    def side(self, side: Side) -> Items:
        """Return the things of one side."""
        return self.ours if side == OURS else self.theirs

    def keys(self) -> list[str]:
        """Return every thing of the three, in our order, then theirs, then the common one."""
        return list(dict.fromkeys([*self.ours, *self.theirs, *self.base]))

    def item(self, key: str) -> Item:
        """Return a thing as the nearest side has it."""
        for items in (self.ours, self.theirs, self.base):
            if key in items:
                return items[key]
        raise KeyError(key)

    def named(self, key: str) -> str:
        """Return what people call a thing."""
        for items in (self.ours, self.theirs, self.base):
            if key in items:
                return words.element(items[key], items)
        return f"« {key} »"


def merge(trio: Trio, ledger: Ledger, *, columns: Mapping[str, str] | None = None) -> Outcome:
    """Decide what remains of each thing, in the words of people where somebody must decide."""
    outcome = Outcome()
    _deletions(trio, ledger, outcome)
    for key in trio.keys():  # noqa: SIM118  # no mapping
        if _stays(trio, outcome, key):
            outcome.facts[key] = _facts(trio, ledger, outcome, key, columns)
    return outcome


def _stays(trio: Trio, outcome: Outcome, key: str) -> bool:
    side = outcome.follows.get(key)
    if side is not None:
        return key in trio.side(side)
    in_base, ours, theirs = key in trio.base, key in trio.ours, key in trio.theirs
    return (ours and theirs) or (not in_base and (ours or theirs))


def _facts(
    trio: Trio, ledger: Ledger, outcome: Outcome, key: str, columns: Mapping[str, str] | None
) -> dict[str, str]:
    side = outcome.follows.get(key)
    if side is not None and key not in trio.base:
        return dict(trio.side(side)[key].facts)
    base, ours, theirs = (_facts_of(items, key) for items in (trio.base, trio.ours, trio.theirs))
    if side is not None:
        return dict(trio.side(side)[key].facts)
    if key not in trio.base and (key not in trio.ours or key not in trio.theirs):
        _tell_whole(trio, ledger, key, added=True)
        return dict(ours or theirs)
    silent = key not in trio.base
    kept: dict[str, str] = {}
    for fact in dict.fromkeys([*ours, *theirs, *base]):
        if fact in ours and ours[fact] == theirs.get(fact) == base.get(fact):
            kept[fact] = ours[fact]
            continue
        spot = Spot(trio.file, key, fact, trio.named(key), words.attribute(fact, columns))
        value = ledger.settle(
            spot, base.get(fact), ours.get(fact), theirs.get(fact),
            say=words.teller(fact, trio.ours, trio.theirs, trio.base), silent=silent,
            cosmetic=key == ROOT and fact in _COSMETIC, editable=not fact.startswith(("@lane", "@default")),
        )  # fmt: skip
        if value is not None:
            kept[fact] = value
    return kept


def _facts_of(items: Items, key: str) -> Facts:
    return items[key].facts if key in items else {}


def _tell_whole(trio: Trio, ledger: Ledger, key: str, *, added: bool) -> None:
    """Say that a thing came or went; the parts of a thing are said with it."""
    item = trio.item(key)
    if item.kind.endswith(("EventDefinition", "Expression")) or item.parent not in trio.base:
        return
    if item.kind in FLOWS and not all(
        item.facts.get(end) in trio.ours and item.facts.get(end) in trio.theirs for end in REFERENCES[:2]
    ):
        return  # it comes and goes with the step at its end
    side = (OURS if key in trio.ours else THEIRS) if added else (THEIRS if key in trio.ours else OURS)
    spot = Spot(trio.file, key, "", trio.named(key))
    given = [None, item.name or key] if added else [item.name or key, None]
    values = (given[0], given[1] if side == OURS else given[0], given[1] if side == THEIRS else given[0])
    ledger.settle(spot, *values)


def _deletions(trio: Trio, ledger: Ledger, outcome: Outcome) -> None:
    """Ask about what one side removed and the other worked on; the flows around it follow the answer."""
    for key in list(trio.base):
        gone_ours, gone_theirs = key not in trio.ours, key not in trio.theirs
        if gone_ours == gone_theirs or key in outcome.follows:
            continue
        remover, keeper = (OURS, THEIRS) if gone_ours else (THEIRS, OURS)
        if _parent_gone(trio, key, remover):
            continue
        if trio.base[key].kind in FLOWS and _end_gone(trio, key, remover):
            continue
        if not _touched(trio, key, keeper):
            _tell_whole(trio, ledger, key, added=False)
            continue
        _follow(trio, outcome, key, _asked(trio, ledger, key, remover))
    _complete(trio, outcome)


def _asked(trio: Trio, ledger: Ledger, key: str, remover: Side) -> Side:
    name = trio.named(key)
    told = {remover: "retiré", THEIRS if remover == OURS else OURS: "gardé, et modifié"}
    return ledger.ask(
        Spot(trio.file, key, "", name),
        base=name, ours=told[OURS], theirs=told[THEIRS],
        said_base=name, said_ours=told[OURS], said_theirs=told[THEIRS],
    )  # fmt: skip


def _follow(trio: Trio, outcome: Outcome, key: str, side: Side) -> None:
    """Let a thing, what stands in it and the flows around it be as one side has them."""
    group = {key, *_inside(trio, key)}
    for items in (trio.base, trio.ours, trio.theirs):
        group |= {
            item.key
            for item in items.values()
            if item.kind in FLOWS and {item.facts.get(ref) for ref in REFERENCES} & group
        }
    for member in group:
        outcome.follows.setdefault(member, side)


def _inside(trio: Trio, key: str) -> set[str]:
    found: set[str] = set()
    for items in (trio.base, trio.ours, trio.theirs):
        for item in items.values():
            around = item.parent
            while around and around not in (key, ROOT) and around in items:
                around = items[around].parent
            if around == key or item.facts.get("@attachedToRef") == key:
                found.add(item.key)
    return found


def _complete(trio: Trio, outcome: Outcome) -> None:
    """Bring back what a kept thing stands on: the ends of its flows, the step that an event watches."""
    changed = True
    while changed:
        changed = False
        for key, side in list(outcome.follows.items()):
            items = trio.side(side)
            if key not in items:
                continue
            item = items[key]
            for other in [*(item.facts.get(ref) for ref in REFERENCES), item.parent]:
                if other and other in items and other != ROOT and not _stays(trio, outcome, other):
                    outcome.follows.pop(other, None)
                    _follow(trio, outcome, other, side)
                    changed = True


def _parent_gone(trio: Trio, key: str, remover: Side) -> bool:
    around = trio.base[key].parent
    return around not in ("", ROOT) and around not in trio.side(remover)


def _end_gone(trio: Trio, key: str, remover: Side) -> bool:
    """Whether a flow went away with one of its ends: the end is asked about, the flow follows."""
    ends = [trio.base[key].facts.get(ref) for ref in REFERENCES]
    return any(end in trio.base and end not in trio.side(remover) for end in ends)


def _touched(trio: Trio, key: str, side: Side) -> bool:
    """Whether a side worked on a thing, on what stands in it, or on what leads to it or leaves it."""
    items = trio.side(side)
    for member in {key, *_inside(trio, key)}:
        if member in items and _facts_of(trio.base, member) != items[member].facts:
            return True
    if trio.base[key].kind in FLOWS:
        return False
    around: Callable[[Item], bool] = lambda item: item.kind in FLOWS and key in (  # noqa: E731
        item.facts.get("@sourceRef"), item.facts.get("@targetRef")
    )  # fmt: skip
    for item in items.values():
        if around(item) and _facts_of(trio.base, item.key) != item.facts:
            return True
    return any(around(item) and _rerouted(items, item) for item in trio.base.values())


def _rerouted(items: Items, flow: Item) -> bool:
    return flow.key in items and items[flow.key].facts != flow.facts
