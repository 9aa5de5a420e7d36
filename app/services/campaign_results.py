"""What a campaign gave, by commune, round and reason; exact for the team, suppressed for La Poste (LAW-9)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.catalog.words import say
from app.database import db, transaction
from app.documents.spreadsheet import Cell
from app.models import Campaign, DoorAnswer, ProcessInstance, Round, Target
from app.services import campaigns, journal, releases
from app.services.actors import Actor
from app.services.suppression import HIDDEN, LEAST, publish, publish_list

_SPLIT: Final = ("accord", "refus", "absent", "ecarte", "a_voir")
"""What every target is, once: their counts add up to the targets."""
HEADINGS: Final = (
    "Adresses", "Contactés", "Acceptées", "Refusées", "Absents", "Écartées", "Restent à voir", "Éligibles",
    "Taux",
)  # fmt: skip
_NARROW: Final = "\u202f"
_RULE: Final = (
    f"« {HIDDEN} » : non communiqué. Un effectif inférieur à {LEAST} ménages n'est pas publié, ni ceux qui "
    "permettraient de le retrouver par différence."
)
_WHOLE: Final = "Document de travail : les effectifs sont exacts. Il ne se communique pas hors de l'équipe."


@dataclass(frozen=True)
class Line:
    """One line of results; a count is None when it is hidden."""

    label: str
    targets: int | None
    accepted: int | None
    refused: int | None
    absent: int | None
    set_aside: int | None
    left: int | None
    eligible: int | None

    @property
    def contacted(self) -> int | None:
        """Doors where somebody answered; hidden with any of its parts."""
        return None if self.accepted is None or self.refused is None else self.accepted + self.refused

    @property
    def rate(self) -> int | None:
        """Accepted visits for a hundred contacted, rounded; None without anybody."""
        contacted = self.contacted
        return round(100 * (self.accepted or 0) / contacted) if contacted else None

    def cells(self) -> list[int | None]:
        """Return the counts in the order of ``HEADINGS``, the rate apart."""
        return [
            self.targets, self.contacted, self.accepted, self.refused, self.absent, self.set_aside, self.left,
            self.eligible,
        ]  # fmt: skip


@dataclass(frozen=True)
class Results:
    """The results of a campaign; ``rounds`` counts visits, so that a door seen twice is in two of them."""

    campaign: Campaign
    public: bool
    total: Line
    communes: Sequence[Line]
    rounds: Sequence[Line]
    reasons: Sequence[tuple[str, int | None]]
    cases: int | None


def results(campaign_id: UUID, *, public: bool) -> Results:
    """Return the results of a campaign.

    Args:
        public: hide what LAW-9 hides; rounds, which are too small to be told, are left out.

    Raises:
        NotFound: no such campaign here.
    """
    row = campaigns.find(campaign_id)
    counts = _by_commune(campaign_id)
    eligible = _eligible(campaign_id)
    names = sorted(counts)
    matrix = [[counts[name][outcome] for outcome in _SPLIT] for name in names]
    reasons = sorted(_reasons(campaign_id).items(), key=lambda item: (-item[1], item[0]))
    if not public:
        lines = [_exact(name, counts[name], eligible[name]) for name in names]
        whole = _exact("Ensemble", sum(counts.values(), Counter()), sum(eligible.values()))
        cases = whole.accepted
        return Results(row, public, whole, lines, _rounds(campaign_id), reasons, cases)
    shown = publish(matrix)
    eligible_shown, eligible_total = publish_list([eligible[name] for name in names])
    lines = [
        _line(name, shown.row_totals[place], shown.rows[place], eligible_shown[place])
        for place, name in enumerate(names)
    ]
    totals = shown.column_totals or (0,) * len(_SPLIT)
    whole = _line("Ensemble", shown.total, totals, eligible_total)
    hidden, all_reasons = publish_list([count for _, count in reasons])
    if whole.refused is None or all_reasons is None:
        hidden = (None,) * len(reasons)
    told = [(reason, hidden[place]) for place, (reason, _) in enumerate(reasons)]
    return Results(row, public, whole, lines, (), told, whole.accepted)


def _exact(label: str, counts: Mapping[str, int], eligible: int) -> Line:
    return _line(label, sum(counts.values()), [counts.get(outcome, 0) for outcome in _SPLIT], eligible)


def _line(label: str, targets: int | None, split: Sequence[int | None], eligible: int | None) -> Line:
    accepted, refused, absent, set_aside, left = split
    return Line(label, targets, accepted, refused, absent, set_aside, left, eligible)


def _by_commune(campaign_id: UUID) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for commune, status, count in db.session.execute(
        select(Target.commune, Target.status, func.count())
        .where(Target.campaign_id == campaign_id)
        .group_by(Target.commune, Target.status)
    ):
        found.setdefault(commune, Counter())[status] += count
    return found


def _eligible(campaign_id: UUID) -> Counter[str]:
    query = (
        select(Target.commune, func.count(func.distinct(Target.id)))
        .join(DoorAnswer, DoorAnswer.target_id == Target.id)
        .where(Target.campaign_id == campaign_id, DoorAnswer.eligible.is_(True))
        .group_by(Target.commune)
    )
    return Counter({commune: count for commune, count in db.session.execute(query)})  # noqa: C416


def _reasons(campaign_id: UUID) -> Counter[str]:
    query = (
        select(DoorAnswer.reason, func.count())
        .where(DoorAnswer.campaign_id == campaign_id, DoorAnswer.outcome == "refus")
        .group_by(DoorAnswer.reason)
    )
    return Counter({reason or "Sans motif": count for reason, count in db.session.execute(query)})


def _rounds(campaign_id: UUID) -> list[Line]:
    said: dict[UUID, Counter[str]] = {}
    eligible: Counter[UUID] = Counter()
    for round_id, outcome, sure, count in db.session.execute(
        select(DoorAnswer.round_id, DoorAnswer.outcome, DoorAnswer.eligible, func.count())
        .where(DoorAnswer.campaign_id == campaign_id)
        .group_by(DoorAnswer.round_id, DoorAnswer.outcome, DoorAnswer.eligible)
    ):
        said.setdefault(round_id, Counter())[outcome] += count
        eligible[round_id] += count if sure else 0
    for waiting_in, count in db.session.execute(
        select(Target.round_id, func.count())
        .where(Target.campaign_id == campaign_id, Target.status == "a_voir", Target.round_id.is_not(None))
        .group_by(Target.round_id)
    ):
        if waiting_in is not None:
            said.setdefault(waiting_in, Counter())["a_voir"] += count
    walks = db.session.scalars(
        select(Round).where(Round.campaign_id == campaign_id).order_by(Round.pass_number, Round.name)
    )
    return [_exact(walk.name, said.get(walk.id, Counter()), eligible[walk.id]) for walk in walks]


def table(found: Results) -> tuple[list[str], list[list[Cell]]]:
    """Return the results as one table for a spreadsheet; a hidden count is ``n. c.``."""
    rows: list[list[Cell]] = []
    for kind, lines in (("Commune", found.communes), ("Tournée", found.rounds), ("Ensemble", [found.total])):
        rows += [
            [kind, line.label, *(HIDDEN if cell is None else cell for cell in line.cells()), line.rate]
            for line in lines
        ]
    for reason, count in found.reasons:
        empty: list[Cell] = [None] * (len(HEADINGS) - 4)
        cell: Cell = HIDDEN if count is None else count
        rows.append(["Motif de refus", reason, None, None, None, cell, *empty])
    return ["Par", "Lequel", *HEADINGS[:-1], "Taux (%)"], rows


def export(campaign_id: UUID, *, public: bool, kind: str, by: Actor) -> Results:
    """Return the results for a file that leaves, with a line in the journal (LAW-8).

    Raises:
        NotFound: no such campaign here.
    """
    campaigns.find(campaign_id)
    with transaction():
        journal.write(
            "export.campagne", actor=by.name, user_id=by.user_id, subject=str(campaign_id),
            details={"genre": kind, "version": "publique" if public else "interne"},
        )  # fmt: skip
    return results(campaign_id, public=public)


def facts_of(process: ProcessInstance) -> dict[str, Any]:
    """Return what a process's document may name as ``campagne``: public results, or everything empty."""
    row = db.session.scalar(select(Campaign).where(Campaign.process_id == process.id))
    return document_facts(results(row.id, public=True)) if row is not None else dict(_EMPTY)


