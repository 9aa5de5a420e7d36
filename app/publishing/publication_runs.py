"""A publication at work: its scenarios lived again, a simulation, then the release; told as it goes."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.catalog.bundle import Bundle
from app.checker import Problem
from app.database import db, end_read, transaction
from app.errors import RelaisError
from app.models import Publication
from app.publishing import child, freezing, nursery, scenarios
from app.publishing.children import BROKEN
from app.publishing.incoming import SEED
from app.publishing.trial_runs import LONGEST, NICE, SIGN
from app.services import proofs, starting
from app.simulator.assumptions import Assumptions

HOUSEHOLDS: Final = 30
MONTHS: Final = 12
"""How much is simulated before a release is frozen, as the command line does."""
BEAT: Final = 0.3
"""Seconds between two looks at the process."""
_TOTAL: Final = 100
_LIVED: Final = 20
"""Percent once the scenarios are lived: the simulation takes the rest."""
_FAILED: Final = (
    "La base de données n'a pas répondu pendant la publication : rien n'est publié. Recommencez dans une "
    "minute."
)
_log = logging.getLogger(__name__)


class _Refused(Exception):
    """The draft did not pass; ``str()`` says why."""


def live(publication_id: UUID, bundle: Bundle, problems: Sequence[Problem]) -> None:
    """Prove a draft, then freeze it; its row tells how far it is and how it ended."""
    try:
        report = _prove(publication_id, bundle, problems)
        if not _at_work(publication_id):
            return
        freezing.freeze(publication_id, bundle, report.pop("proof"), report)
        starting.arm_all()
    except _Refused as refusal:
        end(publication_id, "refused", str(refusal))
    except RelaisError as fault:
        end(publication_id, "refused", f"{fault.sentence} Rien n'est publié.")
    except (SQLAlchemyError, OSError) as fault:
        _log.warning("publication %s: %s", publication_id, type(fault).__name__)
        db.session.rollback()
        end(publication_id, "refused", _FAILED)


def end(publication_id: UUID, status: str, message: str) -> None:
    """Write how a publication ended, unless it has."""
    now = clock.now()
    _write(publication_id, {"status": status, "message": message, "ended_at": now, "heard_at": now})


def _prove(publication_id: UUID, bundle: Bundle, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what was found, with the proof; raise what refuses."""
    proof = proofs.of_check(bundle.files, problems)
    _note(publication_id, "Scénarios gardés comme tests", 2)
    verdicts = scenarios.replay(bundle)
    wrong = [f"« {verdict.name} » : {verdict.sentence}" for verdict in verdicts if not verdict.ok]
    if wrong:
        count = "Un scénario ne tient plus" if len(wrong) == 1 else f"{len(wrong)} scénarios ne tiennent plus"
        raise _Refused(f"{count}, rien n'est publié. {' '.join(wrong[:5])}")
    result = _simulated(publication_id, bundle)
    if result["incidents"]:
        raise _Refused(_incidents(result))
    households = result["households"]
    lived = proofs.of_simulation(result, households=households, months=MONTHS, seed=SEED)
    kept = {"scenarios": [verdict.name for verdict in verdicts]} if verdicts else {}
    figures = lived["simulation"]["chiffres"]
    return {"proof": proof | lived | kept, "chiffres": figures, "scenarios": len(verdicts)}


def _simulated(publication_id: UUID, bundle: Bundle) -> Mapping[str, Any]:
    asked = {
        "files": bundle.as_text(),
        "label": "le brouillon",
        "plan": {"households": HOUSEHOLDS, "months": MONTHS, "seed": SEED},
        "assumptions": Assumptions().as_json(),
        "reference": None,
        "reference_label": "",
    }
    _note(publication_id, "Simulation", _LIVED)
    process = nursery.born(child.SIMULATE, asked, seconds=LONGEST, nice=NICE)
    begun = written = time.monotonic()
    reached = 0
    try:
        while True:
            said = process.messages(BEAT)
            last = said[-1] if said else {}
            if "done" in last:
                result: Mapping[str, Any] = last["done"]["result"]
                return result
            if "fault" in last:
                raise _Refused(f"La simulation n'a pas abouti, rien n'est publié. {last['fault']}")
            if process.ended or time.monotonic() - begun > LONGEST:
                raise _Refused(f"Rien n'est publié. {BROKEN}")
            percent = last.get("percent", reached)
            if percent > reached or time.monotonic() - written > SIGN:  # others write too: not at each beat
                reached, written = percent, time.monotonic()
                stage = f"Simulation de {HOUSEHOLDS} ménages sur {MONTHS} mois"
                _note(publication_id, stage, _LIVED + percent * (_TOTAL - _LIVED) // 100)
            if not _at_work(publication_id):
                raise _Refused("")
    finally:
        process.close()


def _incidents(result: Mapping[str, Any]) -> str:
    told = [f"« {item['element_name']} » : {item['cause']}" for item in result.get("incidents_list", ())[:5]]
    count = result["incidents"]
    much = "une étape n'a pas pu s'exécuter" if count == 1 else f"{count} étapes n'ont pas pu s'exécuter"
    return f"Dans la simulation, {much} : rien n'est publié. {' '.join(told)}"


def _note(publication_id: UUID, stage: str, done: int) -> None:
    _write(publication_id, {"stage": stage, "done": done, "total": _TOTAL, "heard_at": clock.now()})


def _at_work(publication_id: UUID) -> bool:
    status = db.session.scalar(select(Publication.status).where(Publication.id == publication_id))
    end_read()
    return status == "running"


def _write(publication_id: UUID, values: Mapping[str, Any]) -> None:
    with transaction() as session:
        session.execute(
            update(Publication)
            .where(Publication.id == publication_id, Publication.status == "running")
            .values(**values)
            .execution_options(synchronize_session=False)
        )
