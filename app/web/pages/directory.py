"""The directory of a network: who can help, one sheet, its changes, the guide to print (ANG-5, F11)."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.settings import Settings
from app.errors import Invalid
from app.handlers.directory import SHEET
from app.services import directory, directory_sheets, directory_words, live, releases, structure_links
from app.services.charter import READ as CHARTER_READ
from app.services.directory import Found
from app.services.directory_sheets import Sheet, SheetMoved, may_keep
from app.services.text import fold
from app.web import directory_typed, present
from app.web.money_typed import version
from app.web.permissions import actor, requires

blueprint = Blueprint("directory", __name__)

READ: Final = ("dossiers.voir", "reseau.voir", "annuaire.agir", "territoire.administrer")
KEEP: Final = directory_sheets.KEEP
ASKED: Final = ("q", "genre", "competence", "commune", "statut", "revenu", "besoin", "verifier")


@blueprint.get("/t/<code>/annuaire")
@requires(*READ)
def page() -> ResponseReturnValue:
    """Search the directory: by words, kind and competence, or by who can help a household."""
    settings = releases.current().settings
    asked = {name: request.args.get(name, "").strip() for name in ASKED}
    rows = [found for found in _who(asked) if _kept(found, asked, settings)]
    stale = sum(1 for one in directory_sheets.sheets() if one.partner.active and not one.fresh)
    return render_template(
        "pages/directory.html",
        asked=asked,
        searched=any(asked.values()),
        rows=[_line(found, settings) for found in rows],
        stale=stale,
        keeps=may_keep(actor()),
        title=settings.directory.title,
        shown_to_all=settings.rooms.showcase is not None,
        tabs=tabs("directory.page"),
        kinds=settings.partner_kinds.values(),
        communes=settings.communes,
        words=directory_words.words_of(settings.directory),
    )


@blueprint.get("/t/<code>/annuaire/imprimer")
@requires(*READ)
def guide() -> ResponseReturnValue:
    """Show every sheet on one page, by kind, to print or keep (ANG-3)."""
    settings = releases.current().settings
    rows = [one for one in directory_sheets.sheets() if one.partner.active]
    kinds = [
        {"label": kind.label, "rows": [_whole(one, settings) for one in rows if one.partner.kind == kind.id]}
        for kind in settings.partner_kinds.values()
    ]
    return render_template(
        "pages/directory_guide.html",
        title=settings.directory.title,
        kinds=[kind for kind in kinds if kind["rows"]],
        total=len(rows),
        contact=live.contact(settings),
    )


@blueprint.get("/t/<code>/annuaire/<uuid:partner_id>")
@requires(*READ)
def sheet(partner_id: UUID) -> ResponseReturnValue:
    """Show one structure: what it does, for whom, on what terms, who verified it when."""
    settings = releases.current().settings
    found = directory_sheets.sheet(partner_id)
    keeps = may_keep(actor())
    return render_template(
        "pages/directory_sheet.html",
        **_whole(found, settings),
        keeps=keeps,
        changes=directory_sheets.history(partner_id) if keeps else [],
        charter=settings.rooms.charter is not None,
    )


@blueprint.get("/t/<code>/annuaire/<uuid:partner_id>/modifier")
@requires(*KEEP)
def edit(partner_id: UUID) -> ResponseReturnValue:
    """Show a sheet to be changed."""
    found = directory_sheets.sheet(partner_id)
    facts = directory_words.facts_of(found.row)
    return _form(found, facts, {}, facts["version"])


@blueprint.post("/t/<code>/annuaire/<uuid:partner_id>/modifier")
@requires(*KEEP)
def save(partner_id: UUID) -> ResponseReturnValue:
    """Keep a sheet; its trace says what changed."""
    found, facts = directory_sheets.sheet(partner_id), directory_typed.typed()
    try:
        directory_sheets.save(
            partner_id, facts, version=version(), by=actor(), verified=request.form.get("juste") == "oui"
        )
    except Invalid as refusal:
        return _form(found, facts, refusal.problems, version())
    except SheetMoved as moved:
        now = directory_sheets.sheet(partner_id)
        return _form(now, facts, {}, now.row.version if now.row else 0, notice=moved.sentence, status=409)
    flash("La fiche est enregistrée.", "success")
    return redirect(url_for("directory.sheet", partner_id=partner_id))


@blueprint.post("/t/<code>/annuaire/<uuid:partner_id>/verifier")
@requires(*KEEP)
def verify(partner_id: UUID) -> ResponseReturnValue:
    """Note today that the sheet holds."""
    directory_sheets.verify(partner_id, by=actor())
    flash("La fiche est notée comme vérifiée aujourd'hui.", "success")
    return redirect(url_for("directory.sheet", partner_id=partner_id))


@blueprint.post("/t/<code>/annuaire/<uuid:partner_id>/lien")
@requires(*KEEP)
def link(partner_id: UUID) -> ResponseReturnValue:
    """Give a personal link by which the structure verifies its own sheet."""
    address = structure_links.give(partner_id, SHEET, by=actor())
    found = directory_sheets.sheet(partner_id)
    return render_template("pages/structure_link.html", row=found.partner, address=address, purpose=SHEET)


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the pages that stand together: sheets, contact details, charter."""
    who = actor()
    named = [("Qui peut aider", "directory.page")]
    if any(who.rights.may(right) for right in ("dossiers.voir", "territoire.administrer", "annuaire.agir")):
        named.append(("Partenaires", "partners.directory"))
    charter = releases.current().settings.rooms.charter
    if charter is not None and any(who.rights.may(right) for right in CHARTER_READ):
        named.append(("Charte", "charter.page"))
    return [{"label": label, "href": url_for(end), "current": end == current} for label, end in named]