_EMPTY: Final[Mapping[str, Any]] = {
    "nom": "", "criteres": "", "dates": "", "communes": "", "resume": "", "tournees": "", "refus": "",
    "regle": "", "par_commune": {"_grille": [["Commune"]]}, "par_tournee": {"_grille": [["Tournée"]]},
    "par_motif": {"_grille": [["Motif"]]},
}  # fmt: skip


def document_facts(found: Results) -> dict[str, Any]:
    """Return what a document may name as ``campagne``; tables are ``{"_grille": rows}``."""
    row, total = found.campaign, found.total
    names = {commune.insee: commune.name for commune in releases.current().settings.communes}
    dates = f"du {say(row.starts_on)} au {say(row.ends_on)}" if row.starts_on and row.ends_on else ""
    return {
        "nom": row.name,
        "criteres": row.criteria,
        "dates": dates,
        "communes": ", ".join(names.get(insee, insee) for insee in row.communes),
        "resume": summary(total),
        "regle": _RULE if found.public else _WHOLE,
        "par_commune": {"_grille": _grid("Commune", [*found.communes, total])},
        "tournees": str(len(found.rounds)) if found.rounds else "",
        "par_tournee": {"_grille": _grid("Tournée", found.rounds)},
        "refus": str(len(found.reasons)) if found.reasons else "",
        "par_motif": {
            "_grille": [["Motif", "Ménages"], *([reason, _said(count)] for reason, count in found.reasons)]
        },
    }


def summary(total: Line) -> str:
    """Return the whole campaign in one sentence."""
    rate = f", soit {total.rate}{_NARROW}% des ménages contactés" if total.rate is not None else ""
    return (
        f"{_counted(total.targets, 'adresse')}, {_counted(total.contacted, 'ménage contacté')}, "
        f"{_counted(total.accepted, 'visite acceptée')}{rate}. Arrêté au {say(clock.today())}."
    )


def _grid(first: str, lines: Sequence[Line]) -> list[list[str]]:
    heading = [first, *HEADINGS]
    return [heading, *([line.label, *map(_said, line.cells()), _rate(line)] for line in lines)]


def _said(count: int | None) -> str:
    return HIDDEN if count is None else f"{count:,}".replace(",", _NARROW)


def _counted(count: int | None, words: str) -> str:
    """Return « 3 visites acceptées », each word in its number."""
    many = count is None or count > 1
    return f"{_said(count)} {' '.join(f'{word}s' for word in words.split()) if many else words}"


def _rate(line: Line) -> str:
    return f"{line.rate}{_NARROW}%" if line.rate is not None else "–"
