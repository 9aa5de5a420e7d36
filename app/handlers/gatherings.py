"""A gathering people register for: opened, closed, counted; mails about it (ANG-4)."""

from collections import Counter
from datetime import date, datetime
from typing import Any, Final

from marshmallow import Schema, fields, validate
from sqlalchemy import func, select

from app import clock
from app.database import db
from app.handlers.gathering_effects import CloseGathering, OpenGathering, WriteRegistered, WriteStructures
from app.handlers.letters import known_message
from app.handlers.registry import NAMES, Context, HandlerFault, Result, operation
from app.models import Gathering, Registration

HELD: Final = "inscrite"
"""The state of a registration that has a place."""
WAITING: Final = "attente"
_OPEN: Final = "ouvrir_inscriptions"
_MOST_DAYS: Final = 730


class OpenParameters(Schema):
    """What the public page says, who may come, and for how many days names are kept afterwards.

    ``groupes``: rows with ``groupe`` (its name) and, when the group is limited, ``places``.
    """

    titre = fields.String(required=True, validate=validate.Length(min=1, max=160))
    date = fields.Raw(required=True)
    heure = fields.String(load_default="")
    lieu = fields.String(load_default="")
    texte = fields.String(load_default="")
    jusqu_a = fields.Raw(required=True)
    places = fields.Integer(load_default=None, validate=validate.Range(min=1, max=5_000))
    groupes = fields.List(fields.Raw(), load_default=list, validate=validate.Length(max=20))
    oubli_jours = fields.Integer(required=True, validate=validate.Range(min=1, max=_MOST_DAYS))


class NoParameters(Schema):
    """Nothing to say: the registrations are those that this process opened."""


class WriteParameters(Schema):
    """``message``: a file of ``messages/``; ``genres``: kinds of structures, all of them unless said."""

    message = fields.String(required=True, metadata={NAMES: "messages"})
    genres = fields.List(fields.String(), load_default=list)


class WriteRegisteredParameters(Schema):
    """``message``: a file of ``messages/``; ``venus``: only those who came."""

    message = fields.String(required=True, metadata={NAMES: "messages"})
    venus = fields.Boolean(load_default=False)


@operation(_OPEN, OpenParameters, label="Ouvrir les inscriptions", gives="les groupes")
def open_registrations(context: Context, **said: Any) -> Result:
    """Open a public page on which people register without an account; give back its groups.

    Asked again, it changes what the page says: those who registered keep their place.
    """
    day, closes_on = _day(said["date"], "date"), _day(said["jusqu_a"], "jusqu_a")
    if closes_on > day:
        raise HandlerFault(operation=_OPEN, cause="les inscriptions finissent après le jour de la rencontre.")
    if context.bundle.settings.registrations is None:
        raise HandlerFault(operation=_OPEN, cause="« territoire.toml » n'a pas de section [inscriptions].")
    groups = tuple(_groups(said["groupes"]))
    opened = OpenGathering(
        title=said["titre"].strip(), day=day, hour=said["heure"], place=said["lieu"], text=said["texte"],
        closes_on=closes_on, places=said["places"], groups=groups, forget_days=said["oubli_jours"],
    )  # fmt: skip
    return Result([{"id": one["cle"], "titre": one["libelle"]} for one in groups], effects=(opened,))


@operation("clore_inscriptions", NoParameters, label="Clore les inscriptions", gives="inscrits, attente")
def close_registrations(context: Context) -> Result:
    """Take no more registrations; give back how many have a place, how many wait for one."""
    query = (
        select(Registration.status, func.count())
        .join(Gathering, Gathering.id == Registration.gathering_id)
        .where(Gathering.process_id == context.process_id)
        .group_by(Registration.status)
    )
    counts = {row[0]: row[1] for row in db.session.execute(query)}
    found = {"inscrits": counts.get(HELD, 0), "attente": counts.get(WAITING, 0)}
    return Result(found, effects=(CloseGathering(),))


@operation("compter_presences", NoParameters, label="Compter les présences", gives="participants, total")
def count_presences(context: Context) -> Result:
    """Return how many people of each type of structure came, as the rows of a table ``genre``, ``nombre``.

    ``participants`` is None when nobody was marked: the table is then filled in by hand.
    """
    rows = db.session.scalars(
        select(Registration.kind)
        .join(Gathering, Gathering.id == Registration.gathering_id)
        .where(Gathering.process_id == context.process_id, Registration.came.is_(True))
    ).all()
    counts = sorted(Counter(rows).items(), key=lambda item: (-item[1], item[0]))
    table = [{"genre": kind, "nombre": number} for kind, number in counts]
    return Result({"participants": table or None, "total": len(rows)})


@operation("informer_structures", WriteParameters, label="Informer les structures de l'annuaire")
def write_structures(context: Context, *, message: str, genres: list[str]) -> Result:
    """Write the same message to each active structure of the directory, once."""
    known_message(message, context, "informer_structures")
    known_kinds(genres, context, "informer_structures")
    return Result(effects=(WriteStructures(message, tuple(genres)),))


@operation("ecrire_aux_inscrits", WriteRegisteredParameters, label="Écrire aux personnes inscrites")
def write_registered(context: Context, *, message: str, venus: bool) -> Result:
    """Write to the people who registered here, as long as their names are kept."""
    known_message(message, context, "ecrire_aux_inscrits")
    return Result(effects=(WriteRegistered(message, venus),))


def known_kinds(kinds: list[str], context: Context, verb: str) -> None:
    """See that kinds of structures exist in this release.

    Raises:
        HandlerFault: one does not.
    """
    unknown = [kind for kind in kinds if kind not in context.bundle.settings.partner_kinds]
    if unknown:
        raise HandlerFault(operation=verb, cause=f"le genre de partenaire « {unknown[0]} » n'existe pas.")


def _groups(rows: list[Any]) -> list[dict[str, Any]]:
    """Return the groups under keys that a branch of the diagram may bear (« g1 »)."""
    titled = [row for row in rows if isinstance(row, dict) and str(row.get("groupe") or "").strip()]
    return [
        {"cle": f"g{rank}", "libelle": str(row["groupe"]).strip(), "places": row.get("places")}
        for rank, row in enumerate(titled, start=1)
    ]


def _day(value: object, name: str) -> date:
    if isinstance(value, datetime):
        return value.astimezone(clock.PARIS).date()
    if isinstance(value, date):
        return value
    raise HandlerFault(operation=_OPEN, cause=f"paramètre « {name} » : donnez une date.")
