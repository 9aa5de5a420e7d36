"""The names that the expressions of a programme may read, each with what it is and where it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.catalog.fields import Field
from app.catalog.kinds import kind_of
from app.checker.diagrams.as_run import Node
from app.checker.model import Model
from app.checker.names import catalogue as names
from app.decisions.table import COLLECT
from app.engine.diagram import ours
from app.services.studio import verb_words

_CASE: Final = {
    "reference": ("Référence du dossier", "texte"),
    "priorite": ("Priorité du dossier", "texte"),
    "ouvert_le": ("Ouvert le", "date"),
    "commune": ("Commune du logement (INSEE)", "texte"),
    "statut": ("Statut d'occupation", "texte"),
    "dpe": ("Classe d'énergie", "texte"),
}
_SITE: Final = {
    "nom": ("Nom du site", "texte"),
    "commune": ("Commune du site (INSEE)", "texte"),
    "bailleur": ("Bailleur du site", "texte"),
    "logements": ("Logements du site", "nombre"),
    "zonage": ("Classement du site", "texte"),
    "phase": ("Phase du site", "texte"),
    "clos": ("Le site est clos", "oui_non"),
}
_COUNTS: Final = {"ouverts": "Manquements ouverts", "total": "Manquements en tout"}
_AGREEMENT: Final = {
    "en_cours": ("une convention est en cours", "oui_non"),
    "signee_le": ("signée le", "date"),
    "debut": ("début", "date"),
    "fin": ("fin", "date"),
}


@dataclass(frozen=True)
class Variable:
    """A dotted name. ``origin`` tells people where it comes from; ``conditions``: a flow may read it.

    ``type`` is a field's type of the forms (``nombre``, ``date``, ``oui_non``…), ``valeur`` when nobody can
    tell; ``classe`` the class of the answer it shows.
    """

    name: str
    label: str
    type: str
    origin: str
    classe: str = names.OPEN
    conditions: bool = False


def readable(model: Model) -> Iterator[Variable]:
    """Yield every name, those that conditions may read first; a name is told once."""
    known = names.catalogue(model)
    told: set[str] = set()
    for variable in (*_kept(known), *_answers(known), *_facts(known)):
        if variable.name not in told:
            told.add(variable.name)
            yield variable


def _kept(known: names.Catalogue) -> Iterator[Variable]:
    """Yield what enters process data: outcomes that steps declare, decisions, results of verbs, payloads."""
    for name in sorted(known.outcomes):
        yield _outcome(name, known)
    for root, nodes in known.variables.items():
        for node in nodes:
            yield from _written(root, node, known)


def _outcome(name: str, known: names.Catalogue) -> Variable:
    root, _, key = name.partition(".")
    form = known.forms.get(root) if key else None
    if form is None:
        holders = (names.outcome_field(name, one) for one in known.forms.values())
        field = next((item for item in holders if item is not None), None)
    else:
        field = form.field(key.partition(".")[0])
    if field is None:
        return Variable(name, name, "valeur", "Résultat d'une étape", conditions=True)
    origin = f"Résultat de « {form.title} »" if form is not None else "Résultat d'une étape"
    return Variable(name, field.label, _type(field), origin, field.classe, conditions=True)


def _written(root: str, node: Node, known: names.Catalogue) -> Iterator[Variable]:
    table = known.tables.get(root) if node.decision == root else None
    if table is not None:
        origin = f"Table « {table.name} »"
        if table.hit_policy == COLLECT:
            yield Variable(root, table.name, "liste", origin, conditions=True)
        for output in table.outputs if table.hit_policy != COLLECT else ():
            yield Variable(
                f"{root}.{output.name}", output.label or output.name, "valeur", origin, conditions=True
            )
        return
    origin = f"Étape « {node.name} »"
    verb = _verb(node) if node.result == root else None
    results = verb_words.RESULTS.get(verb or "", ())
    for name, label, kind in results:
        yield Variable(f"{root}.{name}" if name else root, label, kind, origin, conditions=True)
    if not results and root not in {name.partition(".")[0] for name in node.outcomes}:
        yield Variable(root, root, "valeur", origin, conditions=True)


def _verb(node: Node) -> str | None:
    operator = next(ours(node.xml, "serviceTaskOperator"), None)
    return operator.get("id") if operator is not None else None


def _answers(known: names.Catalogue) -> Iterator[Variable]:
    for form in known.forms.values():
        for field in form.fields:
            if kind_of(field).answered and form.id not in known.variables:
                origin = f"Formulaire « {form.title} »"
                yield Variable(f"{form.id}.{field.key}", field.label, _type(field), origin, field.classe)


def _facts(known: names.Catalogue) -> Iterator[Variable]:
    settings = known.model.settings
    for key, value in (settings.rules if settings else {}).items():
        yield Variable(
            f"{names.SETTINGS}.{key}",
            f"{key.replace('_', ' ')} ({value})",
            "valeur",
            "Réglages",
            conditions=True,
        )
    if settings is not None and settings.entry is not None:
        for key, (label, kind) in _CASE.items():
            yield Variable(f"{names.CASE}.{key}", label, kind, "Dossier")
        for relation, label in settings.relations.items():
            yield Variable(
                f"{names.CASE}.{names.ENTRUSTED}{relation}", f"Confié : {label}", "identifiant", "Dossier"
            )
        for key, (label, kind) in _SITE.items() if settings.sites is not None else ():
            yield Variable(f"{names.CASE}.{names.SITE}{key}", label, kind, "Dossier")
    for key, label in _COUNTS.items():
        yield Variable(f"{names.BREACHES}.{key}", label, "nombre", "Manquements")
    agreements = settings.first_money.agreements if settings else ()
    for agreement in agreements:
        for fact, (label, kind) in _AGREEMENT.items():
            yield Variable(
                f"{names.AGREEMENTS}.{agreement.key}.{fact}",
                f"{agreement.title} : {label}",
                kind,
                "Conventions",
            )
    yield Variable("ancre", "Date de départ du calendrier", "date", "Calendrier", conditions=True)
    yield Variable("rang", "Rang depuis cette date", "nombre", "Calendrier", conditions=True)


def _type(field: Field) -> str:
    return field.result if field.type == "calcul" else field.type
