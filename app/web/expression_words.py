"""What an expression gives, said while it is typed: whether it can be read, what it reads, an example."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from app import clock, tenancy
from app.database import db
from app.expressions import (
    ExpressionError,
    check,
    deadline,
    designer_functions,
    escalation,
    evaluate,
    timer_instant,
)
from app.models import Territory
from app.services import releases
from app.web import formats

KINDS: Final = frozenset({"condition", "delai", "duree", "minuteur", "valeur"})
"""What is expected: true or false; a deadline from the entry; one from the due date; an instant; anything."""
LONGEST: Final = 2_000


@dataclass(frozen=True)
class Said:
    """The verdict on one expression; ``reads`` are the dotted names that it reads."""

    ok: bool
    message: str
    reads: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for the page."""
        return {"ok": self.ok, "message": formats.typography(self.message), "reads": list(self.reads)}


def said(text: str, kind: str) -> Said:
    """Judge an expression as a designer writes it, alone; where its names come from is for the whole check.

    Args:
        text: the expression.
        kind: one of ``KINDS``.
    """
    if len(text) > LONGEST:
        return Said(ok=False, message="Cette expression est trop longue. Raccourcissez-la.")
    try:
        reads = tuple(sorted(check(text)))
    except ExpressionError as fault:
        return Said(ok=False, message=str(fault))
    if reads:
        return Said(ok=True, message=f"Lit {_listed(reads)}.", reads=reads)
    try:
        return Said(ok=True, message=_GIVES[kind](text))
    except ExpressionError as fault:
        return Said(ok=False, message=str(fault))


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"« {name} »" for name in names]
    return " et ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _value(text: str) -> object:
    territory = db.session.get(Territory, tenancy.current_id())
    closed = releases.closing_days(territory) if territory is not None else frozenset[date]()
    return evaluate(text, {}, designer_functions(clock.now(), closed))


def _condition(text: str) -> str:
    value = _value(text)
    if not isinstance(value, bool):
        raise ExpressionError("Une condition doit dire oui ou non : comparez une réponse à une valeur.")
    return f"Toujours {'vraie' if value else 'fausse'} : cette condition ne lit aucune réponse."


def _deadline(text: str) -> str:
    due = deadline(_value(text), clock.now())
    return f"Si l'étape arrive maintenant : {_until(due)}."


def _after_due(text: str) -> str:
    due = escalation(_value(text), clock.now())
    return f"Si l'échéance est maintenant : {_until(due)}."


def _timer(text: str) -> str:
    due = timer_instant(_value(text), clock.now())
    return f"Si l'attente commence maintenant : {formats.full_day(due)} à {formats.hour(due)}."


def _until(due: datetime) -> str:
    whole_day = formats.local(due).time().isoformat() == "00:00:00"
    last = formats.full_day(formats.due_day(due))
    return f"{last} inclus" if whole_day else f"{formats.full_day(due)} à {formats.hour(due)}"


def _anything(text: str) -> str:
    value = _value(text)
    if value is None:
        return "Ne donne rien : le paramètre reste vide."
    if isinstance(value, bool):
        return f"Donne {'oui' if value else 'non'}."
    if isinstance(value, datetime):
        return f"Donne {formats.full_day(value)} à {formats.hour(value)}, si c'est maintenant."
    if isinstance(value, date):
        return f"Donne {formats.full_day(value)}, si c'est aujourd'hui."
    if isinstance(value, list | tuple):
        return f"Donne une liste de {formats.agree(len(value), 'valeur')}."
    return f"Donne « {value} »."


_GIVES: Final[Mapping[str, Callable[[str], str]]] = {
    "condition": _condition,
    "delai": _deadline,
    "duree": _after_due,
    "minuteur": _timer,
    "valeur": _anything,
}
