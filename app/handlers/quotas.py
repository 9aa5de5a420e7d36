"""The verbs of quotas: look for a place, take one or wait, give it back (AST-2)."""

from dataclasses import dataclass
from uuid import UUID

from marshmallow import Schema, fields

from app.handlers import money_rows, places
from app.handlers.money_effects import ReleasePlace, TakePlace
from app.handlers.registry import NAMES, Context, Result, operation
from app.ids import new_id
from app.models import Quota, QuotaPlace


class QuotaParameters(Schema):
    """``quota``: a code of ``[quotas]``; ``partenaire``: whose part is counted first."""

    quota = fields.String(required=True, metadata={NAMES: "quotas"})
    partenaire = fields.UUID(load_default=None)


class LeaveParameters(Schema):
    """``quota``: a code of ``[quotas]``."""

    quota = fields.String(required=True, metadata={NAMES: "quotas"})


@operation(
    "controler_quota",
    QuotaParameters,
    label="Regarder s'il reste une place",
    gives="place (oui ou non), reste (places libres), rang (son tour d'attente, 0 avec une place)",
)
def look_at_quota(context: Context, *, quota: str, partenaire: UUID | None) -> Result:
    """Say whether a place is left for this case once those who wait have theirs; nothing is taken."""
    money_rows.known(quota, context.bundle.settings.money.quotas, "controler_quota", "le quota", "quotas")
    standing = _standing(context, quota, partenaire)
    return Result({**standing.told(), "reste": standing.left})


@operation(
    "prendre_place",
    QuotaParameters,
    label="Prendre une place, ou un tour dans la liste d'attente",
    sends=(places.CALLED,),
    gives="place (oui ou non), rang (son tour dans la liste d'attente, 0 avec une place)",
)
def take_place(context: Context, *, quota: str, partenaire: UUID | None) -> Result:
    """Hold a place for this case, or put it last in the waiting list; asked twice, it keeps what it has."""
    money_rows.known(quota, context.bundle.settings.money.quotas, "prendre_place", "le quota", "quotas")
    standing = _standing(context, quota, partenaire)
    if standing.state == places.HELD or (standing.state == places.WAITING and not standing.place):
        return Result(standing.told())
    effect = TakePlace(
        **money_rows.fence(context, standing.quota),
        place_id=standing.place_id or new_id(),
        code=quota,
        partner_id=partenaire,
        granted=standing.place,
    )
    return Result(standing.told(), effects=(effect,))


@operation("liberer_place", LeaveParameters, label="Rendre sa place")
def leave_place(context: Context, *, quota: str) -> Result:
    """Give back this case's place, or its turn; the next in turn receives « place_liberee »."""
    money_rows.known(quota, context.bundle.settings.money.quotas, "liberer_place", "le quota", "quotas")
    standing = _standing(context, quota, None)
    if standing.place_id is None:
        return Result()
    fence = money_rows.fence(context, standing.quota)
    return Result(effects=(ReleasePlace(**fence, place_id=standing.place_id, code=quota),))


@dataclass(frozen=True)
class _Standing:
    """Where a case stands: its ``state`` (None: it never asked), the row of it, what is left for it."""

    quota: Quota | None
    state: str | None
    place_id: UUID | None
    left: int
    rank: int

    @property
    def place(self) -> bool:
        """Whether the case holds a place, or would get one now."""
        return self.state == places.HELD or self.left > 0

    def told(self) -> dict[str, object]:
        """Return what the verbs say of it."""
        return {"place": self.place, "rang": 0 if self.place else self.rank}


def _standing(context: Context, code: str, partner: UUID | None) -> _Standing:
    """Return where the case stands, what this step has asked for included; those ahead of it are served."""
    row = places.whole(code, money_rows.today(context))
    room = places.room(row, money_rows.today(context)) if row is not None else places.Room(0)
    known = places.of(code, context.case_id, context.process_id)
    state, place_id = (known.status, known.id) if known is not None else (None, None)
    for item in context.earlier:
        if isinstance(item, TakePlace) and item.code == code:
            state, place_id = (places.HELD if item.granted else places.WAITING), item.place_id
            room.held[item.partner_id] = room.held.get(item.partner_id, 0) + item.granted
        elif isinstance(item, ReleasePlace) and item.code == code:
            if state == places.HELD:
                room.leave(known.partner_id if known is not None else partner)
            state, place_id = None, None
    ahead = [one for one in places.waiting(code) if known is None or _before(one, known)]
    served = sum(1 for _ in room.serve(ahead))
    return _Standing(row, state, place_id, room.free(partner), len(ahead) - served + 1)


def _before(one: QuotaPlace, other: QuotaPlace) -> bool:
    return one.id != other.id and (one.asked_at, one.rank) < (other.asked_at, other.rank)
