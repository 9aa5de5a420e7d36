"""Print every document of a programme with sample facts, to look at it: one PDF each.

    python -m tools.sample_documents carene build/documents [--png]

``--png`` adds a picture of each page (needs ``pdftoppm``). Facts are made up; the answers come from
the programme's own forms, so that a changed form or template shows at once.
"""

import argparse
import random
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.catalog.answers_view import answer_rows
from app.catalog.bundle import Bundle, resolve
from app.catalog.kinds.choices import EVERY_KIND
from app.catalog.templates import substitute
from app.documents import Brand, Heading, answers_table, grid, pdf, render_html
from app.documents.front import Front, front, without_front
from app.errors import Invalid
from app.services.document_facts import told
from app.services.documents import marked

ROOT = Path(__file__).resolve().parent.parent
_DAY = "mardi 24 novembre 2026"
_RECIPIENT = ("ADIL de Loire-Atlantique", "12 place Pierre-Bourdan", "44600 Saint-Nazaire")
_SITUATION_HEADERS = ["Dossier", "Commune", "Priorité", "Ouvert le", "Étape", "Partenaires"]
_SITUATIONS = [
    ["DOS-2026-0142", "Saint-Nazaire", "P1", "3 septembre 2026", "Suivi", "ADIL en cours, CAF réalisée"],
    ["DOS-2026-0151", "Trignac", "P2", "11 septembre 2026", "Suivi", "CCAS de Trignac acceptée"],
    ["DOS-2026-0163", "Donges", "P2", "2 octobre 2026", "Visite à domicile", ""],
    ["DOS-2026-0170", "Pornichet", "P3", "14 octobre 2026", "Validation du diagnostic", ""],
]
_DECISION_HEADERS = ["Dossier", "Commune", "Décision", "Commentaire"]
_DECISIONS = [
    ["DOS-2026-0142", "Saint-Nazaire", "Poursuivre", "Attendre la réponse du bailleur, relance mi-janvier."],
    ["DOS-2026-0151", "Trignac", "Situation réglée", "Chaudière remplacée, facture rééchelonnée."],
    ["DOS-2026-0163", "Donges", "Réorienter", "Ajouter le service d'hygiène : moisissures étendues."],
    ["DOS-2026-0170", "Pornichet", "Poursuivre", "Revoir après le diagnostic."],
]
_PRESENT = [["Hélène Riou", "Pôle mal logement"], ["Claire Martin", "Travailleur social coordonnateur"]]
_ACTIONS = [["DOS-2026-0142", "Claire Martin", "Relancer le bailleur", "15 décembre 2026"]]
_RESULT_HEADERS = [
    "Commune", "Adresses", "Contactés", "Acceptées", "Refusées", "Absents", "Écartées", "Restent à voir",
    "Éligibles", "Taux",
]  # fmt: skip
_RESULTS = [
    ["Besné", "41", "n. c.", "n. c.", "n. c.", "19", "n. c.", "0", "8", "–"],
    ["Saint-Nazaire", "1\u202f420", "618", "171", "447", "702", "61", "39", "205", "28\u202f%"],
    ["Trignac", "539", "n. c.", "n. c.", "n. c.", "270", "n. c.", "16", "66", "–"],
    ["Ensemble", "2\u202f000", "881", "231", "650", "991", "73", "55", "279", "26\u202f%"],
]
_REASONS = [
    ["N'en a pas besoin", "388"],
    ["Pas le temps", "171"],
    ["Ne souhaite pas donner d'informations", "91"],
]
_TRACE = (
    "40,120 60,80 85,50 100,60 90,110 75,150 95,140 125,95 140,90 138,115 150,120 170,95 182,118 196,116;"
    "200,60 210,150;230,95 245,120 270,80 290,125 320,85 345,120 390,90 460,100"
)
_LISTS = {
    "inscrites": [{"valeur": row[0], "libelle": f"{row[0]}, {row[1]}"} for row in _SITUATIONS],
    "intervenants": [{"valeur": "coordonnateur", "libelle": "Travailleur social coordonnateur"}],
}


