"""Changes that a designer makes to any file of a programme, drawn at random: each gives a file that reads."""

import copy
import json
import re
from collections.abc import Callable
from random import Random
from typing import Any, Final

from lxml import etree

from tests.merging_programme import NS, Files

B: Final = f"{{{NS['bpmn']}}}"
DMN: Final = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
TASKS: Final = ("userTask", "serviceTask", "callActivity", "businessRuleTask")
STEPS: Final = (*TASKS, "exclusiveGateway", "endEvent", "intermediateCatchEvent", "boundaryEvent")


def edited(files: Files, seed: int, count: int, mark: str) -> Files:
    """Return the files after ``count`` changes; ``mark`` is in each word that they write."""
    draw = Random(seed)  # noqa: S311  # changes, not secrets
    found = dict(files)
    for number in range(count):
        name = draw.choice(sorted(found))
        change = draw.choice(CHANGES[name.rpartition(".")[2]])
        data = change(found[name], draw, f"{mark}{number}")
        if data is not None:
            found[name] = data
    return found


# Diagrams


def _diagram(change: Callable[[Any, Random, str], bool]) -> Callable[[bytes, Random, str], bytes | None]:
    def made(data: bytes, draw: Random, word: str) -> bytes | None:
        root = etree.fromstring(data)
        if not change(root, draw, word):
            return None
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root) + b"\n"

    return made


def _some(root: Any, draw: Random, *kinds: str) -> Any:
    found = [node for kind in kinds for node in root.iter(f"{B}{kind}") if node.get("id")]
    return draw.choice(found) if found else None


def _rename(root: Any, draw: Random, word: str) -> bool:
    node = _some(root, draw, *STEPS, "sequenceFlow", "lane")
    if node is not None:
        node.set("name", f"Étape {word}")
    return node is not None


def _retype(root: Any, draw: Random, word: str) -> bool:
    node = _some(root, draw, "userTask", "manualTask", "exclusiveGateway", "inclusiveGateway")
    if node is None:
        return False
    other = {
        "userTask": "manualTask", "manualTask": "userTask", "exclusiveGateway": "inclusiveGateway",
        "inclusiveGateway": "exclusiveGateway",
    }  # fmt: skip
    node.tag = B + other[etree.QName(node).localname]
    return True


def _property(root: Any, draw: Random, word: str) -> bool:
    found = list(root.iter(f"{{{NS['spiff']}}}property"))
    if not found:
        return False
    node = draw.choice(found)
    if draw.random() < 0.3:
        node.getparent().remove(node)
    elif draw.random() < 0.5:
        twin = etree.SubElement(node.getparent(), node.tag, name=f"note_{word}", value=word)
        twin.tail = node.tail
    else:
        node.set("value", f'"{word}"')
    return True


def _words(root: Any, draw: Random, word: str) -> bool:
    found = [*root.iter(f"{B}documentation"), *root.iter(f"{B}conditionExpression")]
    if not found:
        return False
    node = draw.choice(found)
    node.text = f"fait == '{word}'" if node.tag.endswith("Expression") else f"Parce que {word}."
    return True


def _insert(root: Any, draw: Random, word: str) -> bool:
    flow = _some(root, draw, "sequenceFlow")
    if flow is None:
        return False
    key, out = f"ajout_{word}", f"ajout_{word}_suite"
    target = next(node for node in root.iter() if node.get("id") == flow.get("targetRef"))
    holder = flow.getparent()
    task = etree.SubElement(holder, f"{B}userTask", id=key, name=f"Ajout {word}")
    for tag, value in (("incoming", flow.get("id")), ("outgoing", out)):
        etree.SubElement(task, f"{B}{tag}").text = value
    etree.SubElement(holder, f"{B}sequenceFlow", id=out, sourceRef=key, targetRef=target.get("id"))
    flow.set("targetRef", key)
    for reference in target.findall(f"{B}incoming"):
        if reference.text == flow.get("id"):
            reference.text = out
    lane = _lane_of(root, target.get("id"))
    if lane is not None:
        etree.SubElement(lane, f"{B}flowNodeRef").text = key
    plane = next(root.iter(f"{{{NS['di']}}}BPMNPlane"), None)
    if plane is not None:
        shape = etree.SubElement(plane, f"{{{NS['di']}}}BPMNShape", id=f"{key}_di", bpmnElement=key)
        etree.SubElement(shape, f"{{{NS['dc']}}}Bounds", x="10", y="10", width="100", height="60")
        edge = etree.SubElement(plane, f"{{{NS['di']}}}BPMNEdge", id=f"{out}_di", bpmnElement=out)
        for x in ("10", "90"):
            etree.SubElement(edge, f"{{{NS['way']}}}waypoint", x=x, y="10")
    return True


