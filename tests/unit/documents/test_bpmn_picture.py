"""Diagrams as pictures: everything is drawn, what is said stays readable, and nothing in a name is run."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from app.documents.bpmn_picture import ElementMark, FlowMark, picture
from app.documents.bpmn_picture.marks import fill
from app.documents.bpmn_picture.words import fit, width, wrap
from app.expressions.safe_xml import UnsafeXml

SHIPPED = sorted((Path(__file__).parents[3] / "bpmn").rglob("*.bpmn"))
VISIT = next(path for path in SHIPPED if path.name == "visite.bpmn")
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = ("Task", "Event", "Gateway", "Activity", "lane", "participant")
NAMES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}


def a_diagram(inside: str, drawn: str = "", *, before: str = "") -> bytes:
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMES.items())
    return (
        f'<bpmn:definitions {spaces}>{before}<bpmn:process id="p" name="Essai">{inside}</bpmn:process>'
        f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="p">{drawn}</bpmndi:BPMNPlane>'
        "</bpmndi:BPMNDiagram></bpmn:definitions>"
    ).encode()


def a_shape(element: str, *, x: str = "100", y: str = "100", size: tuple[str, str] = ("100", "80")) -> str:
    return (
        f'<bpmndi:BPMNShape id="{element}_di" bpmnElement="{element}">'
        f'<dc:Bounds x="{x}" y="{y}" width="{size[0]}" height="{size[1]}" /></bpmndi:BPMNShape>'
    )


def read(svg: str) -> etree._Element:
    return etree.fromstring(svg.encode())


def words(svg: str) -> str:
    return " ".join("".join(map(str, node.itertext())) for node in read(svg).iter(f"{SVG}tspan"))


def named(path: Path) -> Iterator[tuple[str, str]]:
    """The id and name of everything drawn in a shipped file."""
    root = etree.fromstring(path.read_bytes())
    drawn = {node.get("bpmnElement") for node in root.iter(f"{{{NAMES['bpmndi']}}}BPMNShape")}
    for node in root.iter():
        if isinstance(node.tag, str) and node.tag.endswith(DRAWN) and node.get("id") in drawn:
            yield node.get("id", ""), node.get("name", "")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_name_of_a_shipped_diagram_is_written_whole(path: Path) -> None:
    written = re.sub(r"[\s]+", "", words(picture(path.read_bytes())))
    for element, name in named(path):
        assert re.sub(r"\s+", "", name) in written, element


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_picture_is_one_image_with_a_name_and_without_anything_that_runs(path: Path) -> None:
    svg = read(picture(path.read_bytes(), ident="p1"))
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "p1-titre p1-desc"
    assert svg.find(f"{SVG}title").text  # type: ignore[union-attr]
    assert "éléments" in (svg.find(f"{SVG}desc").text or "")  # type: ignore[union-attr]
    allowed = {"svg", "g", "title", "desc", "rect", "circle", "polygon", "path", "text", "tspan"}
    assert {etree.QName(node).localname for node in svg.iter()} <= allowed
    assert not [
        name for node in svg.iter() for name in map(str, node.attrib) if name[:2] == "on" or "href" in name
    ]


def test_nothing_is_drawn_outside_the_frame() -> None:
    for path in SHIPPED:
        svg = read(picture(path.read_bytes()))
        left, top, wide, high = map(float, svg.get("viewBox", "").split())
        for span in svg.iter(f"{SVG}tspan"):
            if span.getparent().getparent().get("transform"):  # type: ignore[union-attr]
                continue
            size = float(span.getparent().get("font-size"))  # type: ignore[union-attr,arg-type]
            half = width(span.text or "", size) / 2
            assert left <= float(span.get("x", "")) - half, span.text
            assert float(span.get("x", "")) + half <= left + wide, span.text
            assert top <= float(span.get("y", "")) <= top + high, span.text


def test_names_are_escaped_wherever_they_stand() -> None:
    hostile = "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x"
    inside = (
        f'<bpmn:userTask id="t" name="{hostile}"/><bpmn:endEvent id="e" name="{hostile}"/>'
        f'<bpmn:sequenceFlow id="f" name="{hostile}" sourceRef="t" targetRef="e"/>'
    )
    edge = (
        '<bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="200" y="140"/><di:waypoint x="300" y="140"/>'
        "</bpmndi:BPMNEdge>"
    )
    drawn = a_shape("t") + a_shape("e", x="300", y="122", size=("36", "36")) + edge
    told = {"t": ElementMark(label="<b>", told='"><script>', count="<i>")}
    svg = picture(a_diagram(inside, drawn), elements=told, flows={"f": FlowMark(count="<u>")}, ident='"><x')
    assert {etree.QName(node).localname for node in read(svg).iter()}.isdisjoint(
        {"script", "b", "i", "u", "x"}
    )
    assert "<script" not in svg


def test_characters_that_xml_cannot_hold_do_not_break_the_page() -> None:
    svg = picture(
        VISIT.read_bytes(), title="a\x00b\ud800c", elements={"sans_suite": ElementMark(label="\x07")}
    )
    assert read(svg).find(f"{SVG}title").text == "abc"  # type: ignore[union-attr]


def test_a_busy_late_step_is_filled_counted_and_told() -> None:
    mark = ElementMark(heat=0.8, count="214", label="12 % en retard", told="214 passages, 12 % en retard")
    svg = picture(VISIT.read_bytes(), elements={"realiser_visite": mark})
    assert fill(0.8) in svg
    assert "214" in words(svg)
    assert "12 % en retard" in words(svg)
    assert "Réaliser la visite : 214 passages, 12 % en retard" in svg


def test_a_badge_hides_neither_a_boundary_event_nor_a_name() -> None:
    marks = {element: ElementMark(count="1 234") for element, _ in named(VISIT)}
    svg = read(picture(VISIT.read_bytes(), elements=marks))
    events = [
        (float(node.get("cx", "")), float(node.get("cy", "")))
        for node in svg.iter(f"{SVG}circle")
        if node.get("cx")
    ]
    timer = (477.0, 390.0)
    assert timer in events
    badge = [node for node in svg.iter(f"{SVG}rect") if node.get("fill") == "#164a86"]
    corners = [
        float(node.get("x", "")) + float(node.get("width", "")) / 2
        for node in badge
        if abs(float(node.get("y", "")) - 382) < 1
    ]
    assert 495.0 not in corners  # the task's badge leaves the corner where its timer sits


def test_a_flow_is_as_wide_as_it_is_busy_and_says_when_it_was_never_taken() -> None:
    flows = {
        "rendez_vous_fixe_vers_realiser_visite": FlowMark(count="90", share=1.0),
        "rendez_vous_fixe_vers_sans_suite": FlowMark(never=True),
    }
    svg = picture(VISIT.read_bytes(), flows=flows)
    assert "jamais" in words(svg)
    assert "90" in words(svg)
    lines = [node for node in read(svg).iter(f"{SVG}path") if node.get("stroke-width")]
    assert {"5"} <= {node.get("stroke-width") for node in lines}
    assert [node for node in lines if node.get("stroke-dasharray") == "6 5"]
    assert "Un passage n'a jamais servi." in (read(svg).findtext(f"{SVG}desc") or "")


def test_letters_stay_readable_on_every_fill() -> None:
    ink = luminance("#16181d")
    for share in range(101):
        ground = luminance(fill(share / 100))
        assert (ground + 0.05) / (ink + 0.05) >= 4.5
    assert fill(-1) == "#ffffff"
    assert fill(9) == fill(1)


def test_a_diagram_without_positions_says_what_to_do() -> None:
    svg = picture(a_diagram('<bpmn:userTask id="t" name="Une étape"/>'))
    assert "Ouvrez-le dans un éditeur BPMN" in re.sub(r"\s+", " ", words(svg))
    assert read(svg).get("role") == "img"


@pytest.mark.parametrize("wrong", ["nan", "inf", "1e300", "-1e99", "", "douze", "٣٣٣٣٣٣٣٣٣٣"])
def test_impossible_positions_are_left_out(wrong: str) -> None:
    inside = '<bpmn:userTask id="t" name="Une étape"/><bpmn:userTask id="u" name="Une autre"/>'
    svg = picture(a_diagram(inside, a_shape("t", x=wrong) + a_shape("u")))
    assert "Une autre" in words(svg)
    assert "Une étape" not in words(svg)


def test_a_shape_of_nothing_and_a_flow_without_length_draw_nothing() -> None:
    still = '<di:waypoint x="1" y="1"/><di:waypoint x="1" y="1"/>'
    edge = f'<bpmndi:BPMNEdge bpmnElement="t">{still}</bpmndi:BPMNEdge>'
    svg = picture(
        a_diagram('<bpmn:userTask id="t" name="Une étape"/>', a_shape("inconnu") + edge + a_shape("t"))
    )
    assert "Une étape" in words(svg)


def test_every_construct_of_bpmn_is_drawn() -> None:
    tasks = (
        "task",
        "userTask",
        "serviceTask",
        "businessRuleTask",
        "scriptTask",
        "manualTask",
        "receiveTask",
        "sendTask",
    )
    holders = ("subProcess", "transaction", "adHocSubProcess", "callActivity")
    gateways = (
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "complexGateway",
        "eventBasedGateway",
    )
    events = ("startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "endEvent", "boundaryEvent")
    kinds = (
        "message",
        "timer",
        "error",
        "escalation",
        "signal",
        "compensate",
        "conditional",
        "link",
        "cancel",
        "terminate",
    )
    data = ("dataObjectReference", "dataStoreReference", "group")
    ids = [(tag, f"{tag}_{event}", f"<bpmn:{event}EventDefinition/>") for tag in events for event in kinds]
    ids += [(tag, tag, "<bpmn:standardLoopCharacteristics/>") for tag in (*tasks, *holders)]
    ids += [(tag, f"{tag}_1", "") for tag in (*gateways, *data)]
    inside = "".join(f'<bpmn:{tag} id="{key}" name="N {key}">{inner}</bpmn:{tag}>' for tag, key, inner in ids)
    drawn = "".join(a_shape(key, x=str(150 * place)) for place, (_, key, _) in enumerate(ids))
    written = re.sub(r"\s+", "", words(picture(a_diagram(inside, drawn))))
    for tag, key, _ in ids:
        assert f"N{key}"[:12] in written or tag == "group", key


def test_names_without_a_place_leave_the_lines_free() -> None:
    """Other editors write no label positions: a gateway's name leaves the flow that goes down from it."""
    inside = (
        '<bpmn:exclusiveGateway id="g" name="Complet ?"/><bpmn:task id="t" name="Relancer"/>'
        '<bpmn:sequenceFlow id="f" name="non" sourceRef="g" targetRef="t"/>'
    )
    edge = (
        '<bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="125" y="150"/><di:waypoint x="125" y="300"/>'
        "</bpmndi:BPMNEdge>"
    )
    drawn = a_shape("g", size=("50", "50")) + a_shape("t", x="75", y="300") + edge
    svg = read(picture(a_diagram(inside, drawn)))
    tops = {span.text: float(span.get("y", "")) for span in svg.iter(f"{SVG}tspan")}
    assert tops["Complet ?"] < 100
    assert 150 < tops["non"] < 300


