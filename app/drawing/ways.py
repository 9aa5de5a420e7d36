"""Ways out of an element: another answer of a choice, a delay on a border, a flow that leads elsewhere."""

from lxml import etree

from app.drawing.file import DrawingFault, File, expect_plain, insert_child, local, tag
from app.drawing.happenings import EVENTS
from app.drawing.layout import GAP, Box, Layout, size_of
from app.drawing.steps import forget_way, new_element

_FORKS = ("exclusiveGateway", "inclusiveGateway", "parallelGateway")


def add_way(text: str, source: str, name: str, target: str = "") -> tuple[str, str]:
    """Give an element another way out, to ``target`` or to a new end; return the file and the flow's id.

    Raises:
        DrawingFault: it is no choice, or the target is not there or comes first.
    """
    expect_plain(name)
    file = File(text)
    node = file.element(source)
    if local(node) not in _FORKS:
        raise DrawingFault("Seul un choix a plusieurs réponses. Ajoutez d'abord un choix après cette étape.")
    layout = Layout(file)
    flows = file.out_of(source)
    if not flows:
        raise DrawingFault("Ce choix ne mène nulle part : rien ne peut y être ajouté depuis la liste.")
    end = "" if target else new_element(file, flows[-1], "endEvent", "Fin", lane_like=source)
    reached = file.element(target or end)
    if local(reached) in ("startEvent", "boundaryEvent"):
        raise DrawingFault("Une flèche ne mène pas à un début ni à un événement attaché à une étape.")
    ident = file.new_id(f"{source}_vers_{reached.get('id', '')}", "fleche")
    flow = etree.Element(tag("sequenceFlow"), id=ident, sourceRef=source, targetRef=reached.get("id", ""))
    if name.strip():
        flow.set("name", " ".join(name.split()))
    flows[-1].addnext(flow)
    for element, side in ((node, "outgoing"), (reached, "incoming")):
        child = etree.Element(tag(side))
        child.text = ident
        insert_child(element, child)
    box = layout.box(source)
    if end and box is not None:
        width, height = size_of("endEvent")
        layout.place(end, layout.free(Box(box.right + GAP, box.bottom + 40, width, height), None))
    layout.join(ident, source, reached.get("id", ""))
    return file.text(), ident


def remove_way(text: str, flow_id: str) -> str:
    """Take a way out of a choice that keeps another one; an end to which it alone leads goes with it.

    Raises:
        DrawingFault: the choice would have no way left, or an element no way in.
    """
    file = File(text)
    flow = file.element(flow_id)
    if local(flow) != "sequenceFlow":
        raise DrawingFault("Choisissez une flèche du diagramme.")
    source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
    if len(file.out_of(source)) < 2:
        raise DrawingFault("C'est la seule suite de cet élément : il faut la garder, ou la mener ailleurs.")
    reached = file.element(target)
    layout = Layout(file)
    alone = len(file.into(target)) < 2
    if alone and local(reached) != "endEvent":
        raise DrawingFault("Plus rien ne mènerait à la suite. Retirez d'abord les étapes de cette réponse.")
    forget_way(file, layout, flow)
    if alone:
        file.put_in_lane(target, None)
        layout.forget(target)
        parent = reached.getparent()
        if parent is not None:
            parent.remove(reached)
    return file.text()


