"""Decision tables: what no rule answers, what two rules answer, what no case ever reaches.

Each input is cut into the classes of values that its cells can tell apart; the combinations of classes are
then searched. Nothing is said that is not proven: a cell that depends on the case counts as a perhaps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.checker.model import Model
from app.checker.problem import Problem, Severity
from app.checker.tables.cells import accepted, gathered
from app.checker.tables.search import Budget, TooLargeToProve, uncovered
from app.checker.values.domains import Domain, domain_of
from app.checker.values.samples import CERTAIN, POSSIBLE, Sample, samples
from app.decisions import DecisionTable
from app.decisions.table import COLLECT, FIRST, UNIQUE, Rule
from app.expressions import check

_STEPS = 500_000  # of one file: about a second
_EVALUATION = 5  # steps that trying one test on one value is worth


def problems(model: Model) -> Iterator[Problem]:
    """Yield the gaps, overlaps and dead rules of every readable table."""
    budgets: dict[str, Budget] = {}
    for path, table in model.tables.values():
        budget = budgets.setdefault(path, Budget(_STEPS))
        if table.hit_policy == COLLECT:
            continue
        try:
            yield from _Judge(path, table, model, budget).problems()
        except TooLargeToProve:
            yield Problem(
                path,
                table.id,
                "warning",
                "dmn-too-large-to-prove",
                f"La table « {table.name} » est trop grande pour que tous ses cas soient vérifiés. "
                "Découpez-la en deux tables, ou donnez une valeur par défaut à chaque résultat.",
            )


@dataclass(frozen=True)
class _Column:
    """One input, or two of the same expression: its classes of values, and who accepts them.

    ``reads`` are the names it depends on. ``sure`` and ``maybe`` give, for each class, the rules that accept
    it (one bit each), without and with those of which it is not known. ``classes_of`` gives, for each rule,
    the classes that it surely accepts, one bit each.
    """

    label: str
    reads: frozenset[str]
    classes: tuple[Sample, ...]
    sure: tuple[int, ...]
    maybe: tuple[int, ...]
    classes_of: tuple[int, ...]

    def choices(self, likely: int) -> list[tuple[int, int]]:
        """The classes at least that likely, with the rules that may accept them."""
        return [
            (place, self.maybe[place]) for place, sample in enumerate(self.classes) if sample.likely >= likely
        ]

    @cached_property
    def at_least(self) -> dict[int, int]:
        """The classes at least that likely, one bit each."""
        return {
            likely: sum(1 << n for n, sample in enumerate(self.classes) if sample.likely >= likely)
            for likely in (CERTAIN, POSSIBLE)
        }


class _Judge:
    def __init__(self, path: str, table: DecisionTable, model: Model, budget: Budget) -> None:
        self.path, self.table, self.model, self.budget = path, table, model, budget
        settings = model.settings
        self.names: Mapping[str, object] = {"reglages": dict(settings.rules)} if settings else {}
        self.rules = table.rules

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the table."""
        if any(output.default is None for output in self.table.outputs):
            yield from self._gap()
        if self.table.hit_policy == UNIQUE:
            yield from self._overlaps()
        yield from self._dead()

    @cached_property
    def columns(self) -> list[_Column]:
        """The table's inputs, each expression once."""
        expressions = dict.fromkeys(column.expression for column in self.table.inputs)
        return [self._column(expression) for expression in expressions]

    def _column(self, expression: str) -> _Column:
        places = [n for n, column in enumerate(self.table.inputs) if column.expression == expression]
        first = self.table.inputs[places[0]]
        rows: dict[tuple[str, ...], list[int]] = {}
        for number, rule in enumerate(self.rules):
            rows.setdefault(tuple(rule.cells[n].text for n in places), []).append(number)
        cells = {rule.cells[n].text: rule.cells[n] for rule in self.rules for n in places}
        constants = gathered(list(cells.values()), self.names)
        domain = _declared(domain_of(expression, self.model), first.type_ref)
        classes = tuple(samples(domain, constants))
        for cell in cells.values():
            self.budget.spend(_EVALUATION * len(classes) * len(cell.tests))
        known = {text: accepted(cell, classes, self.names) for text, cell in cells.items()}
        sure, maybe, own = [0] * len(classes), [0] * len(classes), [0] * len(self.rules)
        for texts, numbers in rows.items():
            bits = sum(1 << number for number in numbers)
            for place in range(len(classes)):
                results = [known[text][place] for text in texts]
                if False not in results:
                    maybe[place] |= bits
                    sure[place] |= 0 if None in results else bits
        for number in range(len(self.rules)):
            own[number] = sum(1 << place for place, cover in enumerate(sure) if cover >> number & 1)
        return _Column(first.label, check(expression), classes, tuple(sure), tuple(maybe), tuple(own))

    def _gap(self) -> Iterator[Problem]:
        everyone = (1 << len(self.rules)) - 1
        for likely in (CERTAIN, POSSIBLE):
            columns = [column.choices(likely) for column in self.columns]
            chosen = uncovered(columns, everyone, self.budget)
            if chosen is None:
                continue
            told = self._telling(chosen)
            sure = likely == CERTAIN and not self._tied(told)
            when = f" quand {self._words({n: chosen[n] for n in told})}" if told else ""
            yield self._problem(
                self.table.id,
                "error" if sure else "warning",
                "dmn-gap",
                f"Dans la table « {self.table.name} », aucune règle ne répond{when}. "
                "Ajoutez une règle pour ce cas, ou une valeur par défaut à chaque résultat.",
            )
            return

    def _telling(self, chosen: list[int]) -> list[int]:
        """The columns that explain why no rule answers; the others may take any value."""
        covers = [column.maybe[chosen[n]] for n, column in enumerate(self.columns)]
        kept = list(range(len(covers)))
        for place in reversed(range(len(covers))):
            rest = (1 << len(self.rules)) - 1
            for other in kept:
                rest &= covers[other] if other != place else -1
            if not rest:
                kept.remove(place)
        return kept

    def _tied(self, places: list[int]) -> bool:
        """Whether two of these columns read the same answer, so that their values may exclude each other."""
        return any(
            _share(self.columns[one].reads, self.columns[other].reads)
            for n, one in enumerate(places)
            for other in places[n + 1 :]
        )

    def _overlaps(self) -> Iterator[Problem]:
        """Tell, for each rule, the first earlier one that can apply at the same time."""
        for number, rule in enumerate(self.rules):
            for other in range(number):
                self.budget.spend()
                met = self._meeting(other, number)
                if met is None:
                    continue
                told, sure = met
                when = f"quand {self._words(told)}" if told else "dans tous les cas"
                yield self._problem(
                    rule.id,
                    "error" if sure else "warning",
                    "dmn-overlap",
                    f"Dans la table « {self.table.name} », les règles {self.rules[other].number} et "
                    f"{rule.number} s'appliquent toutes deux {when}, alors qu'une seule est permise "
                    "(UNIQUE). Précisez l'une des deux, ou choisissez FIRST.",
                )
                break

    def _meeting(self, one: int, other: int) -> tuple[dict[int, int], bool] | None:
        """Values for which two rules surely apply, and whether they do occur; None: no such values."""
        told, sure = {}, True
        for place, column in enumerate(self.columns):
            both = column.classes_of[one] & column.classes_of[other] & column.at_least[POSSIBLE]
            if not both:
                return None
            certain = both & column.at_least[CERTAIN]
            sure = sure and bool(certain)
            if both != column.at_least[POSSIBLE]:
                told[place] = _lowest(certain or both)
        return told, sure and not self._tied(list(told))

    def _dead(self) -> Iterator[Problem]:
        for number, rule in enumerate(self.rules):
            columns = [
                [
                    (place, column.sure[place])
                    for place, rules in enumerate(column.maybe)
                    if rules >> number & 1
                ]
                for column in self.columns
            ]
            self.budget.spend(sum(len(column.classes) for column in self.columns))
            empty = next((n for n, choices in enumerate(columns) if not choices), None)
            if empty is not None:
                yield self._dead_rule(
                    rule, f"« {self.columns[empty].label} » n'y prend jamais une valeur admise"
                )
            elif (
                self.table.hit_policy == FIRST and uncovered(columns, (1 << number) - 1, self.budget) is None
            ):
                yield self._dead_rule(rule, "celles qui la précèdent répondent toujours avant elle")

    def _dead_rule(self, rule: Rule, why: str) -> Problem:
        return self._problem(
            rule.id,
            "warning",
            "dmn-dead-rule",
            f"Dans la table « {self.table.name} », la règle {rule.number} ne s'applique jamais : {why}. "
            "Remontez-la, corrigez-la ou supprimez-la.",
        )

    def _words(self, told: Mapping[int, int]) -> str:
        return " et ".join(
            f"{self.columns[n].label} {self.columns[n].classes[place].words}" for n, place in told.items()
        )

    def _problem(self, element: str, severity: Severity, code: str, message: str) -> Problem:
        return Problem(self.path, element, severity, code, message)


def _declared(domain: Domain, type_ref: str) -> Domain:
    """What the editor's type adds when nothing else is known (its default, ``string``, tells nothing)."""
    if domain.family is not None:
        return domain
    if type_ref == "boolean":
        return Domain("boolean", absent=domain.absent)
    return Domain("number", absent=domain.absent, step=1) if type_ref in {"integer", "long"} else domain


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _share(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of dotted names have a name in common, or a group and one of its answers."""
    return any(
        a == b or a.startswith(f"{b}.") or b.startswith(f"{a}.")
        for a in one
        for b in other
        if "reglages" not in a
    )
