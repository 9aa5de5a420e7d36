"""Registering for a gathering without an account, and somebody's own page of it (ANG-4, LAW-5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid, TooMany
from app.services import accounts, live, publications, registration_links, registrations, releases
from app.services.registration_links import Own
from app.services.registration_rows import Shown
from app.services.registrations import PER_ADDRESS, PER_SENDER, RegistrationsClosed
from app.web import present
from app.web.errors import status_of
from app.web.permissions import by_link, place_of, public, territory_page

blueprint = Blueprint("registration", __name__)

OPEN_TO_ALL: Final = "L'atelier est ouvert à quiconque accompagne des publics fragiles, sans compte (ANG-4)"
OWN: Final = "Qui s'est inscrit change de groupe ou rend sa place par un lien personnel, sans compte (ANG-4)"
TRAP: Final = "site_web"
"""A field that no person sees: what fills it in is a robot, which is thanked and not written down."""
_FIELDS: Final = ("nom", "courriel", "structure", "type", "groupe", "besoins")


@blueprint.get("/t/<code>/inscription/<jeton>")
@public(OPEN_TO_ALL)
@territory_page
def page(jeton: str) -> ResponseReturnValue:
    """Show what is planned, and the form as long as one may register."""
    return _show(registrations.page_of(jeton))


@blueprint.post("/t/<code>/inscription/<jeton>")
@public(OPEN_TO_ALL)
@territory_page
def send(jeton: str) -> ResponseReturnValue:
    """Register somebody, or show what is to be mended."""
    typed = {key: request.form.get(key, "") for key in _FIELDS}
    if request.form.get(TRAP):
        return redirect(url_for("registration.thanks", jeton=jeton))
    try:
        accounts.count_attempt(_attempts(typed["courriel"]))
        state = registrations.register(jeton, typed)
    except Invalid as refusal:
        return _show(registrations.page_of(jeton), typed, refusal.problems, status_of(refusal))
    except (TooMany, RegistrationsClosed) as refusal:
        notice = refusal.sentence
        return _show(registrations.page_of(jeton), typed, status=status_of(refusal), notice=notice)
    return redirect(
        url_for("registration.thanks", jeton=jeton, liste="attente" if state == "attente" else None)
    )


@blueprint.get("/t/<code>/inscription/<jeton>/merci")
@public("La confirmation de l'inscription que l'on vient d'envoyer ; elle ne dit rien de personne")
@territory_page
def thanks(jeton: str) -> ResponseReturnValue:
    """Thank, and say what comes by mail; the page names nobody."""
    return render_template(
        "pages/registration_thanks.html",
        shown=registrations.page_of(jeton),
        waiting=request.args.get("liste") == "attente",
    )


@blueprint.get("/i/<token>")
@by_link(OWN)
def own(token: str) -> ResponseReturnValue:
    """Show somebody's registration: their group, and how to give the place back."""
    with _held(token) as mine:
        return _own(token, mine)


@blueprint.post("/i/<token>")
@by_link(OWN)
def change(token: str) -> ResponseReturnValue:
    """Change group, or give the place back; the name is erased with the place."""
    with _held(token) as mine:
        if request.form.get("action") == "rendre":
            registration_links.give_back(mine)
            return render_template("pages/registration_given_back.html")
        try:
            registration_links.change_group(mine, request.form.get("groupe", ""))
        except Invalid as refusal:
            return _own(token, mine, refusal.problems, status_of(refusal))
    flash("Votre groupe est changé.", "success")
    return redirect(url_for("registration.own", token=token))


@contextmanager
def _held(token: str) -> Iterator[Own]:
    with registration_links.holding(token) as mine:
        g.place = place_of(mine.territory)
        yield mine


def _attempts(address: str) -> dict[str, Any]:
    """Return what is counted: the sender's network address, and the mailbox that would be written to."""
    mailbox = accounts.normal_email(address)
    return {
        f"inscription:{request.remote_addr}": PER_SENDER,
        **({f"inscription-courriel:{mailbox}": PER_ADDRESS} if mailbox else {}),
    }


def _show(
    found: Shown,
    typed: dict[str, str] | None = None,
    problems: dict[str, list[str]] | None = None,
    status: int = 200,
    notice: str | None = None,
) -> ResponseReturnValue:
    faults = problems or {}
    contact = live.contact(releases.current().settings)
    page = render_template(
        "pages/registration.html",
        shown=found,
        typed=typed or dict.fromkeys(_FIELDS, ""),
        problems=faults,
        errors=_listed(faults),
        notice=notice,
        contact=contact,
        phone=present.phone(contact.telephone),
        trap=TRAP,
        paper=publications.public_of_process(found.row.process_id),
    )
    return page, status


def _own(
    token: str, mine: Own, problems: dict[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    faults = problems or {}
    page = render_template(
        "pages/registration_own.html",
        token=token,
        mine=mine,
        shown=mine.shown,
        problems=faults,
        errors=_listed(faults),
    )
    return page, status


def _listed(faults: dict[str, list[str]]) -> list[dict[str, str]]:
    return [{"href": f"#{key}", "text": text} for key, texts in faults.items() for text in texts]
