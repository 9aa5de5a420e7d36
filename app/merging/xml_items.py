"""An XML diagram or table as named things, each with facts: what a merge compares.

A thing (``Item``) is an element with an id. What stands inside it without an id of its own (a property, a
condition, a parameter) is a fact of it, under a path: ``extensionElements/properties/property[delai]@value``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from app.merging.model import Unmergeable

Node = etree._Element  # noqa: SLF001  # the name that lxml gives its type
ROOT: Final = "/"
SPIFF: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"
_EXTENSIONS: Final = "extensionElements"
_PARTS: Final = frozenset(
    {
        "documentation", "description", "conditionExpression", "timeDuration", "timeDate", "timeCycle",
        "condition", "completionCondition", "loopCardinality", "text", "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics", "inputDataItem", "outputDataItem", "ioSpecification", "dataInput",
        "dataOutput", "inputSet", "outputSet", "dataInputAssociation", "dataOutputAssociation",
    }
)  # fmt: skip
"""Elements that are part of the one around them, with an id (often a variable's name) or without."""
PLACE: Final = "^"
"""The fact that says in what a thing stands."""


@dataclass
class Item:
    """An element with an id: its tag (``{namespace}name``), the thing around it, its facts."""

    key: str
    tag: str
    parent: str
    element: Node
    facts: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] | None = None

    @property
    def before(self) -> dict[str, str]:
        """The facts as the file writes them, when the merge has led a flow elsewhere."""
        return self.facts if self.written is None else self.written

    def lead(self, end: str, key: str) -> None:
        """Let a flow begin or end elsewhere than the file says."""
        self.written = dict(self.before)
        self.facts[end] = key

    @property
    def kind(self) -> str:
        """The element's name without its namespace."""
        return local(self.tag)

    @property
    def name(self) -> str:
        """What people call it, empty without a name."""
        return " ".join((self.facts.get("@label") or self.facts.get("@name") or "").split())


Items = dict[str, Item]


@dataclass(frozen=True)
class Dialect:
    """How one language is read: what is left out, because it follows from the rest."""

    left_out: frozenset[str]
    """Local names of children that are no fact."""


def local(tag: object) -> str:
    """Return a tag without its namespace; empty for a comment."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def text_of(element: Node) -> str:
    """Return the words of an element, the white space around them apart."""
    return (element.text or "").strip()


def read(root: Node, dialect: Dialect) -> Items:
    """Return the things of a file by id, in document order.

    Raises:
        Unmergeable: two of them have the same id.
    """
    items: Items = {}
    _gather(root, "", items, dialect)
    return items


def _gather(element: Node, parent: str, items: Items, dialect: Dialect) -> None:
    key = ROOT if not parent else str(element.get("id"))
    if key in items:
        raise Unmergeable(key)
    item = items[key] = Item(key, str(element.tag), parent, element)
    for name, value in element.attrib.items():
        if name != "id" or key == ROOT:
            item.facts["@" + str(name)] = str(value)
    if words := text_of(element):
        item.facts["#"] = words
    if parent:
        item.facts[PLACE] = parent
    for child, segment in named(element):
        if local(child.tag) in dialect.left_out:
            continue
        if is_item(child):
            _gather(child, key, items, dialect)
        else:
            item.facts.update(_folded(child, segment, key, items, dialect))


def is_item(element: Node) -> bool:
    """Whether an element stands by itself: it has an id, and is no part of another."""
    return bool(element.get("id")) and local(element.tag) not in _PARTS | {_EXTENSIONS}


def _folded(
    element: Node, path: str, owner: str, items: Items, dialect: Dialect
) -> Iterator[tuple[str, str]]:
    yield path, text_of(element)
    for name, value in element.attrib.items():
        yield f"{path}@" + str(name), str(value)
    extension = _is_extension(element)
    for child, segment in named(element):
        if local(child.tag) in dialect.left_out:
            continue
        if is_item(child) and not extension:
            _gather(child, owner, items, dialect)
        else:
            yield from _folded(child, f"{path}/{segment}", owner, items, dialect)


def _is_extension(element: Node) -> bool:
    return any(local(one.tag) == _EXTENSIONS for one in [element, *element.iterancestors()])


def named(element: Node) -> Iterator[tuple[Node, str]]:
    """Yield the children with their place in a path: the tag, and a name where one tag comes several times.

    A child is named by its ``name`` or ``id`` when it is an extension, by its number otherwise.
    """
    counts: dict[str, int] = {}
    for child in element:
        tag = str(child.tag)
        if not local(child.tag):
            continue
        mark = (child.get("name") or child.get("id")) if _is_extension(child) else None
        if mark is None:
            counts[tag] = counts.get(tag, -1) + 1
            mark = str(counts[tag]) if counts[tag] else ""
        yield child, f"{tag}[{mark}]" if mark else tag


def find(owner: Node, path: str) -> Node | None:
    """Return the element of a path inside an element, None when it is not there."""
    here: Node | None = owner
    for segment in segments(path):
        here = (
            next((child for child, name in named(here) if name == segment), None)
            if here is not None
            else None
        )
    return here


def segments(path: str) -> list[str]:
    """Split a path at the slashes that stand outside namespaces and names."""
    parts: list[str] = []
    depth, start = 0, 0
    for position, sign in enumerate(path):
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif sign == "/" and depth == 0:
            parts.append(path[start:position])
            start = position + 1
    return [*parts, path[start:]]


def split(fact: str) -> tuple[str, str]:
    """Return the path of a fact and its attribute: empty path for the thing itself, ``#`` for the words."""
    if fact == "#":
        return "", "#"
    depth = 0
    for position, sign in enumerate(fact):
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif sign == "@" and depth == 0:
            return fact[:position], fact[position + 1 :]
    return fact, "#"


Facts = Mapping[str, str]
Namer = Callable[[str], str]