def lead(text: str, flow_id: str, target: str) -> str:
    """Let a flow lead elsewhere.

    Raises:
        DrawingFault: nothing would lead any more to what it led to, or the target cannot be reached.
    """
    file = File(text)
    flow = file.element(flow_id)
    if local(flow) != "sequenceFlow":
        raise DrawingFault("Choisissez une flèche du diagramme.")
    before = flow.get("targetRef", "")
    if before == target:
        return text
    reached = file.element(target)
    if local(reached) in ("startEvent", "boundaryEvent") or reached.getparent() is not flow.getparent():
        raise DrawingFault(
            "Une flèche ne mène qu'à une étape, un choix, une attente ou une fin du même parcours."
        )
    if len(file.into(before)) < 2:
        raise DrawingFault(
            "Plus rien ne mènerait à la suite actuelle. Retirez-la d'abord, ou menez-y autre chose."
        )
    for child in list(file.element(before).iterchildren(tag("incoming"))):
        if (child.text or "").strip() == flow_id:
            file.element(before).remove(child)
    flow.set("targetRef", target)
    child = etree.Element(tag("incoming"))
    child.text = flow_id
    insert_child(reached, child)
    Layout(file).join(flow_id, flow.get("sourceRef", ""), target)
    return file.text()


def add_delay(text: str, host: str, name: str, timer: str, *, event: str = "") -> tuple[str, str]:
    """Put a delay on the border of a step, which goes on: once it has passed, an end is reached.

    Args:
        event: ``message`` or ``signal`` to wait for one of these instead of a delay.

    Raises:
        DrawingFault: the element is no step, or no name.
    """
    if event not in ("", *EVENTS):
        raise DrawingFault("Choisissez ce que l'étape attend : un message ou un signal.")
    expect_plain(name, timer)
    file = File(text)
    node = file.element(host)
    if local(node) not in ("userTask", "callActivity", "subProcess", "receiveTask"):
        raise DrawingFault("Un délai s'attache à une étape d'une personne ou à un autre parcours.")
    flows = file.out_of(host)
    words = " ".join(name.split())
    if not words or not flows:
        raise DrawingFault(
            "Écrivez en mots ce qui arrive : « 21 jours sans rendez-vous », « Le pôle règle »."
        )
    layout = Layout(file)
    end = new_element(file, flows[-1], "endEvent", "Fin" if event else "Délai passé", lane_like=host)
    ident = file.new_id(words, "delai")
    event_node = etree.Element(
        tag("boundaryEvent"), id=ident, name=words, attachedToRef=host, cancelActivity="false"
    )
    flows[-1].addprevious(event_node)
    if event:
        etree.SubElement(event_node, tag(f"{event}EventDefinition"), id=file.new_id(f"{ident}_{event}", "e"))
    else:
        _wait(file, event_node, timer.strip())
    file.put_in_lane(ident, file.lane_of(host))
    flow_id = file.new_id(f"{ident}_vers_{end}", "fleche")
    flow = etree.Element(tag("sequenceFlow"), id=flow_id, sourceRef=ident, targetRef=end)
    flows[-1].addnext(flow)
    for element, side in ((event_node, "outgoing"), (file.element(end), "incoming")):
        child = etree.Element(tag(side))
        child.text = flow_id
        insert_child(element, child)
    box = layout.box(host)
    if box is not None:
        _draw_delay(layout, box, len(file.attached(host)) - 1, (ident, flow_id, end))
    return file.text(), ident


def _draw_delay(layout: Layout, box: Box, taken: int, ids: tuple[str, str, str]) -> None:
    """Draw the delay, the flow and the end beside ``box``, which bears ``taken`` others already."""
    ident, flow_id, end = ids
    width, height = size_of("boundaryEvent")
    layout.place(ident, Box(box.right - 30 - 40 * taken, box.bottom - height / 2, width, height))
    layout.place(end, layout.free(Box(box.right + GAP, box.bottom + 50, width, height), None))
    layout.join(flow_id, ident, end)


def _wait(file: File, node: etree._Element, timer: str) -> None:
    """Let an event wait for a quoted duration, or an instant that an expression gives."""
    ident = file.new_id(f"{node.get('id', '')}_minuteur", "m")
    definition = etree.SubElement(node, tag("timerEventDefinition"), id=ident)
    body = etree.SubElement(definition, tag("timeDuration" if timer.startswith('"P') else "timeDate"))
    body.set("{http://www.w3.org/2001/XMLSchema-instance}type", "bpmn:tFormalExpression")
    body.text = timer
