"""The studio: the draft of a programme, changed file by file by several people, judged as it stands.

``drafting`` reads and writes the draft, ``past`` keeps its earlier states, ``presence`` says who is at work,
``judging`` asks the checker, ``standing`` sums up for the first page, ``naming`` lists what a designer may
name. A file is written with the digest that its writer saw: two people never overwrite each other unseen.
"""

from app.services.studio import proposals
from app.services.studio.adding import add, bring, replaced
from app.services.studio.admitting import Refused, digest_of
from app.services.studio.drafting import (
    DraftFile,
    StaleFile,
    bring_in,
    files,
    opened,
    read,
    remove,
    rename,
    replace,
    restore,
    save,
)
from app.services.studio.judging import bundle, problems
from app.services.studio.naming import vocabulary
from app.services.studio.past import history
from app.services.studio.presence import Presence, at_work, present
from app.services.studio.standing import FileState, states

__all__ = [
    "DraftFile",
    "FileState",
    "Presence",
    "Refused",
    "StaleFile",
    "add",
    "at_work",
    "bring",
    "bring_in",
    "bundle",
    "digest_of",
    "files",
    "history",
    "opened",
    "present",
    "problems",
    "proposals",
    "read",
    "remove",
    "rename",
    "replace",
    "replaced",
    "restore",
    "save",
    "states",
    "vocabulary",
]