def _delete(root: Any, draw: Random, word: str) -> bool:
    """Take out a step with one way in and one way out; what led to it leads on."""
    nodes = [
        node for kind in TASKS for node in root.iter(f"{B}{kind}")
        if len(node.findall(f"{B}incoming")) == 1 and len(node.findall(f"{B}outgoing")) == 1
        and not any(one.get("attachedToRef") == node.get("id") for one in root.iter())
    ]  # fmt: skip
    if not nodes:
        return False
    node = draw.choice(nodes)
    into, out = (node.findtext(f"{B}{tag}").strip() for tag in ("incoming", "outgoing"))
    flows = {one.get("id"): one for one in root.iter(f"{B}sequenceFlow")}
    if into not in flows or out not in flows or flows[out].get("targetRef") == flows[into].get("sourceRef"):
        return False
    target = next(one for one in root.iter() if one.get("id") == flows[out].get("targetRef"))
    flows[into].set("targetRef", target.get("id"))
    for reference in target.findall(f"{B}incoming"):
        if (reference.text or "").strip() == out:
            reference.text = into
    gone = {node.get("id"), out}
    for reference in [one for one in root.iter(f"{B}flowNodeRef") if (one.text or "").strip() in gone]:
        reference.getparent().remove(reference)
    for drawn in [one for one in root.iter() if one.get("bpmnElement") in gone]:
        drawn.getparent().remove(drawn)
    for one in (node, flows[out]):
        one.getparent().remove(one)
    return True


def _lane_of(root: Any, key: str) -> Any:
    return next(
        (one.getparent() for one in root.iter(f"{B}flowNodeRef") if (one.text or "").strip() == key), None
    )


def _other_lane(root: Any, draw: Random, word: str) -> bool:
    lanes, references = list(root.iter(f"{B}lane")), list(root.iter(f"{B}flowNodeRef"))
    if len(lanes) < 2 or not references:
        return False
    reference = draw.choice(references)
    draw.choice([lane for lane in lanes if lane is not reference.getparent()]).append(reference)
    return True


def _move(root: Any, draw: Random, word: str) -> bool:
    shapes = list(root.iter(f"{{{NS['dc']}}}Bounds"))
    if not shapes:
        return False
    shape = draw.choice(shapes)
    shape.set("x", str(draw.randrange(900)))
    return True


# Decision tables


def _table(change: Callable[[Any, Random, str], bool]) -> Callable[[bytes, Random, str], bytes | None]:
    return _diagram(change)


def _cell(root: Any, draw: Random, word: str) -> bool:
    cells = [one for kind in ("inputEntry", "outputEntry") for one in root.iter(f"{DMN}{kind}")]
    node = draw.choice(cells).find(f"{DMN}text") if cells else None
    if node is None:
        return False
    node.text = f'"{word}"'
    return True


def _label(root: Any, draw: Random, word: str) -> bool:
    columns = [*root.iter(f"{DMN}input"), *root.iter(f"{DMN}output")]
    draw.choice(columns).set("label", f"Colonne {word}")
    return True


def _add_rule(root: Any, draw: Random, word: str) -> bool:
    rules = list(root.iter(f"{DMN}rule"))
    if not rules:
        return False
    rule = draw.choice(rules)
    twin = copy.deepcopy(rule)
    for number, node in enumerate(twin.iter()):
        if node.get("id"):
            node.set("id", f"regle_{word}_{number}")
    rule.addnext(twin)
    return True


def _drop_rule(root: Any, draw: Random, word: str) -> bool:
    rules = list(root.iter(f"{DMN}rule"))
    if len(rules) < 3:
        return False
    rule = draw.choice(rules)
    rule.getparent().remove(rule)
    return True


