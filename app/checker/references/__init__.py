"""What the files of a bundle name in each other: what is missing, and what nothing uses."""

from app.checker.references.acts import problems as act_problems
from app.checker.references.assumptions import problems as assumption_problems
from app.checker.references.campaigns import problems as campaign_problems
from app.checker.references.frequencies import problems as frequency_problems
from app.checker.references.holds import problems as hold_problems
from app.checker.references.invitations import problems as invitation_problems
from app.checker.references.lanes import problems as lane_problems
from app.checker.references.meetings import problems as meeting_problems
from app.checker.references.messages import problems as message_problems
from app.checker.references.missing import problems as missing_problems
from app.checker.references.money import problems as money_problems
from app.checker.references.planned import problems as planned_problems
from app.checker.references.unused import problems as unused_problems
from app.checker.references.verbs import problems as verb_problems

__all__ = [
    "act_problems",
    "assumption_problems",
    "campaign_problems",
    "frequency_problems",
    "hold_problems",
    "invitation_problems",
    "lane_problems",
    "meeting_problems",
    "message_problems",
    "missing_problems",
    "money_problems",
    "planned_problems",
    "unused_problems",
    "verb_problems",
]
