"""Why a reading is doubted, or a gain not sure, in sentences that say what to do (BAT-7)."""

from datetime import timedelta
from fractions import Fraction

from app.catalog import words as said
from app.catalog.consumption import Consumption, Dial
from app.consumption import sheets
from app.consumption.readings import TOO_LONG, Doubt
from app.consumption.reference import Bill
from app.consumption.rounding import CENT, rounded
from app.consumption.sheets import Reason

_DAY = timedelta(days=1)


def doubted(dial: Dial, doubt: Doubt) -> str:
    """Say why a reading is not counted."""
    one = doubt.reading
    index = f"{dial.label} : l'index {said.number(one.index)} du {said.day(one.on)} n'est pas compté, "
    if doubt.kind == TOO_LONG:
        return f"{index}ce compteur n'a que {dial.digits} chiffres. Relisez-le sur la photo."
    if doubt.against is None:
        return f"{index}il contredit les autres. Relisez-le sur la photo."
    other = f"celui du {said.day(doubt.against.on)} ({said.number(doubt.against.index)})"
    return f"{index}il ne suit pas {other}. Relisez-le, ou dites que le compteur a été remplacé."


def unusual(dial: Dial, now: Fraction, before: Fraction) -> str:
    """Say that far more than usual was used."""
    used, usual = (said.number(rounded(one, CENT)) for one in (now, before))
    return (
        f"{dial.label} : {used} {dial.unit} par jour, contre {usual} auparavant. "
        "Vérifiez l'index, puis cherchez une fuite ou un appareil en défaut."
    )


def refused(dial: Dial, bill: Bill) -> str:
    """Say why a bill is left out of the baseline."""
    span = f"{dial.label}, facture du {said.day(bill.first)} au {said.day(bill.last)}"
    if bill.last < bill.first:
        return f"{span} : elle finit avant de commencer. Corrigez ses dates."
    return f"{span} : elle chevauche une autre facture. Gardez-en une, ou corrigez ses dates."


def reason(words: Consumption, one: Reason) -> str:
    """Say why a fluid is not compared, or not surely, and what would mend it."""
    name = words.dials[one.dial].label if one.dial else words.fluids[one.fluid].label
    days = ""
    if one.first is not None and one.until is not None:
        last = max(one.first, one.until - _DAY)
        days = f" du {said.day(one.first)} au {said.day(last)}" if last > one.first else (
            f" du {said.day(one.first)}"
        )  # fmt: skip
    return (
        f"{name} : "
        + {
            sheets.NO_BASELINE: "pas de consommation de référence. Saisissez les factures d'une année.",
            sheets.SHORT_BASELINE: "la référence est trop courte pour tenir compte de l'hiver ; il faut "
            f"{words.baseline_days} jours de factures. Complétez-les.",
            sheets.NO_WEATHER: f"les degrés-jours{days} manquent. Saisissez-les dans les chiffres datés.",
            sheets.NO_PRICE: f"le tarif{days} manque. Saisissez-le dans les chiffres datés.",
            sheets.NO_COEFFICIENT: f"le coefficient de conversion{days} manque. Saisissez-le dans les "
            "chiffres datés.",
            sheets.HOLE: f"la consommation{days} n'est pas connue ; ces jours ne sont pas comparés.",
            sheets.ESTIMATED: "un index estimé compte encore. Le prochain relevé réel le remplacera.",
            sheets.DOUBTED: f"l'index{days} n'est pas compté. Relisez-le, puis corrigez-le.",
            sheets.NO_READING: "pas encore deux relevés à comparer.",
        }[one.kind]
    )
