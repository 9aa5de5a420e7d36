"""Opening, changing and closing an access to a territory, by whoever administers it (LAW-8)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.models import Membership, Partner, Task, Territory, User
from app.notifications.letter import is_address
from app.services import access_links, accounts, actors, exchange_posts, journal, perimeter, releases
from app.services.accounts import Limit
from app.services.actors import Actor
from app.services.team import NONE_YET, RIGHT, require

INVITATIONS: Final = (Limit(60, timedelta(hours=1)),)
"""How many links one person sends in an hour: a whole team on its first day (proposed)."""
NAME_LENGTH: Final = 120


class OthersAccount(Conflict):
    """The account also opens another territory: its password is not this administrator's."""

    sentence_template = (
        "{name} travaille aussi pour un autre territoire et garde son mot de passe. Si la personne l'a "
        "perdu, qui exploite le serveur lui en donne un autre."
    )


def invite(facts: Mapping[str, Any], *, by: Actor) -> bool:
    """Open an access; a new account receives a link that chooses its password, a known one keeps its own.

    Args:
        facts: ``courriel``, ``nom``, ``roles``, ``structure`` (a partner's id or None).

    Returns whether a link was sent.

    Raises:
        Forbidden: as ``people``.
        Invalid: a fact is missing or does not fit; keyed by field.
        TooMany: too many links sent in the last hour.
    """
    require(by)
    problems = _problems(facts)
    mail = accounts.normal_email(str(facts.get("courriel") or ""))
    if not is_address(mail):
        problems["courriel"] = ["Indiquez une adresse de courriel, par exemple prenom.nom@structure.fr."]
    known = accounts.by_email(mail) if mail else None
    if known is not None and _held(known.id) is not None and _held(known.id).roles:  # type: ignore[union-attr]
        problems["courriel"] = ["Cette personne a déjà un accès ici : changez sa fiche ci-dessous."]
    if known is None and not _name(facts):
        problems["nom"] = ["Indiquez le nom de la personne."]
    if problems:
        raise Invalid(problems)
    accounts.count_attempt({f"invitation:{by.user_id}": INVITATIONS})
    with transaction() as session:
        territory = session.get_one(Territory, tenancy.current_id())
        user = session.scalar(select(User).where(User.email == mail))
        new = user is None
        if user is None:
            user = User(email=mail, name=_name(facts), password_hash=NONE_YET, created_at=clock.now())
            session.add(user)
            session.flush()
        _give(user, facts)
        link = new or user.password_hash == NONE_YET
        if link:
            access_links.send(user, territory)
        _note("acces.ouvert", user.id, facts, by)
    return link


def change(user_id: UUID, facts: Mapping[str, Any], *, by: Actor) -> None:
    """Give somebody of the team these roles and this structure, in place of theirs; a closed access reopens.

    Steps that they hold and no longer see go back to their team.

    Raises:
        Forbidden, Invalid: as ``invite``.
        NotFound: nobody of that id here.
    """
    require(by)
    problems = _problems(facts)
    if user_id == by.user_id and not _keeps_administration(facts):
        problems["roles"] = [
            "Gardez-vous un rôle qui administre le territoire : demandez à quelqu'un d'autre."
        ]
    if problems:
        raise Invalid(problems)
    with transaction() as session:
        user = session.get(User, user_id)
        held = _held(user_id)
        if user is None or held is None:
            raise NotFound
        user.active = user.active or _only_here(user)
        _give(user, facts)
        session.flush()
        _give_back(user_id)
        _note("acces.change", user_id, facts, by)


