"""Conditions read only what the route declares, and never a social or secret answer (LAW-1)."""

from collections.abc import Iterator

from app.catalog.fields import Field
from app.checker.diagrams.as_run import Node, Place, Scope
from app.checker.model import Model
from app.checker.names.catalogue import (
    AGREEMENTS,
    BREACHES,
    CASE,
    OPEN,
    TERRITORY,
    Catalogue,
    Fault,
    catalogue,
    outcome_field,
)
from app.checker.names.occurrences import occurrences
from app.checker.problem import Problem

_APART = {
    CASE: "les faits du dossier",
    BREACHES: "les manquements",
    TERRITORY: "les comptes du territoire",
    AGREEMENTS: "les conventions",
}
"""What conditions may not read: it is in no state of a process."""


def problems(model: Model) -> Iterator[Problem]:
    """Yield the conditions that read protected answers or answers no step declares, and the declarations."""
    if not model.whole:
        return
    known = catalogue(model)
    tested: set[str] = set()
    for scope in known.scopes:
        for place in scope.places():
            if not place.passing:
                yield from _of_place(scope, place, known, tested)
    for scope in known.scopes:
        for node in scope.nodes.values():
            yield from _of_outcomes(scope, node, known, tested)


def exposed(name: str, known: Catalogue) -> Fault | None:
    """Return why an expression that sees process data alone may not read a name, None when it may."""
    root, _, rest = name.partition(".")
    if root in _APART and root not in known.variables:
        what = _APART[root]
        return "condition-reads-answer", (
            f"Une condition ne lit pas {what} (« {name} »). "
            "Faites lire ce fait par une table de décision placée avant, et testez son résultat."
        )
    if not known.is_answer(root):
        return None
    field = known.field(name)
    if field is not None and field.classe != OPEN:
        declared = f"{root}.{field.key}" in known.outcomes
        return "protected-condition", (
            f"La condition lit « {root}.{field.key} », une réponse de classe « {field.classe} » : elle "
            "resterait lisible dans l'état du dossier. Confiez cette lecture à une table de décision ou à "
            f"une opération, et testez son résultat{' ; retirez-la de « resultats »' if declared else ''}."
        )
    path = f"{root}.{rest.partition('.')[0]}" if rest else root
    if path in known.outcomes or (not rest and any(item.startswith(f"{root}.") for item in known.outcomes)):
        return None
    return "condition-reads-answer", (
        f"La condition lit la réponse « {path} », qu'aucune étape ne garde. Ajoutez « {path} » à la "
        f"propriété « resultats » de l'étape qui remplit le formulaire « {root} »."
    )


def _of_place(scope: Scope, place: Place, known: Catalogue, tested: set[str]) -> Iterator[Problem]:
    """Judge one condition; what is said of a protected answer goes into ``tested``."""
    said: set[Fault] = set()
    for name in dict.fromkeys(item.name for item in occurrences(place.text) if item.root not in place.extra):
        fault = None if known.unknown(name) else exposed(name, known)
        if fault is not None and fault not in said:
            said.add(fault)
            tested.add(name)
            yield Problem(scope.path, place.element, "error", *fault)


def _of_outcomes(scope: Scope, node: Node, known: Catalogue, tested: set[str]) -> Iterator[Problem]:
    """A protected answer kept in the state: said where a condition reads it, else where it is declared."""
    form = known.forms.get(node.form or "")
    if form is None:
        return
    for name in node.outcomes:
        field = outcome_field(name, form)
        classe = _most_protected(field) if field is not None else OPEN
        if classe != OPEN and name not in tested:
            yield Problem(
                scope.path,
                node.id,
                "error",
                "protected-condition",
                f"L'étape garde « {name} », une réponse de classe « {classe} », dans l'état du dossier. "
                "Retirez-la de « resultats » ; si une condition en dépend, placez une table de décision ou "
                "une opération entre les deux.",
            )


def _most_protected(field: Field) -> str:
    """Return the class of an answer: for a table, that of a protected column if it has one."""
    classes = (field.classe, *(column.classe for column in field.columns))
    return next((classe for classe in classes if classe != OPEN), OPEN)
