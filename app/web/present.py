"""From what the services say to what the macros of ``components/`` take. Words and shapes, no rule."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID

from flask import request, url_for
from markupsafe import Markup

from app.catalog.answers_view import Row
from app.catalog.durations import duration
from app.catalog.roles import Lane
from app.services import reasons, releases
from app.services.actors import Actor
from app.services.inbox import TaskRow
from app.services.paging import SIZE, Page
from app.services.releases import LoadedRelease
from app.web import formats, forms
from app.web.permissions import actor_or_none

MOST_PAGES: Final = 100_000
"""Pages a list may be asked for: databases count rows in 64 bits."""
_CODE = re.compile(r"[a-z]+(?:_[a-z]+)*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Decided(reasons.Taken, Protocol):
    """What a page shows of a decision, kept or under way."""

    @property
    def at(self) -> datetime: ...  # noqa: D102


def tasks(rows: Sequence[TaskRow], who: Actor) -> list[dict[str, Any]]:
    """Return lines of tasks for ``task_row``."""
    lanes = releases.current().settings.lanes
    return [task(row, who=who, lanes=lanes) for row in rows]


def due_mark(due_at: datetime | None, *, late: bool = False, soon: bool = False) -> dict[str, Any] | None:
    """Return a deadline for ``due_tag``, None when there is none."""
    if due_at is None:
        return None
    return {
        "label": formats.words_for_due(due_at),
        "state": "late" if late else "soon" if soon else "",
        "at": formats.due_day(due_at).isoformat(),
        "full": f"Échéance : {formats.full_day(formats.due_day(due_at))}",
    }


def paused_word(row: TaskRow) -> str | None:
    """Return why no deadline runs for a step now, None when it runs: a held step may still be answered."""
    if not row.suspended:
        return None
    return "Délai arrêté" if row.held else "Suspendu"


def moment_mark(at: datetime) -> dict[str, Any]:
    """Return an instant for ``timeline``: what is read, the machine's form, and the whole date."""
    local = formats.local(at)
    return {
        "when": f"{formats.words_for_day(local.date())} à {formats.hour(at)}",
        "at": local.isoformat(timespec="minutes"),
        "full": f"{formats.full_day(at)} à {formats.hour(at)}",
    }


def day_mark(day: date) -> dict[str, Any]:
    """Return a day for ``timeline``."""
    return {"when": formats.words_for_day(day), "at": day.isoformat(), "full": formats.full_day(day)}


def task(row: TaskRow, *, who: Actor, lanes: Mapping[str, Lane]) -> dict[str, Any]:
    """Return a line of tasks for ``task_row``; a task of another lane leads to its case, if it has one."""
    mine = row.lane_label in {lanes[lane].label for lane in who.lanes if lane in lanes}
    if mine and who.rights.may("taches.traiter"):
        href = url_for("tasks.page", task_id=row.id)
    elif row.case_reference and who.rights.may("dossiers.voir"):
        href = url_for("cases.file", reference=row.case_reference)
    else:
        href = None
    return {
        "title": f"{row.name} · {row.partner}" if row.partner else row.name,
        "href": href,
        "case": row.case_reference,
        "who": row.household or row.about,
        "where": row.commune,
        "due": due_mark(row.due_at, late=row.late, soon=row.soon),
        "paused": paused_word(row),
        "person": row.claimed_by_name,
        "role": row.lane_label,
        "priority": f"Priorité {row.priority}" if row.priority else None,
    }


def phone(number: str | None) -> Markup | None:
    """Return a telephone number that a phone can call."""
    if not number:
        return None
    digits = "".join(sign for sign in number if sign.isdigit() or sign == "+")
    return Markup('<a href="tel:{}">{}</a>').format(digits, number)


def decision(taken: Decided, release: LoadedRelease) -> dict[str, Any]:
    """Return an automatic decision: its results by their labels, the rule and the version that made it.

    The words that come from answers the reader may not read are left out (LAW-1).
    """
    tables = (item for item in release.decisions.values() if item.name == taken.name)
    labels = {output.name: output.label or output.name for table in tables for output in table.outputs}
    who = actor_or_none()
    told = reasons.told(taken, who.rights.read if who is not None else frozenset())
    shown = [[f"{labels.get(key, key)} : {text}" for key, text in _spoken(row)] for row in told.rows if row]
    nothing = "Rien à signaler" if told.whole else "Résultat réservé"
    return {
        "name": taken.name,
        "lines": shown[0] if len(shown) == 1 else [" ; ".join(row) for row in shown] or [nothing],
        "why": f"{_rules(told)}, version {taken.release_number}",
        "at": taken.at,
    }


def _rules(told: reasons.Told) -> str:
    numbers = ", ".join(str(number) for number in told.rules)
    if not numbers:
        return "Aucune règle"
    return f"Règle {numbers}" if told.whole else f"Règle {numbers} (motif réservé à d'autres rôles)"


def _spoken(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the results written for people; the codes beside them are for the diagram's conditions."""
    codes = {key for key, value in row.items() if isinstance(value, str) and _CODE.fullmatch(value)}
    written = any(isinstance(value, str) and " " in value for value in row.values())
    return [(key, said(value)) for key, value in row.items() if not written or key not in codes]


def said(value: object) -> str:
    """Return an output of a decision as people read it."""
    if value is None or value == "None":
        return "inconnu"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str) and _DAY.fullmatch(value):
        value = date.fromisoformat(value)
    if isinstance(value, date):
        return formats.full_day(value)
    return duration(f'"{value}"') or str(value)


def instant(text: str) -> datetime | None:
    """Return the instant that a page wrote in a hidden field; None when it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def page_asked() -> int:
    """Return the number of the page asked for; one that no list reaches is brought back."""
    return min(max(1, request.args.get("page", 1, type=int)), MOST_PAGES)


def window(page: Page[Any], endpoint: str, **query: str | None) -> dict[str, Any]:
    """Return what ``pagination`` takes; the query is kept in the addresses of the other pages."""
    start = (page.number - 1) * SIZE

    def address(number: int) -> str:
        return url_for(endpoint, _external=False, page=number, **query)

    return {
        "first": start + 1 if page.total else 0,
        "last": start + len(page.rows),
        "total": page.total,
        "previous": address(page.number - 1) if page.number > 1 else None,
        "next": address(page.number + 1) if page.number < page.pages else None,
    }


def answers(rows: Sequence[Row]) -> Markup:
    """Return answers to read, the attached files as links."""
    address = url_for("files.file", file_id=UUID(int=0)).replace(str(UUID(int=0)), "{id}")
    return forms.render_answers(rows, file_address=address)
