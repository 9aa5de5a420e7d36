"""Names that nothing gives: in diagrams, tables and forms."""

import re
from collections.abc import Iterator
from typing import Final

from app.catalog.kinds import kind_of
from app.catalog.kinds.tables import ITEM
from app.checker.diagrams.as_run import Node, Scope
from app.checker.model import Model
from app.checker.names.catalogue import Catalogue, Fault, catalogue, outcome_field, perhaps
from app.checker.names.in_forms import FormRead, form_reads
from app.checker.names.in_tables import table_reads
from app.checker.names.occurrences import occurrences
from app.checker.problem import Problem
from app.decisions.cells import INPUT

OUTCOME: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)?")
"""What the engine takes for the name of a datum; anything else is refused elsewhere."""


def problems(model: Model) -> Iterator[Problem]:
    """Yield the names that nothing gives: in diagrams, tables and forms."""
    if not model.whole:
        return
    known = catalogue(model)
    for scope in known.scopes:
        yield from _of_diagram(scope, known)
        for node in scope.nodes.values():
            yield from _of_outcomes(scope, node, known)
    for path, element, text in table_reads(model):
        yield from _of_text(path, element, text, known, frozenset({INPUT}))
    for read in form_reads(model):
        if fault := _of_form(read, known):
            yield Problem(read.path, read.element, "error", *fault)


def _of_diagram(scope: Scope, known: Catalogue) -> Iterator[Problem]:
    for place in scope.places():
        yield from _of_text(scope.path, place.element, place.text, known, place.extra)


def _of_text(
    path: str, element: str, text: str, known: Catalogue, extra: frozenset[str] = frozenset()
) -> Iterator[Problem]:
    for name in dict.fromkeys(item.name for item in occurrences(text) if item.root not in extra):
        if fault := known.unknown(name):
            yield Problem(path, element, "error", *fault)


def _of_outcomes(scope: Scope, node: Node, known: Catalogue) -> Iterator[Problem]:
    """A declared outcome is an answer of the step's own form."""
    form = known.forms.get(node.form or "")
    if form is None:
        return
    for name in node.outcomes:
        if OUTCOME.fullmatch(name) and outcome_field(name, form) is None:
            key = name.rpartition(".")[2]
            keys = [item.key for item in form.fields if kind_of(item).answered]
            hint = perhaps(key, keys) or "Ajoutez ce champ au formulaire, ou corrigez « resultats »."
            yield Problem(
                scope.path,
                node.id,
                "error",
                "unknown-field",
                f"Cette étape déclare le résultat « {name} », que son formulaire « {form.id} » ne demande "
                f"pas. {hint}",
            )


def _of_form(read: FormRead, known: Catalogue) -> Fault | None:
    if read.root == ITEM:
        return _of_row(read, known)
    if read.answer and read.root not in known.forms and read.root not in known.opaque:
        return "unknown-name", (
            f"« reprise_de » reprend la réponse d'un formulaire, et « {read.root} » n'en est pas un. "
            f"{perhaps(read.root, list(known.forms)) or 'Écrivez « formulaire.champ ».'}"
        )
    fault = known.unknown(read.name)
    if fault is None and read.answer and read.name.count(".") > 1:
        whole = ".".join(read.name.split(".")[:2])
        return "unknown-field", f"« reprise_de » reprend une réponse entière : écrivez « {whole} »."
    return fault


def _of_row(read: FormRead, known: Catalogue) -> Fault | None:
    """What ``ligne`` holds is known when the rows are those of another form's table."""
    key = read.name.partition(".")[2].partition(".")[0]
    if read.table is None or not key:
        return None
    if read.table.rows_from is None:
        return "unknown-field", (
            f"« ligne.{key} » est vide : les lignes de « {read.table.key} » ne viennent d'aucune liste. "
            "Ajoutez « lignes_de » au tableau, ou retirez ce nom."
        )
    source = known.field(read.table.rows_from)
    if source is None or source.type != "tableau" or read.table.rows_from.count(".") != 1:
        return None
    keys = [column.key for column in source.columns]
    if key in keys:
        return None
    return "unknown-field", (
        f"« ligne.{key} » n'existe pas : les lignes viennent de « {read.table.rows_from} », "
        f"dont les colonnes sont {', '.join(keys)}."
    )
