"""Files of a draft, an import that waits and a publication, for pages to name."""

import threading
from typing import Any, Final
from uuid import UUID

from app import clock
from app.database import transaction
from app.ids import new_id
from app.models import DraftProposal, Publication
from app.services import releases, studio
from app.services.actors import Actor

STEM: Final = "propre_au_territoire"
"""The name of files that one territory alone has in its draft."""
_NAMED: Final = ("studio_diagrams", "studio_steps", "studio_forms", "studio_decisions", "studio_texts")


def own_files(word: str) -> dict[str, bytes]:
    """Return files of each kind that say the word."""
    held = releases.current().bundle.as_text()
    drawn = held["bpmn/visite.bpmn"].replace("Visite à domicile", word)
    form = held["forms/cloture.json"].replace('"id": "cloture"', f'"id": "{STEM}"')
    return {
        f"bpmn/{STEM}.bpmn": drawn.replace("visite", STEM).encode(),
        f"dmn/{STEM}.dmn": held["dmn/triage.dmn"].replace("triage", STEM).encode(),
        f"forms/{STEM}.json": form.encode(),
        f"messages/{STEM}.txt": f"Objet : {word}\n\nUn mot de {word}.\n".encode(),
    }


def kept_studio(word: str, by: Actor) -> dict[str, UUID]:
    """Keep a proposal and a refused publication that say the word; return their ids by name."""
    now, proposal, publication = clock.now(), new_id(), new_id()
    studio.opened(by)
    texts = {file.name: file.text for file in studio.files()}
    with transaction() as session:
        session.add(
            DraftProposal(
                id=proposal, files={**texts, "messages/apporte.txt": word}, origin=f"Importé de {word}.",
                version=1, by=by.name, user_id=by.user_id, created_at=now,
            )
        )  # fmt: skip
        session.add(
            Publication(
                id=publication, draft_version=1, fingerprint="0" * 64, note=f"Un mot de {word}", by=by.name,
                user_id=by.user_id, status="refused", message=f"Refusée à {word}.", report={}, created_at=now,
                heard_at=now, ended_at=now,
            )
        )  # fmt: skip
    return {"proposal_id": proposal, "publication_id": publication}


def let_go(seconds: float = 30, *, of: tuple[str, ...] = ("publication ",)) -> None:
    """Wait until every publication of this process, or what else is named, has let go of the database."""
    for thread in threading.enumerate():
        if thread.name.startswith(of):
            thread.join(seconds)
            assert not thread.is_alive(), thread.name


def names_of(endpoint: str) -> dict[str, Any]:
    """Return what an address of the studio names beside ids."""
    room = endpoint.partition(".")[0]
    if room == "studio_archives":
        return {"kind": "zip"}
    if room == "studio_files":
        return {"name": f"messages/{STEM}.txt"}
    if room == "studio_settings":
        return {"stem": "territoire"}
    return {"name": STEM, "stem": STEM, "kind": "messages"} if room in _NAMED else {}
