"""Where a hostile text may stand in a bundle: each place makes a file that carries it, and names the element.

A place is given a number and a text, and returns the file's path, its content and the element that must be
refused. Ids hold the number, so that many files of one place stand in one bundle.
"""

import json
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape, quoteattr

from tests.checker.corpus.drawing import draw

Carried = tuple[str, bytes, str]
Place = Callable[[int, str], Carried]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<definitions '
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d{n}" targetNamespace="http://a.b">'
    '<message id="message_{n}" name="attaque_{n}"/><signal id="signal_{n}" name="attaque_{n}"/>{extra}'
    '<process id="attaque_{n}" name="Attaque" isExecutable="true"><laneSet id="couloirs_{n}">'
    '<lane id="accueil" name="Accueil"><flowNodeRef>ici_{n}</flowNodeRef></lane></laneSet>'
)
_GOES_ON = (
    '<endEvent id="fin_{n}" name="Fin"/><sequenceFlow id="vers_ici_{n}" sourceRef="debut_{n}" '
    'targetRef="ici_{n}"/><sequenceFlow id="vers_fin_{n}" sourceRef="ici_{n}" targetRef="fin_{n}"/>'
    "\n  </process></definitions>"
)
_START = '<startEvent id="debut_{n}" name="Début"/>'


def _diagram(
    inner: Callable[[str], str], *, start: str = _START, element: str = "ici_{n}", extra: str = ""
) -> Place:
    """A diagram of three elements; ``inner`` writes the one in the middle around the text."""

    def place(n: int, text: str) -> Carried:
        body = f"{_HEAD.replace('{extra}', extra)}{start}{inner('{text}')}{_GOES_ON}".replace("{n}", str(n))
        xml = draw(body.replace("{text}", escape(text)).replace("{attribute}", quoteattr(text)))
        return f"bpmn/attaque_{n}.bpmn", xml.encode(), element.replace("{n}", str(n))

    return place


def _task(inner: str) -> Callable[[str], str]:
    return lambda _: f'<userTask id="ici_{{n}}" name="Ici">{_FORM}{inner}</userTask>'


_PROPERTY = '<spiffworkflow:property name="{}" value={{attribute}}/>'
_FORM = (
    "<extensionElements><spiffworkflow:properties>"
    '<spiffworkflow:property name="formulaire" '
    'value="relance"/></spiffworkflow:properties></extensionElements>'
)


def _catch(definition: str, kind: str = "intermediateCatchEvent") -> Callable[[str], str]:
    return lambda _: f'<{kind} id="ici_{{n}}" name="Ici">{definition}</{kind}>'


def _timer(kind: str) -> str:
    return f"<timerEventDefinition><{kind}>{{text}}</{kind}></timerEventDefinition>"


def _deadline(name: str) -> Place:
    row = _PROPERTY.format(name)
    return _diagram(
        lambda _: (
            '<userTask id="ici_{n}" name="Ici">'
            + _FORM.replace("</spiffworkflow:properties>", f"{row}</spiffworkflow:properties>")
            + "</userTask>"
        )
    )


def _gateway(kind: str) -> Place:
    return _diagram(
        lambda _: (
            f'<{kind} id="ici_{{n}}" name="Ici ?" default="vers_fin_{{n}}"/><endEvent id="autre_{{n}}" '
            'name="Autre fin"/><sequenceFlow id="choix_{n}" name="oui" sourceRef="ici_{n}" '
            'targetRef="autre_{n}">'
            "<conditionExpression>{text}</conditionExpression></sequenceFlow>"
        ),
        element="choix_{n}",
    )


def _repeated(inner: str) -> Place:
    return _diagram(_task(f"<multiInstanceLoopCharacteristics>{inner}</multiInstanceLoopCharacteristics>"))


_VERB = (
    '<serviceTask id="ici_{n}" name="Ici"><extensionElements><spiffworkflow:serviceTaskOperator '
    'id="cloturer_dossier"><spiffworkflow:parameters><spiffworkflow:parameter id="motif" type="any" '
    "value={attribute}/></spiffworkflow:parameters></spiffworkflow:serviceTaskOperator></extensionElements>"
    "</serviceTask>"
)
_SENT = (
    '<messageEventDefinition messageRef="message_{n}"><extensionElements><spiffworkflow:messagePayload>{text}'
    "</spiffworkflow:messagePayload></extensionElements></messageEventDefinition>"
)
_RAISED = '<signalEventDefinition signalRef="signal_{n}"/>'
_RAISED_WITH = (
    "<extensionElements><spiffworkflow:payloadExpression>{text}</spiffworkflow:payloadExpression>"
    "</extensionElements>"
)
_CORRELATED = (
    '<correlationProperty id="correlation_{n}"><correlationPropertyRetrievalExpression '
    'messageRef="message_{n}">'
    "<messagePath>{text}</messagePath></correlationPropertyRetrievalExpression></correlationProperty>"
)


def _table(
    column: str, cell: str, result: str, default: str | None = None, element: str = "regle_{n}"
) -> Place:
    def place(n: int, text: str) -> Carried:
        other = "" if default is None else f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry>"
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d{n}" name="A" '
            'namespace="a">'
            '<decision id="attaque_{n}" name="A"><decisionTable id="t{n}" hitPolicy="FIRST"><input id="i{n}" '
            f'label="Entrée"><inputExpression id="e{{n}}"><text>{column}</text></inputExpression></input>'
            f'<output id="o{{n}}" name="avis">{other}</output><rule '
            f'id="regle_{{n}}"><inputEntry><text>{cell}</text>'
            f"</inputEntry><outputEntry><text>{result}</text></outputEntry></rule><rule "
            f'id="sinon_{{n}}"><inputEntry>'
            "<text>-</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable></decision>"
            "</definitions>"
        )
        xml = xml.replace("{n}", str(n)).replace("{text}", escape(text))
        return f"dmn/attaque_{n}.dmn", xml.encode(), element.replace("{n}", str(n))

    return place


