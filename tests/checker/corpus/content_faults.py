"""Faults that settings, forms and templates have by themselves."""

from tests.checker.corpus.build import SETTINGS, Fault, edit, fault

CALL, ALERT, VISITED = "forms/appel.json", "forms/signalement.json", "forms/visite.json"
FOLLOW_UP = "forms/relance.json"
QUESTION = '{"cle": "suite", "type": "texte", "libelle": "Ce qui est décidé", "obligatoire": true}'


def _asked(field: str) -> str:
    return f"{QUESTION}, {field}"


SETTINGS_FAULTS: tuple[Fault, ...] = (
    fault(
        "an unknown key in the settings",
        "bad-settings",
        SETTINGS,
        "prestation",
        edit(SETTINGS, "[prestations]", "[prestation]"),
    ),
    fault(
        "a lane that names no known role",
        "bad-settings",
        SETTINGS,
        "couloirs.terrain.roles",
        edit(SETTINGS, 'roles = ["technique"]', 'roles = ["technicien"]'),
    ),
    fault(
        "a lane without a role",
        "bad-settings",
        SETTINGS,
        "couloirs.terrain",
        edit(SETTINGS, 'roles = ["technique"]', "roles = []"),
        mended=edit(SETTINGS, 'roles = ["technique"]', 'externe = true\nroles = ["technique"]'),
    ),
    fault(
        "an unknown right",
        "bad-settings",
        SETTINGS,
        "roles.technique.droits",
        edit(SETTINGS, '["dossiers.voir", "taches.traiter"]', '["dossiers.voir", "taches.tout"]'),
    ),
    fault(
        "an unknown class",
        "bad-settings",
        SETTINGS,
        "partenaires.adil.recoit",
        edit(SETTINGS, 'recoit = ["technique"]', 'recoit = ["medical"]'),
    ),
    fault(
        "an anchor between quotes",
        "bad-settings",
        SETTINGS,
        "calendrier[1].ancre",
        edit(SETTINGS, "ancre = 2026-01-15", 'ancre = "2026-01-15"'),
    ),
    fault(
        "a commune without its code",
        "bad-settings",
        SETTINGS,
        "communes[1].insee",
        edit(SETTINGS, 'insee = "44184"', 'insee = "Saint-Nazaire"'),
    ),
)
AGENDA = '"titre": "Appel du ménage", "agenda": {"titre": "Visite", "date": "%s", "couloir": "%s"}'
FORM_FAULTS: tuple[Fault, ...] = (
    fault(
        "an appointment on a day that the form does not ask",
        "bad-form",
        CALL,
        "agenda.date",
        edit(CALL, '"titre": "Appel du ménage"', AGENDA % ("jour", "terrain")),
        mended=edit(CALL, '"titre": "Appel du ménage"', AGENDA % ("date", "terrain")),
    ),
    fault(
        "an appointment for a lane that does not exist",
        "unknown-lane",
        CALL,
        "agenda.couloir",
        edit(CALL, '"titre": "Appel du ménage"', AGENDA % ("date", "visiteur")),
        mended=edit(CALL, '"titre": "Appel du ménage"', AGENDA % ("date", "terrain")),
    ),
    fault(
        "an unknown type of field",
        "bad-form",
        FOLLOW_UP,
        "suite",
        edit(FOLLOW_UP, '"type": "texte"', '"type": "phrase"'),
    ),
    fault(
        "an unknown key of a field",
        "bad-form",
        FOLLOW_UP,
        "suite",
        edit(FOLLOW_UP, '"obligatoire": true', '"requis": true'),
    ),
    fault(
        "two fields of one name",
        "bad-form",
        FOLLOW_UP,
        "suite",
        edit(FOLLOW_UP, QUESTION, _asked(QUESTION)),
        mended=edit(FOLLOW_UP, QUESTION, _asked(QUESTION.replace('"suite"', '"autre_suite"'))),
    ),
    fault(
        "a condition on a field placed lower",
        "bad-form",
        CALL,
        "issue",
        edit(CALL, '"cle": "issue", ', '"cle": "issue", "si": "confiance is None", '),
        mended=edit(CALL, '"cle": "sante", ', '"cle": "sante", "si": "confiance is None", '),
    ),
    fault(
        "a condition outside the language",
        "bad-form",
        CALL,
        "date",
        edit(CALL, 'issue == \\"fixe\\""', "issue.startswith('f')\""),
    ),
    fault(
        "a computed field with a power",
        "bad-form",
        ALERT,
        "part_energie",
        edit(ALERT, "100 * facture / revenus", "10**2 * facture / revenus"),
    ),
    fault(
        "a rule between answers with one equal sign",
        "bad-form",
        CALL,
        "regles[1].exige",
        edit(CALL, 'issue != \\"refus\\" or', 'issue = \\"refus\\" or'),
    ),
    fault(
        "a choice without an answer",
        "bad-form",
        VISITED,
        "pieces",
        edit(
            VISITED,
            '[{"valeur": "sejour", "libelle": "Séjour"}, {"valeur": "chambre", "libelle": "Chambre"}]',
            "[]",
        ),
    ),
    fault(
        "a choice whose answers are a number",
        "bad-form",
        VISITED,
        "pieces",
        edit(
            VISITED,
            '[{"valeur": "sejour", "libelle": "Séjour"}, {"valeur": "chambre", "libelle": "Chambre"}]',
            "2",
        ),
        mended=edit(
            VISITED,
            '[{"valeur": "sejour", "libelle": "Séjour"}, {"valeur": "chambre", "libelle": "Chambre"}]',
            '["séjour", "chambre"]',
        ),
    ),
    fault(
        "a form with another's id",
        "bad-form",
        FOLLOW_UP,
        "id",
        edit(FOLLOW_UP, '"id": "relance"', '"id": "rappel"'),
    ),
    fault(
        "a form without a field",
        "bad-form",
        FOLLOW_UP,
        "",
        edit(FOLLOW_UP, QUESTION, ""),
    ),
    fault(
        "a table with a photo in its rows",
        "bad-form",
        FOLLOW_UP,
        "photos",
        edit(
            FOLLOW_UP,
            QUESTION,
            _asked(
                '{"cle": "photos", "type": "tableau", "libelle": "Photos", "colonnes": '
                '[{"cle": "vue", "type": "photo", "libelle": "Vue"}]}'
            ),
        ),
        mended=edit(
            FOLLOW_UP, QUESTION, _asked('{"cle": "photos", "type": "photo", "libelle": "Photos", "max": 3}')
        ),
    ),
    fault(
        "a field that asks for a social security number",
        "nir",
        FOLLOW_UP,
        "numero",
        edit(
            FOLLOW_UP,
            QUESTION,
            _asked('{"cle": "numero", "type": "texte", "libelle": "Numéro de sécurité sociale"}'),
        ),
        mended=edit(
            FOLLOW_UP, QUESTION, _asked('{"cle": "numero", "type": "texte", "libelle": "Numéro d\'appel"}')
        ),
    ),
    fault(
        "a field named nir",
        "nir",
        ALERT,
        "nir",
        edit(ALERT, '"cle": "sante"', '"cle": "nir"'),
    ),
    fault(
        "a social security number written in a message",
        "nir",
        "messages/suite_donnee.txt",
        "",
        edit("messages/suite_donnee.txt", "a reçu une suite", "(1 84 12 76 451 089 46) a reçu une suite"),
        mended=edit("messages/suite_donnee.txt", "a reçu une suite", "(n° 84 12 76) a reçu une suite"),
    ),
)
TEMPLATE_FAULTS: tuple[Fault, ...] = (
    fault(
        "a message that calls a method",
        "bad-template",
        "messages/suite_donnee.txt",
        "",
        edit("messages/suite_donnee.txt", "{{ destinataire.nom }}", "{{ destinataire.nom.upper() }}"),
    ),
    fault(
        "a document with a loop",
        "bad-template",
        "documents/compte_rendu.html",
        "",
        edit("documents/compte_rendu.html", "<h2>", "{% for a in dossier %}{% endfor %}<h2>"),
    ),
    fault(
        "a message without a subject",
        "bad-template",
        "messages/rappel_tache.txt",
        "",
        edit("messages/rappel_tache.txt", "Objet : Une étape", "Une étape"),
    ),
    fault(
        "a document without its first line",
        "bad-template",
        "documents/compte_rendu.html",
        "",
        edit(
            "documents/compte_rendu.html",
            "<!-- titre: Compte rendu de visite | mise-en-page: rapport | classes: technique -->\n",
            "",
        ),
    ),
    fault(
        "a document of an unknown layout",
        "bad-template",
        "documents/compte_rendu.html",
        "",
        edit("documents/compte_rendu.html", "mise-en-page: rapport", "mise-en-page: affiche"),
        mended=edit("documents/compte_rendu.html", "mise-en-page: rapport", "mise-en-page: lettre"),
    ),
)
CONTENTS = (*SETTINGS_FAULTS, *FORM_FAULTS, *TEMPLATE_FAULTS)
