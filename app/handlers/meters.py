"""The verbs of meters: keep a reading, set the baseline, reckon the gain (BAT-7, BAT-8)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from marshmallow import Schema, fields

from app import clock
from app.catalog.consumption import ENERGY, WATER, Consumption, Dial
from app.consumption.readings import Stretch
from app.consumption.reckoning import compare
from app.consumption.reference import Bill, apart
from app.consumption.rounding import CENT, TENTH, cents, rounded
from app.consumption.sheets import Compared
from app.handlers import meter_words
from app.handlers.meter_effects import BaselineBill, KeepReading, SetBaseline
from app.handlers.meter_forms import WORST, asked_rows, class_of, day_of, number_of
from app.handlers.meter_rows import BILLS, READINGS, Known, known, sheets
from app.handlers.registry import NAMES, Context, HandlerFault, Result, operation
from app.ids import new_id

KEEP: Final = "enregistrer_releve"
SET: Final = "etablir_reference"
RECKON: Final = "calculer_gain"


class ReadingParameters(Schema):
    """``formulaire``: the form whose table holds the readings; ``le``: their day, else its field « date »."""

    formulaire = fields.String(load_default="releve", metadata={NAMES: "forms"})
    le = fields.Raw(load_default=None, allow_none=True)


@operation(
    KEEP,
    ReadingParameters,
    label="Enregistrer un relevé",
    gives="anomalie, anomalies (en toutes lettres), mois_manquant, nombre de compteurs relevés",
)
def keep_reading(context: Context, *, formulaire: str, le: Any) -> Result:
    """Keep a reading for each dial answered; what contradicts the rest is said and not counted."""
    case_id, words = _case(context, KEEP), context.bundle.settings.consumption
    answers = _answers(context, formulaire)
    day = day_of(le, KEEP) or day_of(answers.get("date"), KEEP) or _today(context)
    before = known(case_id, context.earlier)
    classe = class_of(context.bundle.forms.get(formulaire), "index")
    asked = [_reading(dial, row, day, classe) for dial, row in asked_rows(words, answers, KEEP) if _said(row)]
    after = known(case_id, [*context.earlier, *asked])
    anomalies = [one for effect in asked for one in _anomalies(words, effect, after)]
    return Result(
        {
            "anomalie": bool(anomalies),
            "anomalies": anomalies,
            "mois_manquant": any(_missed(before, effect) for effect in asked),
            "nombre": len(asked),
        },
        effects=asked,
    )


def _said(row: Mapping[str, Any]) -> bool:
    return row.get("index") is not None


def _reading(dial: Dial, row: Mapping[str, Any], day: date, classe: str) -> KeepReading:
    """Read a row of the form: ``index``, ``nature`` (lu, estime, remplace, tour) and what a change says."""
    nature = row.get("nature")
    replaced = nature == "remplace" or row.get("remplace") is True
    rolled = nature == "tour"
    return KeepReading(
        id=new_id(),
        dial=dial.id,
        on=day,
        index=number_of(row["index"], KEEP),
        estimated=nature == "estime" or row.get("estime") is True,
        change="remplace" if replaced else "tour" if rolled else "",
        old_end=_optional(row.get("ancien_fin")) if replaced else None,
        new_start=(_optional(row.get("nouveau_debut")) or Decimal(0)) if replaced else None,
        changed_on=day_of(row.get("change_le"), KEEP) if replaced else None,
        classe=classe,
    )


def _optional(value: Any) -> Decimal | None:
    return None if value is None else number_of(value, KEEP)


def _anomalies(words: Consumption, effect: KeepReading, after: Known) -> Iterator[str]:
    dial = words.dials[effect.dial]
    found = after.read(dial.id, dial.digits)
    for doubt in found.doubts:
        if doubt.reading.key == effect.id or (doubt.against and doubt.against.key == effect.id):
            yield meter_words.doubted(dial, doubt)
    if words.alert is not None:
        last = [one for one in found.stretches if one.until == effect.on and one.quantity is not None]
        past = [one for one in found.stretches if one.until < effect.on and one.quantity is not None]
        if last and past and _daily(last) > Fraction(words.alert) * _daily(past) > 0:
            yield meter_words.unusual(dial, _daily(last), _daily(past))


def _daily(stretches: Sequence[Stretch]) -> Fraction:
    total = sum((one.quantity for one in stretches if one.quantity is not None), Fraction(0))
    return total / sum((one.until - one.first).days for one in stretches)


def _missed(before: Known, effect: KeepReading) -> bool:
    """Whether a whole month went by without a reading of a dial that was read before."""
    past = [one.on for one in before.readings.get(effect.dial, ()) if one.on < effect.on]
    return bool(past) and _months(effect.on) - _months(max(past)) > 1


def _months(day: date) -> int:
    return day.year * 12 + day.month


class BaselineParameters(Schema):
    """``formulaire``: bills, one a row (``compteur``, ``debut``, ``fin``, ``quantite``, ``unite``).

    Without any, the readings taken between ``depuis`` and ``jusqu_a`` are the baseline. ``chauffage``: the
    fluids that heat the home; the others then have no part that follows the weather.
    """

    formulaire = fields.String(load_default=None, allow_none=True, metadata={NAMES: "forms"})
    depuis = fields.Raw(load_default=None, allow_none=True)
    jusqu_a = fields.Raw(load_default=None, allow_none=True)
    chauffage = fields.Raw(load_default=None, allow_none=True)


@operation(
    SET,
    BaselineParameters,
    label="Établir la consommation de référence",
    gives="etablie, source (factures ou releves), jours, complete, refus (en toutes lettres)",
)
def set_baseline(
    context: Context, *, formulaire: str | None, depuis: Any, jusqu_a: Any, chauffage: Any
) -> Result:
    """Set what the household used before: from its bills, else from readings already taken."""
    case_id, words = _case(context, SET), context.bundle.settings.consumption
    given: dict[str, list[Bill]] = {}
    classe = "technique"
    if formulaire is not None:
        form = context.bundle.forms.get(formulaire)
        classe = class_of(form, "quantite")
        for dial, row in asked_rows(words, _answers(context, formulaire), SET):
            bill = _bill(words, dial, row, _heated(words, dial, chauffage))
            if bill is not None:
                given.setdefault(dial.id, []).append(bill)
    source = BILLS if given else READINGS
    if not given:
        period = (day_of(depuis, SET) or date.min, day_of(jusqu_a, SET) or date.max)
        given = _from_readings(words, known(case_id, context.earlier), period, chauffage)
    kept, refused = _together(words, given)
    effects = [SetBaseline(kept, source, classe if source == BILLS else WORST)] if kept else []
    lengths = _lengths(kept)
    return Result(
        {
            "etablie": bool(kept),
            "source": source if kept else "",
            "jours": min(lengths.values(), default=0),
            "complete": bool(kept) and not refused and _long_enough(words, kept, lengths),
            "refus": refused,
        },
        effects=effects,
    )


def _heated(words: Consumption, dial: Dial, said: Any) -> Decimal:
    fluid = words.fluids[dial.fluid]
    if said is None:
        return fluid.heating
    named = [said] if isinstance(said, str) else list(said)
    return fluid.heating if fluid.id in named else Decimal(0)


def _bill(words: Consumption, dial: Dial, row: Mapping[str, Any], heating: Decimal) -> Bill | None:
    first, last, quantity = day_of(row.get("debut"), SET), day_of(row.get("fin"), SET), row.get("quantite")
    if first is None or last is None or quantity is None:
        return None
    converted = dial.coefficient is not None and row.get("unite") == words.fluids[dial.fluid].measure
    return Bill(first, last, number_of(quantity, SET), converted, heating)


def _from_readings(
    words: Consumption, found: Known, period: tuple[date, date], chauffage: Any
) -> dict[str, list[Bill]]:
    """Return what was read in a period, one bill a stretch; what nobody can tell is left out."""
    given: dict[str, list[Bill]] = {}
    for dial in words.dials.values():
        for one in found.read(dial.id, dial.digits).stretches:
            if one.quantity is None or one.estimated or not period[0] <= one.first < one.until <= period[1]:
                continue
            quantity = Decimal(one.quantity.numerator) / one.quantity.denominator
            last = date.fromordinal(one.until.toordinal() - 1)
            heating = _heated(words, dial, chauffage)
            given.setdefault(dial.id, []).append(Bill(one.first, last, quantity, heating=heating))
    return given


def _together(
    words: Consumption, given: Mapping[str, Sequence[Bill]]
) -> tuple[tuple[BaselineBill, ...], list[str]]:
    lines, refused = list[BaselineBill](), list[str]()
    for dial, bills in given.items():
        kept, clashing = apart(bills)
        lines += [
            BaselineBill(dial, one.first, one.last, one.quantity, one.converted, one.heating) for one in kept
        ]
        refused += [meter_words.refused(words.dials[dial], one) for one in clashing]
    return tuple(lines), refused


def _lengths(kept: Sequence[BaselineBill]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in kept:
        found[line.dial] = found.get(line.dial, 0) + (line.ends_on - line.starts_on).days + 1
    return found


def _long_enough(words: Consumption, kept: Sequence[BaselineBill], lengths: Mapping[str, int]) -> bool:
    return all(not line.heating or lengths[line.dial] >= words.baseline_days for line in kept)


class GainParameters(Schema):
    """``depuis``: the first day compared (else the first reading); ``jusqu_a``: the first not compared."""

    depuis = fields.Raw(load_default=None, allow_none=True)
    jusqu_a = fields.Raw(load_default=None, allow_none=True)


@operation(
    RECKON,
    GainParameters,
    label="Calculer le gain",
    gives="euros, kwh, eau_m3, fiable, calcule, jours, raisons (en toutes lettres)",
)
def reckon_gain(context: Context, *, depuis: Any, jusqu_a: Any) -> Result:
    """Compare what was used with the baseline corrected by degree days, on the same days and prices.

    Below zero when more was used. Rounded once: euros to the cent for each fluid, then added.
    """
    case_id, settings = _case(context, RECKON), context.bundle.settings
    found = known(case_id, context.earlier)
    period = day_of(depuis, RECKON), day_of(jusqu_a, RECKON)
    compared = [compare(sheet, *span_of(found, *period)) for sheet in sheets(settings, case_id, found)]
    return Result(totals(settings.consumption, compared))


def span_of(found: Known, first: date | None = None, until: date | None = None) -> tuple[date, date]:
    """Return the days to compare: those asked for, else from the first reading to the last."""
    read = [one.on for some in found.readings.values() for one in some]
    start = first or min(read, default=date.min)
    return start, until or max(read, default=start)


def totals(words: Consumption, compared: Sequence[Compared]) -> dict[str, Any]:
    """Return what a designer reads of a comparison; euros are 0 when nothing could be compared."""
    reckoned = [one for one in compared if one.parts]
    reasons = [meter_words.reason(words, one) for fluid in compared for one in fluid.reasons]
    return {
        "euros": sum((cents(one.euros) for one in reckoned), Decimal("0.00")),
        "kwh": _saved(reckoned, ENERGY, TENTH),
        "eau_m3": _saved(reckoned, WATER, CENT),
        "fiable": bool(reckoned) and not reasons,
        "calcule": bool(reckoned),
        "jours": max((one.days for one in reckoned), default=0),
        "raisons": reasons,
    }


def _saved(compared: Sequence[Compared], measure: str, step: Decimal) -> Decimal:
    return rounded(sum((one.quantity for one in compared if one.measure == measure), Fraction(0)), step)


def _case(context: Context, verb: str) -> UUID:
    if context.case_id is None:
        raise HandlerFault(operation=verb, cause="ce processus ne porte aucun dossier.")
    if not context.bundle.settings.consumption.dials:
        raise HandlerFault(
            operation=verb, cause="aucun compteur n'est décrit dans [consommation] de territoire.toml."
        )
    return context.case_id


def _answers(context: Context, form: str) -> Mapping[str, Any]:
    found = context.names.get(form)
    return found if isinstance(found, Mapping) else {}


def _today(context: Context) -> date:
    now: datetime = context.now
    return now.astimezone(clock.PARIS).date()