def _form(
    field: Mapping[str, object], *, element: str = "ici", top: Mapping[str, object] | None = None
) -> Place:
    def place(n: int, text: str) -> Carried:
        def filled(value: object) -> object:
            if isinstance(value, dict):
                return {key: filled(item) for key, item in value.items()}
            if isinstance(value, list):
                return [filled(item) for item in value]
            return text if value == "{text}" else value

        first = {"cle": "avant", "type": "nombre", "libelle": "Avant"}
        form: dict[str, object] = {"id": f"attaque_{n}", "titre": "Attaque", "champs": [first, field]}
        form |= dict(top or {})
        if "rubriques" in form:
            del form["champs"]
        return f"forms/attaque_{n}.json", json.dumps(filled(form), ensure_ascii=False).encode(), element

    return place


def _template(folder: str, before: str, after: str) -> Place:
    suffix = {"messages": "txt", "documents": "html"}[folder]
    return lambda n, text: (f"{folder}/attaque_{n}.{suffix}", f"{before}{text}{after}".encode(), "")


_FIELD = {"cle": "ici", "type": "texte", "libelle": "Ici"}
_SECTION = {"titre": "Rubrique", "si": "{text}", "champs": [_FIELD]}

PLACES: Mapping[str, Mapping[str, Place]] = {
    "gateway condition": {
        "exclusive gateway": _gateway("exclusiveGateway"),
        "inclusive gateway": _gateway("inclusiveGateway"),
    },
    "conditional event": {
        "conditional event": _diagram(
            _catch("<conditionalEventDefinition><condition>{text}</condition></conditionalEventDefinition>")
        ),
    },
    "timer duration/date/cycle": {
        "duration": _diagram(_catch(_timer("timeDuration"))),
        "date": _diagram(_catch(_timer("timeDate"))),
        "cycle": _diagram(_catch(_timer("timeCycle"))),
        "start date": _diagram(
            lambda _: '<task id="ici_{n}" name="Ici"/>',
            start=f'<startEvent id="debut_{{n}}" name="Début">{_timer("timeDate")}</startEvent>',
            element="debut_{n}",
        ),
        "border": _diagram(
            lambda _: (
                '<task id="ici_{n}" name="Ici"/><boundaryEvent id="bord_{n}" name="Bord" '
                f'attachedToRef="ici_{{n}}">{_timer("timeDuration")}</boundaryEvent><endEvent '
                f'id="tard_{{n}}" '
                'name="Tard"/><sequenceFlow id="vers_tard_{n}" sourceRef="bord_{n}" targetRef="tard_{n}"/>'
            ),
            element="bord_{n}",
        ),
    },
    "multi-instance cardinality, collection, completion condition": {
        "cardinality": _repeated("<loopCardinality>{text}</loopCardinality>"),
        "collection": _repeated("<loopDataInputRef>{text}</loopDataInputRef>"),
        "completion": _repeated(
            "<loopCardinality>2</loopCardinality><completionCondition>{text}</completionCondition>"
        ),
    },
    "loop condition": {
        "loop": _diagram(
            _task(
                '<standardLoopCharacteristics loopMaximum="3"><loopCondition>{text}</loopCondition>'
                "</standardLoopCharacteristics>"
            )
        ),
    },
    "DMN input expression, input cell, output cell": {
        "input expression": _table("{text}", "-", "1", element="attaque_{n}"),
        "input cell": _table("visite.temperature", "{text}", "1"),
        "item of a cell": _table("visite.temperature", '"a", not({text}), [1..{text}]', "1"),
        "output cell": _table("visite.temperature", "-", "{text}"),
        "default": _table("visite.temperature", "1", "1", "{text}", element="attaque_{n}"),
    },
    "handler parameter": {"parameter": _diagram(lambda _: _VERB)},
    "message payload and correlation": {
        "message payload": _diagram(_catch(_SENT, "intermediateThrowEvent")),
        "signal payload": _diagram(_catch(_RAISED_WITH + _RAISED, "intermediateThrowEvent")),
        "correlation": _diagram(
            lambda _: '<task id="ici_{n}" name="Ici"/>', extra=_CORRELATED, element="correlation_{n}"
        ),
    },
    "form condition `si` and computed field": {
        "condition": _form({**_FIELD, "si": "{text}"}),
        "condition of a section": _form(_FIELD, element="", top={"champs": [], "rubriques": [_SECTION]}),
        "computed": _form({**_FIELD, "type": "calcul", "calcul": "{text}"}),
        "first value": _form({**_FIELD, "initiale": "{text}"}),
        "condition of a column": _form(
            {**_FIELD, "type": "tableau", "colonnes": [{**_FIELD, "cle": "colonne", "si": "{text}"}]},
            element="colonne",
        ),
        "rule": _form(
            _FIELD, element="", top={"regles": [{"exige": "{text}", "message": "Non.", "champs": ["ici"]}]}
        ),
    },
    "due, reminder, escalation properties": {
        "delai": _deadline("delai"),
        "rappel": _deadline("rappel"),
        "escalade": _deadline("escalade"),
    },
    "notification and document template": {
        "message": _template("messages", "Objet : A\n\n{{ ", " }}\n"),
        "subject": _template("messages", "Objet : {{ ", " }}\n\nBonjour\n"),
        "document": _template("documents", "<p>{{ ", " }}</p>"),
        "statement": _template("documents", "<p>{% if ", " %}a{% endif %}</p>"),
    },
}
"""The places that ``attacks.json`` names, each with the places of a bundle that it stands for."""
