"""Documents: the facts are frozen with the step, the PDF is made after the commit.

A template says on its first line how it is laid out and which classes it may draw on::

    <!-- titre: Lettre d'orientation | mise-en-page: lettre | classes: technique -->

Whoever may read those classes may open the document (LAW-1). A partner's letter is narrower still:
its answers are those ticked for that partner.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock, jobs, withheld
from app.access import CLASSES
from app.catalog.templates import substitute
from app.database import db, end_read, transaction
from app.documents import Brand, DocumentFault, Heading, answers_table, drawn, grid, pdf, render_html
from app.documents.front import Front, front, without_front
from app.errors import NotFound
from app.ids import new_id
from app.jobs import job
from app.models import Document, ProcessInstance, StoredFile
from app.services import (
    archives,
    document_facts,
    files,
    journal,
    logos,
    meter_papers,
    releases,
    sharing,
    storage,
)
from app.services.actors import Actor
from app.services.releases import LoadedRelease


def order(
    template: str, process: ProcessInstance, release: LoadedRelease, *, orientation_id: UUID | None
) -> Document | None:
    """Freeze a document's facts in the transaction under way and have it rendered after it.

    Returns it; None when everything is withheld (``app.withheld``).
    """
    if withheld.note("document"):
        return None
    said = front(release.bundle.files[f"documents/{template}.html"].decode(), template)
    row = Document(
        id=new_id(),
        case_id=process.case_id,
        process_id=process.id,
        orientation_id=orientation_id,
        template=template,
        title=said.title,
        context=document_facts.freeze(process, release, said.classes, orientation_id),
        classes=sorted(said.classes | document_facts.shared_classes(release, orientation_id)),
        release_id=process.release_id,
        at=clock.now(),
    )
    db.session.add(row)
    jobs.enqueue("render_document", document_id=row.id)
    return row


@job("render_document", queue="documents")
def render(document_id: str) -> None:
    """Make the PDF of a document and keep it; done once, repeated without harm.

    A template that cannot be laid out marks the document as failed, with its cause.
    """
    row = db.session.scalar(select(Document).where(Document.id == UUID(document_id)))
    if row is None or row.status == "ready":
        return
    facts, title, case_id = row.context, row.title, row.case_id
    made = _maker(row)
    end_read()
    try:
        content = pdf(made())
    except DocumentFault as fault:
        _fail(document_id, fault.sentence)
        return
    with transaction() as session:
        target = session.scalars(select(Document).where(Document.id == UUID(document_id))).one()
        if target.status == "ready":
            return
        stored = files.keep(
            content,
            name=_file_name(title, facts),
            mime="application/pdf",
            classe=_most_protected(target.classes),
            case_id=case_id,
            user_id=None,
        )
        target.file_id, target.status, target.error = stored.id, "ready", None


def page_of(row: Document) -> str:
    """Return the page of a document before it is laid out: what whoever tries a programme reads of it.

    Raises:
        DocumentFault: its template cannot be filled.
    """
    return _maker(row)()


def _maker(row: Document) -> Callable[[], str]:
    """Return what makes the page of a document; it reads no row any more."""
    body = releases.of(row.release_id).bundle.files[f"documents/{row.template}.html"].decode()
    said = front(body, row.template)
    facts, title = row.context, row.title
    return lambda: render_html(
        without_front(body),
        marked(facts),
        title=title,
        layout="lettre" if said.layout == "lettre" else "guide" if said.layout == "guide" else "rapport",
        brand=_brand(facts),
        heading=_heading(facts, said),
    )


def _fail(document_id: str, cause: str) -> None:
    with transaction() as session:
        row = session.scalars(select(Document).where(Document.id == UUID(document_id))).one()
        row.status, row.error = "failed", cause


def _most_protected(classes: list[str]) -> str:
    return max(classes, key=CLASSES.index, default=CLASSES[0])


def _file_name(title: str, facts: Mapping[str, Any]) -> str:
    reference = facts.get("dossier", {}).get("reference", "")
    return " ".join(part for part in (title, reference) if part) + ".pdf"


def _brand(facts: Mapping[str, Any]) -> Brand:
    territory = facts["territoire"]
    lines = (territory["service"], territory["adresse"], territory["telephone"], territory["courriel"])
    shown = tuple(line for line in lines if line)
    return Brand(name=territory["nom"], address=shown, logo_png=logos.png())


def _heading(facts: Mapping[str, Any], said: Front) -> Heading:
    partner = facts.get("partenaire")
    lines = [substitute(line, facts, html=False).strip() for line in said.recipient]
    return Heading(
        reference=facts.get("dossier", {}).get("reference", ""),
        date=facts["date"],
        recipient=(partner["nom"],) if partner else tuple(dict.fromkeys(line for line in lines if line)),
    )


def marked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Turn frozen rows back into tables, ``{{ reponses.visite.tableau }}``, and signatures into drawings."""
    made: dict[str, Any] = {}
    for key, value in facts.items():
        if isinstance(value, dict):
            if "_trace" in value:
                made[key] = drawn(value["_trace"], value["texte"])
                continue
            if "_courbes" in value:
                made[key] = meter_papers.drawn(value["_courbes"])
                continue
            if "_tableau" in value:
                made[key] = grid(value["_tableau"][0], value["_tableau"][1:])
                continue
            made[key] = marked(value)
            if "_lignes" in value:
                made[key]["tableau"] = answers_table([tuple(row) for row in value["_lignes"]])
            if "_grille" in value:
                made[key]["tableau"] = grid(value["_grille"][0], value["_grille"][1:])
        else:
            made[key] = value
    return made


