"""Frequencies and breaches set on elements: where they stand, what they are made of, what they say."""

from datetime import UTC, datetime
from typing import Any, Final

from app.catalog import frequency
from app.catalog.frequency import Frequency
from app.engine.checks.sheet import Sheet
from app.engine.checks.texts import Fault, fault_of
from app.engine.diagram import PEOPLE, bpmn, local, ours
from app.expressions import ExpressionError, check, designer_functions, evaluate
from app.expressions.windows import length_of, warning_instant, window_at

STAYS: Final = PEOPLE | {"subProcess", "callActivity"}
"""Elements that stay active for a while: a frequency is kept as long as they do."""
_SOME_DAY: Final = datetime(2026, 1, 15, 9, tzinfo=UTC)
_NOWHERE: Final = (
    "Une fréquence se tient tant qu'une activité dure : posez-la sur un sous-parcours, sur une étape d'une "
    "personne, ou sur le minuteur qui démarre un processus du calendrier."
)


def check_frequencies(sheet: Sheet) -> None:
    """Judge the frequency and the breach of every element of a diagram."""
    for holder in sheet.extensions("properties"):
        node = holder.getparent().getparent()
        given = {item.get("name") or "": item.get("value") or "" for item in ours(holder, "property")}
        if any(given.get(name, "").strip() for name in frequency.PROPERTIES):
            _frequency(sheet, node, given)
        if given.get("manquement", "").strip() and not given.get("delai", "").strip():
            sheet.say(
                node,
                "breach-without-due",
                "Un manquement se compte depuis l'échéance, et cette étape n'en a pas. "
                "Ajoutez-lui un « delai », ou retirez « manquement ».",
            )


def _frequency(sheet: Sheet, node: Any, given: dict[str, str]) -> None:
    if not _stays(node):
        sheet.say(node, "frequency-nowhere", _NOWHERE)
        return
    rule = frequency.read(given)
    if rule is None:
        sheet.say(
            node, "bad-frequency", "Cette fréquence ne dit pas combien. Écrivez le nombre dans « frequence »."
        )
        return
    fault = _numbers(rule) or _shape(rule, given) or _texts(rule)
    if fault is not None:
        sheet.say(node, *fault)


def _stays(node: Any) -> bool:
    if local(node) == "startEvent":
        return next(bpmn(node, "timerEventDefinition"), None) is not None
    return local(node) in STAYS


def _numbers(rule: Frequency) -> Fault | None:
    for name, text in ((frequency.MINIMUM, rule.minimum), (frequency.WITHIN, rule.within)):
        if not text:
            continue
        fault = fault_of(text, "value")
        if fault is not None:
            return fault
        if check(text):
            continue
        try:
            count = frequency.number(evaluate(text, {}, designer_functions(_SOME_DAY)), name)
        except ExpressionError as error:
            return "bad-frequency", str(error)
        if count == 0:
            return "bad-frequency", f"« {name} » ne demande rien. Écrivez au moins 1, ou retirez-la."
    return None


def _shape(rule: Frequency, given: dict[str, str]) -> Fault | None:
    try:
        length_of(rule.window)
    except ExpressionError as error:
        return "bad-frequency", f"« frequence_fenetre » : {error}"
    if not rule.counted:
        return (
            "bad-frequency",
            "Cette fréquence ne compte rien. Nommez un formulaire dans « frequence_compte ».",
        )
    if bool(rule.within) != bool(rule.within_condition):
        return "bad-frequency", (
            "« frequence_dont » et « frequence_dont_si » vont ensemble : combien, et à quelle condition. "
            "Écrivez les deux, ou aucune."
        )
    if given.get(frequency.PRO_RATA, "").strip() not in ("", "oui", "non"):
        return "bad-frequency", "« frequence_prorata » vaut oui ou non. Corrigez-la, ou retirez-la."
    return None


def _texts(rule: Frequency) -> Fault | None:
    for text in (rule.condition, rule.within_condition):
        fault = fault_of(text, "value") if text else None
        if fault is not None:
            return fault
    return _warning(rule) if rule.warning else None


def _warning(rule: Frequency) -> Fault | None:
    """Try the warning on a window, unless it depends on more than the window."""
    fault = fault_of(rule.warning, "timer")
    if fault is not None:
        return fault
    if not check(rule.warning) <= {f"{frequency.BOUNDS}.debut", f"{frequency.BOUNDS}.fin"}:
        return None
    window = window_at(length_of(rule.window), _SOME_DAY, _SOME_DAY)
    names = {frequency.BOUNDS: {"debut": window.first, "fin": window.last}}
    try:
        warning_instant(evaluate(rule.warning, names, designer_functions(_SOME_DAY)), window)
    except ExpressionError as error:
        return "bad-frequency", f"« frequence_alerte » : {error}"
    return None
