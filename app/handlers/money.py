"""The verbs of envelopes: engage an amount, say when it begins, note service, give back the rest (AST-10)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from marshmallow import Schema, fields, validate

from app.catalog.money import MOST, SEEN, Nature
from app.catalog.service_done import euros, served_amount
from app.handlers import funds, money_rows
from app.handlers.effects import Effect
from app.handlers.money_effects import Engage, NoteService, Release, SetStart
from app.handlers.registry import NAMES, Context, Result, operation
from app.ids import new_id
from app.models import Commitment

_AMOUNT: Final = validate.Range(min=Decimal(0), max=MOST)
_QUANTITY: Final = validate.Range(min=Decimal("0.01"), max=Decimal(100_000))
_LENGTH: Final = validate.Length(min=1, max=200)


class EngageParameters(Schema):
    """``montant`` is that of one unit, in euros; ``debut`` the day from which service is counted (today).

    ``debut_attendu``: that day is not known yet. Nothing is served until ``dater_depense`` says it.
    """

    enveloppe = fields.String(required=True, metadata={NAMES: "envelopes"})
    nature = fields.String(required=True, metadata={NAMES: "natures"})
    montant = fields.Decimal(required=True, validate=_AMOUNT)
    quantite = fields.Decimal(load_default=Decimal(1), validate=_QUANTITY)
    partenaire = fields.UUID(load_default=None)
    debut = fields.Raw(load_default=None)
    debut_attendu = fields.Boolean(load_default=False)


class StartParameters(Schema):
    """``debut``: the first day served of what the case engaged; required, since it is what is being said."""

    nature = fields.String(required=True, metadata={NAMES: "natures"})
    debut = fields.Raw(required=True)


class ServiceParameters(Schema):
    """``quantite``: what was served now; without it, all that was engaged and is noted by hand."""

    nature = fields.String(required=True, metadata={NAMES: "natures"})
    quantite = fields.Decimal(load_default=None, validate=_QUANTITY)


class ReleaseParameters(Schema):
    """``motif``: why the rest will not be spent; ``le``: the last day served (today)."""

    nature = fields.String(required=True, metadata={NAMES: "natures"})
    motif = fields.String(required=True, validate=_LENGTH)
    le = fields.Raw(load_default=None)


@operation(
    "engager_depense",
    EngageParameters,
    label="Engager une dépense",
    gives="engagee (oui ou non), montant, reste (libre dans l'enveloppe), manque (ce qui dépasse)",
)
def engage(
    context: Context,
    *,
    enveloppe: str,
    nature: str,
    montant: Decimal,
    quantite: Decimal,
    partenaire: UUID | None,
    debut: object,
    debut_attendu: bool,
) -> Result:
    """Engage ``montant`` × ``quantite`` on an envelope; refused whole beyond what it holds."""
    verb = "engager_depense"
    money_rows.known(enveloppe, context.bundle.settings.money.envelopes, verb, "l'enveloppe", "enveloppes")
    rule = _nature(context, nature, verb).rule
    unit, quantity = euros(montant), euros(quantite)
    amount = euros(unit * quantity)
    row = funds.envelope(enveloppe, money_rows.today(context))
    if row is None:
        return Result({"engagee": False, "montant": amount, "reste": funds.NOTHING, "manque": amount})
    free = row.amount - funds.taken(row.id) - _under_way(context, row.id)
    if amount > free:
        short = {"engagee": False, "montant": amount, "reste": max(free, funds.NOTHING)}
        return Result({**short, "manque": amount - max(free, funds.NOTHING)})
    effect = Engage(
        **money_rows.fence(context, row),
        commitment_id=new_id(),
        agreement_id=funds.agreement_for(row, partenaire, money_rows.today(context)),
        partner_id=partenaire,
        nature=nature,
        unit_amount=unit,
        quantity=quantity,
        amount=amount,
        starts_on=money_rows.day(context, debut, verb, "debut"),
        start_awaited=debut_attendu,
        rule=rule,
    )
    done = {"engagee": True, "montant": amount, "reste": free - amount, "manque": funds.NOTHING}
    return Result(done, effects=(effect,))


@operation("dater_depense", StartParameters, label="Fixer le début d'une dépense engagée", gives="debut")
def set_start(context: Context, *, nature: str, debut: object) -> Result:
    """Say from which day the service of what the case engaged is counted, before or after today.

    The amount does not change, nor what the envelope holds; what has ended keeps its days.
    """
    _nature(context, nature, "dater_depense")
    on = money_rows.day(context, debut, "dater_depense", "debut")
    rows = _engaged(context, nature)
    return Result(
        {"debut": on},
        effects=[SetStart(**_on(context, row, number), starts_on=on) for number, row in enumerate(rows)],
    )


@operation("noter_service_fait", ServiceParameters, label="Constater le service fait", gives="quantite notée")
def note_service(context: Context, *, nature: str, quantite: Decimal | None) -> Result:
    """Note what was served of what the case engaged, the oldest first, never more than was engaged.

    Months that the calendar counts need no note; a quantity noted all the same takes their place.
    """
    _nature(context, nature, "noter_service_fait")
    left, effects = quantite, list[Effect]()
    for row in _engaged(context, nature):
        if quantite is None and row.rule != SEEN:
            continue
        rest = row.quantity - _noted(row, context)
        part = rest if left is None else min(rest, euros(left))
        if part > 0:
            effects.append(
                NoteService(**_on(context, row, len(effects)), quantity=part, on=money_rows.today(context))
            )
            left = None if left is None else left - part
    return Result({"quantite": _total(effects)}, effects=effects)


@operation("degager_depense", ReleaseParameters, label="Rendre à l'enveloppe ce qui ne sera pas dépensé")
def release(context: Context, *, nature: str, motif: str, le: object) -> Result:
    """Stop what the case engaged of this nature; what is not served that day goes back to the envelope."""
    _nature(context, nature, "degager_depense")
    on = money_rows.day(context, le, "degager_depense", "le")
    rows = _engaged(context, nature)
    given = sum((row.amount - served_amount(row, on) for row in rows), funds.NOTHING)
    effects = [Release(**_on(context, row, number), on=on, reason=motif) for number, row in enumerate(rows)]
    return Result({"rendu": given}, effects=effects)


def _on(context: Context, row: Commitment, ahead: int) -> dict[str, Any]:
    """Return which commitment, and the version of its envelope; ``ahead`` effects of this verb come first."""
    envelope = funds.by_id(row.envelope_id)
    return {
        "row_id": envelope.id,
        "row_version": money_rows.version(context, envelope.id, envelope.version) + ahead,
        "commitment_id": row.id,
    }


def _under_way(context: Context, envelope_id: UUID) -> Decimal:
    """Return what this step has engaged already and not stored yet; what it gives back comes after."""
    mine = (item for item in context.earlier if isinstance(item, Engage) and item.row_id == envelope_id)
    return sum((item.amount for item in mine), funds.NOTHING)


def _engaged(context: Context, nature: str) -> list[Commitment]:
    """Return what the case has engaged of a nature and not ended, in this very step too."""
    rows = funds.commitments(nature, context.case_id, context.process_id)
    rows += [
        Commitment(
            id=item.commitment_id, envelope_id=item.row_id, unit_amount=item.unit_amount, services=[],
            quantity=item.quantity, amount=item.amount, starts_on=item.starts_on, rule=item.rule,
            released=funds.NOTHING, start_awaited=item.start_awaited,
        )
        for item in context.earlier
        if isinstance(item, Engage) and item.nature == nature
    ]  # fmt: skip
    ended = {item.commitment_id for item in context.earlier if isinstance(item, Release)}
    return [row for row in rows if row.id not in ended]


def _noted(row: Commitment, context: Context) -> Decimal:
    noted = sum((Decimal(item["quantite"]) for item in row.services), Decimal(0))
    mine = (item for item in context.earlier if isinstance(item, NoteService))
    return noted + sum((item.quantity for item in mine if item.commitment_id == row.id), Decimal(0))


def _total(effects: Sequence[Effect]) -> Decimal:
    return sum((item.quantity for item in effects if isinstance(item, NoteService)), Decimal(0))


def _nature(context: Context, nature: str, verb: str) -> Nature:
    natures = context.bundle.settings.money.natures
    money_rows.known(nature, natures, verb, "la nature", "depenses")
    return natures[nature]
