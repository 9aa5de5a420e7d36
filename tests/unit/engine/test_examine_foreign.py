"""Diagrams of other vendors, and diagrams spoilt at random: a verdict for each, never an error."""

import copy
import random
from pathlib import Path

import pytest
from lxml import etree

from app import engine
from tests.bpmn_builder import BPMN, process
from tests.engine_play import Caller

SHIPPED = sorted(Path(__file__).parents[3].joinpath("bpmn").rglob("*.bpmn"))
VENDORS = (
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:signavio="http://www.signavio.com" xmlns:bizagi="http://www.bizagi.com/bpmn20" '
    'xmlns:activiti="http://activiti.org/bpmn"'
)


def _foreign(inner: str, attributes: str = 'isExecutable="true"') -> list[tuple[str | None, str, str]]:
    found = engine.examine({"a.bpmn": _file(inner, attributes)})
    return [(item.element, item.code, item.severity) for item in found]


def _file(inner: str, attributes: str = "") -> bytes:
    process = f'<bpmn:process id="p" {attributes}>{inner}</bpmn:process>'
    return f'<bpmn:definitions xmlns:bpmn="{BPMN}" {VENDORS}>{process}</bpmn:definitions>'.encode()


def _own(inner: str) -> str:
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


def _between(step: str, element: str = "x") -> str:
    return (
        f'<bpmn:startEvent id="s"/>{step}<bpmn:endEvent id="e"/>'
        f'<bpmn:sequenceFlow id="f" sourceRef="s" targetRef="{element}"/>'
        f'<bpmn:sequenceFlow id="g" sourceRef="{element}" targetRef="e"/>'
    )


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ('<bpmn:userTask id="x" camunda:formKey="a.html"/>', ("x", "foreign-extension", "warning")),
        ('<bpmn:userTask id="x" activiti:assignee="marie"/>', ("x", "foreign-extension", "warning")),
        (
            f'<bpmn:userTask id="x">{_own("<zeebe:ioMapping/>")}</bpmn:userTask>',
            ("x", "foreign-extension", "warning"),
        ),
        ('<bpmn:serviceTask id="x" camunda:class="org.Relance"/>', ("x", "no-operation", "error")),
        ('<bpmn:serviceTask id="x" camunda:expression="${a.b()}"/>', ("x", "no-operation", "error")),
        ('<bpmn:businessRuleTask id="x" camunda:decisionRef="regles"/>', ("x", "no-decision", "error")),
        ('<bpmn:scriptTask id="x" scriptFormat="groovy"><bpmn:script>1</bpmn:script></bpmn:scriptTask>',
         ("x", "script", "error")),
    ],
)  # fmt: skip
def test_what_another_vendors_setting_would_do_is_said_once_with_what_to_use(
    step: str, expected: tuple[str, str, str]
) -> None:
    assert _foreign(_between(step)) == [expected]


def test_the_advice_names_what_relais_has_instead() -> None:
    step = '<bpmn:userTask id="x" camunda:formKey="a" camunda:candidateGroups="b" camunda:dueDate="c"/>'
    (found,) = engine.examine({"a.bpmn": _file(_between(step))})
    for words in ("« camunda:formKey »", "« formulaire »", "couloir", "« delai »"):
        assert words in found.cause


def test_what_only_concerns_a_vendors_own_tools_is_left_in_peace() -> None:
    own = _own('<signavio:signavioMetaData metaKey="bgcolor"/><bizagi:BizagiExtensions/>')
    step = f'<bpmn:userTask id="x" camunda:asyncBefore="true">{own}</bpmn:userTask>'
    assert _foreign(_between(step), 'isExecutable="true" camunda:historyTimeToLive="30"') == []


def test_a_drawing_never_meant_to_run_tells_all_that_it_lacks() -> None:
    drawn = '<bpmn:userTask/><bpmn:serviceTask id="x"/><bpmn:sequenceFlow id="f" sourceRef="x"/>'
    found = _foreign(drawn, 'isExecutable="false"')
    assert sorted(code for _, code, _ in found) == [
        "broken-flow",
        "missing-id",
        "no-operation",
        "not-executable",
        "start-count",
    ]