def _swap_rules(root: Any, draw: Random, word: str) -> bool:
    rules = list(root.iter(f"{DMN}rule"))
    if len(rules) < 2:
        return False
    one, other = draw.sample(rules, 2)
    other.addnext(one)
    return True


# Forms


def _form(change: Callable[[Any, Random, str], bool]) -> Callable[[bytes, Random, str], bytes | None]:
    def made(data: bytes, draw: Random, word: str) -> bytes | None:
        tree = json.loads(data)
        if not change(tree, draw, word):
            return None
        return (json.dumps(tree, ensure_ascii=False, indent=2) + "\n").encode()

    return made


def _fields(tree: Any) -> list[Any]:
    holders = [tree, *(tree.get("rubriques") or [])]
    return [holder["champs"] for holder in holders if isinstance(holder, dict) and holder.get("champs")]


def _question(tree: Any, draw: Random, word: str) -> bool:
    field = draw.choice(draw.choice(_fields(tree)))
    field[draw.choice(("libelle", "aide"))] = f"Question {word}"
    return True


def _title(tree: Any, draw: Random, word: str) -> bool:
    tree["titre"] = f"Titre {word}"
    return True


def _other_type(tree: Any, draw: Random, word: str) -> bool:
    field = draw.choice(draw.choice(_fields(tree)))
    field["type"] = draw.choice(("texte", "texte_long", "oui_non", "date"))
    return True


def _add_field(tree: Any, draw: Random, word: str) -> bool:
    fields = draw.choice(_fields(tree))
    new = {"cle": f"champ_{word}", "type": "texte", "libelle": f"Champ {word}"}
    fields.insert(draw.randrange(len(fields) + 1), new)
    return True


def _drop_field(tree: Any, draw: Random, word: str) -> bool:
    fields = draw.choice(_fields(tree))
    if len(fields) < 3:
        return False
    fields.pop(draw.randrange(len(fields)))
    return True


def _move_field(tree: Any, draw: Random, word: str) -> bool:
    fields = draw.choice(_fields(tree))
    field = fields.pop(draw.randrange(len(fields)))
    fields.insert(draw.randrange(len(fields) + 1), field)
    return True


# Settings and texts


def _number(data: bytes, draw: Random, word: str) -> bytes | None:
    text = data.decode()
    places = [found.span(1) for found in re.finditer(r"(?m)^\w+ = (\d+)(?=\s|$)", text)]
    if not places:
        return None
    begin, end = draw.choice(places)
    return f"{text[:begin]}{draw.randrange(1, 400)}{text[end:]}".encode()


def _said(data: bytes, draw: Random, word: str) -> bytes | None:
    text = data.decode()
    places = [found.span(1) for found in re.finditer(r'(?m)^(?:libelle|nom) = "([^"\n]*)"', text)]
    if not places:
        return None
    begin, end = draw.choice(places)
    return f"{text[:begin]}Nom {word}{text[end:]}".encode()


def _section(data: bytes, draw: Random, word: str) -> bytes | None:
    return data.rstrip() + f'\n\n[regles_{word}]\nnote = "{word}"\n'.encode()


def _line(data: bytes, draw: Random, word: str) -> bytes | None:
    lines = data.decode().split("\n")
    if len(lines) < 4:
        return None
    place = draw.randrange(2, len(lines) - 1)
    if draw.random() < 0.3:
        lines.pop(place)
    elif draw.random() < 0.5:
        lines.insert(place, f"Une ligne de {word}.")
    else:
        lines[place] = f"Une autre ligne : {word}."
    return "\n".join(lines).encode()


Change = Callable[[bytes, Random, str], bytes | None]
CHANGES: Final[dict[str, tuple[Change, ...]]] = {
    "bpmn": tuple(
        _diagram(one)
        for one in (_rename, _retype, _property, _words, _insert, _insert, _delete, _other_lane, _move)
    ),
    "dmn": tuple(_table(one) for one in (_cell, _cell, _label, _add_rule, _drop_rule, _swap_rules)),
    "json": tuple(
        _form(one) for one in (_question, _title, _other_type, _add_field, _drop_field, _move_field)
    ),
    "toml": (_number, _said, _section),
    "txt": (_line,),
    "html": (_line,),
}
