"""The results of a campaign on paper: for La Poste and the public, or for the team (CAR-5, LAW-9)."""

from uuid import UUID

from sqlalchemy import select

from app.database import db, transaction
from app.errors import NotFound
from app.models import Document, ProcessInstance
from app.services import campaigns, documents, journal, releases
from app.services.actors import Actor
from app.services.campaign_results import document_facts, results


def order(campaign_id: UUID, *, public: bool, by: Actor) -> None:
    """Have the results printed after the commit, as a document of the campaign's process.

    Raises:
        NotFound: no such campaign, or the programme has no template for it.
    """
    row = campaigns.find(campaign_id)
    process = db.session.get_one(ProcessInstance, row.process_id)
    release = releases.of(process.release_id)
    rules = release.settings.campaigns
    if rules is None or rules.document is None:
        raise NotFound
    facts = document_facts(results(campaign_id, public=public))
    with transaction() as session:
        ordered = documents.order(rules.document, session.merge(process), release, orientation_id=None)
        if ordered is not None:
            ordered.context = {**ordered.context, "campagne": facts}
        if ordered is not None and not public:
            ordered.title = f"{ordered.title} (interne)"
        journal.write(
            "export.campagne", actor=by.name, user_id=by.user_id, process_id=row.process_id,
            subject=str(campaign_id),
            details={"genre": "pdf", "version": "publique" if public else "interne"},
        )  # fmt: skip


def printed(campaign_id: UUID) -> list[Document]:
    """Return the documents made of a campaign, the newest first."""
    row = campaigns.find(campaign_id)
    query = select(Document).where(Document.process_id == row.process_id)
    return list(db.session.scalars(query.order_by(Document.at.desc(), Document.id)))
