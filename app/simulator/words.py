"""How people call what a result counts: the names of a release's processes, steps, flows, roles, rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from babel.dates import format_date

from app.catalog.bundle import Bundle
from app.decisions import DecisionTable, parse_decisions
from app.engine import Described, Outgoing, compile_programme, describe, process_ids
from app.expressions.safe_xml import parse_xml

NARROW: Final = "\u202f"
NO_BREAK: Final = "\u00a0"
_HOURS_A_DAY: Final = 24
_PROCESS: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}process"
_KINDS: Final = {
    "startEvent": "début",
    "endEvent": "fin",
    "userTask": "à faire",
    "manualTask": "à faire",
    "serviceTask": "automatique",
    "sendTask": "automatique",
    "receiveTask": "attente",
    "businessRuleTask": "règle",
    "callActivity": "autre diagramme",
    "subProcess": "étapes regroupées",
    "boundaryEvent": "échéance ou événement",
    "intermediateCatchEvent": "attente",
    "intermediateThrowEvent": "envoi",
}


@dataclass(frozen=True)
class Diagram:
    """One process of a release: its id, its name, the file that draws it, its elements in order."""

    process: str
    name: str
    file: bytes
    elements: tuple[Described, ...]


class Words:
    """The names of one release.

    Raises:
        BundleFault, ProgrammeFault, DecisionFault: a file cannot be read.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        diagrams = {name: content for name, content in bundle.files.items() if name.startswith("bpmn/")}
        self._programme = compile_programme(diagrams, bundle.fingerprint)
        self._names = process_ids(self._programme)
        self._elements = {
            f"{process}/{item.element}": item
            for process in self._names
            for item in describe(self._programme, process)
        }

    @property
    def territory(self) -> str:
        """The territory's name."""
        return self.bundle.settings.name

    @cached_property
    def diagrams(self) -> tuple[Diagram, ...]:
        """The diagrams in the order in which a case meets them, then those started otherwise."""
        files = {
            str(node.get("id")): content
            for name, content in self.bundle.files.items()
            if name.startswith("bpmn/")
            for node in parse_xml(content).iter(_PROCESS)
        }
        return tuple(
            Diagram(process, self._names[process], files[process], describe(self._programme, process))
            for process in self._in_order()
        )

    def _in_order(self) -> Iterator[str]:
        entry = self.bundle.settings.entry
        queue = [entry.process] if entry else []
        queue += [scheduled.process for scheduled in self.bundle.settings.schedule]
        queue += [act.process for act in self.bundle.settings.acts.values()]
        queue += sorted(self._names)
        seen: set[str] = set()
        while queue:
            process = queue.pop(0)
            if process in seen or process not in self._names:
                continue
            seen.add(process)
            yield process
            called = [item.called for item in describe(self._programme, process) if item.called]
            queue[:0] = called

    def process(self, process: str) -> str:
        """Return what a process is called."""
        return self._names.get(process, process)

    def element(self, key: str) -> Described | None:
        """Return what is known of ``process/element``."""
        return self._elements.get(key)

    def step(self, key: str) -> str:
        """Return what a step is called, by ``process/element``."""
        found = self._elements.get(key)
        return found.name if found else key.rpartition("/")[2]

    def where(self, key: str) -> str:
        """Return a step with its diagram: « Réaliser la visite » (Visite à domicile)."""
        return f"«{NO_BREAK}{self.step(key)}{NO_BREAK}» ({self.process(key.partition('/')[0])})"

    def steps(self) -> list[str]:
        """Return the steps that people do, in the order of the route."""
        return [
            f"{diagram.process}/{item.element}"
            for diagram in self.diagrams
            for item in diagram.elements
            if item.form or item.kind in ("userTask", "manualTask")
        ]

    def kind(self, item: Described) -> str:
        """Return what kind of element it is, in a word."""
        if item.kind == "boundaryEvent" and item.event == "timer":
            return "échéance"
        if item.kind.endswith("Gateway"):
            return "choix" if item.kind != "parallelGateway" else "en parallèle"
        return _KINDS.get(item.kind, "")

    @cached_property
    def _flows(self) -> Mapping[str, tuple[Described, Outgoing]]:
        return {
            f"{diagram.process}/{flow.flow}": (item, flow)
            for diagram in self.diagrams
            for item in diagram.elements
            for flow in item.outgoing
        }

    def flow(self, key: str) -> str:
        """Return a flow as a sentence: après « Visite réalisée ? », « non » vers « Ménage absent ? »."""
        found = self._flows.get(key)
        if found is None:
            return key
        item, flow = found
        process = key.partition("/")[0]
        target = self._elements.get(f"{process}/{flow.target}")
        led = f"«{NO_BREAK}{target.name if target else flow.target}{NO_BREAK}»"
        answer = f"«{NO_BREAK}{flow.label}{NO_BREAK}» vers" if flow.label else "vers"
        return f"après «{NO_BREAK}{item.name}{NO_BREAK}», {answer} {led} ({self.process(process)})"

    def role(self, role: str) -> str:
        """Return what a role is called."""
        found = self.bundle.settings.roles.get(role)
        return found.label if found else role

    def expense(self, nature: str) -> str:
        """Return what a nature of expense is called."""
        found = self.bundle.settings.money.natures.get(nature)
        return found.label if found else nature

    @cached_property
    def _tables(self) -> Mapping[str, DecisionTable]:
        tables: dict[str, DecisionTable] = {}
        for name, content in self.bundle.files.items():
            if name.startswith("dmn/"):
                tables |= parse_decisions(content)
        return tables

    def decision(self, decision: str) -> str:
        """Return what a decision table is called."""
        found = self._tables.get(decision)
        return found.name if found else decision

    def rules(self, decision: str) -> list[tuple[str, str]]:
        """Return the rules of a table: number and what its author wrote of it."""
        found = self._tables.get(decision)
        return [(str(rule.number), rule.annotation) for rule in found.rules] if found else []

    def closure(self, reason: str) -> str:
        """Return a reason for closing as the forms or the indicators put it, else its own words."""
        for form in self.bundle.forms.values():
            for field in form.fields:
                for option in field.options:
                    if option.value == reason:
                        return option.label
        for dimension in self.bundle.indicators.dimensions.values():
            if reason in dimension.labels:
                return dimension.labels[reason]
        return reason.replace("_", " ").capitalize() or "sans motif"


