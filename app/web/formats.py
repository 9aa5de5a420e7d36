"""Dates, amounts and sentences as people say them in French; the exact value stays one hover away."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from flask import Flask
from markupsafe import Markup, escape

from app import clock

NARROW: Final = "\u202f"
"""Narrow no-break space: before ; : ? ! and inside « »."""

_BEFORE = re.compile(r"[  \u202f]+([;:!?»])")
_AFTER = re.compile(r"«[  \u202f]+")
_INSTANT: Final = timedelta(microseconds=1)


def register(app: Flask) -> None:
    """Give the filters to the templates."""
    for name, function in {
        "jour": said_day,
        "moment": said_moment,
        "heure": hour,
        "echeance": due,
        "duree": words_for_days,
        "date_longue": full_day,
        "montant": money,
        "nombre": number,
        "chiffre": figure,
        "typo": typography,
        "accord": agree,
        "jour_iso": iso_day,
        "heure_iso": iso_hour,
    }.items():
        app.jinja_env.filters[name] = function


def typography(text: str) -> str:
    """Put narrow no-break spaces where French wants them; markup stays markup."""
    spaced = _AFTER.sub(f"«{NARROW}", _BEFORE.sub(rf"{NARROW}\1", str(text)))
    return Markup(spaced) if isinstance(text, Markup) else spaced  # noqa: S704  # it was markup already


def day_of(value: date | datetime) -> date:
    """Return the day in Paris of an instant; a date stays itself."""
    return value.astimezone(clock.PARIS).date() if isinstance(value, datetime) else value


def due_day(due_at: datetime) -> date:
    """Return the last day to do it: a deadline is the first instant that is too late."""
    return (due_at - _INSTANT).astimezone(clock.PARIS).date()


def local(value: datetime) -> datetime:
    """Return an instant in Paris."""
    return value.astimezone(clock.PARIS)


def hour(value: datetime) -> str:
    """Return the time in Paris: « 14 h 30 », « 9 h »."""
    here = local(value)
    minutes = f"{NARROW}{here.minute:02d}" if here.minute else ""
    return f"{here.hour}{NARROW}h{minutes}"


def words_for_day(day: date, *, today: date | None = None) -> str:
    """Return a day as it is said: « demain », « mardi 25 novembre », « 3 mars 2024 »."""
    reference = today or clock.today()
    near = {-1: "hier", 0: "aujourd'hui", 1: "demain"}.get((day - reference).days)
    if near is not None:
        return near
    if abs((day - reference).days) < 200 or day.year == reference.year:
        return _ordinal(day, "EEEE d MMMM")
    return _ordinal(day, "d MMMM y")


def full_day(value: date | datetime) -> str:
    """Return a day in full: « mardi 25 novembre 2026 »."""
    return _ordinal(day_of(value), "EEEE d MMMM y")


def _ordinal(day: date, pattern: str) -> str:
    said = format_date(day, pattern, locale="fr")
    return re.sub(r"\b1 (?=[a-zûé]+)", "1er ", said) if day.day == 1 else said


def words_for_due(due_at: datetime, *, now: datetime | None = None) -> str:
    """Return a deadline as it is said: « en retard de 3 jours », « demain », « vendredi 27 novembre »."""
    present = now or clock.now()
    today, last = present.astimezone(clock.PARIS).date(), due_day(due_at)
    exact = due_at.astimezone(clock.PARIS).time().replace(microsecond=0).isoformat() != "00:00:00"
    if present >= due_at:
        days = (today - last).days
        if days == 0:
            return f"en retard depuis {hour(due_at)}"
        return "en retard d'un jour" if days == 1 else f"en retard de {number(days)} jours"
    said = words_for_day(last, today=today)
    return f"{said} avant {hour(due_at)}" if exact else said


def words_for_lapse(due_at: datetime, *, now: datetime | None = None) -> str:
    """Return in how long something is due: « aujourd'hui », « demain », « dans 6 jours »; past, how late."""
    present = now or clock.now()
    if present >= due_at:
        return words_for_due(due_at, now=present)
    days = (due_day(due_at) - present.astimezone(clock.PARIS).date()).days
    near = {0: "aujourd'hui", 1: "demain"}.get(days)
    return near or f"dans {number(days)} jours"


def words_for_days(days: float) -> str:
    """Return a length of time measured in days: « 4,5 jours », « 3 heures », « moins d'une heure »."""
    hours = days * 24
    if hours < 1:
        return "moins d'une heure"
    if days < 1:
        return agree(round(hours), "heure")
    shown = round(days, 1) if days < 10 else round(days)
    return f"{number(shown)}\u00a0{'jour' if shown < 2 else 'jours'}"


def said_day(value: date | datetime | None) -> Markup:
    """Return a ``time`` element: the day as it is said, in full on hover."""
    if value is None:
        return Markup("")
    day = day_of(value)
    return _time(day.isoformat(), full_day(day), words_for_day(day))


def said_moment(value: datetime | None) -> Markup:
    """Return a ``time`` element with the hour: « hier à 14 h 30 »."""
    if value is None:
        return Markup("")
    here = local(value)
    return _time(
        here.isoformat(timespec="minutes"),
        f"{full_day(here)} à {hour(here)}",
        f"{words_for_day(here.date())} à {hour(here)}",
    )


def due(value: datetime | None) -> Markup:
    """Return a ``time`` element for a deadline; the full last day on hover."""
    if value is None:
        return Markup("")
    last = due_day(value)
    return _time(
        value.astimezone(clock.PARIS).isoformat(timespec="minutes"), full_day(last), words_for_due(value)
    )


def _time(machine: str, title: str, words: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        escape(machine), escape(title), escape(words)
    )


def money(value: Decimal | int | None) -> str:
    """Return euros: « 1 234,50 € »."""
    return "" if value is None else format_currency(value, "EUR", locale="fr")


def number(value: Decimal | float | None) -> str:
    """Return a number with narrow spaces and a decimal comma: « 12 500 », « 3,5 »."""
    return "" if value is None else format_decimal(value, locale="fr")


def figure(value: Decimal | None, unit: str, decimals: int) -> str:
    """Return a dated figure whole, with its unit: « 0,1952 €/kWh », « 4,50 €/m³ », « 270 DJU »."""
    if value is None:
        return ""
    always = min(2, decimals) if "€" in unit else 0
    said = format_decimal(value, format=f"#,##0.{'0' * always}{'#' * (decimals - always)}", locale="fr")
    return f"{said}\u00a0{unit}" if unit else said


def iso_day(value: date | datetime) -> str:
    """Return the day in Paris as a date field holds it: « 2026-04-28 »."""
    return day_of(value).isoformat()


def iso_hour(value: datetime) -> str:
    """Return the time in Paris as a time field holds it; nothing for a midnight, which is a whole day."""
    here = local(value)
    return "" if not (here.hour or here.minute) else f"{here:%H:%M}"


def agree(count: int, one: str, many: str | None = None) -> str:
    """Return a count and its noun: « 1 dossier », « 3 dossiers » (French: 0 is singular)."""
    word = one if abs(count) < 2 else (many or f"{one}s")
    return f"{number(count)}\u00a0{word}"
