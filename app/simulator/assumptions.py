"""What a trial assumes of people, laid over what the programme says itself: teams, hours, absences, refusals.

None of it is a rule of the programme: files keep their fingerprint but for the weights of a form's answers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from app.catalog.bundle import Bundle, bundle_from_files
from app.catalog.simulation import Crew
from app.errors import Invalid

MOST_PEOPLE: Final = 500
MOST_HOURS: Final = 60
_WHOLE: Final = 1000
_YES_NO: Final = {"oui": 1, "non": 1}


@dataclass(frozen=True)
class Staff:
    """What is assumed of the people of one lane; None: as the programme says."""

    people: int | None = None
    hours_week: Decimal | None = None
    absence: Decimal | None = None
    unanswered: Decimal | None = None

    def laid_over(self, crew: Crew) -> Crew:
        """Return the crew with what is assumed here."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return replace(crew, **given)


@dataclass(frozen=True)
class Assumptions:
    """What is laid over ``[simulation]``: staff by lane, share of refusals (0 to 1) by « form.field »."""

    staff: Mapping[str, Staff] = field(default_factory=dict)
    refusals: Mapping[str, Decimal] = field(default_factory=dict)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Assumptions":
        """Return what ``as_json`` gave.

        Raises:
            Invalid: a number out of bounds, by « lane.what » or « form.field ».
        """
        staff = {lane: _staff(lane, said) for lane, said in values.get("staff", {}).items()}
        refusals = {
            name: _share(name, Decimal(str(value))) for name, value in values.get("refusals", {}).items()
        }
        return cls(staff, refusals)

    def as_json(self) -> dict[str, Any]:
        """Return plain values; what is not assumed is left out."""
        staff = {
            lane: {
                name: value if isinstance(value, int) else str(value)
                for name, value in vars(said).items()
                if value is not None
            }
            for lane, said in self.staff.items()
        }
        return {
            "staff": {lane: said for lane, said in staff.items() if said},
            "refusals": {name: str(value) for name, value in self.refusals.items()},
        }

    def laid_over(self, bundle: Bundle) -> Bundle:
        """Return the bundle as these assumptions want it lived.

        Raises:
            BundleFault: a form cannot be used.
        """
        said = bundle.settings.simulation
        crews = dict(said.crews)
        for lane, staff in self.staff.items():
            if lane in bundle.settings.lanes:
                crews[lane] = staff.laid_over(crews.get(lane, Crew()))
        files = dict(bundle.files)
        for dotted, rate in self.refusals.items():
            name, _, key = dotted.partition(".")
            path = f"forms/{name}.json"
            if path in files and dotted in said.refusals:
                files[path] = _weighted(files[path], key, said.refusals[dotted], rate)
        lived = bundle_from_files(files) if files != bundle.files else bundle
        simulation = replace(said, crews=crews)
        return replace(lived, settings=replace(lived.settings, simulation=simulation))


def refusal_rates(bundle: Bundle) -> dict[str, Decimal]:
    """Return the share of refusals of each field that has some, as the forms say it."""
    found = {}
    for dotted, refusing in bundle.settings.simulation.refusals.items():
        name, _, key = dotted.partition(".")
        path = f"forms/{name}.json"
        asked = _field(json.loads(bundle.files[path]), key) if path in bundle.files else None
        weights = _weights(asked) if asked is not None else {}
        whole = sum(weights.values())
        if whole and set(refusing) & weights.keys():
            share = sum(weights.get(value, Decimal(0)) for value in refusing) / whole
            found[dotted] = share.quantize(Decimal("0.001"))
    return found


def _weighted(content: bytes, key: str, refusing: tuple[str, ...], rate: Decimal) -> bytes:
    """Return a form whose field gives these answers that often; the others keep their proportions."""
    form = json.loads(content)
    asked = _field(form, key)
    weights = _weights(asked) if asked is not None else {}
    if asked is None or not set(refusing) & weights.keys():
        return content
    said = dict(asked.get("simulation", {}))
    said["poids"] = _shared(weights, refusing, rate)
    if "selon" in said:
        said["selon"] = [
            {**case, "poids": _shared(_decimals(case["poids"]), refusing, rate)} for case in said["selon"]
        ]
    asked["simulation"] = said
    return json.dumps(form, ensure_ascii=False).encode()


def _shared(weights: Mapping[str, Decimal], refusing: tuple[str, ...], rate: Decimal) -> dict[str, int]:
    given = dict(weights)
    if not any(given.get(value) for value in refusing):
        given[refusing[0]] = Decimal(1)
    parts = {True: rate, False: 1 - rate}
    sums = {
        side: sum(weight for value, weight in given.items() if (value in refusing) == side)
        for side in (True, False)
    }
    found = {}
    for value, weight in given.items():
        side = value in refusing
        found[value] = int(_WHOLE * _WHOLE * parts[side] * weight / sums[side]) if sums[side] else 0
    kept = {value: weight for value, weight in found.items() if weight}
    return kept or dict.fromkeys(given, 1)


def _field(form: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    sections = form.get("rubriques") or [form]
    fields = (asked for section in sections for asked in section.get("champs", ()))
    return next((asked for asked in fields if asked.get("cle") == key), None)


def _weights(asked: Mapping[str, Any]) -> dict[str, Decimal]:
    said = asked.get("simulation", {}).get("poids")
    if said:
        return _decimals(said)
    options = asked.get("options")
    if isinstance(options, list) and options:
        return {str(option["valeur"]): Decimal(1) for option in options}
    return _decimals(_YES_NO) if asked.get("type") == "oui_non" else {}


def _decimals(weights: Mapping[str, Any]) -> dict[str, Decimal]:
    return {value: Decimal(str(weight)) for value, weight in weights.items()}


def _staff(lane: str, said: Mapping[str, Any]) -> Staff:
    people, hours = said.get("people"), said.get("hours_week")
    if people is not None and not 1 <= int(people) <= MOST_PEOPLE:
        raise Invalid({f"{lane}.people": [f"Entre 1 et {MOST_PEOPLE} personnes."]})
    if hours is not None and not 0 < Decimal(str(hours)) <= MOST_HOURS:
        raise Invalid({f"{lane}.hours_week": [f"Plus de 0 et au plus {MOST_HOURS} heures par semaine."]})
    shares = {
        name: _share(f"{lane}.{name}", Decimal(str(said[name])))
        for name in ("absence", "unanswered")
        if said.get(name) is not None
    }
    return Staff(
        people=int(people) if people is not None else None,
        hours_week=Decimal(str(hours)) if hours is not None else None,
        **shares,
    )


def _share(name: str, value: Decimal) -> Decimal:
    if not 0 <= value <= 1:
        raise Invalid({name: ["Un taux entre 0 et 100 %."]})
    return value
