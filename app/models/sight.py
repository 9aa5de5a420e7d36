"""What people whose role is limited to their structure see of each entity (docs/adr/0019).

Every entity of a territory has its line here; ``tests/architecture/test_perimeter_rules.py`` refuses one
without.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from app.models.campaign import Campaign, DoorAnswer, Round, SheetPreview, SheetProfile, Target
from app.models.case import Case, Dwelling, Household
from app.models.desk import Appointment, CalendarFeed, CaseWord, Delegation, SavedFilter, TaskVisit
from app.models.directory import (
    CharterSignature,
    CharterText,
    DirectorySheet,
    SheetChange,
    StructureLink,
    WatchFigure,
)
from app.models.document import Document, StoredFile
from app.models.duty import Breach, Duty
from app.models.entry_draft import EntryDraft
from app.models.event import Event, EventReceipt
from app.models.exchange import ExchangeReader, Post, PostFile, Thread, ThreadRead
from app.models.gathering import Consultation, Gathering, PublicPaper, Registration, Voice
from app.models.goal import Donation, Goal
from app.models.handbook import HandbookFile
from app.models.incident import Incident
from app.models.job import Job
from app.models.journal import JournalLine
from app.models.lineage import Logo, Opening, Pull, ReleaseOffer
from app.models.mend import Mend
from app.models.message import Message
from app.models.meter import Baseline, Reading
from app.models.migration import MigratedProcess, Migration
from app.models.money import Agreement, Commitment, Envelope, Payment, Quota, QuotaPlace
from app.models.notice import Notice, NoticePreference, NoticeSettings
from app.models.orientation import Orientation, Partner, Share
from app.models.process import DecisionRecord, ProcessInstance, Timer
from app.models.reference import Figure
from app.models.report import IndicatorFact, Outline, ReportText, YearlyReport
from app.models.review import Meeting, ReviewItem
from app.models.sharing import KeptApart, SharedElement
from app.models.site import (
    Ambassador,
    Challenge,
    ChallengeBuilding,
    Site,
    SiteProcess,
    SiteReferent,
    SiteZoning,
)
from app.models.step_link import StepLink
from app.models.stock import StockItem, StockMove
from app.models.structure import Entrustment
from app.models.studio import DraftChange, DraftPresence, DraftProposal, Publication
from app.models.takeover import TakeoverBatch, TakeoverProfile, TakeoverRow
from app.models.tally import Tally
from app.models.task import Draft, Submission, Task
from app.models.territory import ProgrammeDraft, Release
from app.models.trial import Scenario, Trial, Walk
from app.perimeter import HIDDEN, SHARED, Rule, classify, structure


def entrusted_cases() -> Select[Any]:
    """Return the ids of the cases entrusted to the structure being served, whatever the relation."""
    return select(Entrustment.case_id).where(
        Entrustment.partner_id == structure(), Entrustment.until.is_(None)
    )


def _of_a_case(entity: Any) -> ColumnElement[bool]:
    """A row of an entrusted case; one without a case is the territory's, and hidden."""
    found: ColumnElement[bool] = entity.case_id.in_(entrusted_cases())
    return found


def _of_a_case_or_none(entity: Any) -> ColumnElement[bool]:
    return or_(entity.case_id.is_(None), entity.case_id.in_(entrusted_cases()))


