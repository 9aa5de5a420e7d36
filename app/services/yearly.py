"""The yearly report while it is a draft: begun, written by several people, given up (AST-11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.indicators import ReportPart
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models import ReportText, YearlyReport
from app.services import indicators, journal, releases
from app.services.actors import Actor
from app.services.indicators_periods import Period, year_of

WRITE: Final = "rapports.agir"
LONGEST: Final = 20_000
"""Letters of a part."""


class WrittenMeanwhile(Conflict):
    """Somebody else changed a part that this person was writing; ``parts`` maps each to the other's text."""

    sentence_template = (
        "Une autre personne a enregistré cette partie pendant que vous l'écriviez. Votre texte est conservé "
        "ci-dessous, le sien aussi : réunissez-les, puis enregistrez."
    )

    @property
    def theirs(self) -> dict[str, str]:
        """What the other person wrote, by part."""
        parts = self.facts["parts"]
        return {str(name): str(text) for name, text in parts.items()} if isinstance(parts, Mapping) else {}


class IssuedAlready(Conflict):
    """The report was issued or dropped: nothing of it changes any more."""

    sentence_template = "Ce rapport n'est plus un brouillon : il ne change plus. Commencez-en un autre."


@dataclass(frozen=True)
class Part:
    """A part of a report as it stands: what was asked for, what is written, by whom."""

    asked: ReportPart
    text: str
    version: int
    by: str


