"""What a new file begins with: little, but drawn, readable, and of the kind that its name says."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from app.catalog.bundle import KINDS
from app.services.studio.naming import vocabulary
from app.services.text import fold

_OTHERS: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 60


def name_for(folder: str, title: str) -> str:
    """Return the normalised name of a new file, out of what people call it; its stem may come out empty."""
    stem = _OTHERS.sub("_", fold(title)).strip("_")[:_LONGEST].strip("_")
    stem = f"n_{stem}" if stem[:1].isdigit() else stem  # an id of XML begins with a letter
    return f"{folder}/{stem}{KINDS.get(folder, '')}"


def text_for(folder: str, stem: str, title: str) -> str:
    """Return the first text of a file.

    Raises:
        KeyError: no such folder.
    """
    return _WRITERS[folder](stem, title)


def _message(_stem: str, title: str) -> str:
    return f"Objet : {title}\n\nBonjour {{{{ destinataire.nom }}}},\n\nÉcrivez ici.\n"


def _document(_stem: str, title: str) -> str:
    front = f"titre: {_plain(title)} | mise-en-page: lettre | classes: technique"
    return f"<!-- {front} -->\n<p>Écrivez ici.</p>\n"


def _plain(said: str) -> str:
    return said.replace("|", " ").replace("--", "-").replace("<", "").replace(">", "")


def _form(stem: str, title: str) -> str:
    field = {"cle": "note", "type": "texte_long", "libelle": "Note"}
    return json.dumps({"id": stem, "titre": title, "champs": [field]}, ensure_ascii=False, indent=2) + "\n"


def _lane() -> dict[str, Any]:
    lanes = [lane for lane in vocabulary()["lanes"] if not lane["external"]]
    return lanes[0] if lanes else {"id": "couloir", "name": "Équipe"}


def _diagram(stem: str, title: str) -> str:
    lane = _lane()
    return _DIAGRAM.format(
        stem=stem, title=quoteattr(title), lane=quoteattr(lane["id"]), lane_name=quoteattr(lane["name"]),
        lane_di=quoteattr(f"{lane['id']}_di"),
    )  # fmt: skip


def _table(stem: str, title: str) -> str:
    return _TABLE.format(stem=stem, title=quoteattr(title))


_WRITERS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "bpmn": _diagram,
    "dmn": _table,
    "forms": _form,
    "messages": _message,
    "documents": _document,
}

_DIAGRAM: Final = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="definitions_{stem}" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:collaboration id="collaboration_{stem}">
    <bpmn:participant id="participant_{stem}" name={title} processRef="{stem}" />
  </bpmn:collaboration>
  <bpmn:process id="{stem}" name={title} isExecutable="true">
    <bpmn:laneSet id="couloirs_{stem}">
      <bpmn:lane id={lane} name={lane_name}>
        <bpmn:flowNodeRef>{stem}_commence</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>{stem}_termine</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="{stem}_commence" name="Commencé">
      <bpmn:outgoing>{stem}_commence_vers_termine</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:endEvent id="{stem}_termine" name="Terminé">
      <bpmn:incoming>{stem}_commence_vers_termine</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="{stem}_commence_vers_termine" sourceRef="{stem}_commence" targetRef="{stem}_termine" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagramme_{stem}">
    <bpmndi:BPMNPlane id="plan_{stem}" bpmnElement="collaboration_{stem}">
      <bpmndi:BPMNShape id="participant_{stem}_di" bpmnElement="participant_{stem}" isHorizontal="true">
        <dc:Bounds x="160" y="80" width="600" height="200" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id={lane_di} bpmnElement={lane} isHorizontal="true">
        <dc:Bounds x="190" y="80" width="570" height="200" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="{stem}_commence_di" bpmnElement="{stem}_commence">
        <dc:Bounds x="252" y="162" width="36" height="36" />
        <bpmndi:BPMNLabel>
          <dc:Bounds x="240" y="205" width="60" height="14" />
        </bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="{stem}_termine_di" bpmnElement="{stem}_termine">
        <dc:Bounds x="652" y="162" width="36" height="36" />
        <bpmndi:BPMNLabel>
          <dc:Bounds x="640" y="205" width="60" height="14" />
        </bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="{stem}_commence_vers_termine_di" bpmnElement="{stem}_commence_vers_termine">
        <di:waypoint x="288" y="180" />
        <di:waypoint x="652" y="180" />
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""  # noqa: E501  # the root of a diagram stands on one line, as editors write it

_TABLE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" id="definitions_{stem}" name={title} namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="{stem}" name={title}>
    <decisionTable id="table_{stem}" hitPolicy="FIRST">
      <input id="{stem}_entree" label="Priorité du dossier">
        <inputExpression id="{stem}_entree_expression" typeRef="string">
          <text>dossier.priorite</text>
        </inputExpression>
      </input>
      <output id="{stem}_resultat" label="Résultat" name="resultat" typeRef="string" />
      <rule id="{stem}_toujours">
        <description>Dans tous les cas</description>
        <inputEntry id="{stem}_toujours_entree">
          <text>-</text>
        </inputEntry>
        <outputEntry id="{stem}_toujours_resultat">
          <text>"à écrire"</text>
        </outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram>
      <dmndi:DMNShape dmnElementRef="{stem}">
        <dc:Bounds height="80" width="180" x="160" y="100" />
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""  # noqa: E501
