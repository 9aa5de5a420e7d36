"""The journal of proof: the check and the simulation that a release passed before it was frozen.

A proof is plain data kept with its release; the journal line of its publication holds the proof's digest, and
that line is sealed: a proof changed afterwards is noticed.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final

from sqlalchemy import select

from app import clock
from app.catalog.fingerprint import sorted_json
from app.checker import Problem, check_files
from app.database import db
from app.models import JournalLine, Release

Proof = Mapping[str, Any]

MOST_PROBLEMS: Final = 100
"""How many problems a proof quotes; all are counted."""
_FIGURES: Final = (
    "households", "started", "closed", "open", "incidents", "tasks_completed", "timers_fired", "late_tasks",
    "never_taken",
)  # fmt: skip


def of_check(files: Mapping[str, bytes], problems: Iterable[Problem] | None = None) -> dict[str, Any]:
    """Return the proof of a check: ``problems`` when it is done already, else those found now."""
    found = check_files(files, whole=True) if problems is None else list(problems)
    return {
        "verification": {
            "le": clock.now().isoformat(),
            "relais": version("relais"),
            "fichiers": len(files),
            "erreurs": sum(problem.severity == "error" for problem in found),
            "avertissements": sum(problem.severity == "warning" for problem in found),
            "problemes": [
                {
                    "fichier": problem.path,
                    "element": problem.element,
                    "gravite": problem.severity,
                    "code": problem.code,
                    "message": problem.message,
                }
                for problem in found[:MOST_PROBLEMS]
            ],
        }
    }


def of_simulation(result: Mapping[str, Any], *, households: int, months: int, seed: int) -> dict[str, Any]:
    """Return the proof of a simulation: its plan and the main figures of ``result`` (its ``--json``)."""
    return {
        "simulation": {
            "le": clock.now().isoformat(),
            "relais": version("relais"),
            "menages": households,
            "mois": months,
            "graine": seed,
            "chiffres": {name: result[name] for name in _FIGURES if name in result},
        }
    }


def digest(proof: Proof) -> str:
    """Return the SHA-256 of a proof, as the journal keeps it."""
    return sha256(sorted_json(proof)).hexdigest()


def intact(release: Release) -> bool:
    """Whether a release's proof is the one that the journal saw when it was published."""
    line = db.session.scalar(
        select(JournalLine)
        .where(JournalLine.action == "version.publiee", JournalLine.subject == str(release.id))
        .order_by(JournalLine.number)
        .limit(1)
    )
    kept = line.details.get("preuve") if line is not None else None
    return kept == digest(release.proof) if kept is not None else not release.proof
