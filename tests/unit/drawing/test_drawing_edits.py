"""Diagrams changed in words: whole afterwards, drawn without overlap, and nothing else touched."""

import random

import pytest
from lxml import etree

from app import drawing
from app.catalog.bundle import bundle_from_files, resolve
from app.catalog.fingerprint import canonical_xml
from app.config import ROOT
from app.drawing import DrawingFault, Outline, Values, add_way, change, insert, outline, remove, remove_way
from app.drawing.file import NODES, File, local, tag
from app.drawing.layout import Layout
from app.drawing.ways import add_delay, lead
from app.engine import compile_programme

BUNDLES = {code: resolve(ROOT, code) for code in ("carene", "pas-de-calais")}
DIAGRAMS = {
    f"{code}/{name}": data.decode()
    for code, bundle in BUNDLES.items()
    for name, data in bundle.files.items()
    if name.startswith("bpmn/")
}
VALIDATION = DIAGRAMS["carene/bpmn/validation.bpmn"]
VISIT = DIAGRAMS["carene/bpmn/visite.bpmn"]
EVERY = pytest.mark.parametrize("name", sorted(DIAGRAMS))


def same(one: str, two: str) -> bool:
    return canonical_xml("a.bpmn", one.encode()) == canonical_xml("a.bpmn", two.encode())


def process_of(text: str) -> Outline:
    return outline(text)[0]


def whole(text: str) -> None:
    """Flows have both ends, ends name their flows, nodes have their lane and their box, none overlap."""
    file = File(text)
    layout = Layout(file)
    nodes = {node.get("id"): node for node in file.root.iter() if local(node) in NODES}
    for flow in file.root.iter(tag("sequenceFlow")):
        ident = flow.get("id")
        assert ident in [child.text for child in nodes[flow.get("sourceRef")].iterchildren(tag("outgoing"))]
        assert ident in [child.text for child in nodes[flow.get("targetRef")].iterchildren(tag("incoming"))]
        assert len(layout.line(ident or "")) >= 2, ident
    for ident, node in nodes.items():
        for side in ("incoming", "outgoing"):
            told = [child.text for child in node.iterchildren(tag(side))]
            assert len(told) == len(set(told))
            assert all(file.element(flow or "") is not None for flow in told)
        assert layout.box(ident or "") is not None, ident
    if any(True for _ in file.root.iter(tag("lane"))):
        outer = [node.get("id") for node in file.root.iter(tag("process")) for node in file.nodes(node)]
        assert [ident for ident in outer if file.lane_of(ident or "") is None] == []
    boxes = [
        (ident, layout.box(ident or ""))
        for ident, node in nodes.items()
        if local(node) not in ("boundaryEvent", "subProcess")
    ]
    for place, (ident, box) in enumerate(boxes):
        for other, second in boxes[place + 1 :]:
            assert box is None or second is None or not box.meets(second), (ident, other)


@EVERY
def test_an_element_told_what_it_says_already_leaves_the_file_as_it_is(name):
    text = DIAGRAMS[name]
    for step in process_of(text).steps:
        again = Values(
            name=step.name, documentation=step.documentation, lane=step.lane or None,
            properties=step.properties, instructions=step.instructions or None,
            decision=step.decision or None, called=step.called or None,
            parameters=step.parameters if step.verb else None, verb=step.verb or None,
            timer=step.timer, answers={way.id: way.name for way in step.ways},
            conditions={way.id: way.condition for way in step.ways},
        )  # fmt: skip
        assert change(text, step.id, again) == text, step.id


@EVERY
def test_a_step_put_into_any_flow_keeps_the_diagram_whole_and_taken_out_gives_the_same_route(name):
    text = DIAGRAMS[name]
    draw = random.Random(name)  # noqa: S311  # the same ways each time
    ways = [way for step in process_of(text).steps for way in step.ways]
    for way in draw.sample(ways, min(4, len(ways))):
        longer, ident = insert(
            text, way.id, draw.choice(["userTask", "serviceTask", "callActivity"]), "Vérifier encore"
        )
        whole(longer)
        assert len(process_of(longer).steps) == len(process_of(text).steps) + 1
        back = remove(longer, ident)
        whole(back)
        assert route(back) == route(text)


def route(text: str) -> list[object]:
    """The diagram without its drawing."""
    return sorted(
        (
            step.id,
            step.kind,
            step.name,
            step.lane,
            sorted((way.target, way.name, way.condition) for way in step.ways),
        )
        for step in process_of(text).steps
    )


