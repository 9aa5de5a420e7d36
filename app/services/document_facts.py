"""What a document tells, frozen with the step: plain JSON, rendered later."""

from typing import Any
from uuid import UUID

from app import clock, tenancy
from app.access import CLASSES
from app.catalog.answers_view import Row
from app.catalog.words import say
from app.database import db
from app.models import Case, Orientation, ProcessInstance, Submission, Territory
from app.services import (
    campaign_results,
    live,
    meter_papers,
    network_facts,
    network_report,
    review_facts,
    structures,
    views,
)
from app.services.answers import shared_rows, submission_rows
from app.services.releases import LoadedRelease


def shared_classes(release: LoadedRelease, orientation_id: UUID | None) -> frozenset[str]:
    """Return the classes that a partner's letter holds: of what was ticked, and of the reason given."""
    row = db.session.get(Orientation, orientation_id) if orientation_id else None
    if row is None:
        return frozenset()
    classe_of = {
        f"{form.id}.{item.key}": item.classe for form in release.forms.values() for item in form.fields
    }
    return frozenset(classe_of.get(key, CLASSES[-1]) for key in row.shared_fields) | {"social"}


def freeze(
    process: ProcessInstance, release: LoadedRelease, classes: frozenset[str], orientation_id: UUID | None
) -> dict[str, Any]:
    """Return everything a template may name, of ``classes`` alone (a letter: what was ticked)."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    contact = live.contact(release.settings)
    facts: dict[str, Any] = {
        "territoire": {"nom": territory.name, "service": contact.service, "telephone": contact.telephone,
                       "courriel": contact.email, "adresse": contact.address, "horaires": contact.hours},
        "date": say(clock.today()),
    }  # fmt: skip
    case = db.session.get(Case, process.case_id) if process.case_id is not None else None
    orientation = db.session.get(Orientation, orientation_id) if orientation_id else None
    if case is not None:
        known = _case_facts(case)
        facts |= known if orientation is None else {"dossier": {"reference": case.reference}}
        facts["structures"] = structures.facts_of(case.id) if orientation is None else {}
    if orientation is not None:
        facts |= _orientation_facts(orientation)
        facts["reponses"] = {
            "partagees": {
                "_lignes": [
                    ["", label, text, []] for label, text in shared_rows(process, release, orientation)
                ]
            }
        }
    else:
        scoped = None
        facts["reponses"] = _answers(process, release, classes, scoped)
    facts["consommations"] = (
        meter_papers.facts_of(case.id, classes)
        if case is not None and orientation is None
        else meter_papers.EMPTY
    )
    facts["revue"] = review_facts.agenda_facts(process, release, classes)
    if process.case_id is None:
        facts["campagne"] = campaign_results.facts_of(process)
    facts["evenement"] = network_facts.event_facts(process, release)
    facts["rapport"] = network_report.report_facts(process)
    return facts


def _case_facts(case: Case) -> dict[str, Any]:
    household, dwelling = case.household, case.dwelling
    name = " ".join(part for part in (household.title, household.first_name, household.last_name) if part)
    giver = case.alert_giver
    return {
        "dossier": {
            "reference": case.reference,
            "ouvert_le": say(case.opened_at.astimezone(clock.PARIS).date()),
            "priorite": case.priority or "",
            "motif_cloture": case.closure_reason or "",
        },
        "menage": {
            "civilite": household.title or "", "nom": household.last_name, "prenom": household.first_name,
            "nom_complet": name, "telephone": household.phone or "", "courriel": household.email or "",
            "moyen_contact": household.reach or "", "langue": household.language or "",
        },
        "logement": {
            "adresse": dwelling.address, "complement": dwelling.complement or "",
            "cp": dwelling.postcode or "", "commune": dwelling.commune or "",
            "statut": dwelling.tenure or "", "dpe": dwelling.energy_class or "",
            "bailleur": dwelling.landlord or "",
        },
        "donneur": {
            "nom": giver.get("nom", ""), "structure": giver.get("structure", ""),
            "origine": giver.get("origine", ""),
        },
        "accord": {key: say(value) for key, value in case.agreement.items()},
    }  # fmt: skip


def _orientation_facts(row: Orientation) -> dict[str, Any]:
    partner = row.partner
    return {
        "partenaire": {"nom": partner.name, "courriel": partner.email, "telephone": partner.phone or ""},
        "orientation": {
            "motif": row.reason,
            "domaine": row.domain,
            "echeance": say(row.due_on) if row.due_on else "",
            "accord": "oui" if row.agreement else "non",
        },
    }


def _answers(
    process: ProcessInstance, release: LoadedRelease, classes: frozenset[str], scope: str | None
) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    latest: dict[str, Submission] = {}
    given = views.submissions_of(process)
    # A paper speaks of what its own process was answered: two visits may be noted at the same moment.
    for submission in sorted(given, key=lambda row: row.process_id == process.id):
        if submission.scope == scope:
            latest[submission.form] = submission
    for form_id, submission in latest.items():
        lines = submission_rows(submission, release, classes)
        texts = {line.key: told(line) for line in lines}
        rows[form_id] = {
            "_lignes": [[line.section, line.label, line.text, line.lines] for line in lines],
            **texts,
        }
        rows[form_id]["auteur"] = submission.author
        rows[form_id]["le"] = say(submission.at.astimezone(clock.PARIS).date())
    return rows


def told(row: Row) -> str | dict[str, Any]:
    """Return an answer as a template names it: its text, the rows of a table, a signature's drawing."""
    if row.lines:
        cells = [dict(line) for line in row.lines]
        used = [label for label in row.headers if any(label in line for line in cells)]
        return {"_tableau": [used, *([line.get(label, "") for label in used] for line in cells)]}
    return {"_trace": list(row.strokes), "texte": row.text} if row.strokes else row.text
