"""In what order a list of tasks comes: sorted whole when short, part after part along an index when long."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, true

from app.models import Case, Task
from app.services import priorities
from app.services.wanted import Wanted

Order = tuple[Any, ...]
"""Columns and expressions of the models, as ``order_by`` takes them."""
DUE: Order = (Task.due_at.is_(None), Task.due_at, Task.entered_at, Task.id)


def whole(wanted: Wanted) -> Order:
    """Return the order of a short list, sorted whole; what has no value comes last."""
    if wanted.vue == "suivi" and wanted.tri == "echeance":
        return (Task.follow_up_on, *DUE)
    if wanted.tri == "priorite":
        ranks = {value: rank for rank, value in enumerate(priorities.known())}
        rank = case(ranks, value=Task.priority, else_=len(ranks)) if ranks else Task.priority
        return (Task.priority.is_(None), rank, Task.priority, *DUE)
    orders: dict[str, Order] = {
        "entree": (Task.entered_at, Task.id),
        "recentes": (Task.entered_at.desc(), Task.id),
        "commune": (Task.commune.is_(None), func.lower(Task.commune), Task.commune, *DUE),
        "dossier": (Case.opened_at.is_(None), Case.opened_at, Case.reference, *DUE),
    }
    return orders.get(wanted.tri, DUE)


def parts(wanted: Wanted) -> Iterator[tuple[ColumnElement[bool], Order]]:
    """Yield the parts of a long list, each in the order of an index.

    By case, the tasks of the open cases are read beforehand; here come the others.
    """
    if wanted.tri == "priorite":
        yield from _by_priority()
    elif wanted.tri in ("entree", "recentes"):
        first = Task.entered_at.desc() if wanted.tri == "recentes" else Task.entered_at
        yield true(), (first, Task.id)
    elif wanted.tri == "commune":
        yield Task.commune.is_not(None), (Task.commune, Task.due_at, Task.id)
        yield Task.commune.is_(None), (Task.due_at, Task.id)
    elif wanted.tri == "dossier":
        yield func.coalesce(Case.status, "") != "open", (Task.due_at, Task.id)
    else:
        yield Task.due_at.is_not(None), (Task.due_at, Task.id)
        yield Task.due_at.is_(None), (Task.entered_at, Task.id)


def _by_priority() -> Iterator[tuple[ColumnElement[bool], Order]]:
    values = list(priorities.known())
    for value in values:
        yield and_(Task.priority == value, Task.due_at.is_not(None)), (Task.due_at, Task.id)
        yield and_(Task.priority == value, Task.due_at.is_(None)), (Task.entered_at, Task.id)
    others = and_(Task.priority.is_not(None), Task.priority.not_in(values))
    yield others, (Task.priority, Task.due_at, Task.id)
    yield Task.priority.is_(None), (Task.due_at, Task.id)
