"""What the form of a trial says: numbers as people type them, laid over what the programme proposes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from app.errors import Invalid
from app.publishing.trial_plans import Proposal, TrialPlan
from app.simulator.assumptions import Assumptions

DRAFT: Final = "brouillon"
_WORDS: Final = {
    "households": "menages",
    "months": "mois",
    "seed": "graine",
    "people": "personnes",
    "hours_week": "heures",
    "absence": "absence",
    "unanswered": "sans_reponse",
}
"""The names of the fields of the page, by those of a plan."""


@dataclass(frozen=True)
class Typed:
    """The plan that was typed; what is wrong with it, by the name of the field of the page."""

    plan: TrialPlan | None
    problems: Mapping[str, list[str]]


def typed(values: Mapping[str, str], proposal: Proposal) -> Typed:
    """Read the form of a trial; what is left as proposed stays the programme's own."""
    problems: dict[str, list[str]] = {}
    staff: dict[str, dict[str, object]] = {}
    for lane in proposal.lanes:
        proposed: dict[str, Decimal | int] = {
            "people": lane.crew.people,
            "hours_week": lane.crew.hours_week,
            "absence": lane.crew.absence,
            "unanswered": lane.crew.unanswered,
        }
        for name, usual in proposed.items():
            key = f"equipe.{lane.lane}.{_WORDS[name]}"
            value = _number(values, key, problems, whole=name == "people")
            if value is None:
                continue
            share = value / 100 if name in ("absence", "unanswered") else value
            if share != usual:
                staff.setdefault(lane.lane, {})[name] = int(share) if name == "people" else str(share)
    refusals = {}
    for refusal in proposal.refusals:
        value = _number(values, f"refus.{refusal.name}", problems)
        if value is not None and value != percent(refusal.rate):
            refusals[refusal.name] = str(value / 100)
    whole = {
        name: _number(values, _WORDS[name], problems, whole=True, usual=usual)
        for name, usual in (("households", proposal.households), ("months", 12), ("seed", 1))
    }
    return _plan(values, {"staff": staff, "refusals": refusals}, whole, problems)


def _plan(
    values: Mapping[str, str],
    assumed: Mapping[str, Mapping[str, object]],
    whole: Mapping[str, Decimal | None],
    problems: dict[str, list[str]],
) -> Typed:
    subject = values.get("sujet", DRAFT)
    number = int(subject) if subject.isascii() and subject.isdigit() and len(subject) < 7 else None
    if problems:
        return Typed(None, problems)
    try:
        plan = TrialPlan(
            **{name: int(value or 0) for name, value in whole.items()},
            release=number,
            beside=values.get("regard") == "oui",
            assumptions=Assumptions.from_json(assumed),
        )
    except Invalid as refusal:
        return Typed(None, {_named(name): said for name, said in refusal.problems.items()})
    return Typed(plan, {})


def percent(share: Decimal) -> Decimal:
    """Return a share as people type it: 0.04 is 4."""
    return (share * 100).normalize()


def said(value: Decimal | int) -> str:
    """Return a number as it stands in its field: « 10,5 »."""
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value)


def _named(name: str) -> str:
    """Return the field of the page for a name of a plan (« technicien.people », « visite.issue »)."""
    lane, _, what = name.partition(".")
    if what in _WORDS:
        return f"equipe.{lane}.{_WORDS[what]}"
    return _WORDS.get(name) or f"refus.{name}"


def _number(
    values: Mapping[str, str],
    key: str,
    problems: dict[str, list[str]],
    *,
    whole: bool = False,
    usual: int | None = None,
) -> Decimal | None:
    text = values.get(key, "").strip().replace("\u202f", "").replace("\u00a0", "").replace(",", ".")
    if not text:
        return None if usual is None else Decimal(usual)
    try:
        value = Decimal(text) if len(text) <= 12 else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or (whole and value != value.to_integral_value()):
        problems[key] = ["Écrivez un nombre entier." if whole else "Écrivez un nombre, comme 7 ou 3,5."]
        return None
    return value
