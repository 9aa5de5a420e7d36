"""An invented case, to see what a message or a document would say: no household stands behind it."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from app import clock
from app.catalog.answers_view import answer_rows
from app.catalog.bundle import Bundle
from app.catalog.kinds.choices import EVERY_KIND
from app.catalog.words import day
from app.documents import answers_table, grid
from app.documents.front import Front
from app.errors import Invalid
from app.services import meter_papers
from app.services.document_facts import told
from app.services.documents import marked

_WHO: Final = {
    "civilite": "Madame", "nom": "Exemple", "prenom": "Élise", "nom_complet": "Madame Élise Exemple",
    "telephone": "06 00 00 00 00", "courriel": "elise.exemple@exemple.invalid",
    "moyen_contact": "le soir, par téléphone", "langue": "",
}  # fmt: skip
_TRACE: Final = (
    "40,120 60,80 85,50 100,60 90,110 75,150 95,140 125,95 140,90 138,115 150,120 170,95 182,118 196,116;"
    "200,60 210,150;230,95 245,120 270,80 290,125 320,85 345,120 390,90 460,100"
)
_LINK: Final = "https://relais.exemple.invalid"
_SEED: Final = 7


def of_document(bundle: Bundle, said: Front) -> dict[str, Any]:
    """Return the facts of a document of an invented case, answers of the document's classes included."""
    return {
        **_common(bundle),
        "date": day(clock.today()),
        "menage": _WHO,
        "logement": _home(bundle),
        "donneur": {"nom": "Nadia Modèle", "structure": "Structure d'exemple", "origine": "Partenaire"},
        "accord": {"etat": "obtenu", "date": _on(-20)},
        "reponses": _answers(bundle, said),
        "structures": {key: _structure(bundle) for key in bundle.settings.relations},
        "revue": _meeting(bundle),
        "evenement": _event(bundle),
        "rapport": {
            "nombre": "3",
            "en_retard": "1",
            "situations": _table(("Dossier", "Commune", "Étape"), _situations(bundle)),
        },
        "campagne": _campaign(bundle),
        "consommations": _consumption(),
    }


def of_message(bundle: Bundle) -> dict[str, Any]:
    """Return the facts of a message about an invented case; every kind of message finds its own there."""
    step = "Étape d'exemple"
    return {
        **_common(bundle),
        "suivi": f"{_LINK}/suivi",
        "lien": f"{_LINK}/o/exemple",
        "reponse": f"{_LINK}/r/exemple",
        "destinataire": {"nom": "Nadia Modèle"},
        "structures": {key: _structure(bundle) for key in bundle.settings.relations},
        "tache": {
            "nom": step, "echeance": _on(5), "lien": f"{_LINK}/taches/exemple", "retards": f"{_LINK}/retards",
        },
        "frequence": {
            "nom": step, "regle": "deux fois par mois", "manque": "une visite", "avant": _on(6),
            "trouve": "1", "attendu": "2", "titre": "Une visite manque", "ou": "Dossier DOS-2026-0001",
        },
        "seance": {
            "nom": "Réunion d'exemple", "le": _on(14), "lieu": "Salle d'exemple", "motif": "Jour férié",
        },
    }  # fmt: skip


def _common(bundle: Bundle) -> dict[str, Any]:
    contact = bundle.settings.contact
    return {
        "territoire": {
            "nom": bundle.settings.name, "service": contact.service, "telephone": contact.telephone,
            "courriel": contact.email, "adresse": contact.address, "horaires": contact.hours,
        },
        "dossier": {
            "reference": "DOS-2026-0001", "ouvert_le": _on(-30), "priorite": "1", "motif_cloture": "",
            "lien": f"{_LINK}/dossiers/exemple",
        },
        "orientation": {
            "domaine": "accès aux droits", "partenaire": _structure(bundle)["nom"], "echeance": _on(30),
            "motif": "Ce que le partenaire est prié de faire, en une ou deux phrases.", "accord": "oui",
        },
        "partenaire": _structure(bundle),
    }  # fmt: skip


def _on(days: int) -> str:
    return day(clock.today() + timedelta(days=days))


def _commune(bundle: Bundle, place: int = 0) -> str:
    communes = bundle.settings.communes
    return communes[place % len(communes)].name if communes else "Commune d'exemple"


def _home(bundle: Bundle) -> dict[str, str]:
    return {
        "adresse": "12 rue de l'Exemple", "complement": "3e étage", "cp": "00000",
        "commune": _commune(bundle), "statut": "locataire", "dpe": "F", "bailleur": "",
    }  # fmt: skip


def _structure(bundle: Bundle) -> dict[str, str]:
    return {
        "nom": "Structure d'exemple", "adresse": f"1 place de la Mairie, {_commune(bundle)}",
        "telephone": "01 00 00 00 00", "courriel": "contact@exemple.invalid",
    }  # fmt: skip


def _situations(bundle: Bundle) -> list[list[str]]:
    steps = ("Visite à organiser", "Suivi en cours", "Réponse attendue")
    return [[f"DOS-2026-000{place + 1}", _commune(bundle, place), step] for place, step in enumerate(steps)]


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {"tableau": grid(list(headers), rows)}


