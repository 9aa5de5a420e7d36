"""Every name of a bundle: which exist, and what to say of one that does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from app.access import CLASSES
from app.catalog.fields import Field
from app.catalog.forms import Form
from app.catalog.kinds import kind_of
from app.checker import inventory
from app.checker.diagrams.as_run import Node, Scope, scopes
from app.checker.model import Model
from app.decisions import DecisionTable
from app.decisions.table import COLLECT

SETTINGS, CASE = "reglages", "dossier"
CASE_FACTS: Final = (
    "reference", "priorite", "ouvert_le", "commune", "statut", "dpe", "confie", "site", "ecartes",
)  # fmt: skip
"""What expressions read of the case; identities are not among them (``services.views.case_facts``)."""
ENTRUSTED: Final = "confie."
"""Before the relation in which a case is entrusted to a structure (``dossier.confie.operateur``)."""
SITE: Final = "site."
"""Before a fact of the site a case belongs to (``dossier.site.zonage``)."""
SITE_FACTS: Final = ("id", "cle", "nom", "commune", "bailleur", "logements", "zonage", "phase", "clos")
"""Those facts (``services.site_facts``)."""
CALENDAR: Final = frozenset({"ancre", "rang"})
"""What a process started by the calendar begins with (``services.starting``)."""
BREACHES: Final = "manquements"
BREACH_COUNTS: Final = ("ouverts", "total")
"""What was not kept in the case, counted (``services.views``)."""
AGREEMENTS: Final = "conventions"
AGREEMENT_FACTS: Final = ("en_cours", "signee_le", "debut", "fin")
"""What expressions read of an agreement, by its key (``services.agreement_facts``)."""
TERRITORY: Final = "territoire"
TERRITORY_COUNTS: Final = ("termines", "en_cours")
"""The territory's own processes that have ended, that are under way, counted by id (``services.views``)."""
FINDING: Final = "constat"
FINDING_FACTS: Final = (
    "id", "genre", "nom", "mots", "titre", "couloir", "debut", "fin", "attendu", "trouve", "periodes",
)  # fmt: skip
"""What a process that answers a breach begins with (``services.breach_words``)."""
GIVEN: Final = "depart"
"""What a process started by another begins with (``services.launching``)."""
OPEN: Final = CLASSES[0]
"""The only class that conditions and process data may hold in clear."""
MOST: Final = 200
"""Names among which the nearest is looked for: it takes time, and nobody has more."""
_ADDRESS: Final = ("voie", "complement", "commune", "insee", "cp")
_SCALARS: Final = frozenset(
    {
        "texte",
        "texte_long",
        "courriel",
        "telephone",
        "choix",
        "nombre",
        "montant",
        "date",
        "oui_non",
        "partenaire",
    }
)
_LISTS: Final = frozenset({"cases", "tableau"})

_NO_NAME: Final = "Corrigez ce nom, ou faites-le donner par une étape."
_NO_WORD: Final = "Si c'est un texte, mettez-le entre guillemets ; sinon, corrigez ce nom."
_NO_FIELD: Final = "Ajoutez ce champ au formulaire, ou corrigez le nom."

Fault = tuple[str, str]
"""A code and its sentence."""


