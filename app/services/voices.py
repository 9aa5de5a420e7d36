"""The voice of a structure: given by its own link or by an account, changed until the end (ANG-1)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read, seal_text, transaction
from app.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from app.handlers.consultations import CHOICES, OBJECTION
from app.models import Consultation, Territory, Voice
from app.services import journal, network
from app.services.actors import Actor

SPEAKS: Final = "decisions.agir"
_MOST: Final = 2_000


class VoicesClosed(Conflict):
    """The round is over: no voice is taken or changed any more."""

    sentence_template = (
        "La consultation est finie : les voix ne changent plus. Le résultat est envoyé à chaque structure."
    )


class LinkOver(Gone):
    """The link opens no voice any more."""

    sentence_template = (
        "Ce lien n'est plus valable : un nouveau tour a peut-être commencé, avec un lien plus récent. "
        "Cherchez le dernier message du réseau."
    )


@dataclass(frozen=True)
class Tally:
    """How many structures said what in the round under way; ``silent`` have said nothing yet."""

    consents: int
    objections: int
    abstentions: int
    silent: int


@dataclass(frozen=True)
class Proposal:
    """A proposal with its voices: those of its last round, by name of structure."""

    row: Consultation
    voices: Sequence[Voice]
    tally: Tally
    own: Voice | None

    @property
    def open(self) -> bool:
        """Whether voices are taken now."""
        return is_open(self.row)


@dataclass(frozen=True)
class Held:
    """What a structure's link opens."""

    voice: Voice
    row: Consultation
    territory: Territory


def is_open(row: Consultation) -> bool:
    """Whether voices are taken now."""
    return row.status == "ouverte" and clock.now() < row.closes_at


def listing(actor: Actor) -> list[Proposal]:
    """Return what was put to the structures, the newest first.

    Raises:
        Forbidden: the role does not see the network.
    """
    network.require(actor)
    rows = db.session.scalars(select(Consultation).order_by(Consultation.opened_at.desc(), Consultation.id))
    return [_proposal(row, actor) for row in rows]


def detail(process_id: UUID, actor: Actor) -> Proposal:
    """Return one proposal: who said what stands open to every member.

    Raises:
        Forbidden: the role does not see the network.
        NotFound: nothing was put to the structures in that process here.
    """
    network.require(actor)
    row = db.session.scalar(select(Consultation).where(Consultation.process_id == process_id))
    if row is None:
        raise NotFound
    return _proposal(row, actor)


def _proposal(row: Consultation, actor: Actor) -> Proposal:
    voices = db.session.scalars(
        select(Voice).where(Voice.consultation_id == row.id, Voice.round_number == row.round_number)
    ).all()
    said = [one.choice for one in voices]
    mine = actor.partner_id if actor.rights.may(SPEAKS) else None
    return Proposal(
        row=row,
        voices=sorted(voices, key=lambda one: one.partner.name.casefold()),
        tally=Tally(*map(said.count, (*CHOICES, ""))),
        own=next((one for one in voices if mine is not None and one.partner_id == mine), None),
    )


def give_for_structure(process_id: UUID, choice: str, reason: str, *, by: Actor) -> None:
    """Give the voice of the structure for which somebody works; the latest word of the structure counts.

    Raises:
        Forbidden: the role gives no voice, or the person works for no structure that was asked.
        NotFound: nothing was put to the structures in that process here.
        VoicesClosed, Invalid: as ``give``.
    """
    found = detail(process_id, by)
    if found.own is None:
        raise Forbidden
    give(found.own.id, choice, reason, by=by.name, user_id=by.user_id)


def give(voice_id: UUID, choice: str, reason: str, *, by: str, user_id: UUID | None = None) -> None:
    """Keep what a structure says: it consents, objects with a reason, or abstains.

    Raises:
        VoicesClosed: the round is over.
        Invalid: no choice, an objection without a reason, or too long a one.
    """
    said = reason.strip()
    problems: dict[str, list[str]] = {}
    if choice not in CHOICES:
        problems["choix"] = ["Choisissez ce que dit votre structure."]
    if choice == OBJECTION and not said:
        problems["raison"] = ["Dites pourquoi : c'est ce qui permet de changer le texte."]
    if len(said) > _MOST:
        problems["raison"] = ["Écrivez au plus 2 000 caractères."]
    if problems:
        raise Invalid(problems)
    with transaction() as session:
        voice = session.scalar(select(Voice).where(Voice.id == voice_id).with_for_update(of=Voice))
        row = (
            session.scalar(
                select(Consultation).where(Consultation.id == voice.consultation_id).with_for_update()
            )
            if voice is not None
            else None
        )
        if voice is None or row is None:
            raise NotFound
        if not is_open(row) or voice.round_number != row.round_number:
            raise VoicesClosed
        voice.choice, voice.reason, voice.by, voice.at = choice, said, by, clock.now()
        journal.write(
            "decision.voix", actor=by, user_id=user_id, process_id=row.process_id, subject=str(voice.id),
            details={"choix": choice},
        )  # fmt: skip


@contextmanager
def holding(token: str) -> Iterator[Held]:
    """Serve the territory of a structure's link for the time of the block.

    Raises:
        LinkOver: no voice of the round under way stands behind it.
    """
    with tenancy.unscoped("token"):
        found = db.session.execute(
            select(Voice.id, Voice.territory_id).where(Voice.link == seal_text(token))
        ).first()
    end_read()
    if found is None:
        raise LinkOver
    with tenancy.serving(found.territory_id):
        yield _held(found.id)


def _held(voice_id: UUID) -> Held:
    voice = db.session.get(Voice, voice_id)
    row = db.session.get(Consultation, voice.consultation_id) if voice is not None else None
    if voice is None or row is None or voice.round_number != row.round_number:
        raise LinkOver
    return Held(voice, row, db.session.get_one(Territory, voice.territory_id))
