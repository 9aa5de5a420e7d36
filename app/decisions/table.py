"""A decision table and what evaluating it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.decisions.cells import Cell
from app.decisions.errors import DecisionFault
from app.expressions import ExpressionError, check, evaluate

FIRST, UNIQUE, COLLECT = "FIRST", "UNIQUE", "COLLECT"
HIT_POLICIES = frozenset({FIRST, UNIQUE, COLLECT})

_Names = Mapping[str, object]
_Functions = Mapping[str, Callable[..., object]]


@dataclass(frozen=True)
class Input:
    """A column of conditions: its label for people, the expression that gives its value, its declared type.

    ``type_ref`` is what the editor wrote (``boolean``, ``string``…); evaluating does not look at it.
    """

    id: str
    label: str
    expression: str
    type_ref: str = ""


@dataclass(frozen=True)
class Output:
    """A column of results: the name conditions read, and the expression used when no rule matches."""

    id: str
    label: str
    name: str
    default: str | None


@dataclass(frozen=True)
class Rule:
    """A row: one cell an input, one expression an output; ``number`` counts from 1 as on screen."""

    id: str
    number: int
    cells: tuple[Cell, ...]
    results: tuple[str, ...]
    annotation: str


@dataclass(frozen=True)
class Evaluation:
    """What a decision gave and why.

    ``rules`` and ``numbers`` are the rules that matched, both empty when the defaults answered;
    ``inputs`` maps each input's expression to the value it had; ``outputs`` is one row, or a list
    of rows for COLLECT.
    """

    decision: str
    rules: tuple[str, ...]
    numbers: tuple[int, ...]
    inputs: dict[str, object]
    outputs: dict[str, object] | list[dict[str, object]]


@dataclass(frozen=True)
class DecisionTable:
    """A DMN decision table, read and checked; evaluating it changes nothing anywhere."""

    id: str
    name: str
    hit_policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    @property
    def reads(self) -> frozenset[str]:
        """Every dotted name the table reads, in its inputs, its cells, its results and defaults."""
        texts = [column.expression for column in self.inputs]
        texts += [column.default for column in self.outputs if column.default is not None]
        texts += [result for rule in self.rules for result in rule.results]
        found = [check(text) for text in texts]
        found += [cell.reads for rule in self.rules for cell in rule.cells]
        return frozenset().union(*found)

    def evaluate(self, names: _Names, functions: _Functions | None = None) -> Evaluation:
        """Apply the table to ``names``.

        An input that is missing is None. FIRST gives the first rule that matches, UNIQUE the only
        one, COLLECT all of them in order. When none matches, the outputs' default entries answer;
        without them COLLECT gives an empty list.

        Raises:
            DecisionFault: FIRST or UNIQUE with no match and no default, UNIQUE with two matches,
                or a cell that cannot be computed.
        """
        inputs = self._inputs(names, functions)
        matched = self._matched(inputs, names, functions)
        rows = [self._row(rule, names, functions) for rule in matched] or self._defaults(names, functions)
        if self.hit_policy != COLLECT and not rows:
            raise self._fault(
                "aucune règle ne correspond aux réponses de ce dossier. "
                "Ajoutez une règle, ou une valeur par défaut à chaque résultat."
            )
        return Evaluation(
            decision=self.id,
            rules=tuple(rule.id for rule in matched),
            numbers=tuple(rule.number for rule in matched),
            inputs=inputs,
            outputs=rows if self.hit_policy == COLLECT else rows[0],
        )

    def _inputs(self, names: _Names, functions: _Functions | None) -> dict[str, object]:
        values: dict[str, object] = {}
        for column in self.inputs:
            try:
                values[column.expression] = evaluate(column.expression, names, functions, lenient=True)
            except ExpressionError as fault:
                raise self._fault(f"l'entrée « {column.label} » ne se calcule pas. {fault}") from fault
        return values

    def _matched(
        self, inputs: Mapping[str, object], names: _Names, functions: _Functions | None
    ) -> list[Rule]:
        matched: list[Rule] = []
        for rule in self.rules:
            if not self._applies(rule, inputs, names, functions):
                continue
            matched.append(rule)
            if self.hit_policy == FIRST:
                break
        if self.hit_policy == UNIQUE and len(matched) > 1:
            numbers = " et ".join(str(rule.number) for rule in matched[:2])
            raise self._fault(
                f"les règles {numbers} s'appliquent toutes deux alors qu'une seule est permise (UNIQUE). "
                "Précisez-en une, ou choisissez FIRST."
            )
        return matched

    def _applies(
        self, rule: Rule, inputs: Mapping[str, object], names: _Names, functions: _Functions | None
    ) -> bool:
        for column, cell in zip(self.inputs, rule.cells, strict=True):
            try:
                if not cell.matches(inputs[column.expression], names, functions):
                    return False
            except ExpressionError as fault:
                raise self._fault(
                    f"règle {rule.number}, colonne « {column.label} », cellule « {cell.text} » : {fault}"
                ) from fault
        return True

    def _row(self, rule: Rule, names: _Names, functions: _Functions | None) -> dict[str, object]:
        return self._results(f"règle {rule.number}", rule.results, names, functions)

    def _defaults(self, names: _Names, functions: _Functions | None) -> list[dict[str, object]]:
        defaults = [column.default for column in self.outputs if column.default is not None]
        if len(defaults) != len(self.outputs):
            return []
        return [self._results("valeur par défaut", defaults, names, functions)]

    def _results(
        self, place: str, texts: tuple[str, ...] | list[str], names: _Names, functions: _Functions | None
    ) -> dict[str, object]:
        row: dict[str, object] = {}
        for column, text in zip(self.outputs, texts, strict=True):
            try:
                row[column.name] = evaluate(text, names, functions)
            except ExpressionError as fault:
                raise self._fault(f"{place}, résultat « {column.label} » : {fault}") from fault
        return row

    def _fault(self, cause: str) -> DecisionFault:
        return DecisionFault(self.id, f"Table « {self.name} » : {cause}")
