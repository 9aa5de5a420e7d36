"""Everything that keeps a diagram from running well, found in one pass before anything is compiled."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from SpiffWorkflow.bpmn.parser.util import full_tag

from app.engine.checks.calls import check_calls
from app.engine.checks.elements import check_elements, check_executable, check_ids, check_size
from app.engine.checks.endless import check_endless
from app.engine.checks.events import check_events
from app.engine.checks.flows import check_flows
from app.engine.checks.foreign import check_foreign
from app.engine.checks.frequencies import check_frequencies
from app.engine.checks.joins import check_joins
from app.engine.checks.names import check_names
from app.engine.checks.sheet import Route, Sheet
from app.engine.checks.texts import check_texts
from app.engine.checks.trial import UNREADABLE, try_out
from app.engine.findings import Finding
from app.expressions.safe_xml import UnsafeXml, parse_xml

CHECKS: Final[tuple[Callable[[Sheet], None], ...]] = (
    check_elements,
    check_executable,
    check_size,
    check_ids,
    check_events,
    check_names,
    check_texts,
    check_frequencies,
)
ROUTE_CHECKS: Final[tuple[Callable[[Sheet, Route], None], ...]] = (check_flows, check_endless, check_joins)


def examine(diagrams: Mapping[str, bytes], *, whole: bool = True) -> tuple[Finding, ...]:
    """Return everything that the engine refuses or warns of in these diagrams (file name → BPMN XML).

    ``whole`` is false for files taken out of their programme: that a called process is missing is then not
    said, nor when a file cannot be read, since it may be there. Nothing is raised, whatever the bytes.
    """
    roots, findings = read_all(diagrams)
    findings += judge(roots, whole=whole and len(roots) == len(diagrams))
    for file, root in roots.items():
        if not any(found.file == file and found.severity == "error" for found in findings):
            failed = try_out(file, root)
            if failed is not None:
                findings.append(failed)
    return tuple(findings)


def read_all(diagrams: Mapping[str, bytes]) -> tuple[dict[str, Any], list[Finding]]:
    """Return the XML of each readable BPMN diagram, by file name in order, and what the others are."""
    roots: dict[str, Any] = {}
    findings: list[Finding] = []
    for file in sorted(diagrams):
        try:
            root = parse_xml(diagrams[file])
        except UnsafeXml as error:
            findings.append(Finding(file, None, error.code, str(error)))
            continue
        if root.tag == full_tag("definitions"):
            roots[file] = root
        else:
            cause = "Ce fichier n'est pas un diagramme BPMN 2.0. Exportez-le en BPMN 2.0, ou retirez-le."
            findings.append(Finding(file, None, "not-bpmn", cause))
    return roots, findings


def judge(roots: Mapping[str, Any], *, whole: bool = True) -> list[Finding]:
    """Return what is wrong with diagrams that could be read, without compiling them."""
    sheets = [Sheet(file, root) for file, root in roots.items()]
    for sheet in sheets:
        for check in (*CHECKS, check_routes):
            _guarded(sheet, check)
    check_calls(sheets, whole=whole)
    for sheet in sheets:
        _guarded(sheet, check_foreign)
    return [found for sheet in sheets for found in sheet.findings]


def check_routes(sheet: Sheet) -> None:
    """Judge the arrows of every process and sub-process."""
    too_large = any(found.code == "too-many-steps" for found in sheet.findings)
    for holder in sheet.holders():
        route = Route(holder)
        for check in (check_flows,) if too_large else ROUTE_CHECKS:
            check(sheet, route)


def _guarded(sheet: Sheet, check: Callable[[Sheet], None]) -> None:
    try:
        check(sheet)
    except Exception:  # noqa: BLE001 - the guard of one checked file: the others are judged all the same
        sheet.say_of(None, "unreadable", UNREADABLE)
