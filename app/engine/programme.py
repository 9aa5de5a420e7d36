"""A compiled programme: every process of a release, ready to run, shared and never changed."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

from app.engine.checks import judge, read_all
from app.engine.checks.trial import refusal
from app.engine.description import describe_all
from app.engine.faults import ProgrammeFault
from app.engine.findings import Finding
from app.engine.parser import DiagramParser
from app.engine.position import Described

CACHED = 32
"""Programmes kept compiled. One weighs about a megabyte; a territory runs a few releases at a time."""

EntryKind = Literal["none", "message", "timer", "signal", "condition"]


@dataclass(frozen=True)
class Programme:
    """The processes of one release.

    ``specs`` holds every process and embedded sub-process by id; ``flows`` names the sequence flow
    between two of their elements.
    """

    fingerprint: str
    specs: Mapping[str, Any]
    flows: Mapping[tuple[str, str], Mapping[str, str]]
    names: Mapping[str, str]
    entries: Mapping[str, EntryKind]
    elements: Mapping[str, str] = field(repr=False)
    owners: Mapping[str, str] = field(repr=False)
    described: Mapping[str, tuple[Described, ...]] = field(repr=False)

    def known(self, process_id: str) -> str:
        """Return ``process_id``.

        Raises:
            KeyError: no such process.
        """
        if process_id not in self.names:
            raise KeyError(process_id)
        return process_id

    def process_of(self, spec_name: str) -> str:
        """Return the process in whose diagram a specification is drawn."""
        return self.owners.get(spec_name, spec_name)

    def element_name(self, element: str) -> str:
        """Return what people read on an element, else its id."""
        return self.elements.get(element) or element

    @staticmethod
    def outcomes(spec: Any) -> tuple[str, ...]:
        """Return the outcomes that a user task declares, as dotted names."""
        declared = spec.properties.get("resultats", "")
        return tuple(name.strip() for name in declared.split(",") if name.strip())


_cache: OrderedDict[str, Programme] = OrderedDict()
_lock = Lock()


def compile_programme(diagrams: Mapping[str, bytes], fingerprint: str) -> Programme:
    """Compile the diagrams (file name → BPMN XML) of a release; the same fingerprint is compiled once.

    Raises:
        ProgrammeFault: with the file, the element and a French cause.
    """
    with _lock:
        known = _cache.get(fingerprint)
        if known is not None:
            _cache.move_to_end(fingerprint)
            return known
    programme = compile_fresh(diagrams, fingerprint)
    with _lock:
        _cache[fingerprint] = programme
        _cache.move_to_end(fingerprint)
        while len(_cache) > CACHED:
            _cache.popitem(last=False)
    return programme


def compile_fresh(diagrams: Mapping[str, bytes], fingerprint: str) -> Programme:
    """Compile without the cache.

    Raises:
        ProgrammeFault: the first error found, as ``examine`` tells it.
    """
    roots, findings = read_all(diagrams)
    _refuse(findings + judge(roots))
    parser = DiagramParser()
    specs = _specs(parser, roots)
    described, elements, owners = describe_all(roots)
    return Programme(
        fingerprint=fingerprint,
        specs=specs,
        flows=parser.flows,
        names={key: parser.process_parsers[key].get_name() for key in described},
        entries={key: _entry(specs[key]) for key in described},
        elements=elements,
        owners=owners,
        described=described,
    )


def _refuse(findings: Iterable[Finding]) -> None:
    for found in findings:
        if found.severity == "error":
            raise ProgrammeFault(found)


def _specs(parser: DiagramParser, roots: Mapping[str, Any]) -> dict[str, Any]:
    file = ""
    try:
        for file, root in roots.items():
            parser.add_diagram(root, file)
        specs: dict[str, Any] = parser.find_all_specs()
    except Exception as error:  # whatever a file breaks in the parser is that file's fault
        raise ProgrammeFault(refusal(error, file)) from error
    return specs


def _entry(spec: Any) -> EntryKind:
    definition = spec.bpmn_start_events[0].event_definition
    kind: EntryKind = getattr(definition, "kind", "none")
    return kind


def process_ids(programme: Programme) -> Mapping[str, str]:
    """Return the processes of a programme: id → name."""
    return programme.names


def entry_kinds(programme: Programme) -> Mapping[str, EntryKind]:
    """Return how each process starts: by itself, or waiting for a message or a timer."""
    return programme.entries


def describe(programme: Programme, process_id: str) -> tuple[Described, ...]:
    """Return the elements of a process in the order in which they come, for the list beside the diagram.

    Raises:
        KeyError: no such process.
    """
    return programme.described[process_id]
