"""Faults of names: a diagram, the settings or a table names what the bundle does not hold."""

from tests.checker.corpus.build import (
    REVIEW,
    ROUTE,
    SETTINGS,
    VISIT,
    Fault,
    between,
    drop,
    edit,
    fault,
    put,
    verb,
)

CATCH = (
    '<intermediateCatchEvent id="ici" name="Attendre"><messageEventDefinition messageRef="message_ici"/>'
    "</intermediateCatchEvent>"
)
THROW = (
    '<intermediateThrowEvent id="ici" name="Annoncer"><messageEventDefinition messageRef="message_ici"/>'
    "</intermediateThrowEvent>"
)
REVIEW_MESSAGE = '<message id="message_bilan_tenu" name="suite_bilan"/>'
MESSAGE = '<message id="message_suite_bilan" name="suite_bilan"/>'


BILAN = '<spiffworkflow:property name="formulaire" value="bilan"/>'
POINTS = (
    '{"cle": "points", "type": "tableau", "libelle": "Points", "colonnes": '
    '[{"cle": "sujet", "type": "texte", "libelle": "Sujet"}]}'
)


def _waits_for(name: str) -> tuple[object, ...]:
    return between("vers_clore", CATCH), edit(
        ROUTE, MESSAGE, f'{MESSAGE}<message id="message_ici" name="{name}"/>'
    )


