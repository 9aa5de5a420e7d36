"""Stored facts, one entity a module; importing this package registers them all."""

from app.models.account import LoginAttempt, Membership, User
from app.models.anah import AnahCeiling
from app.models.case import Case, Dwelling, Household
from app.models.document import Document, StoredFile
from app.models.event import Event, EventReceipt
from app.models.incident import Incident
from app.models.job import Job
from app.models.journal import JournalLine
from app.models.message import Message
from app.models.orientation import Orientation, Partner, Share
from app.models.process import DecisionRecord, ProcessInstance, Timer
from app.models.review import ReviewItem
from app.models.task import Draft, Submission, Task
from app.models.territory import ProgrammeDraft, Release, Territory

__all__ = [
    "AnahCeiling",
    "Case",
    "DecisionRecord",
    "Document",
    "Draft",
    "Dwelling",
    "Event",
    "EventReceipt",
    "Household",
    "Incident",
    "Job",
    "JournalLine",
    "LoginAttempt",
    "Membership",
    "Message",
    "Orientation",
    "Partner",
    "ProcessInstance",
    "ProgrammeDraft",
    "Release",
    "ReviewItem",
    "Share",
    "StoredFile",
    "Submission",
    "Task",
    "Territory",
    "Timer",
    "User",
]
