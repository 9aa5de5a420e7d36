"""The handbook of a release: what its diagrams, forms, rules and settings say, in words and in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from app.catalog.bundle import Bundle
from app.catalog.durations import duration
from app.catalog.forms import Form
from app.decisions import DecisionTable, parse_decisions
from app.engine import Described
from app.expressions.safe_xml import parse_xml
from app.simulator.words import Diagram, Words

_DELAYS: Final = (
    ("delai", "à faire en {}"),
    ("rappel", "rappel après {}"),
    ("escalade", "retard signalé {} après l'échéance"),
    ("manquement", "manquement {} après l'échéance"),
    ("frequence", "au moins {}"),
    ("timer", "au bout de {}"),
)
_BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_DONE: Final = ("userTask", "manualTask", "serviceTask", "sendTask", "businessRuleTask", "callActivity")
_ASKED_FOR: Final = "Commence de lui-même, quand un autre parcours le demande."
_BY_RULE: Final = "calculée par le diagramme"


@dataclass(frozen=True)
class Step:
    """One element of a diagram as the handbook tells it.

    ``number`` is its place in the chapter (« 3.2 »), empty for what only happens; ``ways`` say where it
    leads when that is not simply the next line.
    """

    number: str
    name: str
    kind: str
    who: str
    why: str
    form: str
    delays: tuple[str, ...]
    ways: tuple[str, ...]
    aside: bool = False


@dataclass(frozen=True)
class Chapter:
    """One process: why it exists, its drawing, its steps in the order in which they come."""

    number: int
    process: str
    name: str
    why: str
    starts: str
    drawing: bytes
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Deadline:
    """What a step must keep: due, reminded, told as late, broken; each in words, empty when it has none."""

    step: str
    chapter: str
    who: str
    due: str
    remind: str
    escalate: str
    broken: str


@dataclass(frozen=True)
class Asked:
    """A form with the steps that show it."""

    form: Form
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """A message or a document of the programme: its title, and what it says when it is a message."""

    id: str
    title: str
    body: str = ""


@dataclass(frozen=True)
class Handbook:
    """All that a handbook tells, in its order; ``Bundle`` gives the rest as it stands."""

    bundle: Bundle
    chapters: tuple[Chapter, ...]
    deadlines: tuple[Deadline, ...]
    forms: tuple[Asked, ...]
    tables: tuple[DecisionTable, ...]
    messages: tuple[Text, ...]
    documents: tuple[Text, ...]
    duties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def handbook(bundle: Bundle) -> Handbook:
    """Read a release as a handbook.

    Raises:
        BundleFault, ProgrammeFault, DecisionFault: a file cannot be read.
    """
    reading = _Reading(bundle)
    tables = [
        table
        for path, data in bundle.files.items()
        if path.startswith("dmn/")
        for table in parse_decisions(data).values()
    ]
    return Handbook(
        bundle=bundle,
        chapters=reading.chapters,
        deadlines=tuple(reading.deadlines()),
        forms=tuple(reading.asked()),
        tables=tuple(sorted(tables, key=lambda table: table.name)),
        messages=tuple(_message(name, data) for name, data in bundle.folder("messages").items()),
        documents=tuple(_document(name, data) for name, data in bundle.folder("documents").items()),
        duties=reading.duties(),
    )


class _Reading:
    """What the diagrams say, read once."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.words = Words(bundle)

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        return tuple(
            Chapter(
                number=number,
                process=diagram.process,
                name=diagram.name,
                why=_documentation(diagram),
                starts=self._starts(diagram.process),
                drawing=diagram.file,
                steps=tuple(self._steps(number, diagram)),
            )
            for number, diagram in enumerate(self.words.diagrams, 1)
        )

    def _starts(self, process: str) -> str:
        settings = self.bundle.settings
        if settings.entry is not None and settings.entry.process == process:
            return "Commence à chaque signalement."
        if any(planned.process == process for planned in settings.schedule):
            return "Revient à dates fixes, pour tout le territoire."
        acts = [act.label for act in settings.acts.values() if act.process == process]
        if acts:
            return f"Se commence à la main : {_quoted(acts)}."
        callers = [
            diagram.name
            for diagram in self.words.diagrams
            if any(item.called == process for item in diagram.elements)
        ]
        return f"Fait partie de : {_quoted(callers)}." if callers else _ASKED_FOR

    def _steps(self, number: int, diagram: Diagram) -> Iterator[Step]:
        names = {item.element: item.name for item in diagram.elements}
        rank = 0
        shown = [item for item in diagram.elements if _told(item)]
        for place, item in enumerate(shown):
            done = item.kind in _DONE
            rank += done
            following = shown[place + 1].element if place + 1 < len(shown) else None
            host = names.get(item.attached_to or "")
            yield Step(
                number=f"{number}.{rank}" if done else "",
                name=item.name,
                kind=f"pendant « {host} »" if host else self.words.kind(item),
                who=item.lane_name or "",
                why=item.documentation or "",
                form=self._form(item.form),
                delays=tuple(told for kind, pattern in _DELAYS if (told := _delay(item, kind, pattern))),
                ways=tuple(_ways(item, names, following)),
                aside=bool(host),
            )

    def _form(self, form: str | None) -> str:
        found = self.bundle.forms.get(form or "")
        return found.title if found is not None else ""

    def deadlines(self) -> Iterator[Deadline]:
        for diagram in self.words.diagrams:
            for item in diagram.elements:
                if not any(item.delays.get(kind) for kind in ("delai", "rappel", "escalade", "manquement")):
                    continue
                said = {kind: _said(item.delays.get(kind)) for kind, _ in _DELAYS}
                yield Deadline(
                    step=item.name,
                    chapter=diagram.name,
                    who=item.lane_name or "",
                    due=said["delai"],
                    remind=said["rappel"],
                    escalate=said["escalade"],
                    broken=said["manquement"],
                )

    def asked(self) -> Iterator[Asked]:
        steps: dict[str, list[str]] = {}
        for diagram in self.words.diagrams:
            for item in diagram.elements:
                if item.form:
                    steps.setdefault(item.form, []).append(f"{item.name} ({diagram.name})")
        for form in sorted(self.bundle.forms.values(), key=lambda form: form.title):
            yield Asked(form, tuple(dict.fromkeys(steps.get(form.id, ()))))

    def duties(self) -> dict[str, tuple[str, ...]]:
        """Return role → the steps its people do."""
        lanes: dict[str, list[str]] = {}
        for diagram in self.words.diagrams:
            for item in diagram.elements:
                if item.form and item.lane:
                    lanes.setdefault(item.lane, []).append(item.name)
        return {
            role: tuple(
                dict.fromkeys(
                    step
                    for lane in self.bundle.settings.lanes.values()
                    if role in lane.roles
                    for step in lanes.get(lane.id, ())
                )
            )
            for role in self.bundle.settings.roles
        }


