"""What the forms of an event or of a lead say, by the facts that their fields feed (« alimente »)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.catalog.answers import decode
from app.catalog.answers_view import answer_text
from app.catalog.fields import Field
from app.catalog.forms import Form
from app.catalog.words import say
from app.database import db
from app.models import Partner, ProcessInstance, Submission
from app.services.releases import LoadedRelease

EVENT, LEAD = "evenement", "piste"
"""Rooms of facts: ``evenement.titre genre date heure lieu commune participants interesses issue``,
``piste.nom genre prochaine signe revoir``."""
PEOPLE: Final = "participants"
_SAID: Final = (
    "titre", "genre", "date", "heure", "lieu", "commune", "programme", "gestes", "interesses", "appreciation",
)  # fmt: skip
"""What a document says of an event in words; what nobody answered is empty."""
STRUCTURES, STRUCTURE = "structures", "structure"
"""The table that feeds ``evenement.structures``, and its column: structures of the directory that came."""
KIND, NUMBER = "genre", "nombre"
"""Columns of the table that feeds ``evenement.participants``."""


@dataclass
class Known:
    """The latest facts of one room: as given, and as people read them."""

    values: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    people: list[tuple[str, int]] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a fact in words, empty when nobody gave it."""
        return self.words.get(name, "")

    def day(self, name: str) -> date | None:
        """Return a fact that is a day."""
        value = self.values.get(name)
        return value if isinstance(value, date) else None


def known(room: str, rows: Iterable[Submission], release: LoadedRelease) -> Known:
    """Return what answers, the oldest first, say of one room; the latest wins, fact by fact."""
    found = Known()
    for row in rows:
        form = release.forms.get(row.form)
        if form is not None:
            _take(room, decode(row.answers), form, found)
    return found


def of_processes(
    room: str, processes: Sequence[ProcessInstance], releases_by: Mapping[UUID, LoadedRelease]
) -> dict[UUID, Known]:
    """Return the facts of many processes of the territory, in one read."""
    answers: dict[UUID, list[Submission]] = {row.id: [] for row in processes}
    query = select(Submission).where(Submission.process_id.in_(list(answers)))
    for row in db.session.scalars(query.order_by(Submission.at, Submission.id)):
        answers[row.process_id].append(row)
    return {row.id: known(room, answers[row.id], releases_by[row.release_id]) for row in processes}


def event_facts(process: ProcessInstance, release: LoadedRelease) -> dict[str, Any]:
    """Return what a document of an event may name as ``evenement``; empty outside an event."""
    rows: Sequence[Submission] = ()
    if process.case_id is None:
        query = select(Submission).where(Submission.process_id == process.id)
        rows = db.session.scalars(query.order_by(Submission.at, Submission.id)).all()
    found = known(EVENT, rows, release)
    total = sum(number for _, number in found.people)
    came = _structures(found.values.get(STRUCTURES))
    return {
        **{name: found.text(name) for name in _SAID},
        "nombre": str(total) if total else "",
        "nombre_structures": str(len(came)) if came else "",
        STRUCTURES: {"_grille": [["Structure", "Personnes"], *came]},
        PEOPLE: {
            "_grille": [
                ["Type de structure", "Personnes", "Part"],
                *([label, str(number), share(number, total)] for label, number in found.people),
            ]
        },
    }


def _structures(rows: object) -> list[list[str]]:
    """Return the structures that came, by name, and how many people of each."""
    given = [row for row in rows if row.get(STRUCTURE)] if isinstance(rows, list) else []
    ids = {str(row[STRUCTURE]): str(row.get(NUMBER) or "") for row in given}
    query = select(Partner.id, Partner.name).where(Partner.id.in_([UUID(one) for one in ids]))
    return [[name, ids[str(key)]] for key, name in db.session.execute(query.order_by(Partner.name))]


def share(number: int, total: int) -> str:
    """Return a part of a whole in percent, rounded half up: « 25 % »; nothing of nothing."""
    return f"{(200 * number + total) // (2 * total)} %" if total else ""


def _take(room: str, answers: Mapping[str, Any], form: Form, found: Known) -> None:
    for item in form.fields:
        at, _, name = (item.feeds or "").partition(".")
        value = answers.get(item.key)
        if at != room or value in (None, "", []):
            continue
        found.values[name] = value
        if name == PEOPLE and isinstance(value, list):
            found.people = _people(item, value)
        else:
            found.words[name] = say(value) if isinstance(value, date) else answer_text(item, value)


def _people(item: Field, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Return how many people of each kind came, a kind named twice counted together."""
    column = next((one for one in item.columns if one.key == KIND), None)
    found: dict[str, int] = {}
    for row in rows:
        label = answer_text(column, row.get(KIND)) if column is not None else str(row.get(KIND, ""))
        found[label] = found.get(label, 0) + int(row.get(NUMBER) or 0)
    return list(found.items())
