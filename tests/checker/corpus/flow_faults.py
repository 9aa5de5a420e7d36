"""Faults of data: what is read is never written, not yet, or may not be read there."""

from tests.checker.corpus.build import (
    REVIEW,
    ROUTE,
    SETTINGS,
    VISIT,
    Fault,
    between,
    edit,
    fault,
    human,
    verb,
)

PRIORITY, COMFORT = "dmn/priorite.dmn", "dmn/confort.dmn"
OUTCOMES = 'value="appel.numero, appel.issue, appel.date"'

NAMES: tuple[Fault, ...] = (
    fault(
        "a condition on a name that nothing writes",
        "unknown-name",
        ROUTE,
        "appel_abouti_oui",
        edit(ROUTE, "appel.issue == 'fixe'", "rendez_vous.issue == 'fixe'"),
    ),
    fault(
        "a parameter with a name that nothing writes",
        "unknown-name",
        ROUTE,
        "clore",
        edit(ROUTE, 'value="confort.avis"', 'value="confort_du_logement"'),
    ),
    fault(
        "a deadline from a table that does not exist",
        "unknown-name",
        ROUTE,
        "appeler",
        edit(ROUTE, 'value="priorite.delai"', 'value="delais.appel"'),
    ),
    fault(
        "a table that reads a form that does not exist",
        "unknown-name",
        COMFORT,
        "confort",
        edit(COMFORT, "<text>visite.temperature</text>", "<text>passage.temperature</text>"),
    ),
    fault(
        "a setting that does not exist",
        "unknown-setting",
        ROUTE,
        "nouvel_essai_oui",
        edit(ROUTE, "reglages.appels_max", "reglages.appels_maximum"),
        mended=(
            edit(ROUTE, "reglages.appels_max", "reglages.appels_maximum"),
            edit(SETTINGS, "appels_max = 3", "appels_maximum = 3"),
        ),
    ),
    fault(
        "a setting that was removed",
        "unknown-setting",
        ROUTE,
        "chercher_doublons",
        edit(SETTINGS, "doublon_jours = 90\n", ""),
        mended=(
            edit(SETTINGS, "doublon_jours = 90\n", ""),
            edit(ROUTE, 'value="reglages.doublon_jours"', 'value="90"'),
        ),
    ),
)
FIELDS: tuple[Fault, ...] = (
    fault(
        "a table that reads a field that the form never asks",
        "unknown-field",
        PRIORITY,
        "priorite",
        edit(PRIORITY, "signalement.enfant", "signalement.bebe"),
    ),
    fault(
        "an outcome that the form never asks",
        "unknown-field",
        REVIEW,
        "tenir_bilan",
        edit(REVIEW, 'value="bilan.suite"', 'value="bilan.suite, bilan.date"'),
        mended=(
            edit(REVIEW, 'value="bilan.suite"', 'value="bilan.suite, bilan.date"'),
            edit(
                "forms/bilan.json",
                '"champs": [',
                '"champs": [\n    {"cle": "date", "type": "date", "libelle": "Date", "obligatoire": true},',
            ),
        ),
    ),
    fault(
        "a deadline from a field that the form never asks",
        "unknown-field",
        VISIT,
        "realiser_visite",
        edit(VISIT, 'value="appel.date"', 'value="appel.jour"'),
    ),
    fault(
        "a field that takes its value from one never asked",
        "unknown-field",
        "forms/visite.json",
        "ressenti",
        edit(
            "forms/visite.json",
            '"cle": "ressenti", ',
            '"cle": "ressenti", "reprise_de": "signalement.ressenti", ',
        ),
        mended=edit(
            "forms/visite.json",
            '"cle": "ressenti", ',
            '"cle": "ressenti", "reprise_de": "signalement.sante", ',
        ),
    ),
    fault(
        "a form that reads a field never asked",
        "unknown-field",
        "forms/visite.json",
        "ressenti",
        edit(
            "forms/visite.json",
            '"cle": "ressenti", ',
            '"cle": "ressenti", "si": "signalement.mesure is not None", ',
        ),
        mended=edit(
            "forms/visite.json",
            '"cle": "ressenti", ',
            '"cle": "ressenti", "si": "signalement.facture is not None", ',
        ),
    ),
    fault(
        "an outcome of a table that gives no such result",
        "unknown-field",
        ROUTE,
        "appeler",
        edit(ROUTE, 'value="priorite.delai"', 'value="priorite.jours"'),
    ),
)
ORDER: tuple[Fault, ...] = (
    fault(
        "a deadline read before the table that gives it",
        "read-before-written",
        ROUTE,
        "ici",
        between("vers_chercher_doublons", human("ici", delai="priorite.delai")),
        mended=between("vers_appeler", human("ici", delai="priorite.delai")),
    ),
    fault(
        "a result read before the step that gives it",
        "read-before-written",
        ROUTE,
        "ici_oui",
        between(
            "vers_choisir_priorite",
            '<exclusiveGateway id="ici" name="Confortable ?" default="apres_ici"/>',
        ),
        edit(
            ROUTE,
            '    <sequenceFlow id="vers_sans_suite"',
            '    <sequenceFlow id="ici_oui" name="oui" sourceRef="ici" targetRef="clore_sans_suite">'
            "<conditionExpression>confort.avis == 'bon'</conditionExpression></sequenceFlow>\n"
            '    <sequenceFlow id="vers_sans_suite"',
        ),
        mended=(
            between(
                "vers_attendre_bilan",
                '<exclusiveGateway id="ici" name="Confortable ?" default="apres_ici"/>',
            ),
            edit(
                ROUTE,
                '    <sequenceFlow id="vers_sans_suite"',
                '    <sequenceFlow id="ici_oui" name="oui" sourceRef="ici" targetRef="clore_sans_suite">'
                "<conditionExpression>confort.avis == 'bon'</conditionExpression></sequenceFlow>\n"
                '    <sequenceFlow id="vers_sans_suite"',
            ),
        ),
    ),
    fault(
        "a table that reads answers not given yet",
        "read-before-written",
        ROUTE,
        "ici",
        between(
            "vers_appeler",
            '<businessRuleTask id="ici" name="Juger trop '
            'tôt"><extensionElements><spiffworkflow:calledDecisionId>'
            "confort</spiffworkflow:calledDecisionId></extensionElements></businessRuleTask>",
        ),
    ),
)
MAYBE: tuple[Fault, ...] = (
    fault(
        "a parameter that one way leaves unwritten",
        "may-be-unwritten",
        ROUTE,
        "clore",
        between("apres_bilan_recu", verb("ici", "calculer_categorie_anah", "anah")),
        edit(ROUTE, 'value="confort.avis"', 'value="anah.categorie"'),
        mended=(
            between("vers_attendre_bilan", verb("ici", "calculer_categorie_anah", "anah")),
            edit(ROUTE, 'value="confort.avis"', 'value="anah.categorie"'),
        ),
        warns=True,
    ),
)
CLASSES: tuple[Fault, ...] = (
    fault(
        "a condition on a social answer",
        "protected-condition",
        ROUTE,
        "appel_abouti_oui",
        edit(ROUTE, "appel.issue == 'fixe'", "appel.issue == 'fixe' and present(appel.confiance)"),
    ),
    fault(
        "a condition on a secret answer",
        "protected-condition",
        ROUTE,
        "nouvel_essai_oui",
        edit(ROUTE, "appel.issue == 'absent' and", "appel.sante is None and"),
    ),
    fault(
        "a condition on a social answer of the alert",
        "protected-condition",
        VISIT,
        "visite_faite_oui",
        edit(VISIT, "visite.issue == 'realisee'", "visite.issue == 'realisee' or signalement.enfant"),
        mended=edit(
            VISIT, "visite.issue == 'realisee'", "visite.issue == 'realisee' or priorite.niveau == 'P2'"
        ),
    ),
    fault(
        "a social answer declared as an outcome and read by a condition",
        "protected-condition",
        ROUTE,
        "appel_abouti_oui",
        edit(ROUTE, OUTCOMES, 'value="appel.numero, appel.issue, appel.date, appel.confiance"'),
        edit(ROUTE, "appel.issue == 'fixe'", "appel.confiance is None"),
        mended=edit(ROUTE, "appel.issue == 'fixe'", "appel.date is not None"),
    ),
    fault(
        "a condition on an answer that is no declared outcome",
        "condition-reads-answer",
        ROUTE,
        "appel_abouti_oui",
        edit(ROUTE, OUTCOMES, 'value="appel.numero, appel.date"'),
        edit(ROUTE, "appel.issue == 'absent' and ", ""),
        mended=edit(ROUTE, "appel.issue == 'absent' and ", ""),
    ),
    fault(
        "a condition on an undeclared answer of a called process",
        "condition-reads-answer",
        VISIT,
        "visite_faite_oui",
        edit(VISIT, "visite.issue == 'realisee'", "visite.temperature &gt; 0"),
        mended=(
            edit(VISIT, "visite.issue == 'realisee'", "visite.temperature &gt; 0"),
            edit(VISIT, 'value="visite.issue, visite.pieces"', 'value="visite.temperature, visite.pieces"'),
        ),
    ),
)
TEMPLATES: tuple[Fault, ...] = (
    fault(
        "a message that names a fact that does not exist",
        "unknown-template-field",
        "messages/suite_donnee.txt",
        "dossier.numero",
        edit("messages/suite_donnee.txt", "{{ dossier.reference }}", "{{ dossier.numero }}"),
    ),
    fault(
        "a document that names an answer never asked",
        "unknown-template-field",
        "documents/compte_rendu.html",
        "reponses.visite.humidite",
        edit(
            "documents/compte_rendu.html",
            "Température relevée : {{ reponses.visite.temperature }}",
            "Humidité relevée : {{ reponses.visite.humidite }}",
        ),
    ),
    fault(
        "a message that names the household",
        "unknown-template-field",
        "messages/rappel_tache.txt",
        "menage.nom",
        edit("messages/rappel_tache.txt", "Bonjour,", "Bonjour {{ menage.nom }},"),
        mended=edit("messages/rappel_tache.txt", "Bonjour,", "Bonjour {{ destinataire.nom }},"),
    ),
)
FLOW = (*NAMES, *FIELDS, *ORDER, *MAYBE, *CLASSES, *TEMPLATES)