@dataclass(frozen=True)
class Report:
    """A report and its parts; ``orphans`` are texts of parts that the programme no longer asks for."""

    row: YearlyReport
    period: Period
    parts: tuple[Part, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of the parts that must be written before it is issued."""
        return tuple(part.asked.title for part in self.parts if part.asked.required and not part.text.strip())


def listing(actor: Actor) -> list[YearlyReport]:
    """Return the reports that a person may see, the newest first: drafts for those who write them.

    Raises:
        Forbidden: the role neither writes reports nor sees indicators.
    """
    require(actor)
    query = select(YearlyReport).where(YearlyReport.status != "dropped")
    if not actor.rights.may(WRITE):
        query = query.where(YearlyReport.status == "issued")
    return list(db.session.scalars(query.order_by(YearlyReport.first.desc(), YearlyReport.created_at.desc())))


def begin(period: Period, actor: Actor) -> UUID:
    """Begin the report of a year; an open draft of the same year is given back instead of a second one.

    Raises:
        Forbidden: the role writes no reports.
        Invalid: the year has not begun, or is no year.
    """
    require_writer(actor)
    if period.first > clock.today() or period.months != 12:
        raise Invalid({"annee": ["Choisissez une année commencée."]})
    with transaction() as session:
        releases.in_turn()  # two people who begin at once begin one draft
        draft = select(YearlyReport).where(YearlyReport.status == "draft", YearlyReport.first == period.first)
        known = session.scalar(draft)
        if known is not None:
            return known.id
        row = YearlyReport(
            id=new_id(),
            title=f"{releases.current().bundle.indicators.report_title}, {period.words}",
            first=period.first,
            last=period.last,
            created_at=clock.now(),
            created_by=actor.name,
        )
        session.add(row)
        note("rapport.commence", row.id, actor)
        return row.id


def report(report_id: UUID, actor: Actor) -> Report:
    """Return a report, its parts in the order of the programme.

    Raises:
        NotFound: none of that id here for this person.
    """
    require(actor)
    row = db.session.scalar(select(YearlyReport).where(YearlyReport.id == report_id))
    if row is None or row.status == "dropped" or (row.status == "draft" and not actor.rights.may(WRITE)):
        raise NotFound
    texts = {
        one.part: one for one in db.session.scalars(select(ReportText).where(ReportText.report_id == row.id))
    }
    parts = tuple(
        Part(asked, texts[asked.id].text, texts[asked.id].version, texts[asked.id].updated_by)
        if asked.id in texts
        else Part(asked, "", 0, "")
        for asked in releases.current().bundle.indicators.parts
    )
    return Report(row, Period(row.first, row.last), parts)


def write(report_id: UUID, texts: Mapping[str, tuple[str, int]], actor: Actor) -> int:
    """Keep what somebody wrote in the parts of a draft; return how many parts changed.

    Args:
        texts: by part, the text and the version that the person began from.

    Raises:
        Forbidden: the role writes no reports.
        NotFound: no such report.
        IssuedAlready: it is no draft any more.
        Invalid: a text is too long.
        WrittenMeanwhile: somebody else changed a part first; the other parts are kept all the same.
    """
    require_writer(actor)
    known = {part.asked.id for part in report(report_id, actor).parts}
    _check_lengths(texts)
    with transaction() as session:
        mine = select(YearlyReport).where(YearlyReport.id == report_id).with_for_update()
        row = session.scalars(mine).one()
        if row.status != "draft":
            raise IssuedAlready
        theirs, changed = _lay_down(row.id, {name: texts[name] for name in texts if name in known}, actor)
        if changed:
            row.version += 1  # whoever issues saw what is written now, or looks again
            note("rapport.ecrit", row.id, actor, parties=sorted(set(texts) - set(theirs)))
    if theirs:
        raise WrittenMeanwhile(parts=theirs)
    return changed


def _check_lengths(texts: Mapping[str, tuple[str, int]]) -> None:
    said = [f"Ce texte dépasse {LONGEST} signes. Raccourcissez-le."]
    problems = {name: said for name, (text, _) in texts.items() if len(text) > LONGEST}
    if problems:
        raise Invalid(problems)


def _lay_down(
    report_id: UUID, texts: Mapping[str, tuple[str, int]], actor: Actor
) -> tuple[dict[str, str], int]:
    """Keep each part that nobody else changed; return the others' texts, and how many were kept."""
    kept = _texts(report_id)
    theirs: dict[str, str] = {}
    changed = 0
    for name, (text, version) in texts.items():
        old = kept.get(name)
        said = _tidy(text)
        if said == (old.text if old else ""):
            continue
        if version != (old.version if old else 0):
            theirs[name] = old.text if old else ""
            continue
        _keep(report_id, name, said, old, actor)
        changed += 1
    return theirs, changed


def _texts(report_id: UUID) -> dict[str, ReportText]:
    rows = db.session.scalars(select(ReportText).where(ReportText.report_id == report_id))
    return {row.part: row for row in rows}


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _keep(report_id: UUID, name: str, text: str, old: ReportText | None, actor: Actor) -> None:
    if old is None:
        old = ReportText(id=new_id(), report_id=report_id, part=name, version=0)
        db.session.add(old)
    old.text, old.version = text, old.version + 1
    old.updated_at, old.updated_by = clock.now(), actor.name


def drop(report_id: UUID, actor: Actor) -> None:
    """Give up a draft.

    Raises:
        Forbidden, NotFound: as ``write``.
        IssuedAlready: it was issued.
    """
    require_writer(actor)
    found = report(report_id, actor)
    if found.row.status != "draft":
        raise IssuedAlready
    with transaction() as session:
        row = session.get_one(YearlyReport, report_id)
        if row.status != "draft":
            raise IssuedAlready
        row.status, row.version = "dropped", row.version + 1
        note("rapport.abandonne", report_id, actor)


def years(today: date) -> list[Period]:
    """Return the years of which a report may be begun, the newest first."""
    first_month = releases.current().bundle.indicators.first_month
    return [year_of(date(today.year - back, today.month, 1), first_month) for back in range(5)]


def require(actor: Actor) -> None:
    """Refuse whoever neither writes reports nor sees indicators."""
    if not (actor.rights.may(WRITE) or actor.rights.may(indicators.SEE)):
        raise Forbidden


def require_writer(actor: Actor) -> None:
    """Refuse whoever does not write reports."""
    if not actor.rights.may(WRITE):
        raise Forbidden


def note(action: str, report_id: UUID, actor: Actor, **details: Any) -> None:
    """Write a line of the journal about a report, in the transaction under way."""
    journal.write(action, actor=actor.name, user_id=actor.user_id, subject=str(report_id), details=details)
