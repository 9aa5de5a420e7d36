"""What an event sends or waits for, and how a step repeats: declared in a file, named where it serves."""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.drawing.file import DrawingFault, File, drop, insert_child, local, slug, tag

EVENTS: Final = ("message", "signal")
_LOOP: Final = "multiInstanceLoopCharacteristics"
_LIST: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,119}")
_ITEM: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LONGEST: Final = 120
_FIRST: Final = ("documentation", "extensionElements", "property")


@dataclass(frozen=True)
class Repeat:
    """A step done once for each element of a list: which list, how one element is called, one by one or not.

    Without a list, the step is done once.
    """

    list: str = ""
    item: str = ""
    sequential: bool = False


def definition_of(node: etree._Element) -> etree._Element | None:
    """Return what says which message or signal an element waits for or sends: a child, or the element."""
    if local(node) in ("receiveTask", "sendTask"):
        return node
    return next(
        (child for kind in EVENTS for child in node.iterchildren(tag(f"{kind}EventDefinition"))), None
    )


def event_of(node: etree._Element) -> str:
    """Return ``message`` or ``signal`` for an element that waits for one or sends one, else nothing."""
    definition = definition_of(node)
    if definition is None:
        return ""
    return "signal" if local(definition) == "signalEventDefinition" else "message"


def name_event(file: File, node: etree._Element, name: str) -> None:
    """Let an element wait for, or send, the message or signal of that name, which is declared if it is new.

    What nothing names any more is declared no more.

    Raises:
        DrawingFault: the element has neither, or the name is too long.
    """
    definition, kind, words = definition_of(node), event_of(node), " ".join(name.split())
    if definition is None:
        raise DrawingFault("Cet élément n'attend ni n'envoie de message ou de signal.")
    if len(words) > _LONGEST:
        raise DrawingFault(f"Ce nom dépasse {_LONGEST} signes. Écrivez-le plus court.")
    reference, declared = f"{kind}Ref", {one.get("id"): one for one in file.root.iterchildren(tag(kind))}
    before = declared.get(definition.get(reference))
    if before is not None and (before.get("name") or "") == words:
        return
    if words:
        known = next((one for one in declared.values() if one.get("name") == words), None)
        definition.set(reference, (known if known is not None else _declare(file, kind, words)).get("id", ""))
    elif reference in definition.attrib:
        del definition.attrib[reference]
    named = {one.get(reference) for one in file.root.iter() if isinstance(one.tag, str)}
    if before is not None and before.get("id") not in named:
        drop(before)


def _declare(file: File, kind: str, name: str) -> etree._Element:
    made = etree.Element(tag(kind), id=file.new_id(f"{kind}_{slug(name)}", kind), name=name)
    places = [rank for rank, one in enumerate(file.root) if local(one) in (*EVENTS, "process")]
    file.root.insert(max(places, default=len(file.root) - 1) + 1, made)
    return made


def repeat_of(node: etree._Element) -> Repeat | None:
    """Return how a step repeats, None when it does not."""
    loop = node.find(tag(_LOOP))
    if loop is None:
        return None
    item = loop.find(tag("inputDataItem"))
    return Repeat(
        (loop.findtext(tag("loopDataInputRef")) or "").strip(),
        item.get("id", "") if item is not None else "",
        loop.get("isSequential") == "true",
    )


def repeat(file: File, node: etree._Element, wanted: Repeat) -> None:
    """Let a step be done once for each element of a list, or once.

    Raises:
        DrawingFault: a list or a name that cannot be one, or a name that another element bears.
    """
    before, loop = repeat_of(node), node.find(tag(_LOOP))
    if (before or Repeat()) == wanted:
        return
    if not wanted.list:
        if loop is not None:
            drop(loop)
            _undeclare(file, before.list if before is not None else "")
        return
    _refuse(file, wanted, before)
    if loop is None:
        loop = etree.Element(tag(_LOOP))
        insert_child(node, loop)
    if wanted.sequential:
        loop.set("isSequential", "true")
    elif "isSequential" in loop.attrib:
        del loop.attrib["isSequential"]
    _list(node, loop, wanted.list)
    item = loop.find(tag("inputDataItem"))
    if item is None:
        item = etree.Element(tag("inputDataItem"))
        loop.insert(len(list(loop.iterchildren(tag("loopDataInputRef"), tag("loopDataOutputRef")))), item)
    if item.get("id") != wanted.item:
        item.set("id", wanted.item)
        item.set("name", wanted.item)
    if before is not None and before.list != wanted.list:
        _undeclare(file, before.list)


def _refuse(file: File, wanted: Repeat, before: Repeat | None) -> None:
    if not _LIST.fullmatch(wanted.list):
        raise DrawingFault(
            f"« {wanted.list[:40]} » n'est pas le nom d'une liste : écrivez-le comme les étapes le donnent."
        )
    if not _ITEM.fullmatch(wanted.item):
        raise DrawingFault(
            "Dites comment s'appelle un élément de la liste : un mot en minuscules sans accent, comme "
            "« orientation »."
        )
    taken = {one.get("id") for one in file.root.iter() if isinstance(one.tag, str)}
    if wanted.item in taken and (before is None or before.item != wanted.item):
        raise DrawingFault(
            f"« {wanted.item} » sert déjà à un autre élément de ce diagramme. Prenez un autre mot."
        )


def _list(node: etree._Element, loop: etree._Element, name: str) -> None:
    """Name the list, declared in the process when it is not yet."""
    process = next((one for one in node.iterancestors(tag("process"))), None)
    if process is None:
        raise DrawingFault("Cette étape n'est dans aucun parcours.")
    if not any(one.get("id") == name for one in process.iterchildren(tag("property"))):
        places = [rank for rank, one in enumerate(process) if local(one) in _FIRST]
        process.insert(max(places, default=-1) + 1, etree.Element(tag("property"), id=name, name=name))
    reference = loop.find(tag("loopDataInputRef"))
    if reference is None:
        reference = etree.Element(tag("loopDataInputRef"))
        loop.insert(0, reference)
    reference.text = name


def _undeclare(file: File, name: str) -> None:
    """Take out the declaration of a list over which nothing repeats any more."""
    used = {
        (one.text or "").strip() for one in file.root.iter(tag("loopDataInputRef"), tag("loopDataOutputRef"))
    }
    if name and name not in used:
        for process in file.root.iter(tag("process")):
            for one in list(process.iterchildren(tag("property"))):
                if one.get("id") == name:
                    drop(one)
