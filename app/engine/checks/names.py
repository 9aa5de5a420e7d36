"""Names and properties set on elements: operations, tables, outcomes, variables, repetitions."""

import re
from typing import Any, Final

from SpiffWorkflow.bpmn.parser.util import full_tag

from app.engine.checks.foreign import foreign_names
from app.engine.checks.sheet import Sheet
from app.engine.diagram import ACTIVITIES, bpmn, extension, local, ours
from app.engine.loops import MAX_INSTANCES
from app.engine.values import FORBIDDEN_KEY

_PATH: Final = re.compile(r"[A-Za-zÀ-ÿ_]\w*(\.[A-Za-zÀ-ÿ_]\w*)?")
"""A name of process data: ``visite`` or ``visite.issue``."""

_MULTIPLE: Final = "multiInstanceLoopCharacteristics"
_LOOP: Final = "standardLoopCharacteristics"


def check_names(sheet: Sheet) -> None:
    """Judge the properties of every element and the names of data they write."""
    for node in sheet.nodes("serviceTask"):
        _check_operation(sheet, node)
    for node in sheet.nodes("businessRuleTask"):
        _check_decision(sheet, node)
    _check_properties(sheet)
    named = [(node, node.get("resultVariable")) for node in sheet.extensions("serviceTaskOperator")]
    named += [(node, node.get("id")) for node in sheet.nodes("inputDataItem", "outputDataItem")]
    named += [(node, node.text) for node in sheet.extensions("messageVariable", "variableName")]
    named += [(node, node.text) for node in sheet.nodes("loopDataOutputRef")]
    for node, name in named:
        if name and name.strip():
            _check_path(sheet, node, name.strip(), dotted=False)
    for node in sheet.nodes(_MULTIPLE):
        _check_multiple(sheet, node)
    for node in sheet.nodes(_LOOP):
        _check_loop(sheet, node)


def _check_operation(sheet: Sheet, node: Any) -> None:
    operator = extension(node, "serviceTaskOperator")
    if operator is None or not (operator.get("id") or "").strip():
        sheet.say(
            node,
            "no-operation",
            "Cette étape automatique n'a pas d'opération. Choisissez-la dans ses propriétés."
            f"{_useless(node)}",
        )
        return
    for parameter in ours(operator, "parameter"):
        if not parameter.get("id") or parameter.get("value") is None or parameter.get("type") is None:
            sheet.say(
                node,
                "bad-property",
                f"Le paramètre « {parameter.get('id') or 'sans nom'} » est incomplet. Donnez-lui un nom et "
                "une valeur.",
            )


def _check_decision(sheet: Sheet, node: Any) -> None:
    named = extension(node, "calledDecisionId")
    decision = ((named.text if named is not None else None) or "").strip()
    if not _PATH.fullmatch(decision):
        sheet.say(
            node,
            "no-decision",
            "Cette règle de décision ne nomme pas sa table. Donnez l'identifiant de la table dans ses "
            f"propriétés.{_useless(node)}",
        )
    else:
        _check_path(sheet, node, decision)


def _useless(node: Any) -> str:
    names = foreign_names(node)
    return f" (« {names[0]} » vient d'un autre logiciel et ne fait rien ici.)" if names else ""


def _check_properties(sheet: Sheet) -> None:
    for holder in sheet.extensions("properties"):
        names: list[str] = []
        for node in ours(holder, "property"):
            name, value = node.get("name"), node.get("value")
            if not name or value is None:
                sheet.say(
                    node,
                    "bad-property",
                    "Une propriété a un nom et une valeur. Complétez-la ou retirez-la.",
                )
                continue
            if name in names:
                sheet.say(
                    node, "bad-property", f"La propriété « {name} » est donnée deux fois. Gardez-en une."
                )
            names.append(name)
            if name == "resultats":
                for path in value.split(","):
                    if path.strip():
                        _check_path(sheet, node, path.strip())


def _check_path(sheet: Sheet, node: Any, path: str, *, dotted: bool = True) -> None:
    if not _PATH.fullmatch(path):
        sheet.say(
            node,
            "bad-name",
            f"« {path[:60]} » n'est pas un nom de donnée. Écrivez des lettres, des chiffres et des "
            "soulignés, par exemple visite.issue.",
        )
    elif FORBIDDEN_KEY in path.split("."):
        sheet.say(
            node,
            "bad-name",
            f"Une donnée ne peut pas s'appeler « {FORBIDDEN_KEY} ». Choisissez un autre nom.",
        )
    elif "." in path and not dotted:
        sheet.say(
            node, "bad-name", f"« {path} » ne peut pas contenir de point. Écrivez {path.replace('.', '_')}."
        )


def _check_multiple(sheet: Sheet, node: Any) -> None:
    def has(tag: str) -> bool:
        return node.find(full_tag(tag)) is not None

    def wrong(cause: str) -> None:
        sheet.say(node, "bad-multi-instance", cause)

    if local(node.getparent()) not in ACTIVITIES:
        wrong("Seule une étape peut se répéter. Retirez la répétition d'ici.")
    if node.getparent().find(full_tag(_LOOP)) is not None:
        wrong("Cette étape a deux sortes de répétition. Gardez-en une.")
    if has("loopCardinality") is has("loopDataInputRef"):
        wrong(
            "Cette répétition se fait sur une liste, ou un nombre de fois : donnez l'un des deux, pas les "
            "deux."
        )
    if has("inputDataItem") and not has("loopDataInputRef"):
        wrong("Cette répétition nomme un élément de liste sans dire laquelle. Nommez la liste.")
    if has("outputDataItem") is not has("loopDataOutputRef"):
        wrong(
            "Pour rassembler les résultats d'une répétition, nommez à la fois le résultat de chaque tour et "
            "la liste qui les reçoit."
        )
    for item in bpmn(node, "inputDataItem", "outputDataItem"):
        if not item.get("id"):
            wrong("L'élément de cette répétition n'a pas de nom. Donnez-lui en un.")


def _check_loop(sheet: Sheet, node: Any) -> None:
    maximum = (node.get("loopMaximum") or "").strip()
    known = maximum.isascii() and maximum.isdigit() and len(maximum) < 10
    if local(node.getparent()) not in ACTIVITIES:
        sheet.say(node, "bad-multi-instance", "Seule une étape peut se répéter. Retirez la répétition d'ici.")
    elif node.get("loopMaximum") is not None and not (known and 1 <= int(maximum) <= MAX_INSTANCES):
        sheet.say(
            node,
            "bad-multi-instance",
            f"Le nombre de tours de cette boucle va de 1 à {MAX_INSTANCES}. Corrigez-le.",
        )
    elif node.get("loopMaximum") is None and node.find(full_tag("loopCondition")) is None:
        sheet.say(
            node,
            "bad-multi-instance",
            "Cette boucle ne s'arrête jamais. Écrivez sa condition ou son nombre de tours.",
        )
