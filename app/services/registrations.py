"""Registering for a gathering without an account (ANG-4, LAW-5).

What is answered never says whether an address is registered already: whoever types somebody else's learns
nothing. An address holds one place a gathering, however often the form is sent.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.handlers.gatherings import HELD, WAITING
from app.ids import new_id
from app.models import Gathering, Registration
from app.notifications.letter import is_address
from app.services import gathering_rows, journal
from app.services.accounts import Limit
from app.services.registration_rows import CANCELLED, Shown, email_key, is_open, shown, tell

PER_SENDER: Final = (Limit(40, timedelta(hours=1)),)
"""Registrations from one network address: a whole structure sends from one, a robot sends more (proposed)."""
PER_ADDRESS: Final = (Limit(6, timedelta(hours=1)),)
"""Registrations for one e-mail address: nobody's mailbox is to be filled by a stranger (proposed)."""
LENGTHS: Final = {"nom": 120, "courriel": 254, "structure": 160, "besoins": 500}
"""Most characters of what is typed."""


class RegistrationsClosed(Conflict):
    """One may not register any more."""

    sentence_template = "Les inscriptions sont closes. Pour venir quand même, écrivez aux organisateurs."


def page_of(token: str) -> Shown:
    """Return what the page of a gathering shows.

    Raises:
        NotFound: no such address in the territory being served.
    """
    row = db.session.scalar(select(Gathering).where(Gathering.token == token))
    if row is None:
        raise NotFound
    return shown(row)


def register(token: str, typed: Mapping[str, str]) -> str:
    """Take one registration; return ``inscrite`` or ``attente``, as for an address nobody gave before.

    Args:
        token: the end of the public address.
        typed: ``nom courriel structure type groupe besoins`` as typed.

    Raises:
        NotFound: no such gathering here.
        RegistrationsClosed: it takes nobody any more.
        Invalid: what is typed does not fit.
    """
    said = {key: " ".join(str(value).split()) for key, value in typed.items()}
    with transaction() as session:
        row = session.scalar(select(Gathering).where(Gathering.token == token).with_for_update())
        if row is None:
            raise NotFound
        if not is_open(row):
            raise RegistrationsClosed
        now = shown(row)
        key = email_key(row, said.get("courriel", ""))
        known = session.scalar(
            select(Registration).where(
                Registration.gathering_id == row.id, Registration.email_key == key,
                Registration.status != CANCELLED,
            )
        ) if said.get("courriel") else None  # fmt: skip
        status = WAITING if now.left == 0 else HELD
        check(said, now, own_group=known.group_key if known is not None else "")
        if known is not None:
            _again(known, row)
            return status
        one = _new(row, said, status)
        one.email_key = key
        session.add(one)
        session.flush()
        journal.write("inscription.recue", process_id=row.process_id, subject=str(one.id))
        tell(one, row, "confirmed" if status == HELD else "waiting", link=gathering_rows.new_link(one))
        return status


def check(said: Mapping[str, str], now: Shown, *, own_group: str = "") -> None:
    """See that what is typed can be taken.

    Raises:
        Invalid: with a sentence for each field.
    """
    problems: dict[str, list[str]] = {}
    if not said.get("nom"):
        problems["nom"] = ["Indiquez votre nom : il sert à la liste d'accueil, puis il est effacé."]
    if not is_address(said.get("courriel", "")):
        problems["courriel"] = ["Indiquez une adresse de courriel complète, comme prenom.nom@exemple.fr."]
    if said.get("type", "") not in now.kinds:
        problems["type"] = ["Choisissez le type de votre structure."]
    for key, most in LENGTHS.items():
        if len(said.get(key, "")) > most:
            problems[key] = [f"Écrivez au plus {most} caractères."]
    chosen = said.get("groupe", "")
    group = next((one for one in now.groups if one.key == chosen), None)
    if chosen and group is None:
        problems["groupe"] = ["Choisissez un groupe de la liste, ou « Sans préférence »."]
    elif group is not None and group.left == 0 and chosen != own_group:
        problems["groupe"] = [f"Le groupe « {group.label} » est complet. Choisissez-en un autre."]
    if problems:
        raise Invalid(problems)


def _new(row: Gathering, said: Mapping[str, str], status: str) -> Registration:
    now = clock.now()
    return Registration(
        id=new_id(), gathering_id=row.id, kind=said["type"], group_key=said.get("groupe", ""), status=status,
        person={key: said.get(key, "") for key in LENGTHS}, queued_at=now, at=now,
    )  # fmt: skip


def _again(known: Registration, row: Gathering) -> None:
    """Write once more to an address that is registered already, with a fresh link; nothing else changes."""
    state = "confirmed" if known.status == HELD else "waiting"
    tell(known, row, state, link=gathering_rows.new_link(known), occasion=str(new_id()))
