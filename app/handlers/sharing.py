"""Who of the team sees a case, and what is shared inside it, answer by answer (BAT-10, BAT-11, LAW-7)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import select

from app.catalog.roles import Lane
from app.database import db
from app.handlers.lane_effects import KeepApart, Readmit, ShareElements
from app.handlers.registry import LANE, NAMES, Context, HandlerFault, Result, operation
from app.models import Case, KeptApart

APART, READMIT, SHARE = "ecarter_couloir", "readmettre_couloir", "partager_elements"
GROUND_SOCIAL: Final = "CASF L121-6-2"
GROUND_AGREED: Final = "accord du ménage"
_LANE: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_one_lane = validate.Regexp(rf"{_LANE.pattern}\Z", error="écrivez l'identifiant d'un couloir.")


class _Lanes(fields.Field[list[str]]):
    """A lane, or several in a list."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        del attr, data, kwargs
        names = value if isinstance(value, list) else [value]
        if not names or not all(isinstance(name, str) and _LANE.fullmatch(name) for name in names):
            raise ValidationError("écrivez l'identifiant d'un couloir, ou une liste de couloirs.")
        return list(dict.fromkeys(names))


class SomeLanes(Schema):
    """``couloir``: a lane of the programme, or several: all that the roles to be kept apart hold."""

    couloir = _Lanes(required=True, metadata={NAMES: LANE})


class ApartParameters(SomeLanes):
    """``motif``: why, for those who read all; ``remplace_par``: the lane that takes over the steps."""

    motif = fields.String(load_default="")
    remplace_par = fields.String(load_default=None, validate=_one_lane, metadata={NAMES: LANE})


class ShareParameters(Schema):
    """``couloir``: who is told; ``elements``: answers as ``formulaire.champ``; ``motif``: why it is useful.

    ``accord``: the household has just agreed to it, in the form where they were chosen.
    """

    couloir = fields.String(required=True, validate=_one_lane, metadata={NAMES: LANE})
    elements = fields.List(fields.Raw(), load_default=None, allow_none=True)
    motif = fields.String(load_default="")
    accord = fields.Boolean(load_default=False)


@operation(APART, ApartParameters, label="Écarter un couloir du dossier")
def keep_apart(context: Context, *, couloir: list[str], motif: str, remplace_par: str | None) -> Result:
    """Keep lanes apart from the case: whoever holds it by them alone sees nothing of it any more.

    What is open in them goes to ``remplace_par``; without it, it goes back to the team, where the diagram or
    Supervision ends it.
    """
    _case(context, APART)
    lanes = [_lane(name, context, APART) for name in couloir]
    if remplace_par is not None and _lane(remplace_par, context, APART) in lanes:
        raise HandlerFault(
            operation=APART,
            cause=f"le couloir « {remplace_par} » ne peut pas se remplacer lui-même. Nommez-en un autre dans "
            "« remplace_par », ou retirez ce paramètre.",
        )
    return Result(effects=tuple(KeepApart(lane.id, motif.strip(), remplace_par) for lane in lanes))


@operation(READMIT, SomeLanes, label="Réadmettre un couloir dans le dossier")
def readmit(context: Context, *, couloir: list[str]) -> Result:
    """End what kept lanes apart from the case; nothing when they were not."""
    _case(context, READMIT)
    return Result(effects=tuple(Readmit(_lane(name, context, READMIT).id) for name in couloir))


@operation(SHARE, ShareParameters, label="Partager des réponses avec un couloir", gives="nombre")
def share_elements(
    context: Context, *, couloir: str, elements: Sequence[Any] | None, motif: str, accord: bool
) -> Result:
    """Let a lane read these answers of the case, as they stand now; each share is a row (LAW-3).

    Of what was chosen, only what is answered and of a class that the lane may receive is shared (LAW-1). A
    lane that is no social work needs the household's agreement: its scope names it, or the form says so
    (``accord``). Once the agreement is withdrawn nothing is shared (LAW-2).
    """
    case, lane = _case(context, SHARE), _lane(couloir, context, SHARE)
    chosen = tuple(name for name in dict.fromkeys(map(str, elements or ())) if _may_tell(name, lane, context))
    if not chosen or _is_apart(case, couloir, context):
        return Result({"nombre": 0})
    basis = _basis(case, lane, agreed=accord)
    return Result(
        {"nombre": len(chosen)},
        effects=(ShareElements(couloir, chosen, motif.strip(), basis, context.scope),),
    )


def _basis(case: Case, lane: Lane, *, agreed: bool) -> str:
    """Return on what ground a lane may be told, refused without one."""
    if case.agreement_withdrawn_on is not None:
        raise HandlerFault(
            operation=SHARE,
            cause="le ménage a retiré son accord : plus rien n'est partagé (LAW-2). Ne cochez aucune "
            "réponse, ou notez d'abord que l'accord est redonné.",
        )
    if lane.agreement is None:
        return GROUND_SOCIAL
    if not agreed and lane.agreement not in (case.agreement.get("portee") or ()):
        raise HandlerFault(
            operation=SHARE,
            cause=f"l'accord du ménage ne couvre pas « {lane.label} » : sa portée ne contient pas "
            f"« {lane.agreement} » (LAW-2). Recueillez-le, puis relancez l'étape.",
        )
    return GROUND_AGREED


def _may_tell(name: str, lane: Lane, context: Context) -> bool:
    """Whether « formulaire.champ » is answered and of a class that the lane may receive."""
    form_id, _, key = name.partition(".")
    form = context.bundle.forms.get(form_id)
    field = form.field(key) if form else None
    if field is None or field.classe not in lane.receives:
        return False
    answers = context.names.get(form_id)
    return isinstance(answers, Mapping) and answers.get(key) not in (None, "", [])


def _is_apart(case: Case, lane: str, context: Context) -> bool:
    """Whether a lane is kept apart from the case: it is told nothing."""
    asked = [one for one in context.earlier if isinstance(one, KeepApart | Readmit) and one.lane == lane]
    if asked:
        return isinstance(asked[-1], KeepApart)
    kept = select(KeptApart.id).where(
        KeptApart.case_id == case.id, KeptApart.lane == lane, KeptApart.until.is_(None)
    )
    return case.keeps_apart and db.session.scalar(kept.limit(1)) is not None


def _lane(lane_id: str, context: Context, verb: str) -> Lane:
    found = context.bundle.settings.lanes.get(lane_id)
    if found is None:
        known = ", ".join(context.bundle.settings.lanes)
        raise HandlerFault(
            operation=verb, cause=f"le couloir « {lane_id} » n'existe pas ({known}). Corrigez ce mot."
        )
    return found


def _case(context: Context, verb: str) -> Case:
    case = db.session.get(Case, context.case_id) if context.case_id else None
    if case is None:
        raise HandlerFault(operation=verb, cause="ce processus ne porte aucun dossier.")
    return case