def _the_case(entity: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = entity.id.in_(entrusted_cases())
    return found


def _who_or_where(column: Any) -> Rule:
    """A household or a dwelling of an entrusted case."""
    theirs = select(column).where(Case.id.in_(entrusted_cases()))
    return Rule("through", lambda entity: entity.id.in_(theirs))


def _of_a_process(entity: Any) -> ColumnElement[bool]:
    theirs = select(ProcessInstance.id).where(ProcessInstance.case_id.in_(entrusted_cases()))
    found: ColumnElement[bool] = entity.process_id.in_(theirs)
    return found


def _of_a_task(entity: Any) -> ColumnElement[bool]:
    theirs = select(Task.id).where(Task.case_id.in_(entrusted_cases()))
    found: ColumnElement[bool] = entity.task_id.in_(theirs)
    return found


def _of_the_structure(entity: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = entity.partner_id == structure()
    return found


def _of_an_own_batch(entity: Any) -> ColumnElement[bool]:
    theirs = select(TakeoverBatch.id).where(TakeoverBatch.partner_id == structure())
    found: ColumnElement[bool] = entity.batch_id.in_(theirs)
    return found


BY_CASE = Rule("case", _of_a_case)
"""Rows of entrusted cases; what belongs to no case is the whole territory's and is not shown."""
BY_CASE_OR_OWN = Rule("case", _of_a_case_or_none)
"""The same, and what belongs to no case: only where every reader asks for a person's own rows."""
BY_PROCESS = Rule("through", _of_a_process)
BY_TASK = Rule("through", _of_a_task)
ITS_OWN = Rule("through", _of_the_structure)
"""What names the structure itself: its agreements, its money; never another's, even on a shared case."""


def _of_its_sites(entity: Any) -> ColumnElement[bool]:
    theirs = select(Site.id).where(Site.landlord_id == structure())
    found: ColumnElement[bool] = entity.site_id.in_(theirs)
    return found


def _its_site(entity: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = entity.landlord_id == structure()
    return found


def _its_referents(entity: Any) -> ColumnElement[bool]:
    return or_(_its_site(entity), _of_its_sites(entity))


def _of_its_challenges(entity: Any) -> ColumnElement[bool]:
    theirs = select(Challenge.id).where(_of_its_sites(Challenge))
    found: ColumnElement[bool] = entity.challenge_id.in_(theirs)
    return found


BY_SITE = Rule("through", _of_its_sites)
"""What belongs to the sites whose landlord is the structure itself."""

BY_BATCH = Rule("through", _of_an_own_batch)
"""Lines of a lot that the structure itself brought in."""

classify(
    BY_CASE,
    Appointment, Breach, CaseWord, DecisionRecord, Document, Duty, Entrustment, Event, Incident, JournalLine,
    Mend, Message, Orientation, ProcessInstance, QuotaPlace, ReviewItem, Share, StoredFile, Submission, Task,
)  # fmt: skip
classify(BY_CASE, KeptApart, SharedElement)
classify(BY_CASE_OR_OWN, EntryDraft, Notice)
classify(BY_PROCESS, EventReceipt, Timer)
classify(BY_TASK, Draft, StepLink, TaskVisit)
classify(ITS_OWN, Agreement, Commitment, Payment)
classify(Rule("case", _the_case), Case)
classify(_who_or_where(Case.household_id), Household)
classify(_who_or_where(Case.dwelling_id), Dwelling)
classify(
    SHARED,  # no line of them speaks of a case
    CalendarFeed, Delegation, DraftChange, DraftPresence, DraftProposal, NoticePreference, NoticeSettings,
    Partner, ProgrammeDraft, Publication, Release, SavedFilter, Scenario, Trial, Walk,
)  # fmt: skip
classify(
    HIDDEN,  # they speak of everybody's cases at once, or of doors where nobody is known yet
    Campaign, DoorAnswer, Envelope, Job, Meeting, Quota, Round, SheetPreview, SheetProfile, Tally, Target,
)  # fmt: skip
classify(HIDDEN, MigratedProcess, Migration)  # whoever is limited carries no case over
classify(HIDDEN, IndicatorFact, ReportText, YearlyReport)  # figures of everybody's cases
classify(BY_CASE, StockMove)  # what came into stock is not theirs to see
classify(SHARED, StockItem)
classify(SHARED, HandbookFile, Outline)
classify(SHARED, Consultation, Gathering, PublicPaper, Registration, Voice)  # the network: no case in them
classify(
    SHARED,  # about structures, or words of the network's members: no case in them
    CharterSignature, CharterText, DirectorySheet, ExchangeReader, Post, PostFile, SheetChange, Thread,
    ThreadRead,
)  # fmt: skip
classify(HIDDEN, StructureLink, WatchFigure)  # other structures' links and figures
classify(SHARED, Logo, Opening, Pull, ReleaseOffer)  # programmes, and a territory being prepared
classify(ITS_OWN, TakeoverBatch, TakeoverProfile)
classify(BY_BATCH, TakeoverRow)
classify(BY_CASE, Baseline, Reading)
classify(SHARED, Figure)  # degree days, tariffs: no line of it speaks of a case
classify(Rule("through", _its_site), Site)
classify(Rule("through", _its_referents), SiteReferent)
classify(BY_SITE, Ambassador, Challenge, SiteProcess, SiteZoning)
classify(Rule("through", _of_its_challenges), ChallengeBuilding)
classify(HIDDEN, Donation, Goal)  # plans and gifts of the whole programme
