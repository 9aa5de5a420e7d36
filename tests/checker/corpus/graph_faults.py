"""Faults of shape: what a diagram cannot reach or leave, what makes it hard to read."""

from tests.checker.corpus.build import (
    REVIEW,
    ROUTE,
    VISIT,
    Fault,
    beside,
    between,
    edit,
    fault,
    human,
    timer,
    verb,
)

SUB_END = (
    '<endEvent id="redaction_finie" name="Rédaction finie"/>',
    '<sequenceFlow id="vers_redaction_finie" sourceRef="produire_compte_rendu" targetRef="redaction_finie"/>',
)


BORDER = (
    '<boundaryEvent id="ici" name="10 jours après" '
    'attachedToRef="{}"><timerEventDefinition><timeDuration>"P10D"'
    "</timeDuration></timerEventDefinition></boundaryEvent>"
    '<sequenceFlow id="vers_suite" sourceRef="ici" targetRef="{}"/>'
)
THIRD_BRANCH = (
    '<task id="la" name="Là"/><{} id="reunir" name="Réunir"/>'
    '<sequenceFlow id="vers_la" sourceRef="tout_preparer" targetRef="la"/>'
    '<sequenceFlow id="apres_la" sourceRef="la" targetRef="reunir"/>'
    '<sequenceFlow id="apres_reunir" sourceRef="reunir" targetRef="tout_est_pret"/>'
)