def open_document(document_id: UUID, actor: Actor) -> tuple[bytes, str, str]:
    """Return ``(content, file name, MIME type)`` of a document the actor may read.

    Raises:
        NotFound: no such document for this person, or not rendered yet.
    """
    row = db.session.scalar(select(Document).where(Document.id == document_id))
    if row is None or row.file_id is None or not set(row.classes) <= actor.rights.read:
        raise NotFound
    _pass(row.case_id, actor)
    return _open(row.file_id, actor, row.case_id)


def open_file(file_id: UUID, actor: Actor) -> tuple[bytes, str, str]:
    """Return an attached file the actor may read, by its class or because its answer was shared.

    Raises:
        NotFound: no such file for this person.
    """
    row = db.session.scalar(select(StoredFile).where(StoredFile.id == file_id))
    own = row is not None and actor.user_id is not None and row.user_id == actor.user_id
    if row is None or not (
        row.classe in actor.rights.readable(own=own, done_steps=_done_steps(row.case_id))
        or sharing.opens(row.id, actor, row.case_id)
        or (row.classe == CLASSES[0] and sharing.finds(row.id, actor, row.case_id))
    ):
        raise NotFound
    return _open(row.id, actor, row.case_id)


def _pass(case_id: UUID | None, actor: Actor) -> None:
    """See that papers of cases stay with those who see cases; those of events open to the network."""
    if case_id is not None and actor.kind == "user" and not actor.rights.may("dossiers.voir"):
        raise NotFound


def _done_steps(case_id: UUID | None) -> set[str]:
    """Return the steps already completed in a case: some end the right to read back one's own answers."""
    rows = db.session.scalars(select(ProcessInstance.done_elements).where(ProcessInstance.case_id == case_id))
    return {element for done in rows for element in done}


def _open(file_id: UUID, actor: Actor, case_id: UUID | None) -> tuple[bytes, str, str]:
    archives.guard(case_id, actor)
    stored = db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one()
    key, name, mime, classe, digest = stored.key, stored.name, stored.mime, stored.classe, stored.digest
    content = storage.store().get(key, digest=digest)
    with transaction():
        journal.write(
            "fichier.lu",
            actor=actor.name,
            user_id=actor.user_id,
            case_id=case_id,
            subject=str(file_id),
            details={"classe": classe},
        )
    return content, name, mime
