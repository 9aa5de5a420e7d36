"""How a diagram is drawn: everything has its place, nothing covers anything, each stands in its lane."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from app.checker.diagrams.as_drawn import Node
from app.checker.drawings.layout import problems
from app.checker.drawings.shapes import planes
from app.checker.model import Model
from app.checker.problem import Problem
from app.documents.bpmn_picture.geometry import Box
from tests.architecture.shipped import TERRITORIES, diagrams
from tests.bpmn_builder import Block, process, sub, timer

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
Places = dict[str, tuple[float, float, float, float]]


def judged(root: Any) -> list[Problem]:
    return list(problems(Model(files={}, whole=False, roots={"bpmn/p.bpmn": root})))


def found(root: Any) -> list[tuple[str, str, str]]:
    return [(item.code, item.element, item.severity) for item in judged(root)]


def drawn(block: Block, places: Places, *, lines: bool = True, opened: tuple[str, ...] = ()) -> Any:
    """A diagram with these boxes (x, y, width, height), and every flow drawn."""
    root = etree.fromstring(block.xml())
    shapes = "".join(
        f'<di:BPMNShape bpmnElement="{key}" isExpanded="{str(key in opened).lower()}">'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></di:BPMNShape>'
        for key, (x, y, width, height) in places.items()
    )
    flows = [item.get("id") for item in root.iter("{*}sequenceFlow")] if lines else []
    edges = "".join(
        f'<di:BPMNEdge bpmnElement="{key}"><w:waypoint x="0" y="0"/><w:waypoint x="9" y="0"/></di:BPMNEdge>'
        for key in flows
    )
    plane = (
        '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:w="http://www.omg.org/spec/DD/20100524/DI">'
        f'<di:BPMNPlane bpmnElement="{block.id}">{shapes}{edges}</di:BPMNPlane></di:BPMNDiagram>'
    )
    root.append(etree.fromstring(plane))
    return root


ROW: Places = {"debut": (0, 22, 36, 36), "a": (100, 0, 100, 80), "fin": (300, 22, 36, 36)}


def a_shipped(name: str = "visite") -> Any:
    (diagram,) = [item for item in diagrams("carene") if item.name == name]
    return etree.fromstring(etree.tostring(diagram.root))


def shape(root: Any, element: str, kind: str = "BPMNShape") -> Any:
    return next(item for item in root.iter(f"{DI}{kind}") if item.get("bpmnElement") == element)


def bounds(root: Any, element: str) -> Any:
    return next(item for item in shape(root, element) if item.tag.endswith("Bounds"))


@pytest.mark.parametrize("code", TERRITORIES)
def test_the_shipped_diagrams_are_drawn_without_fault(code: str) -> None:
    roots = {f"bpmn/{diagram.name}.bpmn": diagram.root for diagram in diagrams(code)}
    assert list(problems(Model(files={}, whole=True, roots=roots))) == []


def test_a_well_drawn_row_has_no_problem() -> None:
    assert judged(drawn(process("p").user("a").end(), ROW)) == []


def test_a_diagram_without_any_drawing_is_told_once() -> None:
    (problem,) = judged(etree.fromstring(process("p").user("a").end().xml()))
    assert (problem.code, problem.element, problem.severity) == ("no-position", "p", "error")
    assert problem.message.startswith("Ce processus n'est dessiné nulle part")


def test_each_element_without_a_shape_is_told() -> None:
    root = a_shipped()
    for element in ("realiser_visite", "technicien", "participant_visite"):
        item = shape(root, element)
        item.getparent().remove(item)
    told = [item for item in judged(root) if item.code == "no-position"]
    assert {item.element for item in told} == {"realiser_visite", "technicien", "participant_visite"}
    assert "« Réaliser la visite » n'a pas de position dans le dessin." in {
        item.message.partition(" Replacez")[0] for item in told
    }


def test_a_flow_that_is_not_drawn_is_told() -> None:
    root = a_shipped()
    item = shape(root, "realiser_visite_vers_visite_faite", "BPMNEdge")
    item.getparent().remove(item)
    assert found(root) == [("no-position", "realiser_visite_vers_visite_faite", "error")]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda item: item.set("width", "0"),
        lambda item: item.set("height", "-80"),
        lambda item: item.set("x", "NaN"),
        lambda item: item.set("y", "1e999"),
        lambda item: item.set("x", "ici"),
        lambda item: item.attrib.pop("y"),
        lambda item: item.getparent().remove(item),
    ],
)
def test_a_shape_without_a_size_has_no_position(spoil: Callable[[Any], object]) -> None:
    root = a_shipped()
    spoil(bounds(root, "realiser_visite"))
    (problem,) = judged(root)
    assert (problem.code, problem.element) == ("no-position", "realiser_visite")
    assert "illisible" in problem.message


def test_a_line_has_at_least_two_points() -> None:
    root = a_shipped()
    edge = shape(root, "realiser_visite_vers_visite_faite", "BPMNEdge")
    for point in [item for item in edge if item.tag == WAYPOINT][1:]:
        edge.remove(point)
    assert found(root) == [("no-position", "realiser_visite_vers_visite_faite", "error")]


def test_two_shapes_in_one_place_overlap() -> None:
    (problem,) = judged(drawn(process("p").user("a").end(), ROW | {"fin": (150, 22, 36, 36)}))
    assert (problem.path, problem.code, problem.element, problem.severity) == (
        "bpmn/p.bpmn",
        "overlap",
        "fin",
        "error",
    )
    assert problem.message.startswith("« fin » et « a » se chevauchent dans le dessin.")


def test_shapes_that_touch_do_not_overlap() -> None:
    assert found(drawn(process("p").user("a").end(), ROW | {"fin": (200, 22, 36, 36)})) == []
    assert found(drawn(process("p").user("a").end(), ROW | {"fin": (199.5, 22, 36, 36)})) == []


def test_an_event_may_stand_on_the_border_of_its_step_only() -> None:
    block = process("p").user("a").user("b").end().boundary("tard", "a", timer('"P3D"')).to("fin")
    places = ROW | {"b": (220, 0, 60, 80), "tard": (150, 62, 36, 36)}
    assert found(drawn(block, places)) == []
    assert found(drawn(block, places | {"tard": (230, 62, 36, 36)})) == [("overlap", "tard", "error")]


def a_nested() -> Block:
    return process("p").sub(sub("bloc").user("dedans").end("bloc_fin")).end()


NESTED: Places = {
    "debut": (0, 100, 36, 36),
    "bloc": (100, 0, 400, 200),
    "bloc_debut": (120, 82, 36, 36),
    "dedans": (200, 60, 100, 80),
    "bloc_fin": (400, 82, 36, 36),
    "fin": (600, 100, 36, 36),
}


def test_what_stands_inside_its_sub_process_does_not_cover_it() -> None:
    assert found(drawn(a_nested(), NESTED, opened=("bloc",))) == []
    inside = NESTED | {"fin": (250, 100, 36, 36)}
    assert ("overlap", "fin", "error") in found(drawn(a_nested(), inside, opened=("bloc",)))


def test_what_is_drawn_outside_its_sub_process_is_warned_of() -> None:
    away = NESTED | {"dedans": (200, 300, 100, 80)}
    assert found(drawn(a_nested(), away, opened=("bloc",))) == [("out-of-lane", "dedans", "warning")]


def test_the_content_of_a_closed_sub_process_covers_nothing() -> None:
    closed = NESTED | {"bloc": (100, 78, 100, 80), "fin": (250, 100, 36, 36)}
    assert found(drawn(a_nested(), closed)) == []


def test_an_element_outside_its_lane_is_warned_of() -> None:
    root = a_shipped()
    lane, place = bounds(root, "ecorenove"), bounds(root, "realiser_visite")
    place.set("y", str(float(lane.get("y")) + 10))
    place.set("x", str(float(lane.get("x")) + 200))
    told = [item for item in judged(root) if item.code == "out-of-lane"]
    assert [(item.element, item.severity) for item in told] == [("realiser_visite", "warning")]
    assert "hors de son couloir « Technicien conseil »" in told[0].message


def test_a_thousand_shapes_in_one_place_are_told_once_each() -> None:
    block = process("p")
    for number in range(400):
        block.user(f"etape_{number}")
    places = {f"etape_{number}": (10.0, 10.0, 100.0, 80.0) for number in range(400)}
    told = found(drawn(block.end(), ROW | places))
    assert len([item for item in told if item[0] == "overlap"]) <= 403


def test_shapes_on_two_drawings_do_not_cover_each_other() -> None:
    root = drawn(process("p").user("a").end(), {key: ROW[key] for key in ("debut", "fin")})
    other = drawn(process("p").user("a").end(), {"a": (0, 22, 36, 36)}, lines=False)
    root.append(other[-1])
    assert len(planes(root)) == 2
    assert found(root) == []


def test_boxes_share_a_place_or_only_an_edge() -> None:
    box = Box(0, 0, 10, 10)
    assert box.overlaps(Box(5, 5, 10, 10))
    assert not box.overlaps(Box(10, 0, 10, 10))
    assert not box.overlaps(Box(9.5, 0, 10, 10), slack=1)
    assert box.holds((10, 10))
    assert not box.holds((10.1, 0))


@pytest.mark.parametrize(
    ("identity", "said"), [("Activity_1ebkek6", "sans nom"), ("valider_diagnostic", "valider_diagnostic")]
)
def test_a_problem_never_names_what_a_modeler_made_up(identity: str, said: str) -> None:
    assert Node(identity, "task", "", None, interrupts=False, xml=None).words == said
