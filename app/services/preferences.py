"""How each person wants to be told: at once, once a day or never, by kind; SMS, quiet hours, the hour."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import tenancy
from app.database import db, transaction
from app.errors import Invalid
from app.ids import new_id
from app.models import NoticePreference, NoticeSettings, User
from app.notifications import outbox
from app.notifications.numbers import mobile
from app.notifications.once import add_once
from app.notifications.quiet import DIGEST_AT
from app.notifications.registry import KINDS, Kind
from app.services import addressed, releases
from app.services.actors import Actor

_HOUR: Final = re.compile(r"([01]?\d|2[0-3])\s*[h:]\s*([0-5]\d)?")
_BAD_HOUR: Final = "Écrivez une heure, par exemple 8:00 ou 20 h 30."


@dataclass(frozen=True)
class Choice:
    """One kind of notice, with what the person chose (or gets unless they choose)."""

    kind: Kind
    mode: str
    sms: bool


@dataclass(frozen=True)
class Preferences:
    """All that a person has chosen in the territory being served; hours in minutes after midnight, Paris."""

    choices: Sequence[Choice]
    email: str
    comes_back: bool
    phone: str
    quiet_from: int | None
    quiet_to: int | None
    digest_at: int


def of(actor: Actor) -> Preferences:
    """Return what the person has chosen, kind by kind: those that their roles can receive."""
    user = db.session.get_one(User, _own(actor))
    chosen = {
        row.kind: row
        for row in db.session.scalars(select(NoticePreference).where(NoticePreference.user_id == user.id))
    }
    settings = db.session.scalar(select(NoticeSettings).where(NoticeSettings.user_id == user.id))
    return Preferences(
        choices=[_choice(kind, chosen.get(kind.id)) for kind in kinds_for(actor)],
        email=user.email,
        comes_back=outbox.comes_back(user.email),
        phone=(settings.phone if settings else None) or "",
        quiet_from=settings.quiet_from if settings else None,
        quiet_to=settings.quiet_to if settings else None,
        digest_at=settings.digest_at if settings else DIGEST_AT,
    )


def _choice(kind: Kind, row: NoticePreference | None) -> Choice:
    mode = row.mode if row is not None and row.mode in kind.choices else kind.default
    return Choice(kind, mode, sms=row is not None and row.sms)


def kinds_for(actor: Actor) -> list[Kind]:
    """Return the kinds that this person can receive: the system's, then those of the programme."""
    own = [kind for kind in KINDS.values() if any(actor.rights.may(right) for right in kind.permissions)]
    known = {kind.id for kind in own}
    return own + [kind for kind in addressed.kinds(releases.current(), actor.lanes) if kind.id not in known]


def save(actor: Actor, given: Mapping[str, str]) -> None:
    """Keep what the person chose; a kind that is not among the answers stays as it was.

    Args:
        actor: somebody with an account.
        given: ``mode_<kind>``, ``sms_<kind>`` (present when ticked), ``telephone``, ``calme_de``,
            ``calme_a``, ``resume_a``.

    Raises:
        Invalid: with French sentences under the names above.
    """
    kinds = kinds_for(actor)
    problems: dict[str, list[str]] = {}
    settings = _settings(given, problems)
    modes = {kind.id: _mode(kind, given, problems) for kind in kinds if f"mode_{kind.id}" in given}
    by_sms = {kind.id for kind in kinds if given.get(f"sms_{kind.id}")}
    if by_sms and not settings["phone"] and "telephone" not in problems:
        problems["telephone"] = ["Indiquez votre numéro de portable pour recevoir des SMS."]
    if problems:
        raise Invalid(problems)
    with transaction():
        _store_settings(_own(actor), settings)
        for kind_id, mode in modes.items():
            _store_mode(_own(actor), kind_id, mode, sms=kind_id in by_sms)


def believe(actor: Actor) -> None:
    """The person says that their address works again: mail goes to it as before."""
    with transaction() as session:
        outbox.forgive(session.get_one(User, _own(actor)).email)


def _own(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise LookupError("only an account has preferences")
    return actor.user_id


def _mode(kind: Kind, given: Mapping[str, str], problems: dict[str, list[str]]) -> str:
    name = f"mode_{kind.id}"
    if given[name] not in kind.choices:
        problems[name] = ["Choisissez l'une des réponses proposées."]
    return given[name]


def _settings(given: Mapping[str, str], problems: dict[str, list[str]]) -> dict[str, Any]:
    quiet_from, quiet_to = _hour("calme_de", given, problems), _hour("calme_a", given, problems)
    if (quiet_from is None) != (quiet_to is None) and not problems:
        missing = "calme_de" if quiet_from is None else "calme_a"
        problems[missing] = ["Indiquez les deux heures, ou laissez les deux vides."]
    if quiet_from is not None and quiet_from == quiet_to:
        problems["calme_a"] = ["La fin doit différer du début : sinon, il n'y a pas d'heures calmes."]
    digest_at = _hour("resume_a", given, problems)
    if digest_at is None and "resume_a" not in problems:
        digest_at = DIGEST_AT
    return {
        "phone": _phone(given.get("telephone", ""), problems),
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "digest_at": digest_at,
    }


def _hour(name: str, given: Mapping[str, str], problems: dict[str, list[str]]) -> int | None:
    text = given.get(name, "").replace("\u202f", " ").replace("\u00a0", " ").strip().casefold()
    if not text:
        return None
    found = _HOUR.fullmatch(text)
    if found is None:
        problems[name] = [_BAD_HOUR]
        return None
    return int(found[1]) * 60 + int(found[2] or 0)


def _phone(text: str, problems: dict[str, list[str]]) -> str | None:
    """Return a mobile number as providers want it (``+33612345678``)."""
    number = mobile(text)
    if number is not None or not text.strip():
        return number
    problems["telephone"] = ["Écrivez un numéro de portable, par exemple 06 12 34 56 78."]
    return None


def _store_settings(user_id: UUID, values: Mapping[str, Any]) -> None:
    fresh = {"id": new_id(), "territory_id": tenancy.current_id(), "user_id": user_id, **values}
    if add_once(NoticeSettings, fresh, "user_id", "territory_id"):
        return
    row = db.session.scalars(select(NoticeSettings).where(NoticeSettings.user_id == user_id)).one()
    for name, value in values.items():
        setattr(row, name, value)


def _store_mode(user_id: UUID, kind: str, mode: str, *, sms: bool) -> None:
    fresh = {
        "id": new_id(), "territory_id": tenancy.current_id(), "user_id": user_id,
        "kind": kind, "mode": mode, "sms": sms,
    }  # fmt: skip
    if add_once(NoticePreference, fresh, "user_id", "territory_id", "kind"):
        return
    row = db.session.scalars(
        select(NoticePreference).where(NoticePreference.user_id == user_id, NoticePreference.kind == kind)
    ).one()
    row.mode, row.sms = mode, sms
