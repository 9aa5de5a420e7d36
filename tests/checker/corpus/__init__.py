"""Small faulty bundles made for the tests, one fault each, with their mended twins."""

from tests.checker.corpus import (
    content_faults,
    drawing_faults,
    file_faults,
    flow_faults,
    frequency_faults,
    graph_faults,
    naming_faults,
    programme_faults,
    reference_faults,
    refused_faults,
    table_faults,
    time_faults,
    unused_faults,
    way_faults,
)
from tests.checker.corpus.build import Fault, bundle

_KINDS = (
    file_faults.CONTENT,
    content_faults.CONTENTS,
    reference_faults.REFERENCES,
    unused_faults.UNUSED,
    refused_faults.REFUSED,
    time_faults.TIMERS,
    time_faults.EXPRESSIONS,
    frequency_faults.FREQUENCIES,
    way_faults.FLOWS,
    naming_faults.NAMES,
    programme_faults.PROGRAMME,
    flow_faults.FLOW,
    graph_faults.WAYS,
    graph_faults.DOUBTS,
    drawing_faults.DRAWING,
    table_faults.TABLES,
)
FAULTS: tuple[Fault, ...] = tuple(fault for kind in _KINDS for fault in kind)

__all__ = ["FAULTS", "Fault", "bundle"]