@dataclass(frozen=True)
class Catalogue:
    """Every name of a bundle.

    ``opaque`` are the forms whose file cannot be read: their fields are unknown. ``variables`` gives, by
    first name, the steps that write it into process data, answers of forms aside; ``outcomes`` the dotted
    names that steps of people declare. ``complete``: every diagram could be read.
    """

    model: Model
    scopes: tuple[Scope, ...]
    forms: Mapping[str, Form]
    opaque: frozenset[str]
    tables: Mapping[str, DecisionTable]
    variables: Mapping[str, tuple[Node, ...]]
    outcomes: frozenset[str]
    complete: bool
    _told: dict[str, Fault | None] = field(default_factory=dict, repr=False, compare=False)

    def unknown(self, name: str) -> Fault | None:
        """Return what is wrong with a dotted name that an expression reads, None when it exists."""
        if name not in self._told:
            self._told[name] = self._judged(name)
        return self._told[name]

    def _judged(self, name: str) -> Fault | None:
        root, _, rest = name.partition(".")
        fault: Fault | None = None
        if root in self.variables:
            fault = self._unknown_output(root, rest)
        elif root in self.forms:
            fault = self._unknown_field(self.forms[root], rest)
        elif root == SETTINGS:
            fault = self._unknown_setting(rest)
        elif root == CASE:
            fault = self._unknown_fact(rest)
        elif root == BREACHES:
            fault = _among(f"{BREACHES}.", rest, BREACH_COUNTS, "Les manquements se comptent en")
        elif root == AGREEMENTS:
            key, _, fact = rest.partition(".")
            fault = _among(f"{AGREEMENTS}.{key}.", fact, AGREEMENT_FACTS, "D'une convention on lit")
        elif root == TERRITORY:
            fault = self._unknown_count(rest)
        elif root == FINDING:
            fault = _among(f"{FINDING}.", rest, FINDING_FACTS, "Un constat dit")
        elif root not in CALENDAR | {GIVEN} | self.opaque | inventory.decisions(self.model) and self.complete:
            known = [*self.forms, *self.opaque, *self.variables, *self.tables, SETTINGS, CASE]
            fault = (
                "unknown-name",
                (
                    f"« {name} » : aucun formulaire, aucune décision ni aucun résultat d'étape ne s'appelle "
                    f"« {root} ». {perhaps(root, known) or (_NO_NAME if rest else _NO_WORD)}"
                ),
            )
        return fault

    def _unknown_count(self, rest: str) -> Fault | None:
        word, _, process = rest.partition(".")
        known = sorted(inventory.processes(self.model))
        if not self.complete or word not in TERRITORY_COUNTS or not process or process in known:
            return _among(
                f"{TERRITORY}.", rest, TERRITORY_COUNTS, "Les processus du territoire se comptent en"
            )
        return "unknown-process", (
            f"« {TERRITORY}.{rest} » compte le processus « {process} », qui n'existe pas. "
            f"{perhaps(process, known) or 'Dessinez ce processus, ou corrigez le nom.'}"
        )

    def is_answer(self, root: str) -> bool:
        """Whether a first name is that of a form, hidden by no variable."""
        return root in self.forms and root not in self.variables

    def _unknown_field(self, form: Form, rest: str) -> Fault | None:
        key, _, deeper = rest.partition(".")
        if not key:
            return None
        field = form.field(key)
        if field is None or not kind_of(field).answered:
            keys = [item.key for item in form.fields if kind_of(item).answered]
            return "unknown-field", (
                f"Le formulaire « {form.id} » ne pose pas la question « {key} ». "
                f"{perhaps(key, keys) or _NO_FIELD}"
            )
        return _unknown_part(f"{form.id}.{key}", field, deeper)

    def _unknown_setting(self, rest: str) -> Fault | None:
        settings = self.model.settings
        key = rest.partition(".")[0]
        if settings is None or not key or key in settings.rules:
            return None
        hint = perhaps(key, list(settings.rules)) or "Ajoutez-le dans [reglages], ou corrigez le nom."
        return "unknown-setting", f"Le réglage « {key} » n'existe pas dans territoire.toml. {hint}"

    def _unknown_fact(self, rest: str) -> Fault | None:
        """A territory that names its relations has no other."""
        if rest.startswith(SITE):
            return _among(f"{CASE}.{SITE}", rest.removeprefix(SITE), SITE_FACTS, "D'un site on lit")
        if not rest.startswith(ENTRUSTED):
            return _among(f"{CASE}.", rest, CASE_FACTS, "Les faits du dossier sont")
        relation = rest.removeprefix(ENTRUSTED)
        known = self.model.settings.relations if self.model.settings is not None else {}
        if not known or relation in known:
            return None
        hint = perhaps(relation, list(known)) or "Ajoutez-la dans [relations], ou corrigez le nom."
        return "unknown-name", f"La relation « {relation} » n'existe pas dans territoire.toml. {hint}"

    def _unknown_output(self, root: str, rest: str) -> Fault | None:
        """Only a table says what its result holds; a verb or a message may bring anything."""
        table, key = self.tables.get(root), rest.partition(".")[0]
        if table is None or not key or any(node.decision != root for node in self.variables[root]):
            return None
        if table.hit_policy == COLLECT:
            return "unknown-field", (
                f"La table « {root} » rend une liste : « {root}.{key} » n'existe pas. "
                f"Comptez ses lignes avec len({root}), ou lisez-en une avec {root}[0].{key}."
            )
        keys = [output.name for output in table.outputs]
        if key in keys:
            return None
        hint = perhaps(key, keys) or "Ajoutez ce résultat à la table, ou corrigez le nom."
        return "unknown-field", f"La table « {root} » ne donne pas « {key} ». {hint}"

    def field(self, name: str) -> Field | None:
        """Return the field that a dotted name reads, None when it is no answer."""
        root, _, rest = name.partition(".")
        form = self.forms.get(root)
        return form.field(rest.partition(".")[0]) if form is not None and rest else None


