"""What a bundle holds and nothing uses: doubts, not errors."""

from tests.checker.corpus.build import ROUTE, Fault, between, edit, fault, human, put, verb, written

FORM = '{"id": "essai", "titre": "Essai", "champs": [{"cle": "note", "type": "texte", "libelle": "Note"}]}'

UNUSED: tuple[Fault, ...] = (
    fault(
        "a form that no step asks",
        "unused-form",
        "forms/essai.json",
        "",
        put("forms/essai.json", FORM),
        mended=(put("forms/essai.json", FORM), between("vers_clore", human("ici", "essai"))),
        warns=True,
    ),
    fault(
        "a message that nothing sends",
        "unused-template",
        "messages/essai.txt",
        "",
        put("messages/essai.txt", "Objet : Essai\n\nBonjour,\n"),
        mended=(
            put("messages/essai.txt", "Objet : Essai\n\nBonjour,\n"),
            between("vers_clore", verb("ici", "notifier", message="'essai'", a="'accueil'")),
        ),
        warns=True,
    ),
    fault(
        "a table that nothing consults",
        "unused-decision",
        "dmn/priorite.dmn",
        "priorite",
        edit(ROUTE, '<businessRuleTask id="choisir_priorite"', '<task id="choisir_priorite"'),
        edit(
            ROUTE,
            "      <extensionElements><spiffworkflow:calledDecisionId>priorite"
            "</spiffworkflow:calledDecisionId>"
            "</extensionElements>\n    </businessRuleTask>",
            "    </task>",
        ),
        edit(ROUTE, 'value="priorite.delai"', "value=\"'P2D'\""),
        warns=True,
    ),
    fault(
        "a process that nothing starts",
        "unused-process",
        "bpmn/essai.bpmn",
        "essai",
        written(
            "bpmn/essai.bpmn",
            '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
            '<process id="essai" name="Essai" isExecutable="true"><startEvent id="essai_debut" name="Début"/>'
            '<endEvent id="essai_fin" name="Fin"/>'
            '<sequenceFlow id="essai_suite" sourceRef="essai_debut" targetRef="essai_fin"/>\n  '
            "</process></definitions>",
        ),
        warns=True,
    ),
)