@EVERY
def test_what_can_be_taken_out_leaves_a_whole_diagram_and_the_rest_says_why(name):
    text = DIAGRAMS[name]
    taken = 0
    for step in process_of(text).steps:
        try:
            shorter = remove(text, step.id)
        except DrawingFault as fault:
            assert fault.sentence.endswith(".")
            continue
        taken += 1
        whole(shorter)
        assert process_of(shorter).step(step.id) is None
    assert taken


def test_a_second_validation_runs():
    text, ident = insert(VALIDATION, process_of(VALIDATION).steps[0].ways[0].id, "userTask", "Relire à deux")
    assert ident == "relire_a_deux"
    lane = next(iter(process_of(text).lanes))
    text = change(
        text, ident,
        Values(lane=lane, properties={"formulaire": "validation", "delai": '"P14D"'}, documentation="Deux"),
    )  # fmt: skip
    whole(text)
    files = dict(BUNDLES["carene"].files)
    files["bpmn/validation.bpmn"] = text.encode()
    bundle = bundle_from_files(files)
    diagrams = {path: data for path, data in bundle.files.items() if path.startswith("bpmn/")}
    compile_programme(diagrams, bundle.fingerprint)
    step = process_of(text).step(ident)
    assert step is not None
    assert (step.lane, step.properties["delai"]) == (lane, '"P14D"')


def test_a_choice_comes_with_a_second_answer_that_ends():
    text, ident = insert(VISIT, process_of(VISIT).steps[0].ways[0].id, "exclusiveGateway", "Ménage joint ?")
    whole(text)
    step = process_of(text).step(ident)
    assert step is not None
    assert sorted(way.name for way in step.ways) == ["non", "oui"]
    more, way = add_way(text, ident, "plus tard", step.ways[0].target)
    whole(more)
    assert route(remove_way(more, way)) == route(text)
    only = next(step for step in process_of(VALIDATION).steps if len(step.ways) == 1)
    with pytest.raises(DrawingFault):
        remove_way(VALIDATION, only.ways[0].id)


def test_a_delay_hangs_on_a_step_and_can_be_taken_off():
    host = next(step for step in process_of(VISIT).steps if step.kind == "userTask")
    text, ident = add_delay(VISIT, host.id, "10 jours sans réponse", '"P10D"')
    whole(text)
    step = process_of(text).step(ident)
    assert step is not None
    assert (step.host, step.timer, step.interrupting) == (host.id, '"P10D"', False)
    assert route(remove(text, ident)) == route(VISIT)


def test_a_way_is_led_elsewhere_only_when_nothing_is_left_alone():
    steps = process_of(VISIT).steps
    joined = next(
        (way, other)
        for step in steps
        for way in step.ways
        for other in steps
        if other.kind == "endEvent" and way.target != other.id
        and sum(one.target == way.target for item in steps for one in item.ways) > 1
    )  # fmt: skip
    text = lead(VISIT, joined[0].id, joined[1].id)
    whole(text)
    alone = next(
        way
        for step in steps
        for way in step.ways
        if sum(one.target == way.target for item in steps for one in item.ways) == 1
    )
    with pytest.raises(DrawingFault):
        lead(VISIT, alone.id, joined[1].id)


def test_a_lane_changed_moves_the_shape_into_it():
    step = next(step for step in process_of(VISIT).steps if step.kind == "userTask")
    other = next(lane for lane in process_of(VISIT).lanes if lane != step.lane)
    text = change(VISIT, step.id, Values(lane=other))
    layout = Layout(File(text))
    box, frame = layout.box(step.id), layout.box(other)
    assert box is not None
    assert frame is not None
    assert frame.y <= box.y
    assert box.bottom <= frame.bottom
    assert same(change(text, step.id, Values(lane=other)), text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "pas du xml",
        "<a xmlns:xi='x'><xi:include/></a>",
    ],
)
def test_what_is_no_diagram_is_said_or_empty(text):
    try:
        assert outline(text) == ()
    except DrawingFault as fault:
        assert fault.sentence


@pytest.mark.parametrize("words", ["<script>", 'a" onload="x', "]]>", "&lt;", "é\u202fè", "a\nb"])
def test_a_name_is_a_text_whatever_it_holds(words):
    text, ident = insert(VISIT, process_of(VISIT).steps[0].ways[0].id, "userTask", words)
    step = process_of(text).step(ident)
    assert step is not None
    assert step.name == " ".join(words.split())
    etree.fromstring(text.encode())
    assert drawing.KINDS[step.kind]
