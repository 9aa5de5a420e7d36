"""From the DMN 1.3 that dmn-js saves to checked decision tables."""

import re
from collections import Counter

from lxml import etree

from app.decisions.cells import Cell, read_cell
from app.decisions.errors import DecisionFault
from app.decisions.table import COLLECT, HIT_POLICIES, UNIQUE, DecisionTable, Input, Output, Rule
from app.expressions import ExpressionError, check
from app.expressions.safe_xml import UnsafeXml, parse_xml

MAX_ELEMENTS = 20_000  # of one DMN file: about 400 rules of ten columns, drawing included
MAX_RULES = 400
MAX_COLUMNS = 40

_MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"  # DMN 1.3, what dmn-js writes
_NAME = re.compile(r"[^\W\d_]\w*")


def parse_decisions(xml: bytes) -> dict[str, DecisionTable]:
    """Every decision table of a DMN file, by the decision's id.

    Raises:
        DecisionFault: the file is not safe DMN 1.3, or a table asks for what is not supported
            (another hit policy, an aggregation, a decision that needs another), or a cell is not
            in the safe language; the sentence names table, rule and column.
    """
    try:
        root = parse_xml(xml, max_nodes=MAX_ELEMENTS)
    except UnsafeXml as fault:
        raise DecisionFault("", str(fault)) from fault
    if root.tag != f"{{{_MODEL}}}definitions":
        raise DecisionFault(
            "",
            "Ce fichier n'est pas une table de décision DMN 1.3. Enregistrez-le depuis l'éditeur de tables.",
        )
    tables: dict[str, DecisionTable] = {}
    for decision in _children(root, "decision"):
        table = _TableReader(decision).table()
        if table.id in tables:
            raise DecisionFault(table.id, f"Deux décisions portent l'identifiant « {table.id} ».")
        tables[table.id] = table
    if not tables:
        raise DecisionFault("", "Ce fichier ne contient aucune décision. Dessinez-en une.")
    return tables


