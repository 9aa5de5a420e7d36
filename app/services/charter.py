"""The charter of a network: its versions, which structure has signed which one (ANG-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.catalog.network_rooms import Charter
from app.catalog.uploads import Upload
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import CharterSignature, CharterText, Partner, StoredFile, StructureLink
from app.services import files, journal, releases, storage
from app.services.actors import Actor

READ: Final = ("reseau.voir", "charte.agir", "territoire.administrer")
KEEP: Final = "charte.agir"
BY_LINK: Final = "lien"
BY_ACCOUNT: Final = "sur_place"
ON_PAPER: Final = "papier"
LONGEST: Final = 20_000
LINE: Final = 200


class TextMoved(Conflict):
    """Another version was published since the page was opened."""

    sentence_template = (
        "Une autre version de la charte a été publiée entre-temps : rien n'est enregistré. Lisez-la, "
        "puis recommencez."
    )


@dataclass(frozen=True)
class Standing:
    """Where one structure is: its last signature that stands, of which version; None when it has none."""

    partner: Partner
    signature: CharterSignature | None
    number: int | None


def words() -> Charter:
    """Return ``[charte]``.

    Raises:
        NotFound: the territory has no charter.
    """
    found = releases.current().settings.rooms.charter
    if found is None:
        raise NotFound
    return found


def may_keep(actor: Actor) -> bool:
    """Whether a person publishes versions and notes signatures on paper."""
    return actor.rights.may(KEEP)


def texts() -> Sequence[CharterText]:
    """Return every version, the newest first."""
    words()
    return db.session.scalars(select(CharterText).order_by(CharterText.number.desc())).all()


def text(number: int | None = None) -> CharterText | None:
    """Return a version, the one in force when none is named; None while nothing is published.

    Raises:
        NotFound: no such version, or no charter here.
    """
    words()
    query = select(CharterText).order_by(CharterText.number.desc()).limit(1)
    if number is None:
        return db.session.scalar(query)
    found = db.session.scalar(query.where(CharterText.number == number))
    if found is None:
        raise NotFound
    return found


def standing() -> list[Standing]:
    """Return every active structure, those that have signed the newest version first, then by name."""
    rows = db.session.execute(
        select(CharterSignature, CharterText.number)
        .join(CharterText, CharterText.id == CharterSignature.charter_id)
        .where(CharterSignature.ended_on.is_(None))
        .order_by(CharterText.number)
    )
    latest = {signature.partner_id: (signature, number) for signature, number in rows}
    partners = db.session.scalars(select(Partner).where(Partner.active).order_by(Partner.name))
    found = [Standing(one, *latest.get(one.id, (None, None))) for one in partners]
    return sorted(found, key=lambda one: -(one.number or 0))


def signatures_of(partner_id: UUID) -> list[tuple[CharterSignature, int]]:
    """Return what a structure signed, the newest first, those it withdrew included.

    Raises:
        NotFound: no such structure, or no charter here.
    """
    words()
    if db.session.scalar(select(Partner.id).where(Partner.id == partner_id)) is None:
        raise NotFound
    rows = db.session.execute(
        select(CharterSignature, CharterText.number)
        .join(CharterText, CharterText.id == CharterSignature.charter_id)
        .where(CharterSignature.partner_id == partner_id)
        .order_by(CharterText.number.desc(), CharterSignature.at.desc())
    )
    return [(signature, number) for signature, number in rows]


def publish(title: str, body: str, *, after: int, by: Actor) -> int:
    """Publish a version; those before stay as they were signed. Return its number.

    Args:
        title, body: plain text; a line that begins with « - » is an item of a list.
        after: the number of the version that the page showed; 0 for none.
        by: who publishes it.

    Raises:
        Forbidden: the role does not keep the charter.
        Invalid: a title or a text is missing or too long.
        NotFound: no charter here.
        TextMoved: another version came first.
    """
    _keeps(by)
    title, body = " ".join(title.split()), body.strip()
    problems = {}
    if not title or len(title) > LINE or not title.isprintable():
        problems["titre"] = [f"Donnez un titre à la charte, de {LINE} caractères au plus."]
    if not body or len(body) > LONGEST:
        problems["texte"] = [f"Écrivez le texte de la charte, {LONGEST} caractères au plus."]
    if problems:
        raise Invalid(problems)
    with transaction() as session:
        last = session.scalar(select(func.max(CharterText.number))) or 0
        if last != after:
            raise TextMoved
        row = CharterText(
            number=last + 1, title=title, body=body, published_at=clock.now(), published_by=by.name
        )
        session.add(row)
        session.flush()
        journal.write("charte.publiee", actor=by.name, user_id=by.user_id, subject=str(row.id))
        return row.number


def sign(
    partner_id: UUID,
    number: int,
    facts: Mapping[str, Any],
    *,
    by: Actor,
    scan: Upload | None = None,
    link_id: UUID | None = None,
) -> None:
    """Sign a version for a structure; a second time says nothing more.

    Args:
        partner_id: the structure.
        number: the version that was shown, which must be the newest.
        facts: ``nom``, ``fonction``, ``qualite`` (a word of ``[charte.signataires]``), ``accord``; ``le`` (a
            day) when somebody notes a page signed on paper.
        by: the structure by its link, a person of it by their account, or who keeps the charter.
        scan: the page signed on paper.
        link_id: the personal link by which the structure signs.

    Raises:
        Forbidden: neither of the structure nor keeper of the charter.
        Invalid: by field.
        NotFound: no such structure or no charter here.
        TextMoved: another version was published meanwhile.
    """
    means = _means(by, partner_id)
    wanted = _signed(facts, means)
    with transaction() as session:
        shown = _to_sign(partner_id, number)
        if link_id is not None:
            session.get_one(StructureLink, link_id).answered_at = clock.now()
        if _stands(partner_id, shown.id):
            return
        row = CharterSignature(
            charter_id=shown.id, partner_id=partner_id, means=means, at=clock.now(), by=by.name,
            file_id=_keep(scan, by) if scan is not None else None, **wanted,
        )  # fmt: skip
        session.add(row)
        session.flush()
        journal.write(
            "charte.signee", actor=by.name, user_id=by.user_id, subject=str(partner_id),
            details={"signature": str(row.id), "version": number, "moyen": means},
        )  # fmt: skip


def _to_sign(partner_id: UUID, number: int) -> CharterText:
    """Return the version to sign; two clicks at once come one after the other."""
    held = select(Partner.id).where(Partner.id == partner_id, Partner.active).with_for_update(of=Partner)
    known, shown = db.session.scalar(held), text()
    if known is None or shown is None:
        raise NotFound
    if shown.number != number:
        raise TextMoved
    return shown


def withdraw(signature_id: UUID, *, by: Actor) -> None:
    """Note that a structure withdrew; the act stays, the scanned page is forgotten (LAW-5).

    Raises:
        Forbidden: the role does not keep the charter.
        NotFound: no such signature here.
    """
    _keeps(by)
    with transaction() as session:
        row = session.get(CharterSignature, signature_id)
        if row is None:
            raise NotFound
        if row.ended_on is not None:
            return
        row.ended_on, row.ended_by = clock.today(), by.name
        if row.file_id is not None:
            stored, row.file_id = session.get_one(StoredFile, row.file_id), None
            session.flush()
            files.forget(stored)
        journal.write("charte.retiree", actor=by.name, user_id=by.user_id, subject=str(row.partner_id))


def open_scan(signature_id: UUID, *, by: Actor) -> tuple[bytes, str, str]:
    """Return ``(content, name, MIME type)`` of a page signed on paper.

    Raises:
        Forbidden: the role does not keep the charter.
        NotFound: none such here.
    """
    _keeps(by)
    row = db.session.get(CharterSignature, signature_id)
    stored = db.session.get(StoredFile, row.file_id) if row is not None and row.file_id else None
    if stored is None:
        raise NotFound
    key, name, mime, digest = stored.key, stored.name, stored.mime, stored.digest
    return storage.store().get(key, digest=digest), name, mime


def _keeps(by: Actor) -> None:
    words()
    if not may_keep(by):
        raise Forbidden


def _means(by: Actor, partner_id: UUID) -> str:
    words()
    if by.partner_id == partner_id:
        return BY_LINK if by.kind == "link" else BY_ACCOUNT
    if by.kind == "user" and may_keep(by):
        return ON_PAPER
    raise Forbidden


def _stands(partner_id: UUID, charter_id: UUID) -> bool:
    mine = select(CharterSignature.id).where(
        CharterSignature.partner_id == partner_id, CharterSignature.charter_id == charter_id
    )
    return db.session.scalar(mine.where(CharterSignature.ended_on.is_(None))) is not None


def _signed(facts: Mapping[str, Any], means: str) -> dict[str, Any]:
    problems: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    for name, attribute, said in (
        ("nom", "name", "le nom de la personne qui signe"), ("fonction", "function", "sa fonction"),
    ):  # fmt: skip
        value = " ".join(str(facts.get(name) or "").split())
        found[attribute] = value
        if not value or len(value) > LINE or not value.isprintable():
            problems[name] = [f"Indiquez {said}."]
    found["capacity"] = str(facts.get("qualite") or "")
    if found["capacity"] not in words().signers:
        problems["qualite"] = ["Dites à quel titre la personne signe."]
    today = clock.today()
    found["signed_on"] = facts.get("le") if means == ON_PAPER else today
    if not isinstance(found["signed_on"], date) or found["signed_on"] > today:
        problems["le"] = ["Indiquez le jour de la signature, aujourd'hui au plus tard."]
    if not facts.get("accord"):
        problems["accord"] = ["Cochez la case : c'est elle qui engage la structure."]
    if problems:
        raise Invalid(problems)
    return found


def _keep(scan: Upload, by: Actor) -> UUID:
    stored = files.keep(
        scan.data, name=scan.name, mime=scan.mime, classe="technique", case_id=None, user_id=by.user_id
    )
    return stored.id
