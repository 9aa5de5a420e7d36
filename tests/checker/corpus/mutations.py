"""Damage done to files at random: bytes, trees, values, expressions; the same for the same seed."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from lxml import etree

from tests.unit.expressions.hostile import hostile_texts

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
TAGS = (
    "task", "userTask", "serviceTask", "scriptTask", "businessRuleTask", "callActivity", "subProcess",
    "transaction", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
    "complexGateway", "startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent",
    "intermediateThrowEvent", "sequenceFlow", "timerEventDefinition", "messageEventDefinition",
    "signalEventDefinition", "errorEventDefinition", "conditionalEventDefinition", "conditionExpression",
    "timeDuration", "timeDate", "timeCycle", "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics", "loopCardinality", "loopDataInputRef", "completionCondition", "laneSet",
    "lane", "flowNodeRef", "process", "collaboration", "participant", "message", "definitions",
    "dataObject", "ioSpecification", "extensionElements", "documentation", "textAnnotation",
)  # fmt: skip
ATTRIBUTES = (
    "id", "name", "sourceRef", "targetRef", "default", "attachedToRef", "calledElement", "isExecutable",
    "messageRef", "processRef", "cancelActivity", "triggeredByEvent", "value", "x", "y", "width", "hitPolicy",
    "bpmnElement", "resultVariable", "isSequential", "loopMaximum", "gatewayDirection",
)  # fmt: skip
ODD = (
    "", " ", "\u202e", "é" * 50, "𝕊", "\ufffd", "a" * 3000, "-1", "0", "1e999", "9" * 400, "NaN",
    "null", "true", "../..", "a b", "1a", "typename", "__class__", "Start", "End", "%s%n{0}", "«»",
    "\u2028", "a.b.c.d.e", ".",
)  # fmt: skip
_LEAVES = (
    "appel.issue", "visite.pieces", "reglages.appels_max", "signalement.revenus", "confort.avis", "x",
    "ancre", "1", "0", "-3.5", "1e400", "'fixe'", '"P3D"', "P3D", "true", "null", "None", "[]", "[1, 2]",
    "aujourdhui()", "jours_ouvres(3)", "len(visite.pieces)", "date('2026-01-31')", "?", "piece",
)  # fmt: skip
_FORMS = (
    "{a} and {b}", "{a} or {b}", "not {a}", "{a} == {b}", "{a} != {b}", "{a} < {b}", "{a} >= {b}",
    "{a} + {b}", "{a} * {b}", "{a} / {b}", "{a} % {b}", "{a} in {b}", "{a} if {b} else {a}", "({a})",
    "[{a}, {b}]", "len({a})", "max({a}, {b})", "present({a})", "jours_entre({a}, {b})",
    "mois_apres({a}, {b})", "dans({a})", "{a}[{b}]", "{a}.{b}", "[{a}..{b}]", "]{a}..{b}[",
    "not({a}, {b})", "{a}, {b}", "{a}({b})", "{a}**{b}", "{a} = {b}", "{{{{ {a} }}}}", "{{% {a} %}}", "-{a}",
    "{a} is {b}",
)  # fmt: skip
_HOSTILE = tuple(text for text in hostile_texts() if len(text) < 10_000)

Draw = random.Random
Damage = Callable[[bytes, Draw], bytes]


def an_expression(rng: Draw, depth: int = 0) -> str:
    """A text of the language, or nearly."""
    if rng.random() < 0.08:
        return rng.choice(_HOSTILE)
    if depth > 3 or rng.random() < 0.3:
        return rng.choice(_LEAVES)
    form = rng.choice(_FORMS)
    return form.format(a=an_expression(rng, depth + 1), b=an_expression(rng, depth + 1))


def a_text(rng: Draw) -> str:
    """Any text: an expression, an odd one, letters of the whole of Unicode."""
    kind = rng.random()
    if kind < 0.5:
        return an_expression(rng)
    if kind < 0.8:
        return rng.choice(ODD)
    return "".join(
        chr(rng.choice((rng.randrange(32, 127), rng.randrange(160, 0xD7FF))))
        for _ in range(rng.randrange(30))
    )


def _flip(data: bytes, rng: Draw) -> bytes:
    changed = bytearray(data or b"x")
    for _ in range(rng.randrange(1, 9)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(data: bytes, rng: Draw) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _hole(data: bytes, rng: Draw) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randrange(200) :]


def _repeat(data: bytes, rng: Draw) -> bytes:
    start = rng.randrange(len(data) + 1)
    piece = data[start : start + rng.randrange(1, 300)]
    return data[:start] + piece * rng.randrange(2, 6) + data[start:]


def _insert(data: bytes, rng: Draw) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + a_text(rng).encode("utf-8", "replace") + data[start:]


def _swap_lines(data: bytes, rng: Draw) -> bytes:
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _encode(data: bytes, rng: Draw) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "utf-32", "latin-1", "utf-8-sig", "utf-7", "cp037")), "replace")


def _bury(data: bytes, rng: Draw) -> bytes:
    start = rng.randrange(len(data) + 1)
    return (
        data[:start]
        + rng.choice((b"[", b"(", b'{"a":', b"<a>", b"{{ ")) * rng.choice((30, 50_000))
        + data[start:]
    )


BYTES: tuple[Damage, ...] = (_bury, _flip, _cut, _hole, _repeat, _insert, _swap_lines, _encode)


def _on_tree(data: bytes, rng: Draw, act: Callable[[list[Any], Draw], None]) -> bytes:
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return _flip(data, rng)
    nodes = [node for node in root.iter() if isinstance(node.tag, str)]
    try:
        act(nodes, rng)
    except (ValueError, TypeError, AttributeError, IndexError):  # what XML cannot hold, or nothing to change
        return _insert(data, rng)
    return bytes(etree.tostring(root))


def _delete(nodes: list[Any], rng: Draw) -> None:
    node = rng.choice(nodes[1:])
    node.getparent().remove(node)


def _duplicate(nodes: list[Any], rng: Draw) -> None:
    node = rng.choice(nodes[1:])
    for _ in range(rng.choice((1, 1, 1, 2, 20))):
        node.addnext(copy.deepcopy(node))


def _move(nodes: list[Any], rng: Draw) -> None:
    node, into = rng.choice(nodes[1:]), rng.choice(nodes)
    into.append(node)


def _rename(nodes: list[Any], rng: Draw) -> None:
    rng.choice(nodes).tag = rng.choice((BPMN, BPMN, BPMN, SPIFF, "")) + rng.choice(TAGS)


def _swap_values(nodes: list[Any], rng: Draw) -> None:
    name = rng.choice(("id", "id", "sourceRef", "targetRef", "value", "bpmnElement", "name"))
    holders = [node for node in nodes if node.get(name) is not None]
    one, other = rng.choice(holders or nodes), rng.choice(holders or nodes)
    mine, yours = one.get(name, ""), other.get(name, "")
    one.set(name, yours)
    other.set(name, mine)


def _set(nodes: list[Any], rng: Draw) -> None:
    node = rng.choice(nodes)
    name = rng.choice([*node.attrib, rng.choice(ATTRIBUTES)])
    other = rng.choice(nodes)
    node.set(name, rng.choice((a_text(rng), rng.choice(list(other.attrib.values()) or ["x"]))))


def _unset(nodes: list[Any], rng: Draw) -> None:
    node = rng.choice([node for node in nodes if node.attrib])
    del node.attrib[rng.choice(list(node.attrib))]


def _write(nodes: list[Any], rng: Draw) -> None:
    texts = [node for node in nodes if (node.text or "").strip()]
    rng.choice(texts or nodes).text = a_text(rng)


def _nest(nodes: list[Any], rng: Draw) -> None:
    node = rng.choice(nodes[1:])
    for _ in range(rng.choice((1, 5, 150))):
        inner = copy.deepcopy(node) if len(node) < 3 else etree.Element(node.tag)
        node.append(inner)
        node = inner


_ACTS = (_delete, _duplicate, _move, _rename, _swap_values, _set, _set, _unset, _write, _write, _write, _nest)


def damaged_xml(data: bytes, rng: Draw) -> bytes:
    """A diagram or a table with one thing changed in its tree."""
    return _on_tree(data, rng, rng.choice(_ACTS))


def _value(rng: Draw) -> Any:
    deep: Any = 1
    for _ in range(rng.choice((3, 60, 300))):
        deep = [deep] if rng.random() < 0.5 else {"champs": deep}
    return rng.choice(
        (
            None,
            True,
            -1,
            0,
            10**400,
            1.5,
            1e308,
            "",
            [],
            {},
            deep,
            a_text(rng),
            [a_text(rng)],
            {"type": a_text(rng)},
        )
    )


def _places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        found.append((value, key))
        _places(inner, found)
    return found


def damaged_json(data: bytes, rng: Draw) -> bytes:
    """A form with one value changed, dropped, moved or repeated."""
    try:
        parsed = json.loads(data)
        places = _places(parsed, [])
        if not places:
            return json.dumps(_value(rng)).encode()
        _change(rng.choice(places), rng.choice(places), rng)
        return json.dumps(parsed, ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return _flip(data, rng)


def _change(here: tuple[Any, Any], there: tuple[Any, Any], rng: Draw) -> None:
    (holder, key), (other, place) = here, there
    kind = rng.randrange(5)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        holder[key] = json.loads(json.dumps(other[place]))
    elif kind == 2 and isinstance(holder, dict):
        holder[a_text(rng)] = holder.pop(key)
    elif kind == 3 and isinstance(holder, list):
        text = json.dumps(holder[key])
        holder.extend(json.loads(text) for _ in range(rng.choice((1, 40))))
    else:
        holder[key] = _value(rng)


def damaged_lines(data: bytes, rng: Draw) -> bytes:
    """Settings or a template with one line changed."""
    lines = data.decode("utf-8", "replace").split("\n")
    place = rng.randrange(len(lines))
    key, _, _ = lines[place].partition("=")
    day = f"2026-{rng.randrange(99)}-{rng.randrange(99)}"
    lines[place] = rng.choice(
        (
            "",
            f"{key}= {a_text(rng)}",
            f"{key}= {json.dumps(_value(rng), default=str)}",
            "[" * rng.choice((2, 500)),
            f"{lines[place]}\n{lines[place]}",
            f"{lines[place]} {{{{ {an_expression(rng)} }}}}",
            a_text(rng),
            f"[{a_text(rng)}]",
            f"{key}= {day}",
            f"{key}= {10**500}",
        )
    )
    return "\n".join(lines).encode("utf-8", "replace")


def damaged(path: str, data: bytes, rng: Draw) -> bytes:
    """The content of a file after one to three accidents that suit its kind."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        if rng.random() < 0.2:
            data = rng.choice(BYTES)(data, rng)
        elif path.endswith((".bpmn", ".dmn")):
            data = damaged_xml(data, rng)
        elif path.endswith(".json"):
            data = damaged_json(data, rng)
        else:
            data = damaged_lines(data, rng)
    return data