@pytest.mark.parametrize(
    "inner",
    [
        "<process/>",
        '<process id="p"><startEvent/><sequenceFlow/></process>',
        '<message/><signal/><error/><escalation/><process id="p"/>',
        "<collaboration><participant/></collaboration>",
        '<process id="p"/><process id="p"/>',
        '<?pi x?><!-- y --><process id="p"><!-- z --><startEvent id="s"/></process>',
    ],
)
def test_a_file_that_says_next_to_nothing_gets_a_verdict(inner: str) -> None:
    for found in engine.examine({"a.bpmn": f'<definitions xmlns="{BPMN}">{inner}</definitions>'.encode()}):
        assert found.code != "unreadable"
        assert found.cause


def test_what_only_the_compiler_sees_comes_back_as_a_finding() -> None:
    unnamed = "<spiffworkflow:taskMetadataValue/>"
    inner = f"<spiffworkflow:taskMetadataValues>{unnamed}</spiffworkflow:taskMetadataValues>"
    broken = {"a.bpmn": process().user("agir", f"<extensionElements>{inner}</extensionElements>").end().xml()}
    assert [(found.element, found.code) for found in engine.examine(broken)] == [
        ("agir", "forbidden-element")
    ]
    with pytest.raises(engine.ProgrammeFault) as caught:
        engine.compile_fresh(broken, "casse")
    assert (caught.value.file, caught.value.element) == ("a.bpmn", "agir")


TAGS = (
    "task",
    "userTask",
    "subProcess",
    "startEvent",
    "boundaryEvent",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "receiveTask",
    "intermediateCatchEvent",
    "callActivity",
    "multiInstanceLoopCharacteristics",
    "process",
    "laneSet",
    "timerEventDefinition",
    "dataStoreReference",
)
TEXTS = ("", "End", "typename", "1", "true", "R3/P1D", '"P1.5M"', "a b", "${x}", "None", "'a", "x" * 3000)
NAMES = ("id", "sourceRef", "targetRef", "attachedToRef", "default", "calledElement", "triggeredByEvent")


def _spoil(root: etree._Element, dice: random.Random) -> None:
    elements = [node for node in root.iter() if isinstance(node.tag, str)]
    for _ in range(dice.choice((1, 1, 2, 4))):
        node, other = dice.choice(elements), dice.choice(elements)
        parent, act = node.getparent(), dice.randrange(6)
        if act == 0 and parent is not None and parent is not root:
            parent.remove(node)
        elif act == 1 and node.attrib:
            del node.attrib[dice.choice(sorted(node.attrib))]
        elif act == 2:
            node.set(dice.choice(NAMES), dice.choice((*TEXTS, other.get("id") or "")))
        elif act == 3 and node is not root:
            node.tag = f"{{{BPMN}}}{dice.choice(TAGS)}"
        elif act == 4:
            node.text = dice.choice(TEXTS)
        else:
            other.append(copy.deepcopy(node))


def test_spoilt_diagrams_are_judged_and_what_is_accepted_compiles_and_starts() -> None:
    dice = random.Random(20261122)  # noqa: S311 - the same spoilt files each time
    roots = {path.name: etree.fromstring(path.read_bytes()) for path in SHIPPED}
    judged = 0
    for _ in range(40):
        name = dice.choice(sorted(roots))
        root = copy.deepcopy(roots[name])
        _spoil(root, dice)
        spoilt = {name: etree.tostring(root)}
        found = engine.examine(spoilt, whole=False)
        assert all(item.cause.endswith((".", ")")) and item.code != "unreadable" for item in found)
        if any(item.severity == "error" for item in found):
            judged += 1
        else:
            _starts({path.name: path.read_bytes() for path in SHIPPED} | spoilt)
    assert 0 < judged < 40


def _starts(files: dict[str, bytes]) -> None:
    if any(item.severity == "error" for item in engine.examine(files)):
        return  # it calls or hides another file's process
    programme = engine.compile_fresh(files, "gâté")
    for process_id in engine.process_ids(programme):
        try:
            engine.start(programme, process_id, {}, Caller())
        except engine.StepFault as fault:
            assert fault.element
