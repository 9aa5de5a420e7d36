"""What an answer at a door means, by the territory's own rules: an outcome, an alert for a yes (CAR-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app import clock
from app.catalog.answers import encode
from app.catalog.answers_view import answer_text
from app.catalog.campaigns import Campaigns
from app.database import db
from app.errors import DesignFault, NotFound
from app.expressions import ExpressionError, designer_functions, evaluate
from app.models import Round, Target, Territory
from app.services import releases
from app.services.actors import Actor
from app.services.releases import LoadedRelease


@dataclass(frozen=True)
class Said:
    """What was said at a door: the answers, where, on which round, when, under which rules, to whom."""

    answers: Mapping[str, Any]
    target: Target
    round: Round
    at: datetime
    release: LoadedRelease
    by: Actor

    @property
    def rules(self) -> Campaigns:
        """The rules of the territory's campaigns.

        Raises:
            NotFound: it goes to no door.
        """
        if self.release.settings.campaigns is None:
            raise NotFound
        return self.release.settings.campaigns


@dataclass(frozen=True)
class Outcome:
    """``kind``: ``absent``, ``ecarte``, ``refus`` or ``accord``; ``reason`` in the form's own words."""

    kind: str
    reason: str | None
    eligible: bool


def outcome_of(said: Said) -> Outcome:
    """Return what came of a door."""
    rules = said.rules
    for kind, text in (
        ("ecarte", rules.set_aside_if),
        ("absent", rules.absent_if),
        ("accord", rules.accepted_if),
    ):
        if value(text, said) is True:
            eligible = kind == "accord" and value(rules.eligible_if, said) is True
            return Outcome(kind, None, eligible)
    return Outcome("refus", _reason(said), value(rules.eligible_if, said) is True)


def _reason(said: Said) -> str | None:
    key = said.rules.reason
    form = said.release.forms[said.rules.form]
    item = form.field(key) if key else None
    answer = said.answers.get(key) if key else None
    return answer_text(item, answer) if item is not None and answer is not None else None


def kept_of(said: Said) -> dict[str, Any]:
    """Return the answers of a door that said no, as stored: closed ones, nothing that names anybody."""
    form = said.release.forms[said.rules.form]
    closed = {item.key for item in form.fields if item.type in {"choix", "cases", "oui_non", "nombre"}}
    fed = {item.key for item in form.fields if item.feeds}
    kept = closed - fed
    return encode({key: answer for key, answer in said.answers.items() if key in kept and answer is not None})


def alert_of(said: Said) -> dict[str, Any]:
    """Return the answers of the alert that a yes opens, validated against the alert's form.

    Raises:
        Invalid: the rules give an alert that does not fit; the door's answers are not taken.
    """
    release = said.release
    form = release.forms[release.entry.form]
    raw = {key: _plain(value(text, said)) for key, text in said.rules.alert.items()}
    context = {
        "reglages": dict(release.settings.rules),
        "prestations": dict(release.settings.services),
    }
    return form.parse(
        {key: answer for key, answer in raw.items() if answer is not None},
        classes=said.by.rights.collect,
        context=context,
        closed=_closed(said),
    )


def value(text: str, said: Said) -> object:
    """Return what an expression of the rules gives at this door.

    Raises:
        DesignFault: it cannot be evaluated.
    """
    form = said.release.forms[said.rules.form]
    names = {
        "porte": {item.key: said.answers.get(item.key) for item in form.fields},
        "cible": {
            "adresse": {
                "voie": said.target.address,
                "complement": said.target.complement or None,
                "cp": said.target.postcode or None,
                "insee": said.target.insee,
                "commune": said.target.commune,
            },
            "commune": said.target.commune,
        },
        "tournee": {"nom": said.round.name, "passage": said.round.pass_number},
        "jour": said.at.astimezone(clock.PARIS).date(),
        "reglages": dict(said.release.settings.rules),
    }
    try:
        return evaluate(text, names, designer_functions(said.at, _closed(said)), lenient=True)
    except ExpressionError as fault:
        raise DesignFault(element="campagne", cause=str(fault)) from fault


def _closed(said: Said) -> frozenset[date]:
    return releases.closing_days(db.session.get_one(Territory, said.target.territory_id))


def _plain(answer: object) -> object:
    """Return a value as a browser's JSON would send it; empty items of a list are left out."""
    if isinstance(answer, list):
        return [item for item in answer if item is not None] or None
    if isinstance(answer, date):
        return answer.isoformat()
    return answer
