"""What a window that misses something and a breach say to people, in words and as facts of a message."""

from datetime import datetime
from typing import Any

from app import clock
from app.catalog import frequency
from app.catalog.words import day, instant
from app.expressions.calendar import in_paris, midnight
from app.models import Breach, Duty
from app.services import windows
from app.services.windows import Judged


def of_window(duty: Duty, standing: Judged) -> dict[str, Any]:
    """Return the facts of a warning: what is missing, and by when."""
    missing = _missing(
        standing.expected, standing.found, standing.expected_within, standing.found_within, duty.rule
    )
    by = _last_moment(standing.ends)
    return {
        "nom": duty.name,
        "regle": _rule(duty.rule),
        "manque": missing,
        "avant": by,
        "trouve": standing.found,
        "attendu": standing.expected,
        "titre": f"{duty.name} : il manque {missing} avant la fin du {by}",
    }


def facts(breach: Breach) -> dict[str, Any]:
    """Return the facts of a breach: what the process that answers it starts with, and what a notice says."""
    return {
        "id": str(breach.id),
        "genre": breach.kind,
        "nom": breach.name,
        "mots": of(breach),
        "titre": of(breach),
        "couloir": breach.rule.get("lane") or "",
        "debut": _date(breach.window_from),
        "fin": _date(breach.window_to, last=True),
        "attendu": breach.expected,
        "trouve": breach.found,
        "periodes": breach.missed,
    }


def of(breach: Breach) -> str:
    """Return a breach in a sentence."""
    if breach.kind == "echeance":
        return f"« {breach.name} » devait être fait pour le {_last_moment(breach.window_to)}"
    found, expected = breach.found, breach.expected
    noun = breach.rule.get("noun") or "fait"
    if found < expected or not breach.expected_within:
        told = f"{_counted(found, noun)} sur {expected}"
    else:
        inner = breach.rule.get("within_noun") or "selon la règle"
        told = f"{_counted(breach.found_within, noun)} {inner} sur {breach.expected_within}"
    begins = breach.window_from or breach.window_to
    span = f"du {day(in_paris(begins).date())} au {_last_moment(breach.window_to)}"
    over = f" ({breach.missed} périodes manquées)" if breach.missed > 1 else ""
    return f"« {breach.name} » : {told}, {span}{over}"


def _rule(rule: dict[str, Any]) -> str:
    return frequency.told(windows.frequency_of(rule), minimum=rule["minimum"], within=rule["within"])


def _missing(expected: int, found: int, expected_within: int, found_within: int, rule: dict[str, Any]) -> str:
    whole, inner = max(0, expected - found), max(0, expected_within - found_within)
    noun = rule.get("noun") or "fois"
    words = _counted(max(whole, inner), noun)
    if inner:
        words += (
            f" ({inner} {rule.get('within_noun') or 'selon la règle'})"
            if inner < whole
            else (f" {rule.get('within_noun') or 'selon la règle'}")
        )
    return words


def _counted(number: int, noun: str) -> str:
    """Return « 1 visite », « 2 visites »: what designers write stands in the plural."""
    if number > 1:
        return f"{number} {noun}"
    one = " ".join(word[:-1] if word.endswith("s") and len(word) > 4 else word for word in noun.split())
    return f"{number} {one}"


def _last_moment(end: datetime) -> str:
    """Return the day a window ends with, « lundi 30 novembre 2026 »; the hour when it is no midnight."""
    local = in_paris(end)
    if local == midnight(local.date()):
        return day(windows.last_day(end))
    return instant(end)


def _date(moment: datetime | None, *, last: bool = False) -> str | None:
    if moment is None:
        return None
    return (windows.last_day(moment) if last else moment.astimezone(clock.PARIS).date()).isoformat()
