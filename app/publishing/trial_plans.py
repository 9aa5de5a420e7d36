"""What a trial is asked to live, and what the programme proposes before anybody changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from app.catalog.bundle import Bundle
from app.catalog.simulation import Crew
from app.errors import Invalid
from app.simulator.assumptions import Assumptions, refusal_rates

MOST_HOUSEHOLDS: Final = 1_000
MOST_MONTHS: Final = 36
MOST_SEED: Final = 999_999
USUAL_MONTHS: Final = 12


@dataclass(frozen=True)
class TrialPlan:
    """The draft (``release`` None) or a release by its number, lived so long, by so many households.

    ``beside``: the release in force is lived on the same seed too, to be compared with.

    Raises:
        Invalid: a number out of bounds, by its name.
    """

    households: int
    months: int = USUAL_MONTHS
    seed: int = 1
    release: int | None = None
    beside: bool = True
    assumptions: Assumptions = field(default_factory=Assumptions)

    def __post_init__(self) -> None:
        problems = {}
        if not 0 <= self.households <= MOST_HOUSEHOLDS:
            problems["households"] = [f"Entre 0 et {MOST_HOUSEHOLDS} ménages."]
        if not 1 <= self.months <= MOST_MONTHS:
            problems["months"] = [f"Entre 1 et {MOST_MONTHS} mois."]
        if not 0 <= self.seed <= MOST_SEED:
            problems["seed"] = [f"Un nombre entre 0 et {MOST_SEED}."]
        if problems:
            raise Invalid(problems)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, for the row and the process."""
        return {
            "households": self.households,
            "months": self.months,
            "seed": self.seed,
            "release": self.release,
            "beside": self.beside,
            "assumptions": self.assumptions.as_json(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrialPlan":
        """Return what ``as_json`` gave.

        Raises:
            Invalid: a number out of bounds.
        """
        assumed = Assumptions.from_json(values["assumptions"])
        return cls(**{**values, "assumptions": assumed})


@dataclass(frozen=True)
class LaneProposal:
    """What the programme says of the people of a lane; ``external``: partners who answer by their link."""

    lane: str
    label: str
    crew: Crew
    external: bool


@dataclass(frozen=True)
class RefusalProposal:
    """How often a field is answered by a refusal: « Rendez-vous : Résultat de l'appel », 0.1."""

    name: str
    label: str
    rate: Decimal


@dataclass(frozen=True)
class Proposal:
    """What a page proposes before anybody changes it."""

    households: int
    with_households: bool
    lanes: tuple[LaneProposal, ...]
    refusals: tuple[RefusalProposal, ...]


def proposal(bundle: Bundle) -> Proposal:
    """Return what the programme itself says of its people."""
    settings = bundle.settings
    said = settings.simulation
    lanes = tuple(
        LaneProposal(lane.id, lane.label, said.crews.get(lane.id, Crew()), lane.external)
        for lane in settings.lanes.values()
        if lane.roles
    )
    refusals = tuple(
        RefusalProposal(name, field_label(bundle, name), rate) for name, rate in refusal_rates(bundle).items()
    )
    with_households = settings.entry is not None
    households = min(MOST_HOUSEHOLDS, said.alerts_month * USUAL_MONTHS) if with_households else 0
    return Proposal(households, with_households, lanes, refusals)


def field_label(bundle: Bundle, dotted: str) -> str:
    """Return what a field is called, with its form: « Visite : La visite a-t-elle eu lieu ? »."""
    name, _, key = dotted.partition(".")
    form = bundle.forms.get(name)
    asked = form.field(key) if form else None
    return f"{form.title} : {asked.label}" if form and asked else dotted