def _told(item: Described) -> bool:
    """A gateway that only joins says nothing to people."""
    return not (item.kind.endswith("Gateway") and len(item.outgoing) < 2)


def _ways(item: Described, names: Mapping[str, str], following: str | None) -> Iterator[str]:
    for flow in item.outgoing:
        target = names.get(flow.target, flow.target)
        if flow.label:
            yield f"{flow.label} : « {target} »"
        elif len(item.outgoing) > 1 or flow.target != following:
            yield f"puis « {target} »"


def _delay(item: Described, kind: str, pattern: str) -> str:
    text = item.delays.get(kind)
    if not text:
        return ""
    if kind == "frequence":
        return pattern.format(text)
    words = duration(text)
    if words is None:
        return {"delai": "échéance calculée", "timer": "à une date calculée"}.get(kind, "")
    return (
        pattern.replace("{} après", "dès").format(words) if words.startswith("0") else pattern.format(words)
    )


def _said(text: str | None) -> str:
    if not text:
        return ""
    words = duration(text)
    if words is None:
        return _BY_RULE
    return "aussitôt" if words.startswith("0") else words


def _documentation(diagram: Diagram) -> str:
    for process in parse_xml(diagram.file).iter(f"{_BPMN}process"):
        if process.get("id") == diagram.process:
            found = process.find(f"{_BPMN}documentation")
            return (found.text or "").strip() if found is not None else ""
    return ""


def _quoted(names: list[str]) -> str:
    return ", ".join(f"« {name} »" for name in dict.fromkeys(names))


def _message(name: str, data: bytes) -> Text:
    head, _, body = data.decode().partition("\n")
    return Text(name, head.removeprefix("Objet :").strip(), body.strip())


def _document(name: str, data: bytes) -> Text:
    head = data.decode().partition("\n")[0]
    title = head.partition("titre:")[2].partition("|")[0].replace("-->", "").strip()
    return Text(name, title or name)
