"""Faults of the ways of a diagram: its flows, gateways, events and starts."""

from tests.checker.corpus.build import (
    REVIEW,
    ROUTE,
    VISIT,
    Fault,
    beside,
    between,
    edit,
    event,
    fault,
    human,
    inside,
    timer,
)

FLOWS: tuple[Fault, ...] = (
    fault(
        "a condition after a step",
        "misplaced-condition",
        ROUTE,
        "vers_prevenir",
        edit(
            ROUTE,
            '<sequenceFlow id="vers_prevenir" sourceRef="clore" targetRef="prevenir"/>',
            '<sequenceFlow id="vers_prevenir" sourceRef="clore" targetRef="prevenir">'
            "<conditionExpression>appel.issue == 'fixe'</conditionExpression></sequenceFlow>",
        ),
    ),
    fault(
        "a gateway whose conditions may all fail",
        "gateway-without-default",
        ROUTE,
        "appel_abouti",
        edit(ROUTE, ' default="appel_abouti_non"', ""),
        edit(
            ROUTE,
            'sourceRef="appel_abouti" targetRef="nouvel_essai"/>',
            'sourceRef="appel_abouti" targetRef="nouvel_essai"><conditionExpression>appel.issue == \'absent\''
            "</conditionExpression></sequenceFlow>",
        ),
        mended=edit(ROUTE, ' default="appel_abouti_non"', " default='appel_abouti_non'"),
    ),
    fault(
        "an inclusive gateway whose conditions may all fail",
        "gateway-without-default",
        VISIT,
        "visite_faite",
        edit(
            VISIT,
            '<exclusiveGateway id="visite_faite" name="Visite réalisée ?" default="visite_faite_non"/>',
            '<inclusiveGateway id="visite_faite" name="Visite réalisée ?"/>',
        ),
        edit(
            VISIT,
            'sourceRef="visite_faite" targetRef="visite_manquee"/>',
            'sourceRef="visite_faite" targetRef="visite_manquee"><conditionExpression>visite.issue == '
            "'absent'"
            "</conditionExpression></sequenceFlow>",
        ),
        mended=edit(
            VISIT,
            '<exclusiveGateway id="visite_faite" name="Visite réalisée ?" default="visite_faite_non"/>',
            '<inclusiveGateway id="visite_faite" name="Visite réalisée ?" default="visite_faite_non"/>',
        ),
    ),
    fault(
        "a way out with neither condition nor default",
        "gateway-without-default",
        REVIEW,
        "des_situations_non",
        edit(REVIEW, ' default="des_situations_non"', ""),
    ),
    fault(
        "a flow to nowhere",
        "broken-flow",
        ROUTE,
        "vers_regle",
        edit(ROUTE, 'sourceRef="prevenir" targetRef="regle"', 'sourceRef="prevenir" targetRef="cloture"'),
    ),
    fault(
        "a flow into a sub-process",
        "broken-flow",
        VISIT,
        "vers_rediger",
        edit(VISIT, 'targetRef="rediger"', 'targetRef="produire_compte_rendu"'),
    ),
    fault(
        "two ways out of a step",
        "several-ways-out",
        ROUTE,
        "debloquer",
        inside(ROUTE, '\n    <sequenceFlow id="autre" sourceRef="debloquer" targetRef="sans_suite"/>'),
    ),
    fault(
        "a step behind an event gateway",
        "event-gateway-target",
        ROUTE,
        "vers_bilan_tardif",
        edit(
            ROUTE,
            '<intermediateCatchEvent id="bilan_tardif" name="90 jours sans bilan"><timerEventDefinition>'
            '<timeDuration>"P90D"</timeDuration></timerEventDefinition></intermediateCatchEvent>',
            human("bilan_tardif"),
        ),
    ),
    fault(
        "two timers behind an event gateway",
        "two-timers",
        ROUTE,
        "attendre_bilan",
        beside(
            ROUTE,
            "bilan_tardif",
            timer("tres_tard", '"P120D"')
            + '<sequenceFlow id="vers_tres_tard" sourceRef="attendre_bilan" targetRef="tres_tard"/>'
            '<sequenceFlow id="apres_tres_tard" sourceRef="tres_tard" targetRef="bilan_passe"/>',
        ),
    ),
    fault(
        "an event on no border",
        "loose-boundary",
        ROUTE,
        "visite_en_retard",
        edit(ROUTE, 'attachedToRef="visiter"', 'attachedToRef="visite"'),
    ),
    fault(
        "an event that names no message",
        "unnamed-event",
        ROUTE,
        "bilan_recu",
        edit(
            ROUTE, '<messageEventDefinition messageRef="message_suite_bilan"/>', "<messageEventDefinition/>"
        ),
    ),
    fault(
        "a signal that is not in the diagram",
        "unnamed-event",
        ROUTE,
        "ici",
        between("vers_clore", event("ici", '<signalEventDefinition signalRef="signal_inconnu"/>')),
        mended=between("vers_clore", event("ici", "")),
    ),
    fault(
        "two starts",
        "start-count",
        ROUTE,
        "parcours",
        beside(
            ROUTE,
            "appeler",
            '<startEvent id="autre_debut" name="Autre début"/>'
            '<sequenceFlow id="autre_vers_appeler" sourceRef="autre_debut" targetRef="appeler"/>',
        ),
    ),
    fault(
        "a sub-process that waits to start",
        "start-count",
        VISIT,
        "redaction_ouverte",
        edit(
            VISIT,
            '<startEvent id="redaction_ouverte" name="Rédaction ouverte"/>',
            '<startEvent id="redaction_ouverte" name="Rédaction ouverte"><timerEventDefinition><timeDuration>'
            '"P1D"</timeDuration></timerEventDefinition></startEvent>',
        ),
    ),
)
