"""What a household is given when it asks for its data: everything that is kept, readable and whole (LAW-6).

An archive: one paper to read, the same as JSON, the documents made and the files attached. Who alerted is not
named: what somebody told of a household is not the household's to have (CRPA L311-6); their origin is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from markupsafe import Markup
from sqlalchemy import select

from app import clock, tenancy
from app.access import CLASSES
from app.catalog.words import day, instant, say
from app.database import db, end_read, transaction
from app.documents import Brand, Heading, answers_table, grid, pdf, render_html, rows_table
from app.errors import Forbidden, NotFound
from app.models import (
    Case,
    Document,
    JournalLine,
    Message,
    ProcessInstance,
    Share,
    StoredFile,
    Submission,
    Territory,
)
from app.services import archives, journal, live, logos, releases, storage
from app.services.actors import Actor
from app.services.answers import submission_rows
from app.services.consent import PERMISSION
from app.services.releases import LoadedRelease

TITLE: Final = "Les données de votre dossier"
_READS: Final = ("dossier.lu", "fichier.lu", "partage.lu", "dossier.remis")


class NotEveryClass(Forbidden):
    """The person may not read all that the household is entitled to."""

    sentence_template = (
        "Ces données contiennent des informations que votre rôle ne lit pas. Demandez à un travailleur "
        "social du territoire de les remettre au ménage."
    )


@dataclass(frozen=True)
class Everything:
    """What is kept of one household, as plain values."""

    facts: Mapping[str, Any]
    answers: Sequence[Mapping[str, Any]]
    shares: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    reads: Sequence[Mapping[str, Any]]
    files: Sequence[tuple[UUID, str, str, str]]
    """``(id, name in the archive, key in the store, digest)``"""


def export(reference: str, *, by: Actor) -> tuple[bytes, str]:
    """Return the archive (a zip) and its file name; handing it over is journalled (LAW-8).

    Raises:
        Forbidden, NotEveryClass: the role may not hand data over, or may not read all of them.
        NotFound: no such case in the territory.
        Archived, Erased: it is no longer open to this person.
    """
    if not by.rights.may(PERMISSION):
        raise Forbidden
    if not by.rights.read >= set(CLASSES):
        raise NotEveryClass
    case = db.session.scalar(select(Case).where(Case.reference == reference))
    if case is None:
        raise NotFound
    archives.guard(case.id, by)
    case_id = case.id
    found, release = _everything(case)
    page = _page(reference, found, release)
    stored = [(name, storage.store().get(key, digest=digest)) for _, name, key, digest in found.files]
    end_read()
    archive = _zip(found, pdf(page), stored)
    with transaction():
        journal.write(
            "dossier.remis",
            actor=by.name,
            user_id=by.user_id,
            case_id=case_id,
            subject=reference,
            details={"fichiers": len(stored), "reponses": len(found.answers)},
        )
    return archive, f"donnees-{reference}.zip"


def _everything(case: Case) -> tuple[Everything, LoadedRelease]:
    processes = {
        row.id: row
        for row in db.session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == case.id))
    }
    release = releases.current()
    submissions = db.session.scalars(
        select(Submission).where(Submission.case_id == case.id).order_by(Submission.at, Submission.id)
    ).all()
    told = Everything(
        facts=_facts(case),
        answers=[_answer(row, releases.of(processes[row.process_id].release_id)) for row in submissions],
        shares=list(_shares(case.id, release)),
        messages=list(_messages(case.id)),
        reads=list(_reads(case.id)),
        files=list(_files(case.id)),
    )
    return told, release


def _facts(case: Case) -> dict[str, Any]:
    household, dwelling = case.household, case.dwelling
    return {
        "Référence": case.reference,
        "Ouvert le": say(case.opened_at.astimezone(clock.PARIS).date()),
        "Clos le": say(case.closed_at.astimezone(clock.PARIS).date()) if case.closed_at else "",
        "Nom": " ".join(filter(None, (household.title, household.first_name, household.last_name))),
        "Année de naissance": str(household.birth_year or ""),
        "Téléphone": household.phone or "",
        "Courriel": household.email or "",
        "Comment vous joindre": household.reach or "",
        "Langue": household.language or "",
        "Adresse": ", ".join(filter(None, (dwelling.address, dwelling.complement))),
        "Commune": " ".join(filter(None, (dwelling.postcode, dwelling.commune))),
        "Vous y êtes": (dwelling.tenure or "").replace("_", " "),
        "Classe d'énergie": dwelling.energy_class or "",
        "Bailleur": dwelling.landlord or "",
        "Priorité": case.priority or "",
        "Votre dossier a été signalé par": str(case.alert_giver.get("origine", "")),
        "Accord": str(case.agreement.get("etat", "")).replace("_", " "),
        "Accord retiré le": say(case.agreement_withdrawn_on) if case.agreement_withdrawn_on else "",
    }


def _answer(row: Submission, release: LoadedRelease) -> dict[str, Any]:
    form = release.forms.get(row.form)
    rows = submission_rows(row, release, frozenset(CLASSES))
    giver = (
        {field.key for field in form.fields if (field.feeds or "").startswith("donneur.")} if form else set()
    )
    kept = [line for line in rows if line.key not in giver]
    return {
        "formulaire": form.title if form else row.form,
        "le": row.at.isoformat(),
        "reponses": [
            {
                "rubrique": line.section,
                "question": line.label,
                "reponse": line.text,
                "lignes": [[list(cell) for cell in inner] for inner in line.lines],
            }
            for line in kept
        ],
    }


def _shares(case_id: UUID, release: LoadedRelease) -> Iterator[dict[str, Any]]:
    said = {f"{form.id}.{item.key}": item.label for form in release.forms.values() for item in form.fields}
    for row in db.session.scalars(select(Share).where(Share.case_id == case_id).order_by(Share.at)):
        yield {
            "a": row.recipient if row.lane is None else f"{row.recipient} (dans l'équipe)",
            "quoi": [said.get(key, key) for key in row.fields],
            "sur quelle base": row.basis,
            "le": row.at.isoformat(),
        }


def _messages(case_id: UUID) -> Iterator[dict[str, Any]]:
    for row in db.session.scalars(
        select(Message).where(Message.case_id == case_id).order_by(Message.queued_at)
    ):
        yield {"objet": row.subject, "le": row.queued_at.isoformat()}


def _reads(case_id: UUID) -> Iterator[dict[str, Any]]:
    lines = select(JournalLine).where(JournalLine.case_id == case_id, JournalLine.action.in_(_READS))
    for row in db.session.scalars(lines.order_by(JournalLine.number)):
        yield {"qui": row.actor, "le": row.at.isoformat()}


def _files(case_id: UUID) -> Iterator[tuple[UUID, str, str, str]]:
    made = {
        row.file_id: row.title
        for row in db.session.scalars(select(Document).where(Document.case_id == case_id))
        if row.file_id is not None
    }
    rows = db.session.scalars(select(StoredFile).where(StoredFile.case_id == case_id).order_by(StoredFile.at))
    for number, row in enumerate(rows, 1):
        folder = "documents" if row.id in made else "pieces-jointes"
        safe = row.name.replace("/", "-").replace("\\", "-").lstrip(".") or "fichier"
        yield row.id, f"{folder}/{number:02d} {safe}", row.key, row.digest


_BODY: Final = """
<p>Vous avez demandé les données que garde {{ territoire }} à votre sujet. Ce document les contient toutes.
Les documents préparés pour vous et les pièces jointes sont à côté, dans le même dossier.</p>
<h2>Vous et votre logement</h2>{{ faits }}
<h2>Ce qui a été noté</h2>{{ reponses }}
<h2>À qui des informations ont été transmises</h2>{{ partages }}
<h2>Les messages envoyés</h2>{{ messages }}
<h2>Qui a ouvert votre dossier</h2>{{ lectures }}
<h2>Vos droits</h2>
<p>Vous pouvez faire corriger ces données, retirer votre accord, ou demander qu'elles soient effacées :
{{ contact }}.
La personne qui a signalé votre situation n'est pas nommée ici ; seule son origine l'est.</p>
"""


def _page(reference: str, found: Everything, release: LoadedRelease) -> str:
    territory = db.session.get_one(Territory, tenancy.current_id())
    contact = live.contact(release.settings)
    ways = ", ".join(filter(None, (contact.service, contact.telephone, contact.email)))
    lines = tuple(filter(None, (contact.service, contact.address, contact.telephone, contact.email)))
    return render_html(
        _BODY,
        {"territoire": territory.name, "contact": ways or territory.name, **_tables(found)},
        title=TITLE,
        layout="rapport",
        brand=Brand(name=territory.name, address=lines, logo_png=logos.png()),
        heading=Heading(reference=reference, date=day(clock.today())),
    )


def _tables(found: Everything) -> dict[str, Markup]:
    return {
        "faits": rows_table((key, value) for key, value in found.facts.items() if value),
        "reponses": answers_table(
            [
                (
                    f"{form['formulaire']}, {_said(form['le'])}",
                    " · ".join(filter(None, (line["rubrique"], line["question"]))),
                    line["reponse"],
                    [[(cell[0], cell[1]) for cell in inner] for inner in line["lignes"]],
                )
                for form in found.answers
                for line in form["reponses"]
            ]
        ),
        "partages": grid(
            ["À qui", "Quoi", "Sur quelle base", "Quand"],
            [
                (row["a"], "\n".join(row["quoi"]), row["sur quelle base"], _said(row["le"]))
                for row in found.shares
            ],
            empty="Rien n'a été transmis.",
        ),
        "messages": grid(
            ["Objet", "Quand"],
            [(row["objet"], _said(row["le"])) for row in found.messages],
            empty="Aucun message.",
        ),
        "lectures": grid(
            ["Qui", "Quand"], [(row["qui"], _said(row["le"])) for row in found.reads], empty="Personne."
        ),
    }


def _said(moment: str) -> str:
    return instant(datetime.fromisoformat(moment))


def _zip(found: Everything, paper: bytes, stored: Sequence[tuple[str, bytes]]) -> bytes:
    data = {
        "dossier": {key: value for key, value in found.facts.items() if value},
        "reponses": found.answers,
        "partages": found.shares,
        "messages": found.messages,
        "lectures": found.reads,
    }
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("vos-donnees.pdf", paper)
        archive.writestr("vos-donnees.json", json.dumps(data, ensure_ascii=False, indent=2))
        for name, content in stored:
            archive.writestr(name, content)
    return buffer.getvalue()
