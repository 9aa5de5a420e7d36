"""The verbs of sites: a case or a process belongs to one; it opens, closes, has ambassadors (BAT-2)."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.catalog.sites import DIFFUSE, SiteWords
from app.database import db
from app.handlers import money_rows
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.handlers.site_effects import AttachSite, DateSite, MoveMandate, NameAmbassador
from app.handlers.site_rows import facts
from app.ids import new_id
from app.models import Ambassador, Site, SiteProcess

ATTACH: Final = "rattacher_site"
_DATE: Final = "dater_site"
_NAME: Final = "nommer_ambassadeur"
_MANDATE: Final = "reconduire_ambassadeur"
_SHORT: Final = validate.Length(min=1, max=120)


class AttachParameters(Schema):
    """``site``: what the list « sites » of a form gave; « diffus » and nothing mean none."""

    site = fields.String(load_default=None)


class DateParameters(Schema):
    """``ouvert_le``, ``clos_le``: the days to write on the site of this process; nothing leaves one."""

    ouvert_le = fields.Raw(load_default=None)
    clos_le = fields.Raw(load_default=None)


class NameParameters(Schema):
    """``genre``: a word of [sites.ambassadeurs]; ``forme_le``: a day; ``jusqu_au``: when it ends."""

    genre = fields.String(required=True)
    nom = fields.String(required=True, validate=_SHORT)
    contact = fields.String(load_default="", validate=validate.Length(max=200))
    forme_le = fields.Raw(load_default=None)
    forme_par = fields.String(load_default="", validate=validate.Length(max=120))
    jusqu_au = fields.Raw(load_default=None)


class MandateParameters(Schema):
    """``ambassadeur``: the id that naming gave; ``jusqu_au``: the new last day, nothing ends the mandate."""

    ambassadeur = fields.UUID(required=True)
    jusqu_au = fields.Raw(load_default=None)


@operation(
    ATTACH, AttachParameters, label="Rattacher à un site", gives="id, nom, commune, bailleur, zonage, phase"
)
def attach_site(context: Context, *, site: str | None) -> Result:
    """Let the case belong to a site; in a process without a case, the process itself."""
    words(context, ATTACH)
    row = _chosen(site)
    if row is None and context.case_id is None:
        if site != DIFFUSE:
            cause = "quel site ? Donnez celui qu'un formulaire a fait choisir."
            raise HandlerFault(operation=ATTACH, cause=cause)
        return Result(facts(None, money_rows.today(context)))
    given = facts(row, money_rows.today(context))
    return Result(given, effects=(AttachSite(row.id if row is not None else None),))


@operation(_DATE, DateParameters, label="Dater l'ouverture ou la clôture du site", gives="ouvert_le, clos_le")
def date_site(context: Context, *, ouvert_le: object, clos_le: object) -> Result:
    """Write when the site of this process opened, or closed."""
    site = of_process(context, _DATE)
    opened, closed = _day(context, ouvert_le, _DATE, "ouvert_le"), _day(context, clos_le, _DATE, "clos_le")
    first = opened or site.opened_on
    if first is not None and closed is not None and closed < first:
        raise HandlerFault(
            operation=_DATE, cause="le site serait clos avant d'être ouvert. Corrigez la date."
        )
    return Result({"ouvert_le": opened, "clos_le": closed}, effects=(DateSite(site.id, opened, closed),))


@operation(_NAME, NameParameters, label="Nommer un ambassadeur", gives="id, jusqu_au")
def name_ambassador(
    context: Context,
    *,
    genre: str,
    nom: str,
    contact: str,
    forme_le: object,
    forme_par: str,
    jusqu_au: object,
) -> Result:
    """Write a caretaker or a resident trained on the site of this process; the name goes with the mandate."""
    known = words(context, _NAME).ambassadors
    if genre not in known:
        raise HandlerFault(
            operation=_NAME,
            cause=f"« {genre} » n'est pas dans [sites.ambassadeurs] ({', '.join(known)}). Corrigez ce mot.",
        )
    site = of_process(context, _NAME)
    trained, until = (
        money_rows.day(context, forme_le, _NAME, "forme_le"),
        _day(context, jusqu_au, _NAME, "jusqu_au"),
    )
    if until is not None and until < trained:
        raise HandlerFault(operation=_NAME, cause="le mandat finirait avant la formation. Corrigez la date.")
    row_id = new_id()
    effect = NameAmbassador(
        site.id, row_id, genre, " ".join(nom.split()), contact.strip(), trained, forme_par.strip(), until
    )
    return Result({"id": str(row_id), "jusqu_au": until}, effects=(effect,))


@operation(_MANDATE, MandateParameters, label="Reconduire ou finir un mandat d'ambassadeur", gives="en_cours")
def move_mandate(context: Context, *, ambassadeur: UUID, jusqu_au: object) -> Result:
    """Renew a mandate until a day, or end it: the name is erased. One that has ended stays ended."""
    row = db.session.scalar(select(Ambassador).where(Ambassador.id == ambassadeur))
    if row is None:
        raise HandlerFault(
            operation=_MANDATE,
            cause="cet ambassadeur n'existe pas. Donnez l'« id » que sa nomination a rendu.",
        )
    if row.ended_on is not None:
        return Result({"en_cours": False})
    until = _day(context, jusqu_au, _MANDATE, "jusqu_au")
    effect = MoveMandate(row.site_id, row.id, until)
    return Result({"en_cours": until is not None}, effects=(effect,))


def words(context: Context, verb: str) -> SiteWords:
    """Return the words of sites.

    Raises:
        HandlerFault: the territory speaks of none.
    """
    found = context.bundle.settings.sites
    if found is None:
        raise HandlerFault(operation=verb, cause="ce territoire n'a pas de section [sites]. Ajoutez-la.")
    return found


def of_process(context: Context, verb: str) -> Site:
    """Return the site of this process, told a moment ago in this step or before.

    Raises:
        HandlerFault: nobody said it.
    """
    site_id = next(
        (one.site_id for one in reversed(context.earlier) if isinstance(one, AttachSite)),
        None,
    ) or db.session.scalar(select(SiteProcess.site_id).where(SiteProcess.process_id == context.process_id))
    row = db.session.scalar(select(Site).where(Site.id == site_id)) if site_id is not None else None
    if row is None:
        raise HandlerFault(
            operation=verb, cause=f"ce processus n'a pas de site. Placez « {ATTACH} » avant cette étape."
        )
    return row


def _chosen(given: str | None) -> Site | None:
    if not given or given == DIFFUSE:
        return None
    try:
        row = db.session.scalar(select(Site).where(Site.id == UUID(given)))
    except ValueError:
        row = db.session.scalar(select(Site).where(Site.key == given))
    if row is None:
        raise HandlerFault(
            operation=ATTACH,
            cause="le site choisi n'est pas dans la liste du territoire. Choisissez-en un autre.",
        )
    return row


def _day(context: Context, value: Any, verb: str, name: str) -> date | None:
    return money_rows.day(context, value, verb, name) if value is not None else None
