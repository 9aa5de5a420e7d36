"""The checker finds nothing in what is shipped, and every shipped drawing is as legible as the house asks."""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from lxml import etree

from app.checker import check_files
from tests.architecture.shipped import (
    BPMN,
    ROOT,
    SPIFF,
    TERRITORIES,
    Diagram,
    bundle,
    diagrams,
    names_read,
)
from tools import layout
from tools.drawing import read
from tools.routing import Box, Line, crossings

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
SOURCE = re.compile(r"\b(CAR|BAT|ANG|MTP|AST|LAW)-\d+\b")
MEANING = re.compile(r"[a-z]+(_[a-z0-9]+)*")
GENERATED = re.compile(r"(activity|gateway|event|flow|task|startevent|element)_[a-z0-9]{6,8}")

ALL = [(code, diagram) for code in TERRITORIES for diagram in diagrams(code)]
each_territory = pytest.mark.parametrize("code", TERRITORIES)
each_diagram = pytest.mark.parametrize(
    ("code", "diagram"), ALL, ids=[f"{code}-{diagram.name}" for code, diagram in ALL]
)


def test_there_is_a_territory_with_diagrams() -> None:
    assert "carene" in TERRITORIES
    assert {"accompagnement", "revue"} <= {diagram.name for diagram in diagrams("carene")}


@each_territory
def test_the_checker_has_nothing_to_say(code: str) -> None:
    """Every name leads somewhere, everything is used, nothing is read too early, all is drawn."""
    assert check_files(bundle(code).files) == []


@each_territory
def test_every_setting_is_read(code: str) -> None:
    read = {name.partition(".")[2] for name in names_read(code) if name.startswith("reglages.")}
    for path, text in bundle(code).files.items():
        if path.startswith("forms/"):
            read |= set(re.findall(r"\breglages\.(\w+)", text.decode()))
    assert set(bundle(code).settings.rules) == read


@each_territory
def test_every_lane_of_the_settings_is_drawn(code: str) -> None:
    drawn = {lane for diagram in diagrams(code) for lane in diagram.lanes()}
    assert set(bundle(code).settings.lanes) <= drawn


@each_territory
def test_a_lane_has_one_name_everywhere(code: str) -> None:
    for diagram in diagrams(code):
        for lane in diagram.process.iter(f"{BPMN}lane"):
            assert lane.get("name") == bundle(code).settings.lanes[lane.get("id", "")].label


@each_territory
def test_lanes_stand_from_the_alert_giver_down_to_the_review(code: str) -> None:
    order = list(bundle(code).settings.lanes)
    for diagram in diagrams(code):
        places = [order.index(lane) for lane in diagram.lanes()]
        assert places == sorted(places), diagram.name


@each_territory
def test_whoever_answers_a_step_may_collect_what_its_form_requires(code: str) -> None:
    settings, forms = bundle(code).settings, bundle(code).forms
    for diagram in diagrams(code):
        lane_of = {key: lane for lane, keys in diagram.lanes().items() for key in keys}
        for task in diagram.nodes("userTask"):
            lane = settings.lanes[lane_of[task.get("id", "")]]
            answering = [settings.roles[role].collect for role in lane.roles]
            if lane.external:
                answering += [kind.receives for kind in settings.partner_kinds.values()]
            form = forms[diagram.properties(task)["formulaire"]]
            required = {field.classe for field in form.fields if field.required}
            assert all(required <= classes for classes in answering), (task.get("id"), required)


@each_diagram
def test_ids_mean_something_and_stand_once(code: str, diagram: Diagram) -> None:
    ids = [item.get("id", "") for item in diagram.root.iter(f"{BPMN}*", f"{DI}*") if item.get("id")]
    assert len(ids) == len(set(ids))
    for node in diagram.nodes():
        key = node.get("id", "")
        assert MEANING.fullmatch(key), key
        assert not GENERATED.fullmatch(key), key
        assert key not in {"start", "end"}
    assert diagram.process.get("id") == diagram.name


@each_diagram
def test_every_user_step_says_what_to_do_why_and_by_when(code: str, diagram: Diagram) -> None:
    for task in diagram.nodes("userTask"):
        own, key = diagram.properties(task), task.get("id")
        assert {"formulaire", "bouton", "delai"} <= set(own), key
        (instructions,) = task.iter(f"{SPIFF}instructionsForEndUser")
        assert (instructions.text or "").strip().endswith((".", "?")), key
        why = task.findtext(f"{BPMN}documentation") or ""
        assert SOURCE.search(why), f"{key} does not say where it comes from"