def catalogue(model: Model) -> Catalogue:
    """Gather every name of the files being judged."""
    found = tuple(scope for path, root in model.roots.items() for scope in scopes(path, root))
    forms = {key: form for key, (_, form) in model.forms.items()}
    variables: dict[str, list[Node]] = {}
    outcomes: set[str] = set()
    for node in (node for scope in found for node in scope.nodes.values()):
        outcomes.update(node.outcomes)
        kept = [name for name in node.outcomes if "." not in name or name.partition(".")[0] not in forms]
        for root in {name.partition(".")[0] for name in (*kept, *node.variables)}:
            variables.setdefault(root, []).append(node)
    diagrams = [path for path in model.files.keys() | model.broken if path.endswith(".bpmn")]
    return Catalogue(
        model=model,
        scopes=found,
        forms=forms,
        opaque=inventory.forms(model) - forms.keys(),
        tables={key: table for key, (_, table) in model.tables.items()},
        variables={root: tuple(nodes) for root, nodes in variables.items()},
        outcomes=frozenset(outcomes),
        complete=all(path in model.roots for path in diagrams),
    )


def outcome_field(name: str, form: Form) -> Field | None:
    """Return the field whose answer a step keeps under a declared name, as the engine looks for it."""
    root, _, key = name.partition(".")
    if not key:
        return form.field(root)
    group = form.field(root)
    if group is not None and group.type == "adresse":
        return group
    return form.field(key)


def _unknown_part(name: str, field: Field, deeper: str) -> Fault | None:
    """Say what is wrong with what follows an answer: only some answers have parts."""
    part = deeper.partition(".")[0]
    if not part:
        return None
    if field.type == "adresse":
        return _among(f"{name}.", part, _ADDRESS, "Une adresse se compose de")
    if field.type in _SCALARS:
        return "unknown-field", (
            f"« {name} » est une seule réponse : « {name}.{part} » n'existe pas. Retirez « .{part} »."
        )
    if field.type in _LISTS:
        return "unknown-field", (
            f"« {name} » est une liste : « {name}.{part} » n'existe pas. "
            f"Confiez la liste entière à une opération, ou lisez-en une ligne : {name}[0].{part}."
        )
    return None


def _among(prefix: str, rest: str, known: Sequence[str], words: str) -> Fault | None:
    key = rest.partition(".")[0]
    if not key or key in known:
        return None
    return "unknown-field", f"« {prefix}{key} » n'existe pas. {words} : {', '.join(known)}."


def perhaps(name: str, known: Sequence[str]) -> str:
    """Return the sentence that proposes the known name nearest to ``name``; empty when none is near."""
    close = get_close_matches(name, known, 1, 0.75) if len(known) <= MOST else []
    return f"Écrivez « {close[0]} » si c'est lui." if close else ""
