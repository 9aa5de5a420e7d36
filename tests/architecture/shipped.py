"""The shipped diagrams as their files say, read without the engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

from app.catalog.bundle import Bundle, resolve
from app.decisions import DecisionTable, parse_decisions
from app.expressions import check

ROOT = Path(__file__).resolve().parents[2]
TERRITORIES = sorted(path.parent.name for path in (ROOT / "bpmn" / "territories").glob("*/territoire.toml"))
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
NODES = ("Event", "Gateway", "Task", "callActivity", "subProcess")


@dataclass(frozen=True)
class Diagram:
    """One file of a bundle."""

    name: str
    root: etree._Element

    @property
    def process(self) -> etree._Element:
        """Its only process."""
        (found,) = self.root.iter(f"{BPMN}process")
        return found

    def nodes(self, kind: str = "") -> list[etree._Element]:
        """The flow nodes, or those of one BPMN tag."""
        found = [item for item in self.process if etree.QName(item).localname.endswith(NODES)]
        return [item for item in found if not kind or item.tag == f"{BPMN}{kind}"]

    def flows(self) -> list[etree._Element]:
        """The sequence flows."""
        return list(self.process.iter(f"{BPMN}sequenceFlow"))

    def lanes(self) -> dict[str, list[str]]:
        """The nodes of each lane, by ids."""
        return {
            lane.get("id", ""): [ref.text or "" for ref in lane.iter(f"{BPMN}flowNodeRef")]
            for lane in self.process.iter(f"{BPMN}lane")
        }

    def properties(self, task: etree._Element) -> dict[str, str]:
        """A user task's own properties."""
        return {item.get("name", ""): item.get("value", "") for item in task.iter(f"{SPIFF}property")}

    def calls(self) -> Iterator[tuple[str, dict[str, str], str | None]]:
        """Each verb: its id, its parameters (expressions), the variable of its result."""
        for item in self.process.iter(f"{SPIFF}serviceTaskOperator"):
            given = {p.get("id", ""): p.get("value", "") for p in item.iter(f"{SPIFF}parameter")}
            yield item.get("id", ""), given, item.get("resultVariable")

    def texts(self, tag: str) -> list[str]:
        """The text of every element of a tag."""
        return [(item.text or "").strip() for item in self.process.iter(tag)]

    def conditions(self) -> list[str]:
        """The conditions on flows."""
        return self.texts(f"{BPMN}conditionExpression")

    def expressions(self) -> list[str]:
        """Every expression a step reads: conditions, parameters, deadlines, timers."""
        found = self.conditions() + self.texts(f"{BPMN}timeDate") + self.texts(f"{BPMN}timeDuration")
        found += [text for _, given, _ in self.calls() for text in given.values()]
        for task in self.nodes("userTask"):
            own = self.properties(task)
            found += [own[name] for name in ("delai", "rappel", "escalade") if name in own]
        return found


@cache
def bundle(code: str) -> Bundle:
    """A territory's shipped files."""
    return resolve(ROOT, code)


@cache
def diagrams(code: str) -> tuple[Diagram, ...]:
    """Its diagrams."""
    return tuple(Diagram(name, etree.fromstring(xml)) for name, xml in bundle(code).folder("bpmn").items())


@cache
def tables(code: str) -> dict[str, DecisionTable]:
    """Its decision tables, by id."""
    found: dict[str, DecisionTable] = {}
    for xml in bundle(code).folder("dmn").values():
        found |= parse_decisions(xml)
    return found


@cache
def names_read(code: str) -> frozenset[str]:
    """Every dotted name that a diagram, a table or a first value of a form of the territory reads."""
    found = [check(text) for diagram in diagrams(code) for text in diagram.expressions()]
    fields = [field for form in bundle(code).forms.values() for field in form.fields]
    found += [field.initial.other for field in fields if field.initial is not None]
    return frozenset().union(*found, *(table.reads for table in tables(code).values()))
