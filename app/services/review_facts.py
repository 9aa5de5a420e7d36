"""What the agenda and the minutes of a meeting tell: frozen with the step, of the classes the paper may hold.

No name of a household, no address: the situations are examined with the file open (LAW-1).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from app import clock
from app.catalog.words import hour, say
from app.database import db
from app.handlers.agenda import Standing, standings
from app.models import Meeting, ProcessInstance, ReviewItem
from app.services.releases import LoadedRelease
from app.services.review_changes import Outcomes, decision_words, short

SHARED: Final = "social"
"""The class of what is said of a situation in the meeting."""
ADDED: Final = "ajoutée en séance"
Grid = dict[str, list[list[str]]]


def agenda_facts(process: ProcessInstance, release: LoadedRelease, classes: frozenset[str]) -> dict[str, Any]:
    """Return what a document of a meeting may name as ``revue``; tables are ``{"_grille": rows}``.

    Outside a meeting (no agenda, no sitting) everything is there, and empty.
    """
    items = db.session.scalars(
        select(ReviewItem)
        .where(ReviewItem.process_id == process.id)
        .order_by(ReviewItem.rank, ReviewItem.listed_at)
    ).all()
    meeting = db.session.scalar(select(Meeting).where(Meeting.process_id == process.id))
    present = _people(meeting, present=True)
    return {
        "nombre": len(items),
        "date": say(clock.today()),
        "seance": say_moment(meeting.meets_at) if meeting and meeting.meets_at else "",
        "lieu": meeting.place if meeting else "",
        "ajoutees": _count(sum(item.added for item in items)),
        "presents": {"_grille": [["Personne", "Structure"], *present]},
        "nombre_presents": _count(len(present)),
        "excuses": " ; ".join(", ".join(filter(None, person)) for person in _people(meeting, present=False)),
        **_tables(items, release, classes),
    }


def _count(number: int) -> str:
    """Return a number for a text that is left out when there is none."""
    return str(number) if number else ""


def say_moment(moment: datetime) -> str:
    """Return « mardi 21 avril 2026 à 14 h »; a midnight is a day without an hour."""
    here = moment.astimezone(clock.PARIS)
    return say(here.date()) if not (here.hour or here.minute) else f"{say(here.date())} à {hour(here)}"


def _people(meeting: Meeting | None, *, present: bool) -> list[list[str]]:
    listed: Sequence[Mapping[str, Any]] = meeting.attendance if meeting else ()
    return [
        [str(person.get("nom") or ""), str(person.get("structure") or "")]
        for person in listed
        if bool(person.get("present")) is present
    ]


def _tables(
    items: Sequence[ReviewItem], release: LoadedRelease, classes: frozenset[str]
) -> dict[str, Grid | str]:
    words, standing = decision_words(release), standings([item.case_id for item in items])
    decided = [item for item in items if item.decision]
    later = [item for item in items if item.postponed and not item.decision]
    actions = [(item, action) for item in items for action in item.actions]
    tally = Counter(words.get(item.decision or "", item.decision or "") for item in decided)
    return {
        "situations": {"_grille": [_AGENDA, *(_line(item, standing[item.case_id]) for item in items)]},
        "decisions": {"_grille": [_DECISIONS, *(_decision(item, words, classes) for item in decided)]},
        "bilan": ", ".join(f"{label} : {number}" for label, number in tally.items()),
        "actions": {"_grille": [_ACTIONS, *(_action(item, action) for item, action in actions)]},
        "nombre_actions": _count(len(actions)),
        "reportees": {"_grille": [_LATER, *([_reference(item), _place(item)] for item in later)]},
        "nombre_reportees": _count(len(later)),
        "suites": {"_grille": [_FOLLOWED, *_followed(items, release)]},
    }


_AGENDA: Final = ["Situation", "Depuis la dernière séance", "Où elle en est"]
_DECISIONS: Final = ["Dossier", "Commune", "Décision", "Commentaire"]
_ACTIONS: Final = ["Dossier", "Qui", "Quoi", "Pour le"]
_LATER: Final = ["Dossier", "Commune"]
_FOLLOWED: Final = ["Dossier", "Qui", "Quoi", "Pour le", "Ce qu'il en est"]


def _place(item: ReviewItem) -> str:
    return item.case.dwelling.commune or ""


def _line(item: ReviewItem, standing: Standing) -> list[str]:
    case = item.case
    opened = short(case.opened_at.astimezone(clock.PARIS).date())
    marks = [case.reference, _place(item), f"Priorité {case.priority}" if case.priority else "",
             f"Ouvert {opened}", "Partenaire en retard" if item.late_partners else "",
             ADDED if item.added else "", "close entre-temps" if case.status == "closed" else ""]  # fmt: skip
    told = [_told(change) for change in item.changes]
    where = [standing.step, *standing.partners]
    return ["\n".join(filter(None, marks)), "\n".join(told), "\n".join(where)]


def _told(change: Mapping[str, str]) -> str:
    """Return a change with its day, when its sentence does not say one."""
    if change["genre"] in ("retard", "nouveau"):
        return change["texte"]
    return f"{short(date.fromisoformat(change['le']))} · {change['texte']}"


def _reference(item: ReviewItem) -> str:
    return f"{item.case.reference}\n{ADDED}" if item.added else item.case.reference


def _decision(item: ReviewItem, words: Mapping[str, str], classes: frozenset[str]) -> list[str]:
    said = words.get(item.decision or "", item.decision or "")
    return [
        _reference(item),
        _place(item),
        said,
        (item.comment or "") if SHARED in classes else "",
    ]


def _action(item: ReviewItem, action: Mapping[str, Any]) -> list[str]:
    due = short(date.fromisoformat(action["pour_le"]))
    return [item.case.reference, action["qui"], action["quoi"], due]


def _followed(items: Sequence[ReviewItem], release: LoadedRelease) -> list[list[str]]:
    """Return what became of the actions that were decided in this meeting."""
    outcomes = Outcomes.of(items, release)
    return [[*_action(item, action), outcomes.words(action)] for item in items for action in item.actions]
