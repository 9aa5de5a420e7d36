"""The verbs of a contest between the buildings of a site: begun, then ranked by its readings (BAT-16).

A building is counted as a whole: no reading of one dwelling enters here.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.catalog.challenges import CENT, best, ranked
from app.catalog.challenges import Result as BuildingResult
from app.database import db
from app.handlers import money_rows, sites
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.handlers.site_effects import Building, JudgeChallenge, OpenChallenge
from app.ids import new_id
from app.models import Challenge, ChallengeBuilding

_OPEN: Final = "ouvrir_defi"
_JUDGE: Final = "classer_defi"
_MOST: Final = Decimal(10) ** 9


class OpenParameters(Schema):
    """``immeubles``: the rows ``nom``, ``logements``, ``avant`` of a table; ``debut``, ``fin``: days."""

    titre = fields.String(required=True, validate=validate.Length(min=1, max=120))
    unite = fields.String(required=True, validate=validate.Length(min=1, max=20))
    debut = fields.Raw(required=True)
    fin = fields.Raw(required=True)
    prix = fields.String(load_default="", validate=validate.Length(max=300))
    immeubles = fields.Raw(required=True)


class JudgeParameters(Schema):
    """``releves``: the rows ``nom``, ``apres`` of a form's table; ``avant`` puts right what was known."""

    releves = fields.Raw(required=True)


@operation(_OPEN, OpenParameters, label="Ouvrir un défi entre immeubles", gives="nombre d'immeubles")
def open_challenge(
    context: Context, *, titre: str, unite: str, debut: object, fin: object, prix: str, immeubles: Any
) -> Result:
    """Begin a contest between buildings of the site of this process."""
    site = sites.of_process(context, _OPEN)
    first, last = (
        money_rows.day(context, day, _OPEN, name) for day, name in ((debut, "debut"), (fin, "fin"))
    )
    if last < first:
        raise HandlerFault(operation=_OPEN, cause="le défi finirait avant de commencer. Corrigez les dates.")
    buildings = [_building(row) for row in _rows(immeubles, _OPEN)]
    names = {one.name for one in buildings}
    if len(buildings) < 2 or len(names) < len(buildings):
        raise HandlerFault(
            operation=_OPEN, cause="un défi demande au moins deux immeubles, chacun sous son propre nom."
        )
    effect = OpenChallenge(
        site.id, new_id(), " ".join(titre.split()), unite.strip(), first, last, prix.strip(), buildings
    )
    return Result({"nombre": len(buildings)}, effects=(effect,))


@operation(_JUDGE, JudgeParameters, label="Classer un défi", gives="gagnant, baisse, nombre, manque")
def judge_challenge(context: Context, *, releves: Any) -> Result:
    """Write what each building used, rank them by how much less each dwelling used."""
    challenge = db.session.scalar(
        select(Challenge)
        .where(Challenge.process_id == context.process_id)
        .order_by(Challenge.starts_on.desc())
    )
    if challenge is None:
        raise HandlerFault(
            operation=_JUDGE,
            cause=f"ce processus n'a ouvert aucun défi. Placez « {_OPEN} » avant cette étape.",
        )
    rows = db.session.scalars(
        select(ChallengeBuilding).where(ChallengeBuilding.challenge_id == challenge.id)
    ).all()
    said = {
        str(row.get("nom", "")).strip(): _number(row.get("apres"), _JUDGE) for row in _rows(releves, _JUDGE)
    }
    strange = next((name for name in said if name not in {row.name for row in rows}), None)
    if strange is not None:
        raise HandlerFault(operation=_JUDGE, cause=f"« {strange[:60]} » n'est pas un immeuble de ce défi.")
    readings = {row.id: value for row in rows if (value := said.get(row.name)) is not None}
    found = ranked([BuildingResult(r.name, r.dwellings, r.before, readings.get(r.id)) for r in rows])
    first = best(found)
    done = {
        "gagnant": first.name if first is not None else "",
        "baisse": first.saved if first is not None else None,
        "nombre": len(readings),
        "manque": [row.name for row in rows if row.id not in readings],
    }
    effect = JudgeChallenge(challenge.site_id, challenge.id, readings, money_rows.today(context))
    return Result(done, effects=(effect,))


def _rows(given: Any, verb: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise HandlerFault(
            operation=verb, cause="le tableau d'un formulaire est attendu, une ligne par immeuble."
        )
    return given


def _building(row: Mapping[str, Any]) -> Building:
    dwellings = _number(row.get("logements"), _OPEN)
    name = " ".join(str(row.get("nom") or "").split())[:80]
    if not name or dwellings is None or dwellings < 1 or dwellings != dwellings.to_integral_value():
        raise HandlerFault(
            operation=_OPEN, cause="chaque immeuble a un « nom » et un nombre de « logements »."
        )
    return Building(name, int(dwellings), _number(row.get("avant"), _OPEN))


def _number(value: Any, verb: str) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
        fits = found.is_finite() and 0 <= found < _MOST and found == found.quantize(CENT)
    except InvalidOperation:
        fits, found = False, Decimal(0)
    if not fits:
        raise HandlerFault(
            operation=verb,
            cause=f"« {str(value)[:30]} » n'est pas une consommation : un nombre, deux décimales au plus.",
        )
    return found.quantize(CENT)