def _who(asked: dict[str, str]) -> list[Found]:
    return directory.who_can_help(
        insee=asked["commune"], tenure=asked["statut"], income=asked["revenu"], need=asked["besoin"]
    )


def _kept(found: Found, asked: dict[str, str], settings: Settings) -> bool:
    one = found.sheet
    if asked["genre"] and one.partner.kind != asked["genre"]:
        return False
    if asked["competence"] and asked["competence"] not in (one.row.competences if one.row else ()):
        return False
    if asked["verifier"] and one.fresh:
        return False
    return all(word in _words_of(one, settings) for word in fold(asked["q"]).split())


def _words_of(one: Sheet, settings: Settings) -> str:
    texts = [one.partner.name, directory.kind_label(one.partner, settings)]
    texts += [item["value"] for item in directory_typed.said(one.row)]
    return fold(" ".join(texts))


def _line(found: Found, settings: Settings) -> dict[str, Any]:
    row = found.sheet.row
    return {
        "partner": found.partner,
        "kind": directory.kind_label(found.partner, settings),
        "missions": (row.missions.splitlines() or [""])[0] if row is not None else "",
        "competences": directory_words.said(row.competences, settings.directory.competences) if row else "",
        "reasons": found.reasons,
        "cautions": found.cautions,
        "fresh": found.sheet.fresh,
        "verified_on": row.verified_on if row is not None else None,
        "signed_on": found.sheet.signed_on,
        "phone": present.phone(found.partner.phone or ""),
    }


def _whole(one: Sheet, settings: Settings) -> dict[str, Any]:
    names = {commune.insee: commune.name for commune in settings.communes}
    return {
        "row": one.partner,
        "sheet": one,
        "kind": directory.kind_label(one.partner, settings),
        "facts": directory_typed.said(one.row),
        "communes": [names.get(code, code) for code in one.partner.communes],
        "phone": present.phone(one.partner.phone or ""),
    }


def _form(
    found: Sheet,
    facts: dict[str, Any],
    problems: dict[str, list[str]],
    shown: int,
    *,
    notice: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "pages/directory_form.html",
        row=found.partner,
        notice=notice,
        **directory_typed.shown(facts, problems, shown),
    )
    return page, 422 if problems else status
