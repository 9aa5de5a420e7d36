"""What the alert page of somebody with an account says of its draft, and how the page keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.catalog.uploads import Upload
from app.ids import new_id
from app.services import entry_drafts, follow_ups, perimeter
from app.services.actors import Actor
from app.services.follow_ups import Followed
from app.web import answering
from app.web.answering import Redisplay, Sheet

DRAFT: Final = "_brouillon"
PAGE: Final = "_page"
SEEN: Final = "_lu"
FOLLOWS: Final = "_suite_de"
"""Hidden names of the form: which draft, which page, the version it saw, the case it carries on."""


@dataclass(frozen=True)
class Prepared:
    """What somebody with an account is writing: its draft, whether it is kept already, what it follows."""

    draft_id: UUID
    page: str
    seen: int
    follows: Followed | None
    kept: entry_drafts.Opened | None

    @property
    def follows_id(self) -> UUID | None:
        """The case to carry on; that of the draft, once it is kept."""
        if self.kept is not None:
            return self.kept.follows
        return self.follows.case_id if self.follows is not None else None

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden inputs of the form."""
        return {
            DRAFT: str(self.draft_id),
            PAGE: self.page,
            SEEN: str(self.seen),
            FOLLOWS: self.follows.reference if self.follows is not None else "",
        }


def prepared_by(sender: Actor, given: Mapping[str, Any]) -> Prepared | None:
    """Return what a person with an account is writing; None for the public, who has nothing to come back to.

    Raises:
        NotFound: a draft of somebody else, or a case this person may not carry on.
    """
    if sender.user_id is None:
        return None
    draft_id = _as_id(given.get(DRAFT) or given.get("brouillon")) or new_id()
    reference = str(given.get(FOLLOWS) or given.get("suite") or "")
    with perimeter.serving(sender):  # the page is open to all; what somebody sees of a case is not
        kept = entry_drafts.opened(draft_id, sender)
        if kept is not None:
            reference = (follow_ups.reference_of(kept.follows) or "") if kept.follows is not None else ""
        follows = follow_ups.followed(reference, sender) if reference else None
    return Prepared(
        draft_id=draft_id,
        page=str(given.get(PAGE) or new_id().hex)[:40],
        seen=_number(given.get(SEEN), kept.version if kept is not None else 0),
        follows=follows,
        kept=kept,
    )


def _as_id(text: object) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def _number(text: object, otherwise: int) -> int:
    digits = str(text or "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else otherwise


def save(sheet: Sheet, prepared: Prepared, sender: Actor) -> datetime:
    """Keep what is typed on the page.

    Raises:
        StaleDraft, AlreadySent: as ``entry_drafts.save``.
    """
    return entry_drafts.save(
        prepared.draft_id,
        sheet.typed().values,
        sender,
        page=prepared.page,
        seen=prepared.seen,
        follows=prepared.follows_id,
    )


def files_kept(sheet: Sheet, shown: Redisplay, prepared: Prepared, sender: Actor) -> tuple[Sheet, Redisplay]:
    """Store the files just sent beside the draft.

    Raises:
        AlreadySent: the draft has become a case.
    """

    def store(uploads: Mapping[str, Sequence[Upload]]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return entry_drafts.keep_files(prepared.draft_id, uploads, sender, follows=prepared.follows_id)

    return answering.files_beside(sheet, shown, store)
