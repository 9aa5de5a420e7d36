"""Stored facts, one entity a module; importing this package registers them all."""

from app.models.account import Invitation, LoginAttempt, Membership, User
from app.models.anah import AnahCeiling
from app.models.apart_sight import hidden_cases
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
from app.models.heartbeat import Heartbeat
from app.models.incident import Incident
from app.models.job import Job
from app.models.journal import JournalLine
from app.models.lineage import Logo, Opening, Pull, ReleaseOffer
from app.models.mend import Mend
from app.models.message import Message
from app.models.meter import Baseline, Reading
from app.models.migration import MigratedProcess, Migration
from app.models.money import Agreement, Commitment, Envelope, Exact, Payment, Quota, QuotaPlace
from app.models.notice import Notice, NoticePreference, NoticeSettings
from app.models.orientation import Orientation, Partner, Share
from app.models.process import DecisionRecord, ProcessInstance, Timer
from app.models.reference import Figure, Scaled
from app.models.report import IndicatorFact, Outline, ReportText, YearlyReport
from app.models.review import Meeting, ReviewItem
from app.models.sharing import KeptApart, SharedElement
from app.models.sight import entrusted_cases
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
from app.models.territory import ProgrammeDraft, Release, Territory
from app.models.trial import Scenario, Trial, Walk

__all__ = [
    "Agreement",
    "Ambassador",
    "AnahCeiling",
    "Appointment",
    "Baseline",
    "Breach",
    "CalendarFeed",
    "Campaign",
    "Case",
    "CaseWord",
    "Challenge",
    "ChallengeBuilding",
    "CharterSignature",
    "CharterText",
    "Commitment",
    "Consultation",
    "DecisionRecord",
    "Delegation",
    "DirectorySheet",
    "Document",
    "Donation",
    "DoorAnswer",
    "Draft",
    "DraftChange",
    "DraftPresence",
    "DraftProposal",
    "Duty",
    "Dwelling",
    "Entrustment",
    "EntryDraft",
    "Envelope",
    "Event",
    "EventReceipt",
    "Exact",
    "ExchangeReader",
    "Figure",
    "Gathering",
    "Goal",
    "HandbookFile",
    "Heartbeat",
    "Household",
    "Incident",
    "IndicatorFact",
    "Invitation",
    "Job",
    "JournalLine",
    "KeptApart",
    "LoginAttempt",
    "Logo",
    "Meeting",
    "Membership",
    "Mend",
    "Message",
    "MigratedProcess",
    "Migration",
    "Notice",
    "NoticePreference",
    "NoticeSettings",
    "Opening",
    "Orientation",
    "Outline",
    "Partner",
    "Payment",
    "Post",
    "PostFile",
    "ProcessInstance",
    "ProgrammeDraft",
    "PublicPaper",
    "Publication",
    "Pull",
    "Quota",
    "QuotaPlace",
    "Reading",
    "Registration",
    "Release",
    "ReleaseOffer",
    "ReportText",
    "ReviewItem",
    "Round",
    "SavedFilter",
    "Scaled",
    "Scenario",
    "Share",
    "SharedElement",
    "SheetChange",
    "SheetPreview",
    "SheetProfile",
    "Site",
    "SiteProcess",
    "SiteReferent",
    "SiteZoning",
    "StepLink",
    "StockItem",
    "StockMove",
    "StoredFile",
    "StructureLink",
    "Submission",
    "TakeoverBatch",
    "TakeoverProfile",
    "TakeoverRow",
    "Tally",
    "Target",
    "Task",
    "TaskVisit",
    "Territory",
    "Thread",
    "ThreadRead",
    "Timer",
    "Trial",
    "User",
    "Voice",
    "Walk",
    "WatchFigure",
    "YearlyReport",
    "entrusted_cases",
    "hidden_cases",
]
