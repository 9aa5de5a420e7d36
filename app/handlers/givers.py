"""Who alerts, who has gone quiet, who was told, who was trained; the verb that lists whom to call (MTP-2)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from dateutil.relativedelta import relativedelta
from marshmallow import Schema
from sqlalchemy import func, select

from app.catalog.answers import decode
from app.catalog.comparable import fold
from app.catalog.forms import Form
from app.catalog.network import Network
from app.catalog.words import day
from app.clock import PARIS
from app.database import db
from app.handlers.registry import Context, Result, operation
from app.models import Case, Message, Partner, ProcessInstance, Submission

UNNAMED: Final = "Ménages et structures non nommées"
TOLD: Final = "retour.date"
"""What a form feeds with the day on which somebody told the alert-giver what became of the alert."""
_DAY, _PRESENT, _ISSUE = "evenement.date", "evenement.structures", "evenement.issue"
_CALLED_OFF: Final = "annule"
_STRUCTURE: Final = "structure"
"""The column of the table that feeds ``evenement.structures``: a structure of the directory."""


@dataclass
class Giver:
    """A structure that alerts, or that the directory knows: how often, when last, told and trained when.

    ``told_at`` is when it was last told about one of its alerts, by a message or by somebody, ``untold`` how
    many of them it never heard about. ``quiet``: nothing for as long as the settings say, or ever;
    ``silent_months`` is how many whole months it has said nothing. ``trained_on`` is the day of the last
    training it came to.
    """

    name: str
    alerts: int = 0
    year: int = 0
    open_ones: int = 0
    last_at: datetime | None = None
    told_at: datetime | None = None
    untold: int = 0
    quiet: bool = False
    silent_months: int = 0
    trained_on: date | None = None
    spellings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reckoned:
    """Every structure that alerts, those gone quiet first, and those of the directory that never did."""

    rows: list[Giver]
    never: list[Giver]


class NoParameters(Schema):
    """The verb takes none: it reads the network as it stands."""


@operation(
    "lister_donneurs",
    NoParameters,
    label="Lister les donneurs d'alerte silencieux",
    gives="une liste des structures silencieuses : nom, derniere (alerte), retour, formation, en mots",
)
def list_quiet(context: Context) -> Result:
    """List the structures that no longer alert or never did, for somebody to call them one by one."""
    found = reckon(context.bundle.settings.network, context.bundle.forms, context.now)
    quiet = [row for row in (*found.rows, *found.never) if row.quiet and row.name != UNNAMED]
    return Result([_said(row) for row in quiet])


def _said(row: Giver) -> dict[str, str]:
    return {
        "id": fold(row.name),
        "nom": row.name,
        "derniere": _day(row.last_at) or "n'a jamais alerté",
        "retour": _day(row.told_at) or "aucun",
        "formation": day(row.trained_on) if row.trained_on else "aucune connue",
    }


def _day(at: datetime | None) -> str:
    return day(at.astimezone(PARIS).date()) if at is not None else ""


def reckon(network: Network, forms: Mapping[str, Form], now: datetime) -> Reckoned:
    """Return who alerts as the cases, the messages and the forms say it; ``forms`` are those in force."""
    found: dict[str, Giver] = {}
    for case, told in _told_cases(forms):
        name = _name(case.alert_giver or {})
        row = found.setdefault(fold(name), Giver(name))
        row.spellings[name] = row.spellings.get(name, 0) + 1
        row.alerts += 1
        row.year += case.opened_at > now - relativedelta(years=1)
        row.open_ones += case.status == "open"
        row.last_at = _later(row.last_at, case.opened_at)
        row.untold += told is None
        row.told_at = _later(row.told_at, told)
    limit = now - relativedelta(months=network.quiet_months)
    for row in found.values():
        row.name = max(row.spellings, key=lambda name: row.spellings[name])
        row.quiet = row.last_at is not None and row.last_at < limit
        row.silent_months = _months(row.last_at, now)
    never = _never(found)
    _note_trainings((*found.values(), *never), network, forms)
    return Reckoned(sorted(found.values(), key=lambda row: (not row.quiet, fold(row.name))), never)


def _told_cases(forms: Mapping[str, Form]) -> Iterator[tuple[Any, datetime | None]]:
    """Yield each case with when its alert-giver was last told about it."""
    by_mail, by_hand = _by_mail(), _by_hand(forms)
    for case in db.session.execute(select(Case.id, Case.opened_at, Case.status, Case.alert_giver)):
        mailed = by_mail.get((case.id, _mail(case.alert_giver or {})))
        yield case, _later(mailed, by_hand.get(case.id))


def _months(last: datetime | None, now: datetime) -> int:
    gone = relativedelta(now, last) if last is not None else relativedelta()
    return 12 * gone.years + gone.months


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _name(giver: Mapping[str, Any]) -> str:
    return " ".join(str(giver.get("structure") or "").split()) or UNNAMED


def _mail(giver: Mapping[str, Any]) -> str:
    return str(giver.get("courriel") or "").strip().lower()


def _by_mail() -> dict[tuple[UUID, str], datetime]:
    """Return when each address was last written to about each case."""
    rows = db.session.execute(
        select(Message.case_id, func.lower(Message.recipient), func.max(Message.queued_at))
        .where(Message.case_id.is_not(None), Message.user_id.is_(None))
        .group_by(Message.case_id, func.lower(Message.recipient))
    )
    return {(case_id, mail): at for case_id, mail, at in rows}


def _by_hand(forms: Mapping[str, Form]) -> dict[UUID, datetime]:
    """Return when somebody last told the alert-giver of each case, by a form that feeds ``TOLD``."""
    telling = [form.id for form in forms.values() if any(item.feeds == TOLD for item in form.fields)]
    rows = db.session.execute(
        select(Submission.case_id, func.max(Submission.at))
        .where(Submission.form.in_(telling), Submission.case_id.is_not(None))
        .group_by(Submission.case_id)
    )
    return {case_id: at for case_id, at in rows if case_id is not None}


def _never(found: Mapping[str, Giver]) -> list[Giver]:
    """Return the structures of the directory under whose name nobody ever alerted."""
    names = db.session.scalars(select(Partner.name).where(Partner.active).order_by(Partner.name))
    return [Giver(name, quiet=True) for name in names if fold(name) not in found]


def _note_trainings(rows: Iterable[Giver], network: Network, forms: Mapping[str, Form]) -> None:
    """Say when each structure last came to a training, by the tables that feed ``_PRESENT``."""
    by_name = {fold(row.name): row for row in rows}
    names: dict[str, str] = {}
    for known in _trainings(network, forms):
        held, present = known.get(_DAY), known.get(_PRESENT)
        if known.get(_ISSUE) == _CALLED_OFF or not isinstance(held, date) or not isinstance(present, list):
            continue
        names = names or {str(id_): fold(name) for id_, name in db.session.execute(_NAMES)}
        for line in present:
            row = by_name.get(names.get(str(line.get(_STRUCTURE)), ""))
            if row is not None:
                row.trained_on = max(filter(None, (row.trained_on, held)))


_NAMES: Final = select(Partner.id, Partner.name)


def _trainings(network: Network, forms: Mapping[str, Form]) -> Iterable[dict[str, Any]]:
    """Return what is known of each training, fact by fact, the latest answer first."""
    rows = db.session.execute(
        select(Submission.process_id, Submission.form, Submission.answers)
        .join(ProcessInstance, ProcessInstance.id == Submission.process_id)
        .where(ProcessInstance.process.in_(network.trainings), ProcessInstance.status != "cancelled")
        .order_by(Submission.at, Submission.id)
    )
    found: dict[UUID, dict[str, Any]] = {}
    for process_id, form_id, stored in rows:
        known = found.setdefault(process_id, {})
        form, answers = forms.get(form_id), decode(stored)
        for item in form.fields if form is not None else ():
            if item.feeds and answers.get(item.key) not in (None, "", []):
                known[item.feeds] = answers[item.key]
    return found.values()