class _TableReader:
    """Reads one ``decision`` element; every complaint carries its name."""

    def __init__(self, decision: etree._Element) -> None:
        self.decision = decision
        self.id = decision.get("id", "")
        self.name = decision.get("name") or self.id or "sans nom"

    def table(self) -> DecisionTable:
        if not _NAME.fullmatch(self.id):
            raise self._fault(
                f"l'identifiant « {self.id[:40]} » doit être un seul mot, car les conditions le lisent."
            )
        if self.decision.find(f".//{{{_MODEL}}}requiredDecision") is not None:
            raise self._fault("elle dépend d'une autre décision. Une table ne lit que des réponses.")
        body = _only(self.decision, "decisionTable")
        if body is None:
            raise self._fault(
                "elle n'est pas une table. Seules les tables de décision sont prises en charge."
            )
        hit_policy = self._hit_policy(body)
        inputs = tuple(self._input(item, n) for n, item in enumerate(_children(body, "input"), 1))
        outputs = self._outputs(_children(body, "output"))
        rules = _children(body, "rule")
        if not inputs or len(inputs) + len(outputs) > MAX_COLUMNS or len(rules) > MAX_RULES:
            raise self._fault(
                f"elle doit avoir au moins une entrée, {MAX_COLUMNS} colonnes et {MAX_RULES} règles au plus."
            )
        return DecisionTable(
            id=self.id,
            name=self.name,
            hit_policy=hit_policy,
            inputs=inputs,
            outputs=outputs,
            rules=tuple(self._rule(rule, n, inputs, outputs) for n, rule in enumerate(rules, 1)),
        )

    def _hit_policy(self, body: etree._Element) -> str:
        policy = body.get("hitPolicy", UNIQUE)  # DMN's own default, which dmn-js leaves unwritten
        if policy not in HIT_POLICIES:
            raise self._fault(
                f"la règle de choix « {policy[:40]} » n'est pas prise en charge. "
                "Choisissez FIRST, UNIQUE ou COLLECT."
            )
        if body.get("aggregation"):
            raise self._fault(
                f"{COLLECT} avec un calcul (« {body.get('aggregation', '')[:9]} ») n'est pas pris en charge. "
                "Retirez l'agrégation."
            )
        return policy

    def _input(self, element: etree._Element, number: int) -> Input:
        holder = _only(element, "inputExpression")
        expression = _text(holder)
        label = element.get("label") or expression or f"colonne {number}"
        self._checked(expression, f"entrée « {label} »")
        declared = "" if holder is None else holder.get("typeRef", "")
        return Input(element.get("id", ""), label, expression, declared)

    def _outputs(self, elements: list[etree._Element]) -> tuple[Output, ...]:
        outputs = tuple(self._output(element, number) for number, element in enumerate(elements, 1))
        if not outputs:
            raise self._fault("elle n'a aucun résultat. Ajoutez une colonne de résultat.")
        name, times = Counter(output.name for output in outputs).most_common(1)[0]
        if times > 1:
            raise self._fault(f"deux résultats portent le nom « {name} ». Renommez-en un.")
        if len({output.default is None for output in outputs}) > 1:
            raise self._fault("donnez une valeur par défaut à chaque résultat, ou à aucun.")
        return outputs

    def _output(self, element: etree._Element, number: int) -> Output:
        name = element.get("name", "")
        label = element.get("label") or name or f"colonne {number}"
        if not _NAME.fullmatch(name):
            raise self._fault(f"le résultat « {label[:40]} » doit avoir un nom d'un seul mot (priorite).")
        default = _only(element, "defaultOutputEntry")
        written = None if default is None else _text(default) or None
        if written is not None:
            self._checked(written, f"valeur par défaut de « {label} »")
        return Output(element.get("id", ""), label, name, written)

    def _rule(
        self, element: etree._Element, number: int, inputs: tuple[Input, ...], outputs: tuple[Output, ...]
    ) -> Rule:
        entries, results = _children(element, "inputEntry"), _children(element, "outputEntry")
        if len(entries) != len(inputs) or len(results) != len(outputs):
            raise self._fault(
                f"la règle {number} n'a pas une cellule par colonne. Enregistrez-la de nouveau."
            )
        texts = [_text(result) for result in results]
        if not any(texts):
            raise self._fault(f"la règle {number} ne donne aucun résultat. Remplissez-la ou supprimez-la.")
        for text, output in zip(texts, outputs, strict=True):
            self._checked(text or "null", f"règle {number}, résultat « {output.label} »")
        return Rule(
            id=element.get("id", ""),
            number=number,
            cells=tuple(
                self._cell(entry, number, column) for entry, column in zip(entries, inputs, strict=True)
            ),
            results=tuple(text or "null" for text in texts),
            annotation=(element.findtext(f"{{{_MODEL}}}description") or "").strip(),
        )

    def _cell(self, entry: etree._Element, number: int, column: Input) -> Cell:
        try:
            return read_cell(_text(entry))
        except ExpressionError as fault:
            raise self._fault(f"règle {number}, colonne « {column.label} » : {fault}") from fault

    def _checked(self, text: str, place: str) -> None:
        try:
            check(text)
        except ExpressionError as fault:
            raise self._fault(f"{place} : {fault}") from fault

    def _fault(self, cause: str) -> DecisionFault:
        return DecisionFault(self.id, f"Table « {self.name} » : {cause}")


def _children(element: etree._Element, tag: str) -> list[etree._Element]:
    return list(element.iterchildren(f"{{{_MODEL}}}{tag}"))


def _only(element: etree._Element, tag: str) -> etree._Element | None:
    return element.find(f"{{{_MODEL}}}{tag}")


def _text(element: etree._Element | None) -> str:
    """The ``text`` child of a cell or an expression; "" when dmn-js left it empty."""
    written = None if element is None else element.findtext(f"{{{_MODEL}}}text")
    return (written or "").strip()
