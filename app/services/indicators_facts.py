"""The facts of a subject, one by one, with the names that only they give (``catalog.indicator_facts``)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from app import clock
from app.catalog.forms import Form
from app.catalog.indicator_facts import ROW
from app.catalog.indicators import Indicator
from app.models import Submission
from app.services import views
from app.services.indicators_subjects import Subject, in_time
from app.services.releases import LoadedRelease

OPENING: Final = "ouverture"
CLOSING: Final = "cloture"


@dataclass(frozen=True)
class Fact:
    """One thing that happened: its days in Paris, the names it adds, the branch whose answers it reads.

    ``amount`` is in days for a duration. ``unit`` stands for the household where there is no case.
    """

    at: date | None
    until: date | None = None
    names: Mapping[str, Any] = field(default_factory=dict)
    scope: str | None = None
    amount: Decimal | None = None
    unit: str = ""


def case_facts(subject: Subject) -> dict[str, Any]:
    """Return what expressions read as ``dossier``; nothing of who lives there."""
    case = subject.case
    if case is None:
        return {}
    holders = {row.relation: str(row.partner_id) for row in _latest(subject.entrustments)}
    return {
        "priorite": case.priority,
        "ouvert_le": _day(case.opened_at),
        "clos_le": _day(case.closed_at),
        "motif_cloture": case.closure_reason,
        "commune": case.dwelling.insee,
        "statut": case.dwelling.tenure,
        "dpe": case.dwelling.energy_class,
        "origine": case.alert_giver.get("origine"),
        "structure": case.alert_giver.get("structure"),
        "confie": holders,
    }


def _latest(rows: list[Any]) -> list[Any]:
    """Return the entrustments in order, so that the present one of a relation comes last."""
    return sorted(rows, key=lambda row: (row.until is None, row.since))


def facts_of(one: Indicator, subject: Subject, release: LoadedRelease) -> Iterator[Fact]:
    """Yield the facts of a subject that an indicator counts."""
    if one.measure == "duree":
        yield from _duration(one, subject)
        return
    yield from _READERS[one.fact.id](one, subject, release)


def _cases(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    case = subject.case
    if case is not None:
        yield Fact(_day(case.opened_at), _day(case.closed_at))


def _processes(one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.processes:
        if row.process == one.process:
            began, ended = _day(row.started_at), _day(row.ended_at)
            said = {"debut": began, "fin": ended, "etat": row.status, "issue": row.end_reason}
            yield Fact(began, ended, {"processus": said})


def _steps(one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.tasks:
        step = f"{row.called_process}/{row.element}"
        if one.process not in (None, row.called_process):
            continue
        if one.steps and step not in one.steps and row.element not in one.steps:
            continue
        said = {
            "id": step,
            "processus": row.called_process,
            "couloir": row.lane,
            "entree_le": _day(row.entered_at),
            "faite_le": _day(row.completed_at),
            "echeance": _day(row.due_at),
            "a_temps": in_time(row.due_at, row.completed_at),
        }
        yield Fact(_day(row.completed_at), names={"etape": said})


def _answers(one: Indicator, subject: Subject, release: LoadedRelease) -> Iterator[Fact]:
    form = release.forms.get(one.form or "")
    kept = list(_told(subject, one.form or "", form))
    if one.keep != "toutes":
        chosen: dict[tuple[Any, str | None], tuple[Submission, dict[str, Any]]] = {}
        for row, answers in kept:
            place = (row.case_id or row.process_id, row.scope)
            if one.keep == "derniere" or place not in chosen:
                chosen[place] = (row, answers)
        kept = list(chosen.values())
    for row, answers in kept:
        said = {"reponse": {"le": _day(row.at), "etape": row.element}, row.form: answers}
        if one.table is None:
            yield Fact(_day(row.at), names=said, scope=row.scope)
            continue
        lines = answers.get(one.table)
        for line in lines if isinstance(lines, list) else ():
            yield Fact(_day(row.at), names={**said, ROW: line}, scope=row.scope)


def _told(subject: Subject, form_id: str, form: Form | None) -> Iterator[tuple[Submission, dict[str, Any]]]:
    """Yield each answer of a form with what it says now: one put right says what was put right."""
    rows = [row for row in subject.submissions if row.form == form_id]
    first: dict[str, str] = {}
    answers: dict[str, dict[str, Any]] = {}
    classe_of = {item.key: item.classe for item in form.fields} if form else {}
    for row in rows:
        ident, given = str(row.id), views.all_answers(row)
        origin = first[ident] = _origin(ident, subject.corrections, first)
        classes = set(row.classes)
        before = answers.get(origin, {})
        kept = {key: value for key, value in before.items() if classe_of.get(key) not in classes}
        answers[origin] = {**kept, **given} if origin != ident else given
    yield from ((row, answers[str(row.id)]) for row in rows if first[str(row.id)] == str(row.id))


def _origin(ident: str, corrections: Mapping[str, str], first: Mapping[str, str]) -> str:
    old = corrections.get(ident)
    return first.get(old, ident) if old is not None else ident


def _orientations(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.orientations:
        said = {
            "etat": row.status,
            "genre": row.partner.kind,
            "domaine": row.domain,
            "partenaire": str(row.partner_id),
            "transmise_le": _day(row.sent_at),
            "close_le": _day(row.closed_at),
            "echeance": row.due_on,
        }
        yield Fact(_day(row.created_at), _day(row.closed_at), {"orientation": said}, scope=str(row.id))


def _entrusted(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.entrustments:
        said = {
            "relation": row.relation,
            "partenaire": str(row.partner_id),
            "genre": row.partner.kind,
            "debut": _day(row.since),
            "fin": _day(row.until),
        }
        yield Fact(_day(row.since), _day(row.until), {"confie": said})


def _messages(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.messages:
        said = {"modele": row.kind, "etat": row.status, "canal": row.channel}
        yield Fact(_day(row.sent_at or row.queued_at), names={"message": said})


def _breaches(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.breaches:
        said = {
            "genre": row.kind,
            "etape": row.element,
            "etat": row.status,
            "attendu": row.expected,
            "trouve": row.found,
        }
        yield Fact(_day(row.recorded_at), _day(row.settled_at), {"manquement": said})


def _documents(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.documents:
        yield Fact(_day(row.at), names={"document": {"modele": row.template, "etat": row.status}})


def _meetings(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    process = subject.processes[0].process if subject.processes else ""
    for row in subject.meetings:
        if row.status == "held":
            there = sum(1 for item in row.attendance if item.get("present"))
            yield Fact(
                _day(row.closed_at or row.meets_at),
                names={"reunion": {"processus": process, "presents": there}},
            )


def _spent(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.commitments:
        said = {
            "nature": row.nature,
            "montant": row.amount,
            "rendu": row.released,
            "quantite": row.quantity,
            "heures": row.hours,
            "partenaire": str(row.partner_id) if row.partner_id else None,
            "debut": None if row.start_awaited else row.starts_on,
            "fin": row.ended_on,
        }
        yield Fact(row.engaged_on, names={"engagement": said})


def _handed(_one: Indicator, subject: Subject, release: LoadedRelease) -> Iterator[Fact]:
    articles = release.settings.stock.articles
    for row in subject.handed:
        article = articles.get(row.article)
        saving = article.saving if article is not None else None
        said = {
            "article": row.article,
            "nombre": -row.quantity,
            "cout": -row.cost,
            "economie": saving * -row.quantity if saving is not None else None,
        }
        yield Fact(row.day, names={"remise": said})


def _doors(_one: Indicator, subject: Subject, _release: LoadedRelease) -> Iterator[Fact]:
    for row in subject.doors:
        said = {
            "issue": row.outcome,
            "motif": row.reason,
            "eligible": row.eligible,
            "commune": row.insee,
            "campagne": str(row.campaign_id),
        }
        yield Fact(_day(row.said_at), names={"porte": said}, unit=str(row.target_id))


_READERS: Final[Mapping[str, Callable[[Indicator, Subject, LoadedRelease], Iterator[Fact]]]] = {
    "dossiers": _cases,
    "processus": _processes,
    "etapes": _steps,
    "reponses": _answers,
    "orientations": _orientations,
    "confies": _entrusted,
    "messages": _messages,
    "manquements": _breaches,
    "documents": _documents,
    "reunions": _meetings,
    "engagements": _spent,
    "portes": _doors,
    "remises": _handed,
}


def _duration(one: Indicator, subject: Subject) -> Iterator[Fact]:
    """The days between two steps of a case: the first time each was done, the second not before the first."""
    begun = _reached(one.since or "", subject, None)
    ended = _reached(one.until or "", subject, begun)
    if begun is None or ended is None:
        return
    first, last = _day(begun), _day(ended)
    if first is not None and last is not None:
        yield Fact(last, names={}, amount=Decimal((last - first).days))


def _reached(step: str, subject: Subject, after: datetime | None) -> datetime | None:
    if subject.case is None:
        return None
    if step == OPENING:
        return subject.case.opened_at
    if step == CLOSING:
        return subject.case.closed_at
    process, _, element = step.rpartition("/")
    return next(
        (
            row.completed_at
            for row in subject.tasks
            if row.element == element
            and process in ("", row.called_process)
            and (after is None or row.completed_at >= after)
        ),
        None,
    )


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(clock.PARIS).date() if moment is not None else None
