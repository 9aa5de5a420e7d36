"""The calendar: visits, steps due, follow-ups, meetings; and a private address to subscribe to it."""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from babel.dates import format_date
from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.services import calendar_file, calendar_view, feeds
from app.services.actors import Actor
from app.services.calendar_view import WHOSE, Entry, Whose
from app.web import formats
from app.web.context import settings
from app.web.permissions import actor, by_link, place_of, requires

blueprint = Blueprint("agenda", __name__)

VIEWS: Final = {"mois": "Mois", "semaine": "Semaine"}
PEOPLE: Final = {"moi": "Mon agenda", "equipe": "Mon équipe"}
KINDS: Final = {"rendez_vous": "Rendez-vous", "tache": "Échéance", "rappel": "À revoir", "reunion": "Réunion"}
IN_A_CELL: Final = 4
"""Entries shown on one day of a month; the week shows them all."""
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 1)
_LINK: Final = "agenda_adresse"


@dataclass(frozen=True)
class Day:
    """One day of the page, with what is on it."""

    date: date
    entries: Sequence[Entry]
    off: str | None
    outside: bool
    today: bool

    @property
    def more(self) -> int:
        """How many entries a cell of the month leaves out."""
        return max(0, len(self.entries) - IN_A_CELL)


@blueprint.get("/t/<code>/agenda")
@requires("taches.traiter")
def page() -> ResponseReturnValue:
    """Show a month or a week, mine or my team's."""
    view = "semaine" if request.args.get("vue") == "semaine" else "mois"
    whose, day = _whose(), _day_asked()
    weeks = _weeks(day, view == "mois")
    first, last = weeks[0][0], weeks[-1][-1]
    found = calendar_view.calendar(actor(), first, last, whose=whose)
    off = calendar_view.days_off(first, last)
    shown = [[_day(one, day, found.entries, off, month=view == "mois") for one in week] for week in weeks]
    feed = feeds.current(actor())
    return render_template(
        "pages/agenda.html",
        view=view,
        whose=whose,
        weeks=shown,
        listed=[one for week in shown for one in week if not one.outside and (one.entries or one.off)],
        cut=found.cut,
        title=_title(day, weeks, view == "mois"),
        names=[format_date(one, "EEEE", locale="fr") for one in weeks[0]],
        kinds=KINDS,
        in_a_cell=IN_A_CELL if view == "mois" else None,
        links=_links(view, whose, day),
        href=_href,
        feed=feed,
        feed_ends=feeds.ends_at(feed) if feed is not None else None,
        address=_address_once(),
    )


@blueprint.post("/t/<code>/agenda/adresse")
@requires("taches.traiter")
def create_feed() -> ResponseReturnValue:
    """Make my private address, in the place of the one before; it is shown once."""
    session[_LINK] = feeds.create(actor())
    flash("Votre adresse d'agenda est prête. Copiez-la maintenant : elle ne sera plus montrée.", "success")
    return redirect(url_for("agenda.page", _anchor="abonnement"))


@blueprint.post("/t/<code>/agenda/adresse/supprimer")
@requires("taches.traiter")
def remove_feed() -> ResponseReturnValue:
    """Let my private address serve no more."""
    if feeds.revoke(actor()):
        flash("Votre adresse d'agenda ne sert plus. Retirez-la aussi de votre logiciel.", "success")
    else:
        flash("Vous n'avez pas d'adresse d'agenda.", "info")
    return redirect(url_for("agenda.page", _anchor="abonnement"))


@blueprint.get("/agenda/<token>.ics")
@by_link("Un logiciel d'agenda lit par une adresse privée, sans mot de passe (LAW-8)")
def feed(token: str) -> ResponseReturnValue:
    """Give the calendar of whoever made the address, as they may see it today."""
    with feeds.holding(token, address=request.remote_addr or "") as (reader, territory):
        code, base = place_of(territory).code, settings().base_url

        def link(entry: Entry) -> str | None:
            path = _path(entry, reader, code)
            return f"{base}{path}" if path else None

        text = calendar_file.text(reader, f"Relais · {territory.name}", whose=_whose(), link=link)
    answer = Response(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="relais.ics"'
    return answer


def _whose() -> Whose:
    asked = request.args.get("qui", "")
    return next((one for one in WHOSE if one == asked), "moi")


def _day_asked() -> date:
    """Return the day that the address names, else today; no calendar goes beyond its century."""
    try:
        asked = date.fromisoformat(request.args.get("jour", ""))
    except ValueError:
        return clock.today()
    return min(max(asked, EARLIEST), LATEST)


def _weeks(day: date, month: bool) -> list[list[date]]:
    if month:
        return Calendar().monthdatescalendar(day.year, day.month)
    monday = day - timedelta(days=day.weekday())
    return [[monday + timedelta(days=number) for number in range(7)]]


def _day(one: date, asked: date, entries: Sequence[Entry], off: dict[date, str], *, month: bool) -> Day:
    return Day(
        date=one,
        entries=[entry for entry in entries if entry.day == one],
        off=off.get(one),
        outside=month and one.month != asked.month,
        today=one == clock.today(),
    )


def _title(day: date, weeks: list[list[date]], month: bool) -> str:
    if month:
        return str(format_date(day, "LLLL y", locale="fr")).capitalize()
    return f"Semaine du {formats.full_day(weeks[0][0])}"


def _links(view: str, whose: str, day: date) -> dict[str, Any]:
    """Return the addresses of the other views, of the other people's and of the other days."""
    if view == "mois":
        first = day.replace(day=1)
        before, after = first - timedelta(days=1), (first + timedelta(days=31)).replace(day=1)
    else:
        before, after = day - timedelta(days=7), day + timedelta(days=7)

    def address(**changes: str) -> str:
        asked: dict[str, Any] = {"vue": view, "qui": whose, "jour": day.isoformat(), **changes}
        return url_for("agenda.page", **asked)

    return {
        "views": [
            {"label": label, "href": address(vue=key), "current": key == view} for key, label in VIEWS.items()
        ],
        "people": [
            {"label": label, "href": address(qui=key), "current": key == whose}
            for key, label in PEOPLE.items()
        ],
        "before": address(jour=before.replace(day=1).isoformat() if view == "mois" else before.isoformat()),
        "after": address(jour=after.isoformat()),
        "today": address(jour=clock.today().isoformat()),
        "week": lambda one: address(vue="semaine", jour=one.isoformat()),
    }


def _href(entry: Entry) -> str | None:
    """Return the page that an entry leads to for whoever looks."""
    return _path(entry, actor(), None)


def _path(entry: Entry, who: Actor, code: str | None) -> str | None:
    place: dict[str, Any] = {"code": code} if code else {}
    if entry.task_id is not None:
        return url_for("tasks.page", task_id=entry.task_id, **place)
    if entry.reference and who.rights.may("dossiers.voir"):
        return url_for("cases.file", reference=entry.reference, **place)
    if entry.kind == "reunion" and who.rights.may("revue.voir"):
        return url_for("reviews.page", **place)
    return None


def _address_once() -> str | None:
    """Return the address that has just been made, once: what is kept of it cannot be read back."""
    token = session.pop(_LINK, None)
    if token is None:
        return None
    return f"{settings().base_url}{url_for('agenda.feed', token=token)}"
