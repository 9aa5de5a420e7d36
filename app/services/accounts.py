"""People's accounts: passwords, throttled logins, sessions that the server can end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from app import clock, tenancy
from app.database import db, end_read, seal_text, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from app.models import LoginAttempt, Membership, User
from app.services import journal, releases, structures

PASSWORD_LENGTH: Final = 12
"""Characters, at least. CNIL, délibération 2022-100: 50 bits suffice where attempts are limited."""

_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
_HASHER = PasswordHasher()
_NEVER_CHOSEN = "!"
"""What is kept of a password that was never chosen: no password fits it."""


@dataclass(frozen=True)
class Limit:
    """At most ``count`` attempts in ``window``."""

    count: int
    window: timedelta


PER_EMAIL: Final = (Limit(5, timedelta(minutes=15)), Limit(25, timedelta(hours=24)))
"""Per account. CNIL, délibération 2017-012: slow down after 5 failures, 25 attempts a day at most."""
PER_ADDRESS: Final = (Limit(50, timedelta(minutes=15)),)
"""Per network address, higher: a whole agency leaves by one address (proposed)."""
PER_CODE: Final = (Limit(20, timedelta(minutes=15)),)
"""Per network address, for follow-up codes typed by hand (proposed)."""


class WrongCredentials(Forbidden):
    """The e-mail or the password is wrong; which of the two is not said."""

    sentence_template = "Adresse électronique ou mot de passe incorrect."


class EmailTaken(Conflict):
    """An account has this e-mail already."""

    sentence_template = "Un compte existe déjà pour {email}."


def normal_email(email: str) -> str:
    """Return the one way an e-mail is stored and searched; control signs are left out: no address has any."""
    return "".join(sign for sign in email if sign.isprintable()).strip().casefold()


def authenticate(email: str, password: str, *, address: str) -> User:
    """Return the account, or refuse; an unknown e-mail costs the same time as a wrong password.

    The attempt is counted before the password is looked at, so that parallel guesses are counted too.

    Args:
        email: as typed.
        password: as typed.
        address: the network address the attempt comes from.

    Raises:
        TooMany: too many attempts for this e-mail or from this address (LAW-8).
        WrongCredentials: unknown, inactive, or wrong password.
    """
    mail = normal_email(email)
    count_attempt({f"courriel:{mail}": PER_EMAIL, f"adresse:{address}": PER_ADDRESS})
    user = by_email(mail)
    known = user is not None and user.active
    stored = user.password_hash if user is not None and known else _nobody()
    end_read()
    fits = _verify(stored, password)
    if user is None or not known or not fits:
        if user is not None:
            _journal_refusal(user.id)
        raise WrongCredentials
    _welcome(user.id, mail, password if _HASHER.check_needs_rehash(stored) else None)
    _journal_login(user.id, "connexion.ouverte")
    return db.session.get_one(User, user.id)


def enter_demo(email: str) -> User:
    """Return a sample account without its password; the caller checks that this is a demonstration.

    Raises:
        NotFound: no such account.
    """
    user = db.session.scalar(select(User).where(User.email == normal_email(email), User.active.is_(True)))
    if user is None:
        raise NotFound
    _journal_login(user.id, "connexion.demonstration")
    return db.session.get_one(User, user.id)


def count_attempt(limits_by_key: dict[str, tuple[Limit, ...]]) -> None:
    """Count one attempt under each key, or refuse when one of them is over its limits.

    Raises:
        TooMany: with ``minutes`` to wait.
    """
    now = clock.now()
    with transaction() as session:
        session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - timedelta(hours=24)))
        for key, limits in limits_by_key.items():
            sealed = seal_text(key)
            for limit in limits:
                _refuse_over(sealed, limit)
            session.add(LoginAttempt(key=sealed, at=now))


def _refuse_over(sealed: str, limit: Limit) -> None:
    now = clock.now()
    recent = (
        select(LoginAttempt.at)
        .where(LoginAttempt.key == sealed, LoginAttempt.at > now - limit.window)
        .order_by(LoginAttempt.at.desc())
    )
    times = db.session.scalars(recent.limit(limit.count)).all()
    if len(times) < limit.count:
        return
    wait = times[-1] + limit.window - now
    raise TooMany(minutes=max(1, -(-wait // timedelta(minutes=1))))


def load_session(user_id: UUID, version: int) -> User | None:
    """Return the account of an open session, None when it was ended or the account closed."""
    user = db.session.get(
        User, user_id, options=[joinedload(User.memberships).joinedload(Membership.territory)]
    )
    if user is None or not user.active or user.session_version != version:
        return None
    return user


def by_email(email: str) -> User | None:
    """Return the account of that e-mail, if any."""
    return db.session.scalar(select(User).where(User.email == normal_email(email)))


def end_sessions(user_id: UUID) -> None:
    """End every open session of the account, wherever it is open."""
    with transaction() as session:
        session.get_one(User, user_id).session_version += 1


def check_password(password: str) -> None:
    """Refuse a password that is too short.

    Raises:
        Invalid: with the sentence under ``password``.
    """
    if len(password) < PASSWORD_LENGTH:
        raise Invalid({"password": [f"Choisissez un mot de passe d'au moins {PASSWORD_LENGTH} caractères."]})


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    return _HASHER.hash(password)


def create_user(
    email: str,
    *,
    name: str,
    password: str | None,
    territory_id: UUID,
    roles: Sequence[str],
    partner_id: UUID | None = None,
) -> User:
    """Create an account with its roles in one territory, and the structure it works for there.

    Without ``password`` nobody enters with one until it is set.

    Raises:
        Invalid: the e-mail, the password or a role is not usable, or no such structure there.
        EmailTaken: an account has this e-mail (``grant`` adds a territory to it).
    """
    mail = normal_email(email)
    if not _MAIL.fullmatch(mail):
        raise Invalid({"email": [f"« {email} » n'est pas une adresse électronique."]})
    if password is not None:
        check_password(password)
    wanted = _known_roles(territory_id, roles)
    structures.check(territory_id, partner_id)
    kept = hashed(password) if password is not None else _NEVER_CHOSEN
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(User).where(User.email == mail)):
            raise EmailTaken(email=mail)
        user = User(email=mail, name=name.strip(), password_hash=kept, created_at=clock.now())
        user.memberships.append(Membership(territory_id=territory_id, roles=wanted, partner_id=partner_id))
        session.add(user)
    return user


def grant(user_id: UUID, *, territory_id: UUID, roles: Sequence[str], partner_id: UUID | None = None) -> None:
    """Give an account these roles in a territory, in place of those it held there.

    ``partner_id``: the structure it works for there; the one it had stays when None.

    Raises:
        Invalid: a role is not known there, or no such structure.
        NotFound: no such account.
    """
    wanted = _known_roles(territory_id, roles)
    structures.check(territory_id, partner_id)
    with transaction() as session:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound
        held = next((m for m in user.memberships if m.territory_id == territory_id), None)
        if held is None:
            user.memberships.append(
                Membership(territory_id=territory_id, roles=wanted, partner_id=partner_id)
            )
        else:
            held.roles, held.partner_id = wanted, partner_id or held.partner_id


def set_password(user_id: UUID, password: str) -> None:
    """Change the password and end every open session.

    Raises:
        Invalid: too short.
    """
    check_password(password)
    kept = hashed(password)
    with transaction() as session:
        user = session.get_one(User, user_id)
        user.password_hash = kept
        user.session_version += 1


def _known_roles(territory_id: UUID, roles: Sequence[str]) -> list[str]:
    with tenancy.serving(territory_id):
        known = releases.current().settings.roles
    unknown = [role for role in roles if role not in known]
    if unknown:
        raise Invalid(
            {
                "roles": [
                    f"Le rôle « {role} » n'existe pas ici ; rôles : {', '.join(known)}." for role in unknown
                ]
            }
        )
    return list(dict.fromkeys(roles))


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """The hash an unknown e-mail is measured against, so that it takes as long as a known one."""
    return _HASHER.hash("personne ne porte ce mot de passe")


def _welcome(user_id: UUID, mail: str, rehash: str | None) -> None:
    """Forget the failures of this account; renew a hash made with older costs."""
    hashed = _HASHER.hash(rehash) if rehash is not None else None
    with transaction() as session:
        session.execute(delete(LoginAttempt).where(LoginAttempt.key == seal_text(f"courriel:{mail}")))
        if hashed is not None:
            session.get_one(User, user_id).password_hash = hashed


def _journal_login(user_id: UUID, action: str) -> None:
    """Write the login in the journal of every territory that the account opens (LAW-8)."""
    user = db.session.get_one(User, user_id)
    name, territories = user.name, [membership.territory_id for membership in user.memberships]
    for territory_id in territories:
        with tenancy.serving(territory_id), transaction():
            journal.write(action, actor=name, user_id=user_id)


def _journal_refusal(user_id: UUID) -> None:
    """Write a refused login in the journal of every territory of the account; who tried is not known."""
    user = db.session.get_one(User, user_id)
    for territory_id in [membership.territory_id for membership in user.memberships]:
        with tenancy.serving(territory_id), transaction():
            journal.write("connexion.refusee", actor="inconnu", subject=str(user_id))
