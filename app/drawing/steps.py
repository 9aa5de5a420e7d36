"""Steps put into a flow and taken out of one."""

from typing import Final

from lxml import etree

from app.drawing.file import HOLDERS, DrawingFault, File, drop, expect_plain, insert_child, local, tag
from app.drawing.layout import GAP, Box, Layout, size_of

KINDS: Final = {
    "userTask": "Étape d'une personne",
    "serviceTask": "Opération automatique",
    "businessRuleTask": "Table de décision",
    "callActivity": "Autre parcours",
    "intermediateCatchEvent": "Attente d'un délai",
    "intermediateCatchEvent:message": "Attente d'un message",
    "intermediateThrowEvent:message": "Envoi d'un message",
    "intermediateCatchEvent:signal": "Attente d'un signal",
    "intermediateThrowEvent:signal": "Envoi d'un signal",
    "exclusiveGateway": "Choix",
    "endEvent": "Fin",
}
"""What can be added, and how it is called; after a colon, what an event waits for or sends."""
_FALLBACK: Final = {
    "userTask": "etape",
    "serviceTask": "operation",
    "businessRuleTask": "decision",
    "callActivity": "parcours",
    "intermediateCatchEvent": "attente",
    "intermediateThrowEvent": "envoi",
    "exclusiveGateway": "choix",
    "endEvent": "fin",
}
_WAIT: Final = '"P7D"'
"""What a new wait waits for, until somebody says it."""


def insert(text: str, flow_id: str, kind: str, name: str) -> tuple[str, str]:
    """Put an element in the middle of a flow; return the file and the element's id.

    A choice gets a second way, to an end of its own, so that the diagram stays whole.

    Raises:
        DrawingFault: no such flow, a kind that cannot be added there, or no name.
    """
    if kind not in KINDS or kind == "endEvent":
        raise DrawingFault("Choisissez ce que vous ajoutez.")
    words = " ".join(name.split())
    expect_plain(words)
    if not words:
        raise DrawingFault("Écrivez le nom de ce que vous ajoutez : un verbe et son objet pour une étape.")
    file = File(text)
    flow = file.element(flow_id)
    if local(flow) != "sequenceFlow":
        raise DrawingFault("Choisissez une flèche du diagramme.")
    source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
    layout = Layout(file)
    kind, _, event = kind.partition(":")
    ident = new_element(file, flow, kind, words, lane_like=source, event=event)
    onward = _flow(file, flow, ident, target)
    flow.set("targetRef", ident)
    _relink(file, target, flow_id, onward)
    _link(file, ident, "incoming", flow_id)
    _place_between(layout, flow_id, onward, (source, ident, target), kind)
    if kind == "exclusiveGateway":
        _other_way(file, layout, ident, onward)
    return file.text(), ident


def remove(text: str, ident: str) -> str:
    """Take an element out; what led to it leads to what came next.

    Raises:
        DrawingFault: it has several ways in or out, something on its border, or it begins the process.
    """
    file = File(text)
    node = file.element(ident)
    into, out = file.into(ident), file.out_of(ident)
    kind = local(node)
    layout = Layout(file)
    if kind == "startEvent":
        raise DrawingFault("Un parcours garde son début.")
    if kind in HOLDERS and kind != "subProcess":
        raise DrawingFault("Ceci ne se retire pas depuis la liste.")
    if file.attached(ident):
        raise DrawingFault("Retirez d'abord ce qui est attaché à cette étape (échéances, événements).")
    if kind == "boundaryEvent":
        _remove_border(file, layout, node, out)
    elif not out:
        _remove_end(file, layout, node, into)
    elif len(into) == 1 and len(out) == 1:
        _bridge(file, layout, node, into[0], out[0])
    elif len(out) == 1:
        _gather(file, layout, node, into, out[0])
    else:
        raise DrawingFault("Retirez d'abord les réponses de ce choix, jusqu'à n'en garder qu'une.")
    return file.text()


def new_element(
    file: File, beside: etree._Element, kind: str, name: str, *, lane_like: str, event: str = ""
) -> str:
    """Write a new element beside a flow, in the lane of another; return its id."""
    ident = file.new_id(name, _FALLBACK[kind])
    holder = beside.getparent()
    if holder is None:
        raise DrawingFault("Cette flèche n'est dans aucun parcours.")
    node = etree.Element(tag(kind), id=ident, name=name)
    holder.insert(list(holder).index(beside), node)
    if event:
        etree.SubElement(node, tag(f"{event}EventDefinition"), id=file.new_id(f"{ident}_{event}", "e"))
    elif kind == "intermediateCatchEvent":
        definition = etree.SubElement(
            node, tag("timerEventDefinition"), id=file.new_id(f"{ident}_minuteur", "m")
        )
        body = etree.SubElement(definition, tag("timeDuration"))
        body.set("{http://www.w3.org/2001/XMLSchema-instance}type", "bpmn:tFormalExpression")
        body.text = _WAIT
    file.put_in_lane(ident, file.lane_of(lane_like))
    return ident


def _flow(file: File, beside: etree._Element, source: str, target: str) -> str:
    """Write a flow after another; return its id. The elements at its ends name it."""
    ident = file.new_id(f"{source}_vers_{target}", "fleche")
    node = etree.Element(tag("sequenceFlow"), id=ident, sourceRef=source, targetRef=target)
    beside.addnext(node)
    _link(file, source, "outgoing", ident)
    return ident


