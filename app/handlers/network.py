"""What the network does by itself: a partner enters the directory, names that have served are erased."""

import re
from typing import Final

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.database import db
from app.handlers.effects import EnrolPartner, EraseAnswers
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.ids import new_id
from app.models import Partner

_MAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,60}")


class EnrolParameters(Schema):
    """``genre``: a key of « partenaires »; ``nom``, ``courriel``, ``telephone``; ``communes``: none, all."""

    genre = fields.String(required=True)
    nom = fields.String(required=True, validate=validate.Length(min=1, max=120))
    courriel = fields.String(required=True, validate=validate.Length(min=1, max=254))
    telephone = fields.String(load_default=None, allow_none=True)
    communes = fields.List(fields.String(), load_default=None, allow_none=True)


class EraseParameters(Schema):
    """``formulaire`` and ``champs``: which answers of this process are erased for good."""

    formulaire = fields.String(required=True)
    champs = fields.List(fields.String(), required=True, validate=validate.Length(min=1))


@operation("inscrire_partenaire", EnrolParameters, label="Inscrire à l'annuaire", gives="partenaire, nouveau")
def enrol_partner(
    context: Context,
    *,
    genre: str,
    nom: str,
    courriel: str,
    telephone: str | None,
    communes: list[str] | None,
) -> Result:
    """Put a structure in the directory; one of the same kind and name is brought up to date."""
    settings = context.bundle.settings
    if genre not in settings.partner_kinds:
        raise HandlerFault(
            operation="inscrire_partenaire", cause=f"le genre de partenaire « {genre} » n'existe pas."
        )
    if not _MAIL.fullmatch(courriel.strip()):
        raise HandlerFault(
            operation="inscrire_partenaire", cause=f"« {courriel[:60]} » n'est pas une adresse de courriel."
        )
    wanted = tuple(dict.fromkeys(communes or ()))
    strange = [insee for insee in wanted if settings.commune(insee) is None]
    if strange:
        raise HandlerFault(
            operation="inscrire_partenaire", cause=f"la commune {strange[0]} n'est pas du territoire."
        )
    name = " ".join(nom.split())
    known = db.session.scalar(select(Partner.id).where(Partner.kind == genre, Partner.name == name))
    phone = (telephone or "").strip() or None
    effect = EnrolPartner(known or new_id(), genre, name, courriel.strip(), phone, wanted)
    return Result({"partenaire": str(effect.id), "nouveau": known is None}, effects=(effect,))


@operation("effacer_reponses", EraseParameters, label="Effacer des réponses", gives="rien")
def erase_answers(context: Context, *, formulaire: str, champs: list[str]) -> Result:
    """Erase some answers of this process, every version of them, once they have served (LAW-5)."""
    form = context.bundle.forms.get(formulaire)
    unknown = [key for key in champs if form is None or form.field(key) is None]
    if unknown:
        raise HandlerFault(
            operation="effacer_reponses",
            cause=f"le formulaire « {formulaire} » n'a pas de champ « {unknown[0]} ».",
        )
    return Result(effects=(EraseAnswers(formulaire, tuple(champs)),))
