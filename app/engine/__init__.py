"""The engine room: state in, position out. The only importer of SpiffWorkflow; no database, no web."""

from app.engine import mends as _mends  # noqa: F401 - applied before anything is compiled
from app.engine.advance import DEEP, MAX_DEPTH, catch, complete, start, wake
from app.engine.checks import examine
from app.engine.faults import MoveRefused, NotReady, ProgrammeFault, StateFault, StepFault
from app.engine.findings import Finding, Severity
from app.engine.migrating import migrate
from app.engine.migrating_plan import Migrated, MigrationRefused, Note, Obstacle, Place, Plan
from app.engine.moments import set_due, shift
from app.engine.moves import correct, move, outcomes_of, repeat, skip
from app.engine.position import (
    Described,
    Hooks,
    OpenDuty,
    OpenTask,
    Outgoing,
    Position,
    SentEvent,
    Step,
    Wait,
)
from app.engine.programme import (
    Programme,
    compile_fresh,
    compile_programme,
    describe,
    entry_kinds,
    process_ids,
)
from app.engine.standing import read, under_way
from app.engine.targets import Target, possible_targets

__all__ = [
    "DEEP",
    "MAX_DEPTH",
    "Described",
    "Finding",
    "Hooks",
    "Migrated",
    "MigrationRefused",
    "MoveRefused",
    "NotReady",
    "Note",
    "Obstacle",
    "OpenDuty",
    "OpenTask",
    "Outgoing",
    "Place",
    "Plan",
    "Position",
    "Programme",
    "ProgrammeFault",
    "SentEvent",
    "Severity",
    "StateFault",
    "Step",
    "StepFault",
    "Target",
    "Wait",
    "catch",
    "compile_fresh",
    "compile_programme",
    "complete",
    "correct",
    "describe",
    "entry_kinds",
    "examine",
    "migrate",
    "move",
    "outcomes_of",
    "possible_targets",
    "process_ids",
    "read",
    "repeat",
    "set_due",
    "shift",
    "skip",
    "start",
    "under_way",
    "wake",
]