def _link(file: File, element: str, side: str, flow: str) -> None:
    node = file.element(element)
    child = etree.Element(tag(side))
    child.text = flow
    insert_child(node, child)


def _unlink(file: File, element: str, side: str, flow: str) -> None:
    for child in list(file.element(element).iterchildren(tag(side))):
        if (child.text or "").strip() == flow:
            drop(child)


def _relink(file: File, element: str, old: str, new: str) -> None:
    """Let an element be reached by another flow, at the same place among those that reach it."""
    for child in file.element(element).iterchildren(tag("incoming")):
        if (child.text or "").strip() == old:
            child.text = new
            return
    _link(file, element, "incoming", new)


def _place_between(layout: Layout, first: str, second: str, ends: tuple[str, str, str], kind: str) -> None:
    source, ident, target = ends
    start, end = layout.box(source), layout.box(target)
    if start is None or end is None:
        return
    width, height = size_of(kind)
    after = end.x - start.right if end.x > start.right else GAP
    wanted = width + 2 * GAP
    if after < wanted:
        layout.make_room(start.right + 1, wanted - after if end.x > start.right else width + GAP)
    room = Box(start.right + GAP, start.middle[1] - height / 2, width, height)
    layout.place(ident, layout.free(room, None))
    layout.join(first, source, ident)
    layout.join(second, ident, target)


def _other_way(file: File, layout: Layout, choice: str, onward: str) -> None:
    """Give a new choice its second answer, which ends there."""
    first = file.element(onward)
    first.set("name", "oui")
    end = new_element(file, first, "endEvent", "Fin", lane_like=choice)
    other = _flow(file, first, choice, end)
    file.element(other).set("name", "non")
    file.element(choice).set("default", other)
    _link(file, end, "incoming", other)
    box = layout.box(choice)
    if box is not None:
        width, height = size_of("endEvent")
        under = Box(box.right + GAP, box.bottom + 40, width, height)
        layout.place(end, layout.free(under, None))
        layout.join(other, choice, end)


def _bridge(
    file: File, layout: Layout, node: etree._Element, into: etree._Element, out: etree._Element
) -> None:
    """Let the flow that came in lead where the flow that went out led."""
    ident, target = node.get("id", ""), out.get("targetRef", "")
    if target == into.get("sourceRef"):
        raise DrawingFault("Retirer cette étape ferait tourner en rond celle qui la précède.")
    into.set("targetRef", target)
    _relink(file, target, out.get("id", ""), into.get("id", ""))
    _forget(file, layout, ident)
    _forget_flow(layout, out)
    layout.join(into.get("id", ""), into.get("sourceRef", ""), target)


def _gather(
    file: File, layout: Layout, node: etree._Element, into: list[etree._Element], out: etree._Element
) -> None:
    """Let every flow that came in lead where the one that went out led."""
    ident, target = node.get("id", ""), out.get("targetRef", "")
    if any(flow.get("sourceRef") == target for flow in into):
        raise DrawingFault(
            "Retirer cette étape ferait tourner en rond une autre. Déplacez d'abord les flèches."
        )
    _unlink(file, target, "incoming", out.get("id", ""))
    for flow in into:
        flow.set("targetRef", target)
        _link(file, target, "incoming", flow.get("id", ""))
    _forget(file, layout, ident)
    _forget_flow(layout, out)
    for flow in into:
        layout.join(flow.get("id", ""), flow.get("sourceRef", ""), target)


def _remove_end(file: File, layout: Layout, node: etree._Element, into: list[etree._Element]) -> None:
    """Take out an end with the ways that lead to it alone."""
    for flow in into:
        if len(file.out_of(flow.get("sourceRef", ""))) < 2:
            raise DrawingFault(
                "Ce qui mène ici n'aurait plus de suite. Retirez d'abord l'étape qui précède, ou "
                "menez-la ailleurs."
            )
    for flow in into:
        forget_way(file, layout, flow)
    _forget(file, layout, node.get("id", ""))


def _remove_border(file: File, layout: Layout, node: etree._Element, out: list[etree._Element]) -> None:
    """Take an event off a border, with an end to which it alone leads."""
    alone = []
    for flow in out:
        target = file.element(flow.get("targetRef", ""))
        if len(file.into(target.get("id", ""))) > 1:
            continue
        if local(target) != "endEvent":
            raise DrawingFault(
                "Retirez d'abord les étapes auxquelles mène cet événement, sauf la fin : plus rien n'y "
                "mènerait."
            )
        alone.append(target.get("id", ""))
    for flow in out:
        forget_way(file, layout, flow)
    for ident in alone:
        _forget(file, layout, ident)
    _forget(file, layout, node.get("id", ""))


def forget_way(file: File, layout: Layout, flow: etree._Element) -> None:
    """Take a flow out, and its mention by the elements at its ends."""
    source, target, ident = flow.get("sourceRef", ""), flow.get("targetRef", ""), flow.get("id", "")
    _unlink(file, source, "outgoing", ident)
    _unlink(file, target, "incoming", ident)
    node = file.element(source)
    if node.get("default") == ident:
        del node.attrib["default"]
    layout.forget(ident)
    drop(flow)


def _forget_flow(layout: Layout, flow: etree._Element) -> None:
    layout.forget(flow.get("id", ""))
    drop(flow)


def _forget(file: File, layout: Layout, ident: str) -> None:
    file.put_in_lane(ident, None)
    layout.forget(ident)
    drop(file.element(ident))
