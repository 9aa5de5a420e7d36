"""What BPMN allows and Relais does not run: scripts, transactions, data associations, correlations."""

from tests.checker.corpus.build import ROUTE, VISIT, Fault, beside, between, edit, event, fault

NOTE = '<task id="ici" name="Ici"/>'

REFUSED: tuple[Fault, ...] = (
    fault(
        "a script task",
        "script",
        ROUTE,
        "ici",
        between("vers_clore", '<scriptTask id="ici" name="Ici"><script>x = 1</script></scriptTask>'),
        mended=between("vers_clore", NOTE),
    ),
    fault(
        "a script before a step",
        "script",
        ROUTE,
        "clore",
        edit(
            ROUTE,
            '<serviceTask id="clore" name="Clore le dossier">\n      <extensionElements>',
            '<serviceTask id="clore" name="Clore le dossier">\n      <extensionElements>'
            "<spiffworkflow:preScript>x = 1</spiffworkflow:preScript>",
        ),
    ),
    fault(
        "a script after a step of a sub-process",
        "script",
        VISIT,
        "produire_compte_rendu",
        edit(
            VISIT,
            "</spiffworkflow:serviceTaskOperator>",
            "</spiffworkflow:serviceTaskOperator><spiffworkflow:postScript>x = 1</spiffworkflow:postScript>",
        ),
    ),
    fault(
        "an ad hoc sub-process",
        "forbidden-element",
        ROUTE,
        "ici",
        between(
            "vers_clore",
            '<adHocSubProcess id="ici" name="Ici"><task id="dedans" name="Dedans"/></adHocSubProcess>',
        ),
        mended=between("vers_clore", NOTE),
    ),
    fault(
        "a transaction",
        "forbidden-element",
        VISIT,
        "rediger",
        edit(VISIT, '<subProcess id="rediger"', '<transaction id="rediger"'),
        edit(VISIT, "</subProcess>", "</transaction>"),
    ),
    fault(
        "a complex gateway",
        "forbidden-element",
        ROUTE,
        "bilan_passe",
        edit(ROUTE, '<exclusiveGateway id="bilan_passe"', '<complexGateway id="bilan_passe"'),
    ),
    fault(
        "an end that compensates",
        "forbidden-element",
        VISIT,
        "visite_close",
        edit(
            VISIT,
            '<endEvent id="visite_close" name="Visite close"/>',
            event("visite_close", "<compensateEventDefinition/>", "endEvent"),
        ),
        mended=edit(
            VISIT,
            '<endEvent id="visite_close" name="Visite close"/>',
            event("visite_close", "<terminateEventDefinition/>", "endEvent"),
        ),
    ),
    fault(
        "a link event",
        "forbidden-element",
        ROUTE,
        "ici",
        between("vers_clore", event("ici", '<linkEventDefinition name="suite"/>')),
        mended=between("vers_clore", event("ici", "")),
    ),
    fault(
        "an event sub-process",
        "event-subprocess",
        VISIT,
        "alarme",
        beside(
            VISIT,
            "visite_close",
            '<subProcess id="alarme" name="Alarme" triggeredByEvent="true"><startEvent id="sonner" '
            'name="Sonner">'
            '<timerEventDefinition><timeDuration>"P1D"</timeDuration></timerEventDefinition></startEvent>'
            '<endEvent id="tu" name="Tu"/><sequenceFlow id="vers_tu" sourceRef="sonner" targetRef="tu"/>'
            "</subProcess>",
        ),
        mended=beside(
            VISIT,
            "visite_close",
            '<boundaryEvent id="alarme" name="Un jour après" attachedToRef="rediger" cancelActivity="false">'
            '<timerEventDefinition><timeDuration>"P1D"</timeDuration></timerEventDefinition></boundaryEvent>'
            '<endEvent id="tu" name="Tu"/><sequenceFlow id="vers_tu" sourceRef="alarme" targetRef="tu"/>',
        ),
    ),
    fault(
        "an event sub-process that a message starts",
        "event-subprocess",
        ROUTE,
        "alarme",
        beside(
            ROUTE,
            "clore",
            '<subProcess id="alarme" name="Alarme" triggeredByEvent="true"><startEvent id="sonner" '
            'name="Sonner">'
            '<messageEventDefinition messageRef="message_suite_bilan"/></startEvent><endEvent id="tu" '
            'name="Tu"/>'
            '<sequenceFlow id="vers_tu" sourceRef="sonner" targetRef="tu"/></subProcess>',
        ),
    ),
    fault(
        "a data input",
        "data-flow",
        VISIT,
        "produire_compte_rendu",
        edit(
            VISIT,
            "        </extensionElements>\n      </serviceTask>",
            "        </extensionElements>\n        <dataInputAssociation><targetRef>piece</targetRef>"
            "</dataInputAssociation>\n      </serviceTask>",
        ),
    ),
    fault(
        "an input specification",
        "data-flow",
        ROUTE,
        "visiter",
        edit(
            ROUTE,
            'calledElement="visite"/>',
            'calledElement="visite"><ioSpecification><inputSet/><outputSet/></ioSpecification></callActivity>',
        ),
    ),
    fault(
        "a correlation",
        "correlation",
        ROUTE,
        "correlation_dossier",
        edit(
            ROUTE,
            '<collaboration id="collaboration_parcours">',
            '<correlationProperty id="correlation_dossier" name="dossier">'
            '<correlationPropertyRetrievalExpression messageRef="message_suite_bilan"><messagePath>numero'
            "</messagePath></correlationPropertyRetrievalExpression></correlationProperty>\n  "
            '<collaboration id="collaboration_parcours">',
        ),
    ),
)