@each_diagram
def test_names_are_questions_answers_states_and_delays(code: str, diagram: Diagram) -> None:
    for node in diagram.nodes():
        assert node.get("name"), node.get("id")
    for gateway in diagram.nodes("exclusiveGateway"):
        assert (gateway.get("name") or "").endswith(" ?"), gateway.get("id")
        leaving = [flow for flow in diagram.flows() if flow.get("sourceRef") == gateway.get("id")]
        assert all(flow.get("name") for flow in leaving), gateway.get("id")
        assert gateway.get("default"), f"{gateway.get('id')} has no way out when nothing holds"
    for event in diagram.nodes():
        for text in (item.text or "" for item in event.iter(f"{BPMN}timeDuration")):
            days = re.fullmatch(r'"P(\d+)D"', text)
            assert days, f"{event.get('id')} : {text}"
            assert (event.get("name") or "").startswith(f"{days[1]} jours"), event.get("id")


@each_diagram
def test_every_element_is_drawn_inside_its_lane(code: str, diagram: Diagram) -> None:
    places = _places(diagram)
    lines = _lines(diagram)
    assert {line.id for line in lines} == {flow.get("id") for flow in diagram.flows()}
    for lane, members in diagram.lanes().items():
        frame = places[lane]
        for key in members:
            x, y = places[key].centre
            assert frame.x < places[key].x, key
            assert places[key].right < frame.right, key
            assert frame.y < y < frame.bottom, key
            assert frame.x < x, key
            assert frame.y <= places[key].y, key
            assert places[key].bottom <= frame.bottom, key


@each_diagram
def test_no_shape_covers_another(code: str, diagram: Diagram) -> None:
    places, hosts = _places(diagram), _hosts(diagram)
    shapes = [node.get("id", "") for node in diagram.nodes()]
    for one, other in combinations(shapes, 2):
        if hosts.get(one) != other and hosts.get(other) != one:
            assert not places[one].overlaps(places[other]), (one, other)


@each_diagram
def test_no_flow_crosses_another_or_passes_through_a_shape(code: str, diagram: Diagram) -> None:
    lines, places, hosts = _lines(diagram), _places(diagram), _hosts(diagram)
    assert crossings(lines) == []
    for line in lines:
        ends = {line.source, line.target, hosts.get(line.source)}
        for key in (node.get("id", "") for node in diagram.nodes()):
            if key not in ends:
                assert not any(places[key].meets(part) for part in line.segments()), (line.id, key)


@each_diagram
def test_flows_start_and_end_on_the_border_of_their_shapes(code: str, diagram: Diagram) -> None:
    places = _places(diagram)
    for line in _lines(diagram):
        for key, point in ((line.source, line.points[0]), (line.target, line.points[-1])):
            assert point in {places[key].port(side) for side in ("left", "right", "top", "bottom")}, line.id
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(line.points)), line.id


@each_diagram
def test_the_way_on_goes_to_the_right(code: str, diagram: Diagram) -> None:
    places = _places(diagram)
    drawn = read(diagram.root)
    layout.arrange(drawn)
    for flow in drawn.flows:
        if not flow.back:
            assert places[flow.source].x < places[flow.target].centre[0], flow.id


@each_diagram
def test_no_words_cover_a_shape_or_other_words(code: str, diagram: Diagram) -> None:
    places = [box for key, box in _places(diagram).items() if key in {n.get("id") for n in diagram.nodes()}]
    words = [_box(label) for label in diagram.root.iter(f"{DI}BPMNLabel")]
    for label in words:
        assert not any(label.overlaps(box) for box in places), label
    assert not any(one.overlaps(other) for one, other in combinations(words, 2))


def test_the_layout_tool_has_nothing_left_to_do() -> None:
    for path in sorted((ROOT / "bpmn" / "base").glob("*.bpmn")):
        assert layout.redrawn(path.read_text("utf-8")) == path.read_text("utf-8"), path.name


def _hosts(diagram: Diagram) -> dict[str, str]:
    return {node.get("id", ""): node.get("attachedToRef", "") for node in diagram.nodes("boundaryEvent")}


def _places(diagram: Diagram) -> dict[str, Box]:
    return {shape.get("bpmnElement", ""): _box(shape) for shape in diagram.root.iter(f"{DI}BPMNShape")}


def _box(item: etree._Element) -> Box:
    bounds = next(child for child in item if child.tag == f"{DC}Bounds")
    return Box(*(int(bounds.get(name, "")) for name in ("x", "y", "width", "height")))


def _lines(diagram: Diagram) -> list[Line]:
    flows = {flow.get("id", ""): flow for flow in diagram.flows()}
    return list(_drawn(diagram, flows))


def _drawn(diagram: Diagram, flows: dict[str, etree._Element]) -> Iterator[Line]:
    for edge in diagram.root.iter(f"{DI}BPMNEdge"):
        flow = flows[edge.get("bpmnElement", "")]
        points = [(int(p.get("x", "")), int(p.get("y", ""))) for p in edge.iter(WAYPOINT)]
        ends = flow.get("sourceRef", ""), flow.get("targetRef", "")
        yield Line(flow.get("id", ""), *ends, points=points)