def test_two_planes_in_one_file_stand_one_below_the_other() -> None:
    plane = '</bpmndi:BPMNPlane><bpmndi:BPMNPlane bpmnElement="p">'
    inside = '<bpmn:userTask id="t" name="Dessus"/><bpmn:userTask id="u" name="Dessous"/>'
    svg = read(picture(a_diagram(inside, a_shape("t") + plane + a_shape("u"))))
    tops = [float(node.get("y", "")) for node in svg.iter(f"{SVG}rect") if node.get("rx") == "10"]
    assert tops == [100.0, 220.0]


def test_extensions_that_repeat_an_id_change_nothing() -> None:
    inside = (
        '<bpmn:serviceTask id="t" name="Transmettre"><bpmn:extensionElements><x id="t"/>'
        "</bpmn:extensionElements></bpmn:serviceTask>"
    )
    assert "Transmettre" in words(picture(a_diagram(inside, a_shape("t"))))


ODD = ("", "0", "-1", "1e5", "99999", "nan", "x" * 500, "\u202eé", "true", "visite")


def spoilt(dice: random.Random) -> etree._Element:
    """A shipped diagram with a few things taken away, moved or written otherwise."""
    root = etree.fromstring(dice.choice(SHIPPED).read_bytes())
    nodes = [node for node in root.iter() if isinstance(node.tag, str)]
    for _ in range(dice.randint(1, 12)):
        node, other = dice.choice(nodes), dice.choice(nodes)
        parent = node.getparent()
        match dice.randint(0, 3):
            case 0 if parent is not None:
                parent.remove(node)
            case 1 if node.attrib:
                node.set(dice.choice(list(node.attrib)), dice.choice(ODD))
            case 2 if node.attrib:
                del node.attrib[dice.choice(list(node.attrib))]
            case _:
                node.tag = other.tag
    return root


