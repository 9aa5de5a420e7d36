"""CARENE's shipped files, and the changes that a designer makes to them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from app.catalog.bundle import resolve

ROOT = Path(__file__).resolve().parents[1]
VISIT = "bpmn/visite.bpmn"
DELAYS = "dmn/delai_contact.dmn"
APPOINTMENT = "forms/rendez_vous.json"
SETTINGS = "territoire.toml"
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "way": "http://www.omg.org/spec/DD/20100524/DI",
    "spiff": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}
Files = dict[str, bytes]


@cache
def _carene() -> tuple[tuple[str, bytes], ...]:
    return tuple(resolve(ROOT, "carene").files.items())


def carene() -> Files:
    return dict(_carene())


def changed(files: Files, name: str, *pairs: tuple[str, str]) -> Files:
    """Replace texts in one file; each must be there."""
    text = files[name].decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return {**files, name: text.encode()}


def tree(data: bytes) -> Any:
    return etree.fromstring(data)


def element(data: bytes, key: str) -> Any:
    return next(found for found in tree(data).iter() if found.get("id") == key)


def has(data: bytes, key: str) -> bool:
    return any(found.get("id") == key for found in tree(data).iter())


def written(files: Files, name: str, root: Any) -> Files:
    return {**files, name: b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root) + b"\n"}


def with_step(files: Files, flow: str, key: str, label: str, *, name: str = VISIT) -> Files:
    """Put a user task on a flow, as a modeler does: the flow leads to it, a new one leaves it."""
    root = tree(files[name])
    by_id = {found.get("id"): found for found in root.iter() if found.get("id")}
    old, out = by_id[flow], f"{key}_suite"
    source, target = by_id[old.get("sourceRef")], by_id[old.get("targetRef")]
    task = etree.SubElement(old.getparent(), f"{{{NS['bpmn']}}}userTask", id=key, name=label)
    extension = etree.SubElement(task, f"{{{NS['bpmn']}}}extensionElements")
    kept = etree.SubElement(extension, f"{{{NS['spiff']}}}properties")
    etree.SubElement(kept, f"{{{NS['spiff']}}}property", name="formulaire", value="visite")
    for tag, value in (("incoming", flow), ("outgoing", out)):
        etree.SubElement(task, f"{{{NS['bpmn']}}}{tag}").text = value
    etree.SubElement(
        old.getparent(), f"{{{NS['bpmn']}}}sequenceFlow", id=out, sourceRef=key, targetRef=target.get("id")
    )
    old.set("targetRef", key)
    for reference in target.findall("bpmn:incoming", NS):
        if reference.text == flow:
            reference.text = out
    for lane in root.iterfind(".//bpmn:lane", NS):
        if source.get("id") in [one.text for one in lane.findall("bpmn:flowNodeRef", NS)]:
            etree.SubElement(lane, f"{{{NS['bpmn']}}}flowNodeRef").text = key
    _drawn(root, (source, target), (flow, key, out))
    return written(files, name, root)


def _drawn(root: Any, ends: tuple[Any, Any], names: tuple[str, str, str]) -> None:
    (source, target), (flow, key, out) = ends, names
    plane = root.find(".//di:BPMNPlane", NS)
    shapes = {shape.get("bpmnElement"): shape for shape in plane}
    start, end = (shapes[one.get("id")].find("dc:Bounds", NS) for one in (source, target))
    x = (float(start.get("x")) + float(end.get("x"))) / 2
    shape = etree.SubElement(plane, f"{{{NS['di']}}}BPMNShape", id=f"{key}_di", bpmnElement=key)
    etree.SubElement(shape, f"{{{NS['dc']}}}Bounds", x=f"{x:.0f}", y="380", width="100", height="80")
    edge = etree.SubElement(plane, f"{{{NS['di']}}}BPMNEdge", id=f"{out}_di", bpmnElement=out)
    for across in (x + 100, float(end.get("x"))):
        etree.SubElement(edge, f"{{{NS['way']}}}waypoint", x=f"{across:.0f}", y="420")
    points = shapes[flow].findall("way:waypoint", NS)
    points[-1].set("x", f"{x:.0f}")
    points[-1].set("y", "420")


def without_step(files: Files, key: str, *, name: str = VISIT) -> Files:
    """Take a step out and join its way in to its way out."""
    root = tree(files[name])
    by_id = {found.get("id"): found for found in root.iter() if found.get("id")}
    flows = list(root.iterfind(".//bpmn:sequenceFlow", NS))
    ways_in = [flow for flow in flows if flow.get("targetRef") == key]
    way_out = next(flow for flow in flows if flow.get("sourceRef") == key)
    target = by_id[way_out.get("targetRef")]
    gone = {key, way_out.get("id")}
    for reference in target.findall("bpmn:incoming", NS):
        if reference.text == way_out.get("id"):
            target.remove(reference)
    for flow in ways_in:
        flow.set("targetRef", target.get("id"))
        etree.SubElement(target, f"{{{NS['bpmn']}}}incoming").text = flow.get("id")
    for found in list(root.iter()):
        about = found.get("bpmnElement") or found.get("id") or (found.text or "").strip()
        if about in gone and found.getparent() is not None and not str(found.tag).endswith("incoming"):
            found.getparent().remove(found)
    return written(files, name, root)


def form(files: Files, name: str = APPOINTMENT) -> Any:
    return json.loads(files[name])


def with_form(files: Files, value: Any, name: str = APPOINTMENT) -> Files:
    return {**files, name: (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()}