WAYS: tuple[Fault, ...] = (
    fault(
        "a step that no flow reaches",
        "unreachable",
        ROUTE,
        "ici",
        beside(
            ROUTE,
            "clore",
            human("ici") + '<sequenceFlow id="apres_ici" sourceRef="ici" targetRef="clore"/>',
        ),
        mended=between("vers_clore", human("ici")),
    ),
    fault(
        "two steps that only reach each other",
        "unreachable",
        ROUTE,
        "ici",
        beside(
            ROUTE,
            "clore",
            human("ici") + human("la") + '<sequenceFlow id="apres_ici" sourceRef="ici" targetRef="la"/>'
            '<sequenceFlow id="apres_la" sourceRef="la" targetRef="ici"/>',
        ),
    ),
    fault(
        "a step of a sub-process that no flow reaches",
        "unreachable",
        VISIT,
        "ici",
        edit(
            VISIT,
            SUB_END[0],
            SUB_END[0] + '<task id="ici" name="Ici"/><sequenceFlow id="apres_ici" sourceRef="ici" '
            'targetRef="redaction_finie"/>',
        ),
    ),
    fault(
        "a step from which nothing goes on",
        "dead-end",
        ROUTE,
        "debloquer",
        edit(
            ROUTE,
            '    <sequenceFlow id="vers_blocage_leve" sourceRef="debloquer" targetRef="blocage_leve"/>\n',
            "",
        ),
        edit(ROUTE, '    <endEvent id="blocage_leve" name="Blocage levé"/>\n', ""),
        edit(ROUTE, "        <flowNodeRef>blocage_leve</flowNodeRef>\n", ""),
    ),
    fault(
        "a gateway from which nothing goes on",
        "dead-end",
        ROUTE,
        "ici",
        edit(
            ROUTE,
            '<endEvent id="sans_suite" name="Sans suite"/>',
            '<exclusiveGateway id="ici" name="Et puis ?"/>',
        ),
        edit(ROUTE, 'targetRef="sans_suite"', 'targetRef="ici"'),
        edit(ROUTE, "<flowNodeRef>sans_suite<", "<flowNodeRef>ici<"),
        mended=(
            edit(
                ROUTE, '<endEvent id="sans_suite" name="Sans suite"/>', '<endEvent id="ici" name="Et rien"/>'
            ),
            edit(ROUTE, 'targetRef="sans_suite"', 'targetRef="ici"'),
            edit(ROUTE, "<flowNodeRef>sans_suite<", "<flowNodeRef>ici<"),
        ),
    ),
    fault(
        "a sub-process without an end",
        "no-end",
        VISIT,
        "rediger",
        edit(VISIT, f"      {SUB_END[0]}\n", ""),
        edit(VISIT, f"      {SUB_END[1]}\n", ""),
    ),
    fault(
        "a round of steps that never ends",
        "no-end",
        VISIT,
        "realiser_visite",
        edit(VISIT, '    <endEvent id="visite_manquee" name="Ménage absent"/>\n', ""),
        edit(VISIT, "        <flowNodeRef>visite_manquee</flowNodeRef>\n", ""),
        edit(VISIT, 'targetRef="visite_manquee"', 'targetRef="realiser_visite"'),
        edit(VISIT, '    <endEvent id="visite_close" name="Visite close"/>\n', ""),
        edit(VISIT, "        <flowNodeRef>visite_close</flowNodeRef>\n", ""),
        edit(VISIT, 'targetRef="visite_close"', 'targetRef="realiser_visite"'),
        mended=(
            edit(VISIT, '    <endEvent id="visite_manquee" name="Ménage absent"/>\n', ""),
            edit(VISIT, "        <flowNodeRef>visite_manquee</flowNodeRef>\n", ""),
            edit(VISIT, 'targetRef="visite_manquee"', 'targetRef="realiser_visite"'),
        ),
    ),
    fault(
        "automatic steps that go round for ever",
        "endless-loop",
        ROUTE,
        "clore",
        edit(ROUTE, '    <endEvent id="regle" name="Situation réglée"/>\n', ""),
        edit(ROUTE, "        <flowNodeRef>regle</flowNodeRef>\n", ""),
        edit(ROUTE, 'sourceRef="prevenir" targetRef="regle"', 'sourceRef="prevenir" targetRef="clore"'),
    ),
    fault(
        "a parallel join that two branches reach by one flow",
        "join-reached-twice",
        VISIT,
        "tout_est_pret",
        edit(
            VISIT,
            'sourceRef="poser_materiel" targetRef="tout_est_pret"',
            'sourceRef="poser_materiel" targetRef="reunir"',
        ),
        beside(VISIT, "visite_close", THIRD_BRANCH.format("exclusiveGateway")),
        mended=(
            edit(
                VISIT,
                'sourceRef="poser_materiel" targetRef="tout_est_pret"',
                'sourceRef="poser_materiel" targetRef="reunir"',
            ),
            beside(VISIT, "visite_close", THIRD_BRANCH.format("parallelGateway")),
        ),
    ),
    fault(
        "two branches that meet without waiting for each other",
        "runs-twice",
        VISIT,
        "tout_est_pret",
        between("vers_visite_close", human("ici"), VISIT),
        edit(VISIT, '<parallelGateway id="tout_est_pret"', '<exclusiveGateway id="tout_est_pret"'),
        mended=between("vers_visite_close", human("ici"), VISIT),
        warns=True,
    ),
    fault(
        "a parallel join fed by a choice",
        "join-waits-for-one-way",
        VISIT,
        "tout_est_pret",
        edit(
            VISIT,
            '<parallelGateway id="tout_preparer" name="Tout préparer"/>',
            '<exclusiveGateway id="tout_preparer" name="Que préparer ?" default="vers_rediger"/>',
        ),
        edit(
            VISIT,
            '<sequenceFlow id="vers_poser_materiel" sourceRef="tout_preparer" targetRef="poser_materiel"/>',
            '<sequenceFlow id="vers_poser_materiel" name="matériel" sourceRef="tout_preparer" '
            'targetRef="poser_materiel">'
            "<conditionExpression>len(visite.pieces) &gt; 0</conditionExpression></sequenceFlow>",
        ),
        edit(VISIT, '<sequenceFlow id="vers_rediger" ', '<sequenceFlow id="vers_rediger" name="rien" '),
        mended=(
            edit(
                VISIT,
                '<parallelGateway id="tout_preparer" name="Tout préparer"/>',
                '<exclusiveGateway id="tout_preparer" name="Que préparer ?" default="vers_rediger"/>',
            ),
            edit(
                VISIT,
                '<sequenceFlow id="vers_poser_materiel" sourceRef="tout_preparer" '
                'targetRef="poser_materiel"/>',
                '<sequenceFlow id="vers_poser_materiel" name="matériel" sourceRef="tout_preparer" '
                'targetRef="poser_materiel">'
                "<conditionExpression>len(visite.pieces) &gt; 0</conditionExpression></sequenceFlow>",
            ),
            edit(VISIT, '<sequenceFlow id="vers_rediger" ', '<sequenceFlow id="vers_rediger" name="rien" '),
            edit(VISIT, '<parallelGateway id="tout_est_pret"', '<exclusiveGateway id="tout_est_pret"'),
        ),
    ),
    fault(
        "a parallel join fed by the events of a gateway",
        "join-waits-for-one-way",
        ROUTE,
        "bilan_passe",
        edit(ROUTE, '<exclusiveGateway id="bilan_passe"', '<parallelGateway id="bilan_passe"'),
    ),
)
DOUBTS: tuple[Fault, ...] = (
    fault(
        "a duration in a loop",
        "duration-in-loop",
        ROUTE,
        "ici",
        between("nouvel_essai_oui", timer("ici", '"P3D"')),
        mended=between("vers_clore", timer("ici", '"P3D"')),
        warns=True,
    ),
    fault(
        "a duration on the border of a step in a loop",
        "duration-in-loop",
        ROUTE,
        "ici",
        beside(ROUTE, "appeler", BORDER.format("appeler", "nouvel_essai")),
        mended=beside(ROUTE, "debloquer", BORDER.format("debloquer", "blocage_leve")),
        warns=True,
    ),
    fault(
        "a step without a name",
        "unlabelled",
        VISIT,
        "realiser_visite",
        edit(
            VISIT,
            '<userTask id="realiser_visite" name="Réaliser la visite">',
            '<userTask id="realiser_visite">',
        ),
        warns=True,
    ),
    fault(
        "a way out of a choice without a name",
        "unlabelled",
        REVIEW,
        "des_situations_oui",
        edit(
            REVIEW,
            '<sequenceFlow id="des_situations_oui" name="oui"',
            '<sequenceFlow id="des_situations_oui"',
        ),
        warns=True,
    ),
    fault(
        "more than twenty-five elements",
        "too-many-elements-to-read",
        ROUTE,
        "parcours",
        *(
            between("vers_clore", verb(f"document_{n}", "produire_document", modele="'compte_rendu'"))
            for n in range(6)
        ),
        mended=[
            between("vers_clore", verb(f"document_{n}", "produire_document", modele="'compte_rendu'"))
            for n in range(5)
        ],
        warns=True,
    ),
)