@pytest.mark.parametrize("seed", range(60))
def test_a_spoilt_diagram_still_gives_a_picture(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # which spoils a diagram, no secret
    root = spoilt(dice)
    ids = [str(node.get("id")) for node in root.iter() if isinstance(node.tag, str) and node.get("id")]
    marks = {key: ElementMark(heat=dice.random() * 3 - 1, count="9" * 8, label="mot " * 9) for key in ids}
    flows = {key: FlowMark(count="3", share=dice.random() * 2, never=dice.random() < 0.3) for key in ids}
    assert read(picture(etree.tostring(root), elements=marks, flows=flows)).get("role") == "img"


def test_dangerous_or_broken_xml_is_refused() -> None:
    for data in (b"", b"<", b"\x89PNG", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        with pytest.raises(UnsafeXml):
            picture(data)


def test_lines_break_between_words_and_long_words_are_cut() -> None:
    assert wrap("Prendre rendez-vous", 90, 12) == ("Prendre", "rendez-vous")
    assert "".join(wrap("x" * 300, 50, 12)) == "x" * 300
    assert all(width(line, 12) <= 50 for line in wrap("x" * 300, 50, 12))
    assert fit("mot " * 200, 80, 40).lines[-1].endswith("…")
    assert width("é", 10) == width("e", 10)
    assert wrap("", 50, 12) == ()