def _meeting(bundle: Bundle) -> dict[str, Any]:
    situations = _table(("Dossier", "Commune", "Étape"), _situations(bundle))
    todo = ["DOS-2026-0001", "Nadia Modèle", "Rappeler le ménage", _on(20)]
    decided = [
        [row[0], row[1], word]
        for row, word in zip(_situations(bundle), ("Poursuivre", "Réglée", "Revoir"), strict=True)
    ]
    return {
        "nombre": "3", "date": _on(14), "seance": f"{_on(14)} à 14 h", "lieu": "Salle d'exemple",
        "ajoutees": "1", "bilan": "Poursuivre : 1, Réglée : 1, Revoir : 1", "situations": situations,
        "decisions": _table(("Dossier", "Commune", "Décision"), decided),
        "presents": _table(("Personne", "Structure"), [["Nadia Modèle", "Structure d'exemple"]]),
        "nombre_presents": "1", "excuses": "",
        "actions": _table(("Dossier", "Qui", "Quoi", "Pour le"), [todo]),
        "nombre_actions": "1", "reportees": _table(("Dossier", "Commune"), []), "nombre_reportees": "",
        "suites": situations,
    }  # fmt: skip


def _event(bundle: Bundle) -> dict[str, Any]:
    return {
        "titre": "Événement d'exemple", "genre": "Animation", "date": _on(10), "heure": "10 h",
        "lieu": "Place du marché", "commune": _commune(bundle), "interesses": "3", "nombre": "12",
        "appreciation": "utile : 9", "programme": "Accueil, gestes, questions.", "gestes": "Chauffage",
        "nombre_structures": "1", "structures": _table(("Structure", "Personnes"), [["CCAS d'exemple", "4"]]),
        "participants": _table(("Structure", "Personnes"), [["Habitants", "12"]]),
    }  # fmt: skip


def _consumption() -> dict[str, Any]:
    points = [[f"{month:02}/26", str(200 - 20 * month), str(220 - 20 * month)] for month in range(1, 7)]
    rows = [["Gaz", label, f"{used} kWh", f"{expected} kWh", "2 €"] for label, used, expected in points]
    return {
        "gain": "12 €", "energie": "120 kWh", "eau": "0 m³", "raisons": "",
        "courbes": meter_papers.drawn([{"libelle": "Gaz", "unite": "kWh", "points": points}]),
        "tableau": grid(("Fluide", "Mois", "Consommé", "Attendu", "Gain"), rows),
    }  # fmt: skip


def _campaign(bundle: Bundle) -> dict[str, Any]:
    rows = [[_commune(bundle, place), str(40 * (place + 1)), str(7 * (place + 1))] for place in range(2)]
    return {
        "nom": "Campagne d'exemple", "dates": f"du {_on(-60)} au {_on(-5)}", "communes": _commune(bundle),
        "tournees": "", "criteres": "Logements d'avant 1975.", "refus": "3",
        "resume": "120 adresses, 21 visites acceptées.", "regle": "« n. c. » : non communiqué.",
        "par_commune": _table(("Commune", "Adresses", "Acceptées"), rows),
        "par_tournee": _table(("Tournée", "Adresses"), [["1", "60"], ["2", "60"]]),
        "par_motif": _table(("Motif", "Ménages"), [["Pas le temps", "12"]]),
    }  # fmt: skip


def _answers(bundle: Bundle, said: Front) -> Mapping[str, Any]:
    """Return an answer to each form, as its generator invents it; one that cannot be invented stays out."""
    one = [{"valeur": "1", "libelle": "Structure d'exemple"}]
    lists: dict[str, Any] = {
        "structures": dict.fromkeys((*bundle.settings.partner_kinds, EVERY_KIND), one),
        "inscrites": [{"valeur": row[0], "libelle": f"{row[0]}, {row[1]}"} for row in _situations(bundle)],
        "intervenants": [
            {"valeur": key, "libelle": lane.label} for key, lane in bundle.settings.lanes.items()
        ],
    }
    made: dict[str, Any] = {}
    for form_id, form in bundle.forms.items():
        try:
            answers = form.sample(random.Random(_SEED), lists)  # noqa: S311  # invented facts, no secret
        except Invalid:
            continue
        rows = answer_rows(form, _signed(answers), said.classes)
        made[form_id] = marked({row.key: told(row) for row in rows})
        made[form_id]["tableau"] = answers_table(
            (row.section, row.label, row.text, row.lines) for row in rows
        )
        made[form_id] |= {"auteur": "Nadia Modèle", "le": _on(-10), "date": _on(-10)}
    shared = (("", "Ménage", _WHO["nom_complet"], ()), ("", "Téléphone", _WHO["telephone"], ()))
    made["partagees"] = {"tableau": answers_table(shared)}
    return made


def _signed(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Draw a hand under each signature."""
    return {
        key: value | {"trace": _TRACE} if isinstance(value, dict) and "accord" in value else value
        for key, value in answers.items()
    }