FORMS: tuple[Fault, ...] = (
    fault(
        "a form that does not exist",
        "unknown-form",
        ROUTE,
        "appeler",
        edit(ROUTE, 'name="formulaire" value="appel"', 'name="formulaire" value="appels"'),
    ),
    fault(
        "a form that was removed",
        "unknown-form",
        VISIT,
        "poser_materiel",
        drop("forms/equipement.json"),
        mended=(drop("forms/equipement.json"), edit(VISIT, 'value="equipement"', 'value="relance"')),
    ),
    fault(
        "a meeting held on a table that its form does not have",
        "bad-meeting",
        REVIEW,
        "tenir_bilan",
        edit(REVIEW, BILAN, f'{BILAN}<spiffworkflow:property name="seance" value="suite"/>'),
        mended=(
            edit(REVIEW, BILAN, f'{BILAN}<spiffworkflow:property name="seance" value="points"/>'),
            edit("forms/bilan.json", '"champs": [', f'"champs": [{POINTS},'),
        ),
    ),
    fault(
        "a meeting whose message of a report does not exist",
        "unknown-template",
        REVIEW,
        "tenir_bilan",
        edit(REVIEW, BILAN, f'{BILAN}<spiffworkflow:property name="report" value="seance_reportee"/>'),
        mended=(
            edit(REVIEW, BILAN, f'{BILAN}<spiffworkflow:property name="report" value="seance_reportee"/>'),
            put("messages/seance_reportee.txt", "Objet : La séance change de date\n\n{{ seance.le }}\n"),
        ),
    ),
    fault(
        "an alert that fills in a form that does not exist",
        "unknown-form",
        SETTINGS,
        "dossier.formulaire",
        edit(SETTINGS, 'formulaire = "signalement"', 'formulaire = "alerte"'),
    ),
    fault(
        "a lane missing from the settings",
        "unknown-lane",
        REVIEW,
        "tenir_bilan",
        edit(REVIEW, '<lane id="pilotage" name="Pilotage">', '<lane id="direction" name="Direction">'),
        mended=(
            edit(REVIEW, '<lane id="pilotage" name="Pilotage">', '<lane id="direction" name="Direction">'),
            edit(SETTINGS, "[couloirs.pilotage]", "[couloirs.direction]"),
        ),
    ),
    fault(
        "a lane kept apart whose role sees the case by another lane",
        "lane-half-apart",
        ROUTE,
        "ici",
        between("vers_clore", verb("ici", "ecarter_couloir", couloir="'accueil'")),
        mended=between("vers_clore", verb("ici", "ecarter_couloir", couloir="['accueil', 'pilotage']")),
        warns=True,
    ),
    fault(
        "a lane kept apart that does not exist",
        "unknown-lane",
        ROUTE,
        "ici",
        between("vers_clore", verb("ici", "ecarter_couloir", couloir="'terain'")),
        mended=between("vers_clore", verb("ici", "ecarter_couloir", couloir="'terrain'")),
    ),
    fault(
        "a step of a person in no lane",
        "no-lane",
        ROUTE,
        "debloquer",
        edit(ROUTE, "        <flowNodeRef>debloquer</flowNodeRef>\n", ""),
    ),
    fault(
        "a decision that does not exist",
        "unknown-decision",
        ROUTE,
        "choisir_priorite",
        edit(
            ROUTE, ">priorite</spiffworkflow:calledDecisionId>", ">urgence</spiffworkflow:calledDecisionId>"
        ),
        mended=(edit(ROUTE, "Choisir la priorité", "Dire la priorité"),),
    ),
)
OTHER_PLACES: tuple[Fault, ...] = (
    fault(
        "a lane of two diagrams missing from the settings",
        "unknown-lane",
        VISIT,
        "realiser_visite",
        edit(VISIT, '<lane id="terrain" name="Terrain">', '<lane id="visiteur" name="Visiteur">'),
        edit(VISIT, "        <flowNodeRef>poser_materiel</flowNodeRef>\n", ""),
        edit(
            VISIT,
            "      </lane>\n",
            '      </lane>\n      <lane id="terrain" '
            'name="Terrain"><flowNodeRef>poser_materiel</flowNodeRef></lane>\n',
        ),
    ),
    fault(
        "a repeated step in no lane",
        "no-lane",
        VISIT,
        "poser_materiel",
        edit(VISIT, "        <flowNodeRef>poser_materiel</flowNodeRef>\n", ""),
    ),
    fault(
        "a decision of another name after a call",
        "unknown-decision",
        ROUTE,
        "juger_confort",
        edit(ROUTE, ">confort</spiffworkflow:calledDecisionId>", ">chaleur</spiffworkflow:calledDecisionId>"),
    ),
)
VERBS: tuple[Fault, ...] = (
    fault(
        "an operation that does not exist",
        "unknown-operation",
        ROUTE,
        "prevenir",
        edit(
            ROUTE,
            '<spiffworkflow:serviceTaskOperator id="notifier">',
            '<spiffworkflow:serviceTaskOperator id="envoyer">',
        ),
    ),
    fault(
        "a command of the machine as an operation",
        "unknown-operation",
        VISIT,
        "produire_compte_rendu",
        edit(VISIT, 'serviceTaskOperator id="produire_document"', 'serviceTaskOperator id="os.system"'),
    ),
    fault(
        "a parameter that the operation does not take",
        "unknown-parameter",
        ROUTE,
        "prevenir",
        edit(
            ROUTE,
            '<spiffworkflow:parameter id="a" ',
            '<spiffworkflow:parameter id="copie" type="any" '
            'value="\'accueil\'"/><spiffworkflow:parameter id="a" ',
        ),
    ),
    fault(
        "a parameter missing",
        "missing-parameter",
        ROUTE,
        "chercher_doublons",
        edit(ROUTE, '<spiffworkflow:parameter id="jours" type="any" value="reglages.doublon_jours"/>', ""),
    ),
    fault(
        "an operation without its only parameter",
        "missing-parameter",
        ROUTE,
        "ici",
        between("vers_prevenir", verb("ici", "produire_document")),
        mended=between("vers_prevenir", verb("ici", "produire_document", modele="'compte_rendu'")),
    ),
    fault(
        "a number out of the limits of a parameter",
        "bad-parameter",
        ROUTE,
        "chercher_doublons",
        edit(ROUTE, 'value="reglages.doublon_jours"', 'value="0"'),
        mended=edit(ROUTE, 'value="reglages.doublon_jours"', 'value="30"'),
    ),
    fault(
        "a word where a parameter wants a number",
        "bad-parameter",
        ROUTE,
        "chercher_doublons",
        edit(ROUTE, 'value="reglages.doublon_jours"', "value=\"'trois mois'\""),
    ),
    fault(
        "a document without a template",
        "unknown-template",
        VISIT,
        "produire_compte_rendu",
        edit(VISIT, "'compte_rendu'", "'synthese'"),
    ),
    fault(
        "a message without a template",
        "unknown-template",
        ROUTE,
        "prevenir",
        edit(ROUTE, "'suite_donnee'", "'suite'"),
    ),
    fault(
        "a reminder without a template",
        "unknown-template",
        SETTINGS,
        "messages.rappel",
        edit(SETTINGS, 'rappel = "rappel_tache"', 'rappel = "rappel"'),
    ),
    fault(
        "a message to nobody known",
        "unknown-audience",
        ROUTE,
        "prevenir",
        edit(ROUTE, "'donneur_alerte'", "'bailleur'"),
        mended=edit(ROUTE, "'donneur_alerte'", "'terrain'"),
    ),
)
PROCESSES: tuple[Fault, ...] = (
    fault(
        "an alert that starts a process that does not exist",
        "unknown-process",
        SETTINGS,
        "dossier.processus",
        edit(SETTINGS, 'processus = "parcours"', 'processus = "accompagnement"'),
    ),
    fault(
        "a calendar that starts a process that does not exist",
        "calendar-process",
        SETTINGS,
        "calendrier[1].processus",
        edit(SETTINGS, 'processus = "bilan"', 'processus = "revue"'),
    ),
    fault(
        "a message that nobody sends",
        "unknown-message",
        ROUTE,
        "ici",
        *_waits_for("reponse_caf"),  # type: ignore[arg-type]
        mended=_waits_for("suite_bilan"),  # type: ignore[arg-type]
    ),
    fault(
        "a message that nobody waits for",
        "unknown-message",
        REVIEW,
        "ici",
        between("vers_bilan_tenu", THROW, REVIEW),
        edit(REVIEW, REVIEW_MESSAGE, f'{REVIEW_MESSAGE}<message id="message_ici" name="bilan_annonce"/>'),
        mended=(
            between("vers_bilan_tenu", THROW, REVIEW),
            edit(REVIEW, REVIEW_MESSAGE, f'{REVIEW_MESSAGE}<message id="message_ici" name="suite_bilan"/>'),
        ),
    ),
)
REFERENCES = (*FORMS, *OTHER_PLACES, *VERBS, *PROCESSES)
