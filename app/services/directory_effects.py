"""Carries out the verbs of the directory, inside the step's transaction (ANG-5)."""

from uuid import UUID

from app.handlers.directory_effects import OnDirectory, VerifySheet, WriteToStructure
from app.models import ProcessInstance
from app.services import directory_sheets, structure_links
from app.services.releases import LoadedRelease


def apply(
    effect: OnDirectory, by: tuple[str, UUID | None], process: ProcessInstance, release: LoadedRelease
) -> None:
    """Apply one; ``by``: the name and the account of whoever gave the last answer of the process."""
    if isinstance(effect, VerifySheet):
        author, user_id = by
        directory_sheets.note_verified(
            effect.partner_id, effect.on, author, user_id=user_id, process_id=process.id
        )
    elif isinstance(effect, WriteToStructure):
        structure_links.write(effect, process, release)
    else:
        raise TypeError(f"no way to apply {type(effect).__name__}")
