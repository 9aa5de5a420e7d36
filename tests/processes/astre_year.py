"""The year of the Département, lived day by day: twenty measures, three operators, each rule broken once.

What people do stands in an agenda; what the product does by itself is done before and after each hour of it
(every day at midnight and at noon in the full year), so that a fault is found on its day and not when
somebody looks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Invalid
from app.models import Agreement, Envelope, Quota
from app.services import breach_words, payments, quota_changes, starting
from app.services.cases import OpenedAlert
from app.services.statements import ADVANCE, PART
from tests import build
from tests.processes import astre_accounts as accounts
from tests.processes import astre_asides
from tests.processes import astre_house as house
from tests.processes import astre_plan as plan
from tests.processes.astre_plan import FIRST

MONTHS: Final = [(2025, 11), (2025, 12), *((2026, month) for month in range(1, 12))]
_DAY: Final = timedelta(days=1)
NOON: Final = 12
"""The hour of visits."""
WATCHED: Final = (
    date(2025, 11, 24), date(2025, 11, 30), date(2025, 12, 4), date(2025, 12, 10), date(2025, 12, 14),
    date(2025, 12, 20), date(2026, 1, 20), date(2026, 2, 1), date(2026, 2, 20), date(2026, 3, 1),
    date(2026, 3, 11), date(2026, 5, 4), date(2026, 6, 10), plan.LATER, date(2026, 7, 1), date(2026, 9, 10),
    date(2026, 11, 3), date(2026, 11, 19),
)  # fmt: skip
"""The days, beside those of the agenda, on which a short year looks at what is due."""


@dataclass
class Year:
    """What was lived: the measures by number, the one that waited last, the saisines that became none.

    ``refused``: what a form or a page would not take, in its words, by the rule it keeps.
    """

    count: int
    measures: list[OpenedAlert] = field(default_factory=list)
    asides: dict[str, OpenedAlert] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def breaches_of(self, case: OpenedAlert) -> list[tuple[str, date, str]]:
        """What was not kept in a case: the step, the day it was found, in words."""
        found = [
            (row.element, row.recorded_at.astimezone(clock.PARIS).date(), breach_words.of(row))
            for row in house.breaches(case)
        ]
        return sorted(found, key=lambda one: (one[1], one[0]))


class Agenda:
    """What people do, by day and hour."""

    def __init__(self) -> None:
        self._hours: dict[tuple[date, int], list[Callable[[], Any]]] = defaultdict(list)

    def at(self, day: date, do: Callable[..., Any], *args: Any, hour: int = 10, **facts: Any) -> None:
        """Write something into the agenda."""
        self._hours[day, hour].append(lambda: do(*args, **facts))

    def live(self, until: date, *, daily: bool) -> None:
        """Live it to the end of a day, doing what is due before and after each hour."""
        for day, hour in self._moments(until, daily=daily):
            with house.on(day, hour):
                looked_at = daily or hour != NOON  # visits alone leave nothing to be done at once
                if looked_at:
                    build.pump()
                for do in self._hours.get((day, hour), ()):
                    do()
                if looked_at and (day, hour) in self._hours:
                    build.pump()

    def _moments(self, until: date, *, daily: bool) -> Iterator[tuple[date, int]]:
        days = {day for day, hour in self._hours if hour != NOON} | set(WATCHED)
        days |= {date(*when, 1) for when in MONTHS}
        if daily:
            days |= {FIRST + number * _DAY for number in range((until - FIRST).days + 1)}
        nights = {(day, hour) for day in days for hour in ((0, 13) if daily else (0,))}
        yield from sorted(moment for moment in {*self._hours, *nights} if moment[0] <= until)


def live(count: int, *, daily: bool) -> Year:
    """Live the year of that many measures and one more, from the first saisine to the evaluations."""
    year, agenda = Year(count), Agenda()
    with house.on(FIRST, 8):
        give_places(count)
        starting.arm_all()
    for number in range(count):
        _measure(agenda, year, number)
    astre_asides.write(agenda, year)
    _faults(agenda, year)
    _money(agenda, year)
    agenda.live(plan.CENSUS - _DAY, daily=daily)
    return year


def give_places(count: int) -> None:
    """So many measures split between the operators, 2 640 € for each: what the Département gives, or less."""
    whole = count * Decimal("2640.00")
    with transaction() as session:
        for quota in session.scalars(select(Quota)):
            quota.count = count
        for envelope in session.scalars(select(Envelope)):
            envelope.amount = whole
        for agreement in session.scalars(select(Agreement)):
            agreement.amount = whole
    for name, places in zip(house.OPERATORS, plan.parts(count), strict=True):
        with house.on(FIRST, 8):
            version = db.session.scalars(select(Quota.version).where(Quota.partner_id.is_(None))).one()
            part = quota_changes.Wanted("mesures", house.structure("operateur", name).id, places, FIRST, None)
            quota_changes.save(part, version=version, by=house.person("finances"))


def _measure(agenda: Agenda, year: Year, number: int) -> None:
    """A measure that keeps its rules, but for what its number breaks."""
    begun, name = plan.start(number, year.count), plan.operator(number)
    agenda.at(begun, _begin, year, number, begun, name, hour=9)
    if number != plan.LATE_CONTRACT:
        agenda.at(begun + 17 * _DAY, _send_contract, year, number)
    for when in MONTHS:
        for day, place in plan.visits(number, year.count, when):
            agenda.at(day, _visit, year, number, place, hour=NOON)
    late = number in (plan.NO_BILAN, plan.TOLD_LATE)
    for month in plan.bilans(number) if not late else ():
        agenda.at(plan.months_after(begun, int(month)) - 5 * _DAY, _bilan, year, number)
    if number != plan.TOLD_LATE:
        _works(agenda, year, number, begun)
    end = plan.STOPPED_ON if number == plan.STOPPED else plan.months_after(begun, 12) + 2 * _DAY
    if number not in (plan.TOO_LONG, plan.TOLD_LATE):
        agenda.at(end, _evaluate, year, number)
        if number % 2 == 0:
            agenda.at(end + 6 * _DAY, _opinion, year, number)


def _begin(year: Year, number: int, begun: date, name: str) -> None:
    year.measures.append(house.a_measure(begun, name, bilans=plan.bilans(number), **plan.saisine(number)))


def _send_contract(year: Year, number: int) -> None:
    house.answer("envoyer_contrat", year.measures[number], envoye_le=clock.today())


def _visit(year: Year, number: int, place: str) -> None:
    house.visited(year.measures[number], place)


def _bilan(year: Year, number: int) -> None:
    case = year.measures[number]
    house.answer("rediger_bilan", case, **plan.bilan(number))
    told = ["demandeur", "spslh"] if number == plan.TWO_OF_THREE else house.THREE
    house.answer("transmettre_bilan", case, destinataires=told)
    if number == plan.LATE_CONTRACT:
        build.pump()
        for who in house.THREE:
            house.answer(f"accuser_{who}", case)


def _evaluate(year: Year, number: int) -> None:
    house.answer("evaluer_mesure", year.measures[number], **plan.evaluation(number))


def _opinion(year: Year, number: int) -> None:
    word = plan.dice(number, "avis").choice(("tres_satisfait", "satisfait", "peu_satisfait"))
    house.answer("recueillir_satisfaction", year.measures[number], satisfaction=word)


def _works(agenda: Agenda, year: Year, number: int, begun: date) -> None:
    """The works of every other measure or so: to their end, to the plan, to a partner, or forgotten."""
    chosen = str(house.structure("mar", "Rénov'Conseil").id)
    steps: list[tuple[int, str, dict[str, Any]]] = [
        (4, "contacter_mar", {"mar": chosen}),
        (31, "monter_dossier", plan.audit(number)),
        (59, "boucler_plan", plan.financing(number)),
        (94, "preparer_chantier", {}),
        (143, "suivre_chantier", {"acheve": True}),
        (199, "suivre_apres_travaux", {}),
    ]
    for days, element, said in steps[: (6, 3, 1, 0)[number % 4]]:
        agenda.at(begun + days * _DAY, _answer, year, number, element, said)
    if number % 4 == 0:
        agenda.at(begun + 87 * _DAY, _gather, year, number)


def _answer(year: Year, number: int, element: str, said: dict[str, Any]) -> None:
    house.answer(element, year.measures[number], **said)


def _gather(year: Year, number: int) -> None:
    house.act("concertation", year.measures[number], date=clock.today(), participants=["mar", "banque"])


def _faults(agenda: Agenda, year: Year) -> None:
    """What people do late, and how each fault is settled, so that later ones do not depend on it."""
    agenda.at(date(2025, 12, 5), _send_contract, year, plan.LATE_CONTRACT)
    agenda.at(date(2025, 12, 5), _settle, year, plan.LATE_CONTRACT)
    agenda.at(date(2026, 2, 6), _settle, year, plan.ONE_VISIT)
    agenda.at(date(2026, 3, 6), _settle, year, plan.NONE_AT_HOME)
    agenda.at(date(2026, 3, 10), _rupture, year)
    agenda.at(date(2026, 3, 11), _explain, year, "rupture", plan.TOLD_LATE)
    agenda.at(date(2026, 5, 6), house_told, year)
    agenda.at(date(2026, 5, 6), _bilan, year, plan.NO_BILAN)
    for number in (plan.NO_BILAN, plan.TWO_OF_THREE):
        agenda.at(date(2026, 5, 6), _settle, year, number)
    agenda.at(date(2026, 7, 13), _change, year)
    agenda.at(date(2026, 7, 14), _explain, year, "changement", plan.NONE_AT_HOME)


def house_told(year: Year) -> None:
    """Send the bilan to the recipient who was forgotten."""
    house.answer("completer_envoi", year.measures[plan.TWO_OF_THREE], fait=["slisl"])


def _rupture(year: Year) -> None:
    """A household lost from sight on 2 March is told on the 10th, not without its explanation."""
    lost = year.measures[plan.TOLD_LATE]
    said: dict[str, Any] = {"date": plan.BROKEN_ON, "motif": "perdu_de_vue"}
    year.refused["AST-8"] = house.refusal(lambda: house.act("rupture", lost, **said, explication=""))
    house.act("rupture", lost, **said)


def _change(year: Year) -> None:
    """A change of 6 July is told a week later."""
    house.act("changement", year.measures[plan.NONE_AT_HOME], date=date(2026, 7, 6), nature=["ressources"])


def _explain(year: Year, what: str, number: int) -> None:
    case = year.measures[number]
    house.answer(f"expliquer_{what}", case)
    house.answer("prendre_acte" if what == "rupture" else "prendre_connaissance", case)
    _settle(year, number)


def _settle(year: Year, number: int) -> None:
    """Answer what was not kept, so that later deadlines do not depend on it."""
    case = year.measures[number]
    house.answer("traiter_manquement_operateur", case, date_corrective=clock.today())
    build.pump()
    house.answer("verifier_correction", case, issue="regle")


def _money(agenda: Agenda, year: Year) -> None:
    """Advances of 60 % in all; an instalment to one operator; the envelope raised by 500 €."""
    for name in house.OPERATORS:
        agenda.at(date(2025, 11, 14), pay, ADVANCE, accounts.advance(year.count, name), name)
    agenda.at(accounts.RAISED, astre_asides.raise_envelope, accounts.euros(accounts.RAISE))
    agenda.at(accounts.INSTALMENT, _instalment, year)


def _instalment(year: Year) -> None:
    """What is served and not paid, not a cent more."""
    name = plan.operator(1)
    amount = accounts.due(year.count, clock.today(), name)
    try:
        pay(PART, amount + Decimal("0.01"), name)
    except Invalid as refused:
        year.refused["acompte"] = refused.problems["montant"][0]
    pay(PART, amount, name)


def pay(kind: str, amount: Decimal, name: str) -> None:
    """Note a payment to an operator."""
    agreement = the_agreement()
    paid = payments.Paid(
        kind=kind, amount=amount, on=clock.today(), reference="Mandat 12",
        finding="Service fait, objectifs appréciés dans les évaluations.",
        partner_id=house.structure("operateur", name).id,
    )  # fmt: skip
    payments.record(agreement.id, paid, version=agreement.version, by=house.person("finances"))


def the_agreement() -> Agreement:
    """Return the agreement of the year."""
    return db.session.scalars(select(Agreement).where(Agreement.key == "astre")).one()
