"""What changes sites; what is refused comes back with what to do (BAT-1, BAT-2, BAT-16)."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Conflict
from app.services import releases, site_changes, sites
from app.services.site_changes import Facts, Person
from app.web import money_typed as typed
from app.web.money_answers import Problems, answered, form_page, sent_back
from app.web.pages.sites import landlords, site_page
from app.web.permissions import actor, requires

blueprint = Blueprint("site_changes", __name__)
_FIRST: Final = ("zonage", "genre", "csrf_token")
"""The first field of each form of a site's page: what is wrong with the whole form is said there."""
_MEANWHILE: Final = (
    "Ce site a changé pendant que vous écriviez : la page montre ce qui vaut maintenant. Rien de ce que vous "
    "avez écrit n'est enregistré ; relisez, puis envoyez de nouveau si c'est encore utile."
)
_FIELDS: Final = ("nom", "commune", "structure", "bailleur", "logements", "phase", "ouvert", "clos")


@blueprint.get("/t/<code>/sites/nouveau")
@requires("sites.agir")
def new_site() -> ResponseReturnValue:
    """Show an empty site."""
    return _form(None, {}, {}, 0)


@blueprint.get("/t/<code>/sites/<uuid:site_id>/modifier")
@requires("sites.agir")
def edit_site(site_id: UUID) -> ResponseReturnValue:
    """Show a site to be changed."""
    row = sites.get(site_id)
    sent = {
        "nom": row.name, "commune": row.commune, "structure": str(row.landlord_id or ""),
        "bailleur": row.landlord, "logements": row.dwellings, "phase": row.phase, "ouvert": row.opened_on,
        "clos": row.closed_on,
    }  # fmt: skip
    return _form(site_id, sent, {}, row.version)


@blueprint.post("/t/<code>/sites/nouveau", defaults={"site_id": None})
@blueprint.post("/t/<code>/sites/<uuid:site_id>/modifier")
@requires("sites.agir")
def save_site(site_id: UUID | None) -> ResponseReturnValue:
    """Keep a site."""
    sent = {name: request.form.get(name, "") for name in _FIELDS}
    return answered(
        lambda: site_changes.save(site_id, _facts(), version=typed.version(), by=actor()),
        "Le site est enregistré.",
        then=_site,
        refused=lambda problems: _form(site_id, sent, problems, typed.version()),
    )


def _facts() -> Facts:
    typed.must_read("ouvert", "clos", "logements")
    dwellings = typed.whole("logements")
    return Facts(
        name=typed.text("nom"),
        commune=typed.text("commune"),
        landlord_id=typed.an_id("structure"),
        landlord=typed.text("bailleur"),
        dwellings=0 if dwellings is None and typed.text("logements") else dwellings,
        phase=typed.text("phase"),
        opened_on=typed.day("ouvert"),
        closed_on=typed.day("clos"),
    )


def _form(
    site_id: UUID | None, sent: dict[str, Any], problems: Problems, version: int
) -> ResponseReturnValue:
    return form_page(
        "site_form", sent, problems, version, site_id=site_id, words=sites.words(), landlords=landlords(),
        communes=[(one.insee, one.name) for one in releases.current().settings.communes],
    )  # fmt: skip


@blueprint.post("/t/<code>/sites/<uuid:site_id>/classement")
@requires("sites.agir")
def classify(site_id: UUID) -> ResponseReturnValue:
    """Class a site otherwise from a day on."""
    return _on_site(
        site_id,
        lambda: site_changes.classify(
            site_id, typed.text("zonage"), since=typed.day("depuis"), reason=typed.text("motif"),
            version=typed.version(), by=actor(),
        ),
        "Le classement est noté ; l'ancien reste dans l'historique.",
    )  # fmt: skip


@blueprint.post("/t/<code>/sites/<uuid:site_id>/referents")
@requires("sites.agir")
def name_referent(site_id: UUID) -> ResponseReturnValue:
    """Say who answers for a site."""
    person = Person(
        kind=typed.text("genre"),
        name=typed.text("personne"),
        title=typed.text("fonction"),
        phone=typed.text("telephone"),
        email=typed.text("courriel"),
        since=typed.day("debut"),
    )
    return _on_site(
        site_id,
        lambda: site_changes.name_referent(site_id, person, version=typed.version(), by=actor()),
        "Le référent est noté ; celui d'avant reste dans l'historique.",
    )


@blueprint.post("/t/<code>/sites/<uuid:site_id>/referents/<uuid:referent_id>/fin")
@requires("sites.agir")
def end_referent(site_id: UUID, referent_id: UUID) -> ResponseReturnValue:
    """Say that somebody answers for it no more."""
    return answered(
        lambda: site_changes.end_referent(referent_id, by=actor()),
        "C'est noté : cette personne n'est plus référente.",
        then=lambda _: _site(site_id),
        refused=sent_back(_site(site_id)),
    )


@blueprint.post("/t/<code>/sites/<uuid:site_id>/ambassadeurs/<uuid:ambassador_id>/fin")
@requires("sites.agir")
def end_ambassador(site_id: UUID, ambassador_id: UUID) -> ResponseReturnValue:
    """End the mandate of an ambassador."""
    return answered(
        lambda: site_changes.end_ambassador(ambassador_id, by=actor()),
        "Le mandat prend fin ; son nom est effacé, sa formation reste comptée.",
        then=lambda _: _site(site_id),
        refused=sent_back(_site(site_id)),
    )


def _site(site_id: UUID) -> str:
    return url_for("sites.page", site_id=site_id)


def _on_site(site_id: UUID, act: Callable[[], object], done: str) -> ResponseReturnValue:
    """Change a site from its page; when somebody else did first, show it as it is, what was typed kept."""
    sent = dict(request.form)
    try:
        return answered(
            act,
            done,
            then=lambda _: _site(site_id),
            refused=lambda problems: site_page(site_id, sent, problems),
        )
    except Conflict:
        shown, _ = site_page(site_id, sent, {next(name for name in _FIRST if name in sent): [_MEANWHILE]})
        return shown, 409