def close(user_id: UUID, *, by: Actor) -> None:
    """Close somebody's access to this territory; the account itself when it opens no other.

    Raises:
        Forbidden: as ``people``.
        Invalid: one's own.
        NotFound: nobody of that id here.
    """
    require(by)
    if user_id == by.user_id:
        raise Invalid({"personne": ["Vous ne pouvez pas fermer votre propre accès."]})
    with transaction() as session:
        user, held = session.get(User, user_id), _held(user_id)
        if user is None or held is None:
            raise NotFound
        if not held.roles:
            return
        held.roles = []
        if _only_here(user):
            user.active = False
            user.session_version += 1
        session.flush()
        _give_back(user_id, everything=True)
        exchange_posts.forget(user_id)
        journal.write("acces.ferme", actor=by.name, user_id=by.user_id, subject=str(user_id))


def send_link(user_id: UUID, *, by: Actor) -> None:
    """Send somebody a new link that chooses their password; the former link dies, the password stays.

    Raises:
        Forbidden, NotFound: as ``close``.
        OthersAccount: the account opens another territory too.
        TooMany: too many links sent in the last hour.
    """
    require(by)
    accounts.count_attempt({f"invitation:{by.user_id}": INVITATIONS})
    with transaction() as session:
        user, held = session.get(User, user_id), _held(user_id)
        if user is None or held is None or not held.roles:
            raise NotFound
        if user.password_hash != NONE_YET and not _only_here(user):
            raise OthersAccount(name=user.name)
        access_links.send(user, session.get_one(Territory, tenancy.current_id()))
        journal.write("acces.lien_envoye", actor=by.name, user_id=by.user_id, subject=str(user_id))


def _held(user_id: UUID) -> Membership | None:
    return db.session.scalar(
        select(Membership).where(
            Membership.user_id == user_id, Membership.territory_id == tenancy.current_id()
        )
    )


def _only_here(user: User) -> bool:
    return all(held.territory_id == tenancy.current_id() for held in user.memberships)


def _name(facts: Mapping[str, Any]) -> str:
    return " ".join(str(facts.get("nom") or "").split())[:NAME_LENGTH]


def _problems(facts: Mapping[str, Any]) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    settings = releases.current().settings
    roles = list(facts.get("roles") or ())
    if not roles or any(role not in settings.roles for role in roles):
        problems["roles"] = ["Choisissez au moins un rôle de la liste."]
    partner_id = facts.get("structure")
    if partner_id is not None and db.session.get(Partner, partner_id) is None:
        problems["structure"] = ["Choisissez une structure de l'annuaire."]
    elif partner_id is None and actors.within(roles, None, settings) is not None:
        problems["structure"] = [
            "Choisissez sa structure : avec ces rôles, elle ne voit que les dossiers confiés à sa structure."
        ]
    return problems


def _keeps_administration(facts: Mapping[str, Any]) -> bool:
    settings = releases.current().settings
    roles = [role for role in facts.get("roles") or () if role in settings.roles]
    may = any(RIGHT in settings.roles[role].permissions for role in roles)
    return may and actors.within(roles, facts.get("structure"), settings) is None


def _give(user: User, facts: Mapping[str, Any]) -> None:
    held = _held(user.id)
    if held is None:
        held = Membership(user_id=user.id, territory_id=tenancy.current_id())
        db.session.add(held)
    held.roles, held.partner_id = list(dict.fromkeys(facts["roles"])), facts.get("structure")


def _give_back(user_id: UUID, *, everything: bool = False) -> None:
    """Give back to their team the open steps that somebody holds and may no longer see or answer."""
    for task in db.session.scalars(select(Task).where(Task.claimed_by == user_id, Task.status == "open")):
        if everything or not perimeter.who_sees([user_id], task.case_id):
            journal.write(
                "tache.rendue", case_id=task.case_id, process_id=task.process_id, subject=str(task.id),
                details={"de": str(user_id)},
            )  # fmt: skip
            task.claimed_by, task.follow_up_on, task.set_aside, task.note = None, None, False, None


def _note(action: str, user_id: UUID, facts: Mapping[str, Any], by: Actor) -> None:
    partner_id = facts.get("structure")
    details = {"roles": list(facts["roles"]), **({"structure": str(partner_id)} if partner_id else {})}
    journal.write(action, actor=by.name, user_id=by.user_id, subject=str(user_id), details=details)