def rule_name(rule: str) -> str:
    """Write which rules of a table matched: « règle 2 », « règles 2 et 5 », « valeur par défaut »."""
    numbers = rule.split("+") if rule else []
    if len(numbers) < 2:
        return f"règle {rule}" if numbers else "valeur par défaut"
    return f"règles {', '.join(numbers[:-1])} et {numbers[-1]}"


def number(value: float, digits: int = 0) -> str:
    """Write a number as in France: 1 234,5."""
    written = f"{value:,.{digits}f}".replace(",", NARROW).replace(".", ",")
    return written.replace("-", "−")


def counted(value: float, one: str, many: str | None = None) -> str:
    """Write a count with its noun: « 1 étape », « 12 étapes »; French makes plurals from two on."""
    return f"{number(value)}{NO_BREAK}{one if abs(value) < 2 else many or one + 's'}"


def days(value: float) -> str:
    """Write a length of days: « 6 jours », « 2,5 jours », « moins d'une heure »."""
    if abs(value) * _HOURS_A_DAY < 1:
        return "moins d'une heure"
    hours = round(abs(value) * 24)
    if hours < _HOURS_A_DAY:
        return counted(max(1, hours), "heure")
    digits = 1 if abs(value) < 10 and round(value, 1) % 1 else 0
    noun = "jour" if abs(round(value, digits)) < 2 else "jours"
    return f"{number(value, digits)}{NO_BREAK}{noun}"


def share(part: float, whole: float) -> str:
    """Write a share: « 12 % »; what is not nothing is never written 0 %."""
    if not whole:
        return ""
    value = 100 * part / whole
    return f"<{NARROW}1{NARROW}%" if 0 < value < 1 else f"{number(value)}{NARROW}%"


def month(text: str) -> str:
    """Write « 2026-03 » as « mars 2026 »."""
    return str(format_date(date.fromisoformat(f"{text}-01"), "MMMM y", locale="fr"))


def short_month(text: str) -> str:
    """Write « 2026-03 » as « mars »."""
    return str(format_date(date.fromisoformat(f"{text}-01"), "MMM", locale="fr"))


def day(value: date) -> str:
    """Write a date in full: « 15 janvier 2026 »."""
    said = str(format_date(value, "d MMMM y", locale="fr"))
    return said.replace("1 ", "1er ", 1) if value.day == 1 else said
