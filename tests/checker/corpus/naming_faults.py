"""Faults of the names inside a diagram: operations, tables, ids, calls, outcomes."""

from tests.checker.corpus.build import (
    REVIEW,
    ROUTE,
    VISIT,
    Fault,
    between,
    chain,
    edit,
    fault,
    inside,
    verb,
    written,
)

RULE_TASK = '<businessRuleTask id="ici" name="Décider">{}</businessRuleTask>'
PRIORITY = (
    "<extensionElements><spiffworkflow:calledDecisionId>{}</spiffworkflow:calledDecisionId>"
    "</extensionElements>"
)
EACH_ROOM = (
    '<loopDataInputRef>visite.pieces</loopDataInputRef>\n        <inputDataItem id="piece" name="piece"/>'
)

DONE = (
    '<spiffworkflow:property name="delai" value="jours_ouvres(5)"/>\n        </spiffworkflow:properties>\n'
    "      </extensionElements>"
)

NAMES: tuple[Fault, ...] = (
    fault(
        "an automatic step without an operation",
        "no-operation",
        ROUTE,
        "ici",
        between("vers_clore", '<serviceTask id="ici" name="Ici"/>'),
        mended=between("vers_clore", verb("ici", "produire_document", modele="'compte_rendu'")),
    ),
    fault(
        "a decision without a table",
        "no-decision",
        ROUTE,
        "ici",
        between("vers_clore", RULE_TASK.format("")),
        mended=between("vers_clore", RULE_TASK.format(PRIORITY.format("priorite"))),
    ),
    fault(
        "a table named by no single word",
        "no-decision",
        ROUTE,
        "ici",
        between("vers_clore", RULE_TASK.format(PRIORITY.format("la priorité du ménage"))),
        mended=between("vers_clore", RULE_TASK.format(PRIORITY.format("priorite"))),
    ),
    fault(
        "an id that belongs to the engine",
        "reserved-id",
        ROUTE,
        "End",
        between("vers_clore", '<task id="End" name="Fin"/>'),
        mended=between("vers_clore", '<task id="presque_fini" name="Fin"/>'),
    ),
    fault(
        "two flows of one id",
        "duplicate-id",
        ROUTE,
        "vers_regle",
        edit(ROUTE, '<sequenceFlow id="vers_prevenir"', '<sequenceFlow id="vers_regle"'),
    ),
    fault(
        "a step of a sub-process with the id of another",
        "duplicate-id",
        VISIT,
        "poser_materiel",
        edit(VISIT, '<serviceTask id="produire_compte_rendu"', '<serviceTask id="poser_materiel"'),
        edit(VISIT, 'targetRef="produire_compte_rendu"', 'targetRef="poser_materiel"'),
        edit(VISIT, 'sourceRef="produire_compte_rendu"', 'sourceRef="poser_materiel"'),
    ),
    fault(
        "two processes of one id",
        "duplicate-id",
        VISIT,
        "parcours",
        edit(VISIT, '<subProcess id="rediger"', '<subProcess id="parcours"'),
        edit(VISIT, "<flowNodeRef>rediger<", "<flowNodeRef>parcours<"),
        edit(VISIT, 'targetRef="rediger"', 'targetRef="parcours"'),
        edit(VISIT, 'sourceRef="rediger"', 'sourceRef="parcours"'),
    ),
    fault(
        "a call of a process that does not exist",
        "unknown-call",
        ROUTE,
        "visiter",
        edit(ROUTE, 'calledElement="visite"', 'calledElement="visites"'),
    ),
    fault(
        "a call that names no process",
        "unknown-call",
        ROUTE,
        "visiter",
        edit(ROUTE, ' calledElement="visite"', ""),
    ),
    fault(
        "a process that calls itself through another",
        "recursive-call",
        VISIT,
        "ici",
        between(
            "vers_visite_close", '<callActivity id="ici" name="Recommencer" calledElement="parcours"/>', VISIT
        ),
    ),
    fault(
        "a message without an id",
        "missing-id",
        ROUTE,
        "definitions_parcours",
        edit(
            ROUTE,
            '<message id="message_suite_bilan"',
            '<message name="perdu"/><message id="message_suite_bilan"',
        ),
    ),
    fault(
        "an element without an id",
        "missing-id",
        REVIEW,
        "bilan",
        inside(REVIEW, '\n    <endEvent name="Perdu"/>'),
    ),
    fault(
        "a setting of another vendor",
        "foreign-extension",
        ROUTE,
        "debloquer",
        edit(
            ROUTE,
            '<userTask id="debloquer"',
            '<userTask xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:assignee="marie" '
            'id="debloquer"',
        ),
        warns=True,
    ),
    fault(
        "a property without a value",
        "bad-property",
        VISIT,
        "poser_materiel",
        edit(
            VISIT,
            '<spiffworkflow:property name="formulaire" value="equipement"/>',
            '<spiffworkflow:property name="formulaire" value="equipement"/><spiffworkflow:property '
            'name="bouton"/>',
        ),
        mended=edit(
            VISIT,
            '<spiffworkflow:property name="formulaire" value="equipement"/>',
            '<spiffworkflow:property name="formulaire" value="equipement"/><spiffworkflow:property '
            'name="bouton" value="Posé"/>',
        ),
    ),
    fault(
        "an outcome that is no name",
        "bad-name",
        REVIEW,
        "tenir_bilan",
        edit(
            REVIEW, 'name="resultats" value="bilan.suite"', 'name="resultats" value="bilan.suite, la suite"'
        ),
    ),
    fault(
        "a result that bears the engine's own word",
        "bad-name",
        REVIEW,
        "recenser",
        edit(REVIEW, 'resultVariable="situations"', 'resultVariable="typename"'),
        edit(REVIEW, "len(situations)", "len(typename)"),
        mended=(
            edit(REVIEW, 'resultVariable="situations"', 'resultVariable="menages"'),
            edit(REVIEW, "len(situations)", "len(menages)"),
        ),
    ),
    fault(
        "a repetition over nothing",
        "bad-multi-instance",
        VISIT,
        "poser_materiel",
        edit(VISIT, EACH_ROOM, ""),
        mended=edit(VISIT, EACH_ROOM, "<loopCardinality>2</loopCardinality>"),
    ),
    fault(
        "a loop without a condition or a limit",
        "bad-multi-instance",
        ROUTE,
        "debloquer",
        edit(ROUTE, DONE, f"{DONE}<standardLoopCharacteristics/>"),
        mended=edit(ROUTE, DONE, f'{DONE}<standardLoopCharacteristics loopMaximum="2"/>'),
    ),
    fault(
        "a repetition that is both a list and a number",
        "bad-multi-instance",
        VISIT,
        "poser_materiel",
        edit(VISIT, EACH_ROOM, f"<loopCardinality>2</loopCardinality>{EACH_ROOM}"),
    ),
    fault(
        "a diagram that is not executable",
        "not-executable",
        REVIEW,
        "bilan",
        edit(REVIEW, 'isExecutable="true"', 'isExecutable="false"'),
    ),
    fault(
        "more steps than a diagram may hold",
        "too-many-steps",
        "bpmn/chaine.bpmn",
        "definitions_chaine",
        written("bpmn/chaine.bpmn", chain(520)),
        mended=written("bpmn/chaine.bpmn", chain(20)),
    ),
)