def main() -> None:
    """Print the documents of the programme named on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("programme")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--png", action="store_true")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    bundle = resolve(ROOT, chosen.programme)
    for name, content in sorted(bundle.files.items()):
        if name.startswith("documents/"):
            target = chosen.folder / f"{Path(name).stem}.pdf"
            target.write_bytes(sample(bundle, Path(name).stem, content.decode()))
            if chosen.png:
                command = ["pdftoppm", "-r", "80", "-png", str(target), str(target.with_suffix(""))]
                subprocess.run(command, check=True)
            print(target)


def sample(bundle: Bundle, name: str, body: str) -> bytes:
    """Return one document with sample facts."""
    said = front(body, name)
    contact = bundle.settings.contact
    letter = said.layout == "lettre"
    lines = (contact.service, contact.address, contact.telephone, contact.email)
    facts = _facts(bundle, said)
    return pdf(
        render_html(
            without_front(body),
            facts,
            title=said.title,
            layout=said.layout,  # type: ignore[arg-type]  # a template of our own
            brand=Brand(
                name=bundle.settings.name,
                address=tuple(line for line in lines if line),
            ),
            heading=Heading(
                reference=""
                if "revue" in body or "campagne." in body or said.layout == "guide"
                else "DOS-2026-0142",
                date=_DAY,
                recipient=_recipient(said, facts) if letter else (),
            ),
        )
    )


def _recipient(said: Front, facts: Mapping[str, Any]) -> tuple[str, ...]:
    lines = (substitute(line, facts, html=False).strip() for line in said.recipient)
    return tuple(dict.fromkeys(line for line in lines if line)) or _RECIPIENT


def _facts(bundle: Bundle, said: Front) -> dict[str, Any]:
    contact = bundle.settings.contact
    return {
        "territoire": {
            "nom": bundle.settings.name, "service": contact.service, "telephone": contact.telephone,
            "courriel": contact.email, "adresse": contact.address, "horaires": contact.hours,
        },
        "date": _DAY,
        "dossier": {"reference": "DOS-2026-0142", "ouvert_le": "jeudi 3 septembre 2026", "priorite": "P1"},
        "menage": {
            "civilite": "Madame", "nom": "Le Goff", "prenom": "Éléa", "nom_complet": "Madame Éléa Le Goff",
            "telephone": "02 61 91 03 27", "courriel": "", "moyen_contact": "le soir", "langue": "",
        },
        "logement": {
            "adresse": "12 rue des Embruns", "complement": "3e étage", "cp": "44600",
            "commune": "Saint-Nazaire", "statut": "locataire du parc privé", "dpe": "F", "bailleur": "",
        },
        "donneur": {"nom": "Nolwenn Rio", "structure": "CCAS de Saint-Nazaire", "origine": "CCAS"},
        "accord": {"etat": "obtenu", "date": "jeudi 3 septembre 2026"},
        "partenaire": {"nom": _RECIPIENT[0], "courriel": "adil@exemple.invalid", "telephone": ""},
        "orientation": {
            "domaine": "juridique",
            "motif": "Le logement est classé F et le bailleur n'a pas répondu à deux courriers. Informer la "
            "locataire de ses droits et l'aider à demander les travaux de mise en conformité.",
            "echeance": "mardi 15 décembre 2026",
            "accord": "oui",
        },
        "reponses": _answers(bundle, said),
        "structures": {
            key: {"nom": label, "adresse": "1 place de la Mairie, 62000 Arras", "telephone": "03 61 91 00 70",
                  "courriel": "contact@exemple.invalid"}
            for key, label in bundle.settings.relations.items()
        },
        "campagne": {
            "nom": "Hiver 2026", "dates": "du lundi 5 janvier 2026 au vendredi 27 mars 2026",
            "communes": "Besné, Saint-Nazaire, Trignac", "tournees": "",
            "criteres": "Logements d'avant 1975, chauffage au fioul ou électrique.",
            "resume": "2\u202f000 adresses, 881 ménages contactés, 231 visites acceptées, soit 26\u202f% des "
            "ménages contactés. Arrêté au mardi 31 mars 2026.",
            "par_commune": {"tableau": grid(_RESULT_HEADERS, _RESULTS)},
            "par_tournee": {"tableau": grid(["Tournée"], [])},
            "par_motif": {"tableau": grid(["Motif", "Ménages"], _REASONS)}, "refus": "3",
            "regle": "« n. c. » : non communiqué. Un effectif inférieur à 5 ménages n'est pas publié, ni "
            "ceux qui permettraient de le retrouver par différence.",
        },
        "evenement": {
            "titre": "Stand au marché", "genre": "Animation", "date": "mardi 10 mars 2026", "heure": "10 h",
            "lieu": "Place du marché", "commune": "Saint-Nazaire", "interesses": "3", "nombre": "12",
            "appreciation": "utile : 9",
            "participants": {"tableau": grid(["Structure", "Personnes"], [["Habitants", "12"]])},
        },
        "rapport": {
            "nombre": len(_SITUATIONS), "en_retard": "1",
            "situations": {"tableau": grid(_SITUATION_HEADERS, _SITUATIONS)},
        },
        "revue": {
            "nombre": len(_SITUATIONS),
            "situations": {"tableau": grid(_SITUATION_HEADERS, _SITUATIONS)},
            "decisions": {"tableau": grid(_DECISION_HEADERS, _DECISIONS)},
            "seance": "mardi 24 novembre 2026 à 14 h", "lieu": "salle du pôle", "ajoutees": "1",
            "bilan": "Poursuivre : 2, Réorienter : 1, Situation réglée : 1",
            "presents": {"tableau": grid(["Personne", "Structure"], _PRESENT)},
            "nombre_presents": str(len(_PRESENT)), "excuses": "Samir Haddad, technicien conseil",
            "actions": {"tableau": grid(["Dossier", "Qui", "Quoi", "Pour le"], _ACTIONS)},
            "nombre_actions": str(len(_ACTIONS)),
            "reportees": {"tableau": grid(["Dossier", "Commune"], [])}, "nombre_reportees": "",
        },
    }  # fmt: skip


def _drawn(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Draw a hand under each signature."""
    return {
        key: value | {"trace": _TRACE} if isinstance(value, dict) and "accord" in value else value
        for key, value in answers.items()
    }


