"""What messages and documents may name between braces, and what is said of a field that stays empty."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any, Final

from app.catalog.forms import Form
from app.catalog.kinds import kind_of
from app.catalog.templates import check_template
from app.checker import inventory
from app.checker.model import Model
from app.checker.problem import Problem
from app.checker.references import invitations
from app.checker.references.meetings import reports
from app.engine.diagram import ours
from app.errors import BundleFault

MESSAGE: Final = frozenset(
    {
        "territoire.nom", "territoire.telephone", "territoire.service", "territoire.courriel",
        "dossier.reference", "dossier.lien", "suivi", "orientation.domaine", "orientation.partenaire",
        "partenaire.nom", "destinataire.nom",
    }
)  # fmt: skip
"""Fields of every message (``services.mail``)."""
NETWORK: Final = frozenset(
    {
        "evenement.titre", "evenement.date", "evenement.heure", "evenement.lieu", "evenement.commune",
        "inscription.adresse", "inscription.jusqu_au", "inscription.places", "inscription.groupe",
        "inscription.lien", "decision.titre", "decision.jusqu_au", "decision.resultat", "decision.suite",
        "decision.lien", "publication.titre", "publication.adresse",
    }
)  # fmt: skip
"""Fields of the messages of a network: of its events, registrations and decisions (``network_words``)."""
DEADLINE: Final = frozenset({"tache.nom", "tache.echeance", "tache.lien", "tache.retards"})
"""Fields of the messages that deadlines send, beside those of every message."""
FREQUENCY: Final = frozenset(
    {
        "frequence.nom", "frequence.regle", "frequence.manque", "frequence.avant", "frequence.trouve",
        "frequence.attendu", "frequence.titre", "frequence.ou",
    }
)  # fmt: skip
"""Fields of the message that warns of a frequency about to be missed (``services.breach_words``)."""
SITTING: Final = frozenset({"seance.nom", "seance.le", "seance.lieu", "seance.motif"})
"""Fields of the message that tells of a meeting put off (``services.meeting_plan``)."""
LINK: Final = "lien"
"""Field of the messages that an operation sends by itself, which holds a personal link."""
ANSWER: Final = "reponse"
"""Field of the messages that invite a household to answer a step itself (« invitation »)."""
DOCUMENT: Final = frozenset(
    {
        "territoire.nom", "territoire.service", "territoire.telephone", "territoire.courriel",
        "territoire.adresse", "territoire.horaires", "date",
        "dossier.reference", "dossier.ouvert_le", "dossier.priorite", "dossier.motif_cloture",
        "menage.civilite", "menage.prenom", "menage.nom", "menage.nom_complet", "menage.telephone",
        "menage.courriel", "menage.moyen_contact", "menage.langue",
        "logement.adresse", "logement.complement", "logement.cp", "logement.commune", "logement.statut",
        "logement.dpe", "logement.bailleur", "donneur.nom", "donneur.structure", "donneur.origine",
        "partenaire.nom", "partenaire.courriel", "partenaire.telephone",
        "orientation.motif", "orientation.domaine", "orientation.echeance", "orientation.accord",
        "revue.nombre", "revue.date", "revue.seance", "revue.lieu", "revue.ajoutees", "revue.bilan",
        "revue.situations.tableau", "revue.decisions.tableau", "revue.presents.tableau",
        "revue.nombre_presents", "revue.excuses", "revue.actions.tableau", "revue.nombre_actions",
        "revue.reportees.tableau", "revue.nombre_reportees", "revue.suites.tableau",
        "evenement.titre", "evenement.genre", "evenement.date", "evenement.heure", "evenement.lieu",
        "evenement.commune", "evenement.programme", "evenement.gestes", "evenement.interesses",
        "evenement.appreciation", "evenement.nombre", "evenement.nombre_structures",
        "evenement.structures.tableau", "evenement.participants.tableau",
        "rapport.nombre", "rapport.en_retard", "rapport.situations.tableau",
        "campagne.nom", "campagne.criteres", "campagne.dates", "campagne.communes", "campagne.resume",
        "campagne.par_commune.tableau", "campagne.tournees", "campagne.par_tournee.tableau", "campagne.refus",
        "campagne.par_motif.tableau", "campagne.regle",
        "consommations.gain", "consommations.energie", "consommations.eau", "consommations.courbes",
        "consommations.tableau", "consommations.raisons",
    }
)  # fmt: skip
"""Fields of every document (``services.document_facts``), beside the answers and the agreement."""
ANSWERS: Final = "reponses"
OF_FORM: Final = frozenset({"tableau", "auteur", "le"})
"""What a document may say of a whole form: all its answers, who gave them and when."""
SHARED: Final = "reponses.partagees.tableau"
"""The answers ticked for a partner, in a letter."""
STRUCTURE_FACTS: Final = ("nom", "adresse", "telephone", "courriel")
"""What is said of a structure that holds the case, under its relation (``structures.operateur.nom``)."""
PLAIN: Final = "notifier"
"""The operation that sends a message as it is (``handlers.letters``)."""
_AGREEMENT: Final = "accord"
MOST: Final = 20
"""Fields told of one template: nobody reads more, and looking for the nearest name takes time."""


def problems(model: Model) -> Iterator[Problem]:
    """Yield the fields of templates that nothing ever fills in."""
    for path, data in model.files.items():
        folder = path.partition("/")[0]
        if folder not in {"messages", "documents"}:
            continue
        told = 0
        of_messages = _message(model, path) | _structures(model) if folder == "messages" else frozenset()
        for name in _asked(path, data):
            filled = of_messages if folder == "messages" else _document(model, name)
            if filled is not None and name not in filled and told < MOST:
                told += 1
                yield Problem(path, name, "error", "unknown-template-field", _sentence(name, filled))


def offered(model: Model, path: str) -> frozenset[str]:
    """Return every field that the template ``path`` may name, for whoever writes it."""
    if path.startswith("messages/"):
        return _message(model, path) | _structures(model)
    forms = {key: form for key, (_, form) in model.forms.items()}
    answers = {f"{ANSWERS}.{form}.{fact}" for form in forms for fact in OF_FORM}
    answers |= {
        f"{ANSWERS}.{form.id}.{field.key}"
        for form in forms.values()
        for field in form.fields
        if kind_of(field).answered and field.shown
    }
    fed = {field.feeds for form in forms.values() for field in form.fields if field.feeds}
    agreement = {feeds for feeds in fed if feeds.startswith(f"{_AGREEMENT}.")}
    return DOCUMENT | _structures(model) | agreement | answers | {SHARED}


def _asked(path: str, data: bytes) -> list[str]:
    """Return the fields of a template; one that cannot be read is told of elsewhere."""
    try:
        return sorted(check_template(data.decode("utf-8"), file=path))
    except (BundleFault, UnicodeDecodeError):
        return []


def _message(model: Model, path: str) -> frozenset[str]:
    """What only deadlines or operations fill in is left out of a message that a diagram sends."""
    network = model.settings is not None and model.settings.network.events
    return _of_any(model, path) | (NETWORK if network else frozenset())


def _of_any(model: Model, path: str) -> frozenset[str]:
    """What a message may name wherever it is sent."""
    name = PurePosixPath(path).stem
    by_deadline = False
    if model.settings is not None:
        by_deadline = name in {model.settings.messages.reminder, model.settings.messages.escalation}
        if name == model.settings.messages.warning:
            return MESSAGE | FREQUENCY
    if name in reports(model):
        return MESSAGE | SITTING
    if name in invitations.named(model):
        return MESSAGE | {ANSWER}
    by_diagram = model.whole and name in _sent(model)
    if by_deadline:
        return MESSAGE | DEADLINE
    return MESSAGE if by_diagram else MESSAGE | DEADLINE | FREQUENCY | SITTING | {LINK, ANSWER}


def _structures(model: Model) -> frozenset[str]:
    """Return what may be said of the structures that hold the case (``services.structures.facts_of``)."""
    relations = model.settings.relations if model.settings is not None else ()
    return frozenset(f"structures.{relation}.{fact}" for relation in relations for fact in STRUCTURE_FACTS)


def _sent(model: Model) -> set[str]:
    """Return the messages that a diagram sends by the plain operation, which knows no personal link."""
    found: set[str] = set()
    for root in model.roots.values():
        for operator in ours(root, "serviceTaskOperator"):
            if operator.get("id") != PLAIN:
                continue
            found |= {_word(item) for item in ours(operator, "parameter") if item.get("id") == "message"}
    return found


def _word(parameter: Any) -> str:
    return (parameter.get("value") or "").strip().strip("\"'")


def _document(model: Model, name: str) -> frozenset[str] | None:
    """Return the fields that a document may name where ``name`` stands; None when nobody can tell."""
    room, _, rest = name.partition(".")
    forms: Mapping[str, Form] = {key: form for key, (_, form) in model.forms.items()}
    if room not in {ANSWERS, _AGREEMENT}:
        return DOCUMENT | _structures(model)
    unread = not inventory.forms(model) <= forms.keys()
    if not model.whole or (room == _AGREEMENT and unread):
        return None
    if room == _AGREEMENT:
        fed = {field.feeds for form in forms.values() for field in form.fields if field.feeds}
        return frozenset(feeds for feeds in fed if feeds.startswith(f"{_AGREEMENT}."))
    form = forms.get(rest.partition(".")[0])
    if form is None:
        return None if unread else frozenset(f"{ANSWERS}.{key}.tableau" for key in forms) | {SHARED}
    keys = {field.key for field in form.fields if kind_of(field).answered and field.shown}
    return frozenset(f"{ANSWERS}.{form.id}.{key}" for key in keys | OF_FORM)


def _sentence(name: str, filled: frozenset[str]) -> str:
    above, _, last = name.rpartition(".")
    here = (field for field in sorted(filled) if field.rpartition(".")[0] == above)
    beside = {field.rpartition(".")[2]: field for field in here}
    close = [beside[key] for key in get_close_matches(last, list(beside), 1, 0.7)]
    close = close or get_close_matches(name, sorted(filled), 1, 0.85)
    if close:
        hint = f"Écrivez « {close[0]} » si c'est lui, ou retirez ce champ."
    elif beside and above:
        hint = f"Choisissez parmi {', '.join(list(beside.values())[:12])}, ou retirez ce champ."
    else:
        hint = f"Les groupes permis ici : {', '.join(sorted({field.partition('.')[0] for field in filled}))}."
    return f"« {{{{ {name} }}}} » resterait toujours vide : rien ne le remplit. {hint}"
