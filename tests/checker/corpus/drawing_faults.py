"""Faults of a drawing: what is not drawn, covers something else, or stands outside its lane."""

import re

from tests.checker.corpus.build import REVIEW, ROUTE, VISIT, Change, Fault, Files, fault


def _moved(path: str, key: str, x: int, y: int) -> Change:
    """Give a shape another place."""

    def act(files: Files) -> None:
        pattern = rf'(bpmnElement="{key}"[^>]*><dc:Bounds) x="\d+" y="\d+"'
        text, times = re.subn(pattern, rf'\1 x="{x}" y="{y}"', files[path].decode())
        assert times == 1, key
        files[path] = text.encode()

    return Change(act, drawn=True)


def _onto(path: str, key: str, other: str) -> Change:
    """Put a shape on another one."""

    def act(files: Files) -> None:
        found = re.search(rf'bpmnElement="{other}"[^>]*><dc:Bounds x="(\d+)" y="(\d+)"', files[path].decode())
        assert found
        _moved(path, key, int(found[1]) + 10, int(found[2]) + 10).act(files)

    return Change(act, drawn=True)


def _erased(path: str, key: str) -> Change:
    """Remove the shape of an element from the drawing."""

    def act(files: Files) -> None:
        pattern = rf' *<bpmndi:BPMN(Shape|Edge) id="\w+" bpmnElement="{key}".*</bpmndi:BPMN\1>\n'
        text, times = re.subn(pattern, "", files[path].decode())
        assert times == 1, key
        files[path] = text.encode()

    return Change(act, drawn=True)


def _undrawn(path: str) -> Change:
    """Remove the whole drawing."""

    def act(files: Files) -> None:
        text = re.sub(
            r"  <bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>\n", "", files[path].decode(), flags=re.DOTALL
        )
        files[path] = text.encode()

    return Change(act, drawn=True)


DRAWING: tuple[Fault, ...] = (
    fault("a process that is drawn nowhere", "no-position", VISIT, "visite", _undrawn(VISIT)),
    fault("a step that is not drawn", "no-position", ROUTE, "clore", _erased(ROUTE, "clore")),
    fault(
        "a step of a sub-process that is not drawn",
        "no-position",
        VISIT,
        "produire_compte_rendu",
        _erased(VISIT, "produire_compte_rendu"),
    ),
    fault(
        "a flow that is not drawn", "no-position", REVIEW, "vers_recenser", _erased(REVIEW, "vers_recenser")
    ),
    fault("two steps one on the other", "overlap", ROUTE, "prevenir", _onto(ROUTE, "prevenir", "clore")),
    fault(
        "an event on a step it is not attached to",
        "overlap",
        ROUTE,
        "regle",
        _onto(ROUTE, "regle", "prevenir"),
    ),
    fault(
        "a step drawn outside its lane",
        "out-of-lane",
        ROUTE,
        "debloquer",
        _moved(ROUTE, "debloquer", 1200, 700),
        warns=True,
    ),
    fault(
        "a step drawn in another lane",
        "out-of-lane",
        ROUTE,
        "clore",
        _moved(ROUTE, "clore", 4000, 400),
        warns=True,
    ),
)