def _answers(bundle: Bundle, said: Front) -> Mapping[str, Any]:
    made: dict[str, Any] = {}
    one = [{"valeur": "1", "libelle": "Habitat Solidaire"}]
    kinds = dict.fromkeys((*bundle.settings.partner_kinds, EVERY_KIND), one)
    for form_id, form in bundle.forms.items():
        try:
            answers = form.sample(random.Random(7), _LISTS | {"structures": kinds})  # noqa: S311  # sample facts
        except Invalid:
            continue  # a rule of this form asks for what other steps said
        rows = answer_rows(form, _drawn(answers), said.classes)
        made[form_id] = marked({row.key: told(row) for row in rows})
        made[form_id]["tableau"] = answers_table(
            (row.section, row.label, row.text, row.lines) for row in rows
        )
        made[form_id] |= {"auteur": "Yann Kerbrat, technicien conseil", "le": _DAY, "date": _DAY}
    shared = (("", label, text, ()) for label, text in (
        ("Ménage", "Madame Éléa Le Goff"), ("Téléphone", "02 61 91 03 27"),
        ("Logement", "12 rue des Embruns, 44600 Saint-Nazaire"), ("Occupation", "Locataire du parc privé"),
        ("Étiquette énergie (DPE)", "F"),
    ))  # fmt: skip
    made["partagees"] = {"tableau": answers_table(shared)}
    return made


if __name__ == "__main__":
    main()
