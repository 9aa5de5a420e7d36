"""The rooms of a network for tests: their settings, a charter signed, a thread with a file."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.uploads import Upload
from app.database import db
from app.models import Partner, Post
from app.services import charter, exchanges
from app.services.actors import Actor
from app.services.exchange_posts import Written

RIGHTS: Final = '"charte.agir", "annuaire.agir", "echanges.voir", "echanges.moderer", "veille.voir"'
ROOMS: Final = """
[charte.signataires]
responsable = "Responsable de la structure"
elu = "Élue ou élu"

[echanges.sujets]
pratiques = "Pratiques"

[veille.chiffres.recus]
libelle = "Ménages reçus"

[vitrine]
titre = "Un réseau"
accroche = "Des professionnels se coordonnent."

[vitrine.depliants]
tous = "Pour tous"
"""


def who_signs(**changed: Any) -> dict[str, Any]:
    """Return what a signature says."""
    return {
        "nom": "Paule Guérin", "fonction": "Directrice", "qualite": "responsable", "accord": "oui",
        "le": clock.today(), **changed,
    }  # fmt: skip


def live(named: str, partner_id: UUID, by: Actor, *, versions: int = 1) -> dict[str, Any]:
    """Publish the charter, sign it on paper for a structure, open a thread with a file; return their ids."""
    for number in range(versions):
        charter.publish(f"Charte {named}", f"Texte de {named}.", after=number, by=by)
    charter.sign(partner_id, versions, who_signs(), by=by, scan=Upload.sample("page.png"))
    (signed, _), *_ = charter.signatures_of(partner_id)
    signature_id = signed.id
    thread_id = exchanges.begin(
        "pratiques", f"Fil de {named}", Written(f"Un mot de {named}.", [Upload.sample("note.png")]), by=by
    )
    posted = exchanges.thread(thread_id, by).said[0].files[0][0]
    post_id = db.session.scalars(select(Post.id).where(Post.thread_id == thread_id)).one()
    return {
        "signature_id": signature_id, "thread_id": thread_id, "post_id": post_id, "posted": posted,
        "key": "tous", "size": "a5",
    }  # fmt: skip


def a_structure(name: str) -> UUID:
    """Return the id of a structure of the directory."""
    return db.session.scalars(select(Partner.id).where(Partner.name == name)).one()
