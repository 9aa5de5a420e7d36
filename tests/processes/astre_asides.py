"""The saisines of the year that become no measure, or a late one."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from app import clock
from app.database import db
from app.models import Envelope
from app.services import envelopes
from app.services.cases import OpenedAlert
from tests import build
from tests.processes import astre_house as house
from tests.processes import astre_plan as plan
from tests.processes.astre_plan import FIRST

if TYPE_CHECKING:
    from tests.processes.astre_year import Agenda, Year

TENANT, INCOMPLETE, SLOW, WAITING, SIMPLE, COMPLETE = (
    "locataire", "incomplete", "lente", "en attente", "étude simple", "étude complète",
)  # fmt: skip
CEILINGS: Final = {SIMPLE: ("simple", Decimal(220)), COMPLETE: ("complet", Decimal(440))}


def write(agenda: "Agenda", year: "Year") -> None:
    """Write what happens to them into the agenda of the year."""
    agenda.at(FIRST, _open, year, TENANT, hour=11, statut="locataire_prive")
    agenda.at(FIRST, _refuse, year, TENANT, "statut", hour=14)
    agenda.at(FIRST, _open, year, INCOMPLETE, hour=11)
    agenda.at(date(2025, 11, 4), _ask_pieces, year)
    agenda.at(date(2025, 11, 19), house.nothing)
    agenda.at(date(2025, 12, 19), house.nothing)
    agenda.at(date(2025, 12, 22), _refuse, year, INCOMPLETE, "pieces")
    _slow(agenda, year)
    _waiting(agenda, year)
    agenda.at(date(2026, 6, 18), house.nothing, hour=13)  # 45 days without the opinion of a household
    for name in (SIMPLE, COMPLETE):
        agenda.at(date(2026, 3, 16), _study, year, name)
        agenda.at(date(2026, 3, 30), _give_up, year, name)
    for held in (date(2025, 12, 16), date(2026, 3, 16), date(2026, 9, 16)):
        agenda.at(held, house.commission, hour=15)


def _open(year: "Year", name: str, **wanted: Any) -> None:
    year.asides[name] = house.saisine(**{"nom": f"Saisine {name}", **wanted})


def _refuse(year: "Year", name: str, reason: str) -> None:
    """The SPSLH refuses, as the table proposes, and says why."""
    house.answer("donner_avis", year.asides[name])
    house.answer("verifier_eligibilite", year.asides[name], avis="defavorable", motifs=[reason])


def _ask_pieces(year: "Year") -> None:
    house.act("demande_pieces", year.asides[INCOMPLETE], by=house.spslh(), pieces=["devis"])


def _slow(agenda: "Agenda", year: "Year") -> None:
    """Both opinions come four days late, the position and the committee a week late; no place is left."""
    agenda.at(FIRST, _open, year, SLOW, hour=11)
    agenda.at(date(2025, 11, 14), house.nothing)
    agenda.at(date(2025, 11, 17), _opinions, year, SLOW, plan.operator(0))
    agenda.at(date(2025, 12, 1), _position, year)
    agenda.at(date(2025, 12, 15), _decide, year, SLOW)


def _opinions(year: "Year", name: str, operator: str, **eligible: Any) -> None:
    chosen = str(house.structure("operateur", operator).id)
    house.answer("donner_avis", year.asides[name])
    house.answer("verifier_eligibilite", year.asides[name], operateur=chosen, **eligible)
    if name == SLOW:
        for lane in ("slisl", "spslh"):
            settle(year.asides[name], lane)


def _position(year: "Year") -> None:
    """A referent of one year is refused, one of five is not (AST-3)."""
    slow = year.asides[SLOW]
    year.refused["AST-3"] = house.refusal(lambda: house.answer("donner_position", slow, experience=1))
    house.answer("donner_position", slow)


def _decide(year: "Year", name: str) -> None:
    house.answer("decider_comite", year.asides[name])


def settle(case: OpenedAlert, lane: str) -> None:
    """Answer what a lane has not kept."""
    house.answer(f"traiter_manquement_{lane}", case, date_corrective=clock.today())
    build.pump()
    house.answer("verifier_correction", case, issue="regle")


def _waiting(agenda: "Agenda", year: "Year") -> None:
    """One measure too many waits; a rupture gives it its place, and its credits come in June."""
    agenda.at(date(2025, 12, 16), _ask_place, year)
    agenda.at(date(2026, 3, 12), _wait_for_credits, year)
    agenda.at(date(2026, 6, 1), _contract, year)
    number = year.count
    for when in ((2026, month) for month in range(6, 12)):
        for day, place in plan.visits(number, number, when):
            agenda.at(day, _visit, year, place, hour=12)
    agenda.at(date(2026, 7, 2), _send, year)


def _ask_place(year: "Year") -> None:
    """Ask for the operator who will lose a household, a day after the slow one that asks for another."""
    _open(year, WAITING, **plan.saisine(year.count))
    house.to_committee(year.asides[WAITING], plan.operator(plan.TOLD_LATE))


def _wait_for_credits(year: "Year") -> None:
    house.answer("debloquer_credits", year.asides[WAITING], suite="attendre", revoir_le=date(2026, 6, 1))


def _contract(year: "Year") -> None:
    """No contract without both signatures, nor without a bilan; it begins two weeks later (AST-5, AST-7)."""
    case = year.asides[WAITING]
    begins: dict[str, Any] = {"debut": plan.LATER, "bilans": ["6"]}
    unsigned = begins | {"signature_menage": None}
    year.refused["AST-5"] = house.refusal(lambda: house.answer("etablir_contrat", case, **unsigned))
    none = begins | {"bilans": []}
    year.refused["AST-7"] = house.refusal(lambda: house.answer("etablir_contrat", case, **none))
    house.answer("etablir_contrat", case, **begins)


def _send(year: "Year") -> None:
    house.answer("envoyer_contrat", year.asides[WAITING], envoye_le=clock.today())


def _visit(year: "Year", place: str) -> None:
    house.visited(year.asides[WAITING], place)


def _study(year: "Year", name: str) -> None:
    """A diagnosis is mandated at its ceiling, not a cent above (AST-10)."""
    kind, ceiling = CEILINGS[name]
    _open(year, name)
    _opinions(year, name, plan.operator(1), diagnostic=kind)
    case, above = year.asides[name], str(ceiling + Decimal("0.01"))
    year.refused[name] = house.refusal(lambda: house.answer("mandater_diagnostic", case, montant=above))
    house.answer("mandater_diagnostic", case, montant=str(ceiling))


def _give_up(year: "Year", name: str) -> None:
    """The diagnosis is handed over, the committee refuses: it is paid, no measure begins."""
    case = year.asides[name]
    house.answer("realiser_diagnostic", case)
    house.answer("donner_position", case)
    house.answer("decider_comite", case, decision="refusee", motifs=["adhesion"])


def raise_envelope(amount: Decimal) -> None:
    """Raise the envelope of the year, as the finance officer does on the page."""
    query = select(Envelope).where(Envelope.starts_on <= clock.today(), Envelope.ends_on >= clock.today())
    row = db.session.scalars(query).one()
    wanted = envelopes.Wanted(row.code, row.amount + amount, row.starts_on, row.ends_on, row.agreement_id)
    envelopes.save(row.id, wanted, version=row.version, by=house.person("finances"))
