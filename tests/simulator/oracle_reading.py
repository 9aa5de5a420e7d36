"""What the oracle reads for itself: its own calendar, the shipped files as text, the expressions in them."""

import ast
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

PARIS = ZoneInfo("Europe/Paris")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
HOLIDAYS = holidays.country_holidays("FR")
DAY = timedelta(days=1)
KINDS = ("delai", "rappel", "escalade", "manquement")
PERIODS = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def span(text: str) -> tuple[relativedelta, timedelta, bool]:
    """Read an ISO 8601 duration: what moves the calendar, what is exact, and whether it is timed."""
    found = PERIODS.fullmatch(text)
    assert found and text not in {"P", "PT"}, text
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    calendar = relativedelta(years=years, months=months, days=7 * weeks + days)
    return calendar, timedelta(hours=hours, minutes=minutes, seconds=seconds), "T" in text


def shown(wall: datetime) -> datetime:
    """The instant at which a Paris clock shows ``wall``; an hour that is skipped moves on."""
    return wall.replace(tzinfo=PARIS, fold=0).astimezone(UTC)


def moved(start: datetime, text: str) -> datetime:
    """``text`` after ``start``, on the Paris wall clock."""
    calendar, exact, _ = span(text)
    wall = start.astimezone(PARIS).replace(tzinfo=None)
    return (shown(wall + calendar) if calendar else start.astimezone(UTC)) + exact


def first_instant(day: date) -> datetime:
    """Midnight at the beginning of a day in Paris."""
    return shown(datetime.combine(day, time(0)))


def works(day: date, closed: frozenset[date]) -> bool:
    """Monday to Friday, no public holiday, not closed."""
    return day.weekday() < 5 and day not in HOLIDAYS and day not in closed


def working_days(start: date, count: int, /, *, closed: frozenset[date]) -> date:
    """The day that comes ``count`` working days after ``start``."""
    day = start
    while count:
        day += DAY
        count -= works(day, closed)
    return day


def ending(value: object, start: datetime) -> datetime | None:
    """When a delay ends: a date or days at the midnight after, hours exactly."""
    if value is None:
        return None
    if isinstance(value, str):
        instant = moved(start, value)
        return instant if span(value)[2] else first_instant(instant.astimezone(PARIS).date() + DAY)
    assert isinstance(value, date) and not isinstance(value, datetime), value
    return first_instant(value + DAY)


# The expressions that the shipped files use, read without the product's language


@dataclass(frozen=True)
class Known:
    """What an expression may name, and the moment from which it counts days."""

    names: Mapping[str, Any]
    moment: datetime
    closed: frozenset[date]


def value_of(text: str, known: Known) -> Any:
    """Read an expression of the shipped files."""
    return _value(ast.parse(text, mode="eval").body, known)


def _value(node: ast.expr, known: Known) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return known.names[name]
        case ast.Attribute(value=ast.Name(id=group), attr=name):
            return known.names.get(group, {}).get(name)  # a question that nobody was asked yet: nothing
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, [_value(argument, known) for argument in arguments], known)
    return _computed(node, known)


def _called(name: str, arguments: list[Any], known: Known) -> Any:
    if name == "present":
        return arguments[0] is not None
    if name == "jours_ouvres":
        return working_days(known.moment.astimezone(PARIS).date(), *arguments, closed=known.closed)
    if name == "jours_apres":
        later: date = arguments[0] + timedelta(days=arguments[1])
        return later
    assert name == "mois_apres", f"the oracle does not know {name}"
    day, months = arguments
    found: date = day + relativedelta(months=months)
    return found


def _computed(node: ast.expr, known: Known) -> Any:
    match node:
        case ast.IfExp(test=test, body=body, orelse=other):
            return _value(body if _value(test, known) else other, known)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, known)
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.List(elts=items)]):
            return _value(left, known) in [_value(item, known) for item in items]
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _value(left, known) * _value(right, known)
    raise AssertionError(f"the oracle cannot read {ast.unparse(node)}")


# The files


@dataclass(frozen=True)
class Files:
    """What the oracle keeps of the programme: dates written on steps, drawn timers, the calendar."""

    dates: Mapping[str, Mapping[str, str]]
    timers: Mapping[str, tuple[str, str]]
    starts: Mapping[str, str]
    calendar: tuple[tuple[str, date], ...]
    closed: frozenset[date]
    frequencies: Mapping[str, Mapping[str, str]]
    rules: Mapping[str, Any]


def read_files(files: Mapping[str, bytes]) -> Files:
    """Read the diagrams and ``territoire.toml``."""
    dates: dict[str, dict[str, str]] = {}
    timers: dict[str, tuple[str, str]] = {}
    starts: dict[str, str] = {}
    frequencies: dict[str, dict[str, str]] = {}
    for name, content in files.items():
        if not name.endswith(".bpmn"):
            continue
        root = ET.fromstring(content)  # noqa: S314  # our own shipped files
        for process in root.iter(f"{BPMN}process"):
            for node in process.iter(f"{BPMN}userTask"):
                written = {item.get("name"): item.get("value") for item in node.iter(f"{SPIFF}property")}
                dates[node.attrib["id"]] = {kind: text for kind in KINDS if (text := written.get(kind))}
            for node in process.iter():
                own = node.findall(f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property")
                given = {item.get("name", ""): item.get("value", "") for item in own}
                if given.get("frequence"):
                    frequencies[node.attrib["id"]] = {**given, "process": process.attrib["id"]}
                for kind in ("timeDuration", "timeDate"):
                    drawn = node.find(f"{BPMN}timerEventDefinition/{BPMN}{kind}")
                    if drawn is not None:
                        timers[node.attrib["id"]] = (kind, (drawn.text or "").strip())
                        if node.tag == f"{BPMN}startEvent":
                            starts[process.attrib["id"]] = node.attrib["id"]
    settings = tomllib.loads(files["territoire.toml"].decode())
    calendar = tuple((item["processus"], item["ancre"]) for item in settings.get("calendrier", ()))
    closed = frozenset(settings.get("vivant", {}).get("jours_fermes", ()))
    return Files(dates, timers, starts, calendar, closed, frequencies, settings.get("reglages", {}))
