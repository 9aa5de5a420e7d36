"""What ``indicateurs.toml`` names: forms, fields, processes, steps, facts of a case (AST-12)."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.catalog.funder import Funder
from app.catalog.indicator_facts import CASE, CASE_PARTS, COST_PARTS, COSTS, FACTS, ROW, SETTINGS, FactKind
from app.catalog.indicators import FILE, Dimension, Indicator
from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import Catalogue, Fault, catalogue, perhaps
from app.checker.names.occurrences import occurrences
from app.checker.problem import Problem
from app.expressions import is_path

_GROUPS: Final[Mapping[str, FactKind]] = {kind.group: kind for kind in FACTS.values() if kind.group}
_FREE: Final = frozenset({"texte", "texte_long", "email", "courriel", "telephone", "date"})
_EDGES: Final = frozenset({"ouverture", "cloture"})
_NAMES: Final = "les formulaires, « dossier », « reglages »"


def problems(model: Model) -> Iterator[Problem]:
    """Yield what the indicators of a whole bundle name in vain, and breakdowns that no one could read."""
    if not model.whole or model.indicators is None:
        return
    known = catalogue(model)
    for dimension in model.indicators.dimensions.values():
        yield from _of_dimension(known, dimension)
    for one in model.indicators.all:
        yield from _Read(known, one).problems()
    if model.indicators.funder is not None:
        yield from _of_funder(known, model.indicators.funder)


def _of_funder(known: Catalogue, funder: Funder) -> Iterator[Problem]:
    """Yield what the account to the funder names in vain, and columns that could say who somebody is."""
    for key, text in funder.expressions.items():
        for name in _names(text):
            root, _, rest = name.partition(".")
            fault = _cost(name, rest) if root == COSTS else _outside(known, name)
            if fault is not None:
                yield _say(f"financeur.{key}", *fault)
    for place, column in enumerate(funder.columns, 1):
        field = known.field(column.dimension.value) if is_path(column.dimension.value) else None
        if field is not None and field.type in _FREE and column.kind != "mois" and not column.dimension.bands:
            yield _say(
                f"financeur.colonnes.{place}",
                "column-of-words",
                f"« {column.dimension.value} » est un texte libre : il pourrait dire qui est le ménage "
                "à ceux qui paient. Choisissez une liste de réponses, un nombre, ou le mois d'une date.",
            )


def _cost(name: str, rest: str) -> Fault | None:
    if rest in COST_PARTS:
        return None
    return "unknown-field", f"« {name} » n'existe pas. On lit de « {COSTS} » : {', '.join(COST_PARTS)}."


def _say(element: str, code: str, message: str, *, warns: bool = False) -> Problem:
    return Problem(FILE, element, "warning" if warns else "error", code, message)


def _of_dimension(known: Catalogue, dimension: Dimension) -> Iterator[Problem]:
    place = f"dimensions.{dimension.id}.valeur"
    for name in _names(dimension.value):
        root, _, rest = name.partition(".")
        kind = _GROUPS.get(root)
        fault = None if root == ROW else _part(kind, name, rest) if kind else _outside(known, name)
        if fault is not None:
            yield _say(place, *fault)
    field = known.field(dimension.value) if is_path(dimension.value) else None
    if field is not None and field.type in _FREE and not dimension.bands:
        yield _say(
            place,
            "breakdown-of-words",
            f"« {dimension.value} » est un texte libre : chaque réponse ferait une ligne, et pourrait dire "
            "qui répond. Ventilez selon une liste de réponses.",
            warns=True,
        )


def _part(kind: FactKind | None, name: str, rest: str) -> Fault | None:
    if kind is None or rest.partition(".")[0] in kind.parts:
        return None
    return "unknown-field", f"« {name} » n'existe pas. On lit de « {kind.group} » : {', '.join(kind.parts)}."


def _outside(known: Catalogue, name: str) -> Fault | None:
    """Return what is wrong with a name of the case, of the settings or of a form."""
    root, _, rest = name.partition(".")
    if root == CASE:
        if rest.partition(".")[0] in CASE_PARTS:
            return None
        return "unknown-field", f"« {name} » n'existe pas. Un dossier dit : {', '.join(CASE_PARTS)}."
    if root in known.forms or root == SETTINGS:
        return known.unknown(name)
    if root in known.opaque:
        return None
    hint = perhaps(root, list(known.forms)) or f"On lit ici {_NAMES}."
    return "unknown-name", f"« {name} » : rien ne s'appelle « {root} » pour un indicateur. {hint}"


class _Read:
    """One indicator being read."""

    def __init__(self, known: Catalogue, one: Indicator) -> None:
        self.known, self.one, self.model = known, one, known.model
        self.place = f"indicateurs.{one.id}"

    def problems(self) -> Iterator[Problem]:
        """Yield what it names in vain."""
        yield from self._form()
        yield from self._process()
        for step in (self.one.since, self.one.until):
            if step and step not in _EDGES:
                yield from self._step(step)
        for step in self.one.steps:
            yield from self._step(step)
        for key, text in self.one.expressions.items():
            for name in _names(text):
                fault = self._unknown(name)
                if fault is not None:
                    yield _say(f"{self.place}.{key}", *fault)

    def _form(self) -> Iterator[Problem]:
        named = self.one.form
        if named is None:
            return
        if named not in inventory.forms(self.model):
            hint = perhaps(named, list(self.known.forms)) or "Corrigez « formulaire »."
            yield _say(
                f"{self.place}.formulaire",
                "unknown-form",
                f"L'indicateur compte le formulaire « {named} », qui n'existe pas. {hint}",
            )
            return
        form = self.known.forms.get(named)
        table = form.field(self.one.table) if form is not None and self.one.table else None
        if form is not None and self.one.table and (table is None or table.type != "tableau"):
            tables = [item.key for item in form.fields if item.type == "tableau"]
            hint = perhaps(self.one.table, tables) or "Nommez un de ses tableaux."
            yield _say(
                f"{self.place}.tableau",
                "unknown-field",
                f"Le formulaire « {named} » n'a pas de tableau « {self.one.table} ». {hint}",
            )

    def _process(self) -> Iterator[Problem]:
        named = self.one.process
        if named and named not in inventory.processes(self.model):
            yield _say(
                f"{self.place}.processus",
                "unknown-process",
                f"L'indicateur compte le parcours « {named} », qui n'existe pas. "
                f"{perhaps(named, list(self.model.described)) or 'Corrigez « processus ».'}",
            )

    def _step(self, named: str) -> Iterator[Problem]:
        if not inventory.diagrams_all_read(self.model):
            return
        process, _, element = named.rpartition("/")
        rows = [item for key, items in self.model.described.items() if process in ("", key) for item in items]
        if element not in {item.element for item in rows}:
            hint = perhaps(element, [item.element for item in rows]) or "Écrivez « processus/étape »."
            yield _say(self.place, "unknown-name", f"L'étape « {named} » n'est dans aucun diagramme. {hint}")

    def _unknown(self, name: str) -> Fault | None:
        root, _, rest = name.partition(".")
        if root == self.one.fact.group:
            return _part(self.one.fact, name, rest)
        if root == ROW:
            return self._column(rest)
        return _outside(self.known, name)

    def _column(self, rest: str) -> Fault | None:
        form = self.known.forms.get(self.one.form or "")
        table = form.field(self.one.table) if form is not None and self.one.table else None
        if table is None:
            if self.one.table:
                return None  # told already
            return "unknown-name", "« ligne » ne se lit qu'avec « tableau ». Nommez le tableau compté."
        keys = [column.key for column in table.columns]
        key = rest.partition(".")[0]
        if key in keys:
            return None
        return "unknown-field", (
            f"Le tableau « {table.key} » n'a pas de colonne « {key} ». "
            f"{perhaps(key, keys) or 'Nommez une de ses colonnes.'}"
        )


def _names(text: str) -> Iterator[str]:
    return iter(dict.fromkeys(item.name for item in occurrences(text)))
