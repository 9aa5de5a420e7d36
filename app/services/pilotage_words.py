"""Whether a programme keeps its course, in sentences: what each says, and what it means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from app.catalog.indicators import Targets
from app.catalog.words import number
from app.services.envelopes import EnvelopeFigures
from app.services.indicators_sums import rate
from app.services.quotas import QuotaFigures
from app.services.yearly_figures import amount, rounded

State = Literal["tient", "surveiller", "derive", "fait"]
"""On course, to be watched, drifting; « fait »: a figure that the programme does not judge."""
Said = tuple[State, str]
_ORDER: Final[tuple[State, ...]] = ("derive", "surveiller", "tient", "fait")


@dataclass(frozen=True)
class Seen:
    """What is judged: by month the steps done in time and those that had a due date, the present month last;
    open cases beyond the age of the programme; promises not kept that nobody has settled; money and places.
    """

    kept: Sequence[tuple[int, int]]
    old: int
    breaches: int
    money: Sequence[EnvelopeFigures]
    places: Sequence[QuotaFigures]


def verdicts(seen: Seen, targets: Targets) -> list[Said]:
    """Return what can be said of the course, what drifts first."""
    found = [*_deadlines(seen.kept, targets), *_old(seen.old, targets), *_breaches(seen.breaches)]
    found += [*_money(seen.money, targets), *_quotas(seen.places, targets)]
    return sorted(found, key=lambda said: _ORDER.index(said[0]))


def _deadlines(kept: Sequence[tuple[int, int]], targets: Targets) -> Iterator[Said]:
    lately, before = kept[-3:], kept[:-3]
    now = rate(sum(done for done, _ in lately), sum(due for _, due in lately))
    was = rate(sum(done for done, _ in before), sum(due for _, due in before))
    if now is None:
        yield "fait", "Aucune étape à échéance n'a été faite ces trois derniers mois."
        return
    told = f"Délais tenus : {amount('pourcent', now)} ces trois derniers mois"
    if was is not None:
        told += f", {amount('pourcent', was)} les neuf mois d'avant"
    fell = was - now if was is not None else Decimal(0)
    if targets.kept is not None and now < targets.kept:
        yield "derive", f"{told}. L'objectif est de {targets.kept} %."
    elif targets.drop is not None and fell >= targets.drop:
        yield "surveiller", f"{told} : une baisse de {number(rounded(fell, 1))} points."
    else:
        yield ("tient" if targets.kept is not None or targets.drop is not None else "fait"), f"{told}."


def _old(old: int, targets: Targets) -> Iterator[Said]:
    if targets.old is None:
        return
    if old:
        many = "s" if old > 1 else ""
        yield "surveiller", f"{old} dossier{many} ouvert{many} depuis plus de {targets.old} jours."
    else:
        yield "tient", f"Aucun dossier n'est ouvert depuis plus de {targets.old} jours."


def _breaches(breaches: int) -> Iterator[Said]:
    if breaches:
        many = "s" if breaches > 1 else ""
        yield "derive", f"{breaches} manquement{many} à régler."
    else:
        yield "tient", "Aucun manquement n'attend d'être réglé."


def _money(money: Sequence[EnvelopeFigures], targets: Targets) -> Iterator[Said]:
    for one in money:
        if not one.in_force or not one.amount:
            continue
        used = rate(one.engaged, one.amount) or Decimal(0)
        told = (
            f"{one.label} : {amount('euros', one.engaged)} engagés sur {amount('euros', one.amount)} "
            f"({amount('pourcent', used)})."
        )
        if targets.used is None:
            yield "fait", told
        else:
            yield ("tient" if used < targets.used else "surveiller"), told


def _quotas(places: Sequence[QuotaFigures], targets: Targets) -> Iterator[Said]:
    for one in places:
        if not one.total:
            continue
        told = f"{one.label} : {one.held} places prises sur {one.total}"
        if one.waiting:
            yield "surveiller", f"{told}, {one.waiting} en attente."
        else:
            used = rate(one.held, one.total) or Decimal(0)
            near = targets.used is not None and used >= targets.used
            yield ("surveiller" if near else "tient"), f"{told}."
