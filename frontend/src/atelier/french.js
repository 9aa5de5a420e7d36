// Every word that the modeler itself shows, in French. tests/browser/test_studio_diagram.py reads the words that
// stand in bpmn-js and fails when one is missing here.
const kinds = {
  Task: "Étape à préciser", "User task": "Étape d’une personne", "Service task": "Opération automatique",
  "Send task": "Envoi d’un message", "Receive task": "Attente d’un message", "Manual task": "Étape hors de Relais",
  "Business rule task": "Table de décision", "Script task": "Script", "Call activity": "Appel d’un autre parcours",
  Transaction: "Transaction", "Event sub-process": "Sous-parcours déclenché par un événement",
  "Sub-process": "Sous-parcours", "Sub-process (collapsed)": "Sous-parcours (replié)",
  "Sub-process (expanded)": "Sous-parcours (ouvert)", "Ad-hoc sub-process": "Sous-parcours sans ordre",
  "Ad-hoc sub-process (collapsed)": "Sous-parcours sans ordre (replié)",
  "Ad-hoc sub-process (expanded)": "Sous-parcours sans ordre (ouvert)", "Ad-hoc": "Sans ordre",
  "Exclusive gateway": "Choix : une seule sortie", "Parallel gateway": "En parallèle : toutes les sorties",
  "Inclusive gateway": "Choix : une ou plusieurs sorties", "Complex gateway": "Passerelle complexe",
  "Event-based gateway": "Premier événement qui arrive",
  "Event based instantiating Gateway": "Premier événement, qui commence le parcours",
  "Parallel Event based instantiating Gateway": "Tous les événements, qui commencent le parcours",
  "Start event": "Début", "End event": "Fin", "Boundary event": "Événement de bordure",
  "Intermediate throw event": "Événement", "Terminate end event": "Fin qui arrête tout",
  "Data object reference": "Donnée", "Data store reference": "Registre", "Sequence flow": "Flèche",
  "Default flow": "Flèche par défaut", "Conditional flow": "Flèche sous condition",
  "Expanded pool/participant": "Parcours ouvert", "Empty pool/participant": "Parcours sans contenu",
  "Empty pool/participant (removes content)": "Parcours sans contenu (efface le contenu)",
};

// Typed events: « Message start event (non-interrupting) » and all its kin.
const triggers = {
  Message: "message", Timer: "minuteur", Conditional: "condition", Signal: "signal", Error: "erreur",
  Escalation: "escalade", Compensation: "compensation", Cancel: "annulation", Link: "lien",
};
const places = {
  "start event": "Début", "end event": "Fin", "boundary event": "En bordure", "intermediate catch event": "Attente",
  "intermediate throw event": "Envoi",
};

function typedEvents() {
  const found = {};
  for (const [trigger, what] of Object.entries(triggers)) {
    for (const [place, where] of Object.entries(places)) {
      found[`${trigger} ${place}`] = `${where} : ${what}`;
      found[`${trigger} ${place} (non-interrupting)`] = `${where} : ${what}, sans interrompre`;
    }
  }
  return found;
}

const tools = {
  "Activate hand tool": "Déplacer la feuille", "Activate lasso tool": "Choisir plusieurs éléments",
  "Activate create/remove space tool": "Faire ou retirer de la place", "Activate global connect tool": "Relier deux éléments",
  "Create start event": "Placer un début", "Create intermediate/boundary event": "Placer un événement",
  "Create end event": "Placer une fin", "Create gateway": "Placer un choix", "Create task": "Placer une étape",
  "Create data object reference": "Placer une donnée", "Create data store reference": "Placer un registre",
  "Create expanded sub-process": "Placer un sous-parcours", "Create pool/participant": "Placer un parcours et ses couloirs",
  "Create group": "Placer un cadre", Delete: "Supprimer", Remove: "Supprimer",
  "Add lane above": "Ajouter un couloir au-dessus", "Add lane below": "Ajouter un couloir au-dessous",
  "Divide into two lanes": "Diviser en deux couloirs", "Divide into three lanes": "Diviser en trois couloirs",
  "Append receive task": "Ajouter l’attente d’un message",
  "Append message intermediate catch event": "Ajouter l’attente d’un message",
  "Append timer intermediate catch event": "Ajouter l’attente d’une date",
  "Append conditional intermediate catch event": "Ajouter l’attente d’une condition",
  "Append signal intermediate catch event": "Ajouter l’attente d’un signal",
  "Append compensation activity": "Ajouter une compensation", "Append end event": "Ajouter une fin",
  "Append gateway": "Ajouter un choix", "Append task": "Ajouter une étape",
  "Append intermediate/boundary event": "Ajouter un événement", "Change element": "Changer de genre",
  "Change type": "Changer de genre", "Add text annotation": "Ajouter une note", "Connect to other element": "Relier à un autre élément",
  "Connect using association": "Relier par un trait", "Connect using sequence/message flow or association": "Relier",
  "Connect using data input association": "Relier une donnée", "Parallel multi-instance": "Une branche par élément, ensemble",
  "Sequential multi-instance": "Une branche par élément, l’une après l’autre", Loop: "Boucle", Collection: "Liste",
  "Participant multiplicity": "Plusieurs participants", "Toggle non-interrupting": "Interrompre ou non",
  "Search in diagram": "Chercher dans le diagramme", "Open {element}": "Ouvrir {element}",
  "Align elements": "Aligner", "Align elements left": "Aligner à gauche", "Align elements center": "Aligner sur un axe vertical",
  "Align elements right": "Aligner à droite", "Align elements top": "Aligner en haut",
  "Align elements middle": "Aligner sur un axe horizontal", "Align elements bottom": "Aligner en bas",
  "Distribute elements horizontally": "Répartir en largeur", "Distribute elements vertically": "Répartir en hauteur",
  Search: "Chercher", Results: "Résultats", "No results": "Aucun résultat",
};

const refusals = {
  "flow elements must be children of pools/participants": "Placez l’élément dans le cadre du parcours.",
  "Data object must be placed within a pool/participant.": "Placez la donnée dans le cadre du parcours.",
  "no diagram to display": "Ce fichier n’a pas de dessin.",
  "no process or collaboration to display": "Ce fichier ne contient aucun parcours à dessiner.",
  "no parent for {element} in {parent}": "« {element} » n’a pas de place dans « {parent} ».",
  "element required": "Il manque un élément.", "no shape type specified": "Le genre de l’élément manque.",
  "already rendered {element}": "« {element} » est déjà dessiné.",
  "failed to import {element}": "« {element} » n’a pas pu être lu.",
  "element {element} referenced by {referenced}#{property} not yet drawn": "« {element} », dont « {referenced} » a besoin, n’est pas dessiné.",
  "unrecognized flowElement {element} in context {context}": "« {element} » n’est pas compris à cette place.",
  "unsupported bpmnElement for plane {plane} and element {element}": "« {element} » n’est pas compris à cette place.",
  "missing {semantic}#attachedToRef": "« {semantic} » n’est attaché à aucune étape.",
  "diagram not part of {element}": "Ce dessin n’appartient pas à {element}.",
  "multiple DI elements defined for {element}": "« {element} » est dessiné deux fois.",
  "no bpmnElement referenced in {element}": "« {element} » ne dessine aucun élément.",
  "{semantic}#{side} Ref not specified": "« {semantic} » n’est relié à rien d’un côté.",
  "more than {count} child lanes": "plus de {count} couloirs",
};

export const words = { ...typedEvents(), ...kinds, ...tools, ...refusals };

function translate(template, replacements = {}) {
  return (words[template] ?? template).replace(/\{([^}]+)\}/g, (whole, key) => replacements[key] ?? whole);
}

export const frenchModule = { translate: ["value", translate] };

/** What an element is, for its panel, its problems and its search. */
export const kindNames = {
  "bpmn:Process": "Parcours", "bpmn:Collaboration": "Diagramme", "bpmn:Participant": "Parcours", "bpmn:Lane": "Couloir",
  "bpmn:UserTask": "Étape d’une personne", "bpmn:ServiceTask": "Opération automatique", "bpmn:BusinessRuleTask": "Table de décision",
  "bpmn:CallActivity": "Appel d’un autre parcours", "bpmn:SubProcess": "Sous-parcours", "bpmn:Task": "Étape à préciser",
  "bpmn:ManualTask": "Étape hors de Relais", "bpmn:SendTask": "Envoi d’un message", "bpmn:ReceiveTask": "Attente d’un message",
  "bpmn:ScriptTask": "Script (refusé)", "bpmn:ExclusiveGateway": "Choix, une seule sortie",
  "bpmn:InclusiveGateway": "Choix, une ou plusieurs sorties", "bpmn:ParallelGateway": "En parallèle",
  "bpmn:EventBasedGateway": "Premier événement qui arrive", "bpmn:ComplexGateway": "Passerelle complexe (refusée)",
  "bpmn:StartEvent": "Début", "bpmn:EndEvent": "Fin", "bpmn:IntermediateCatchEvent": "Attente",
  "bpmn:IntermediateThrowEvent": "Événement", "bpmn:BoundaryEvent": "Événement de bordure", "bpmn:SequenceFlow": "Flèche",
  "bpmn:MessageFlow": "Flèche entre parcours", "bpmn:Association": "Trait", "bpmn:TextAnnotation": "Note", "bpmn:Group": "Cadre",
  "bpmn:DataObjectReference": "Donnée", "bpmn:DataStoreReference": "Registre", "bpmn:Transaction": "Transaction (refusée)",
  "bpmn:AdHocSubProcess": "Sous-parcours sans ordre (refusé)",
};
const definitionNames = {
  "bpmn:MessageEventDefinition": "message", "bpmn:TimerEventDefinition": "minuteur", "bpmn:SignalEventDefinition": "signal",
  "bpmn:ConditionalEventDefinition": "condition", "bpmn:ErrorEventDefinition": "erreur",
  "bpmn:EscalationEventDefinition": "escalade", "bpmn:TerminateEventDefinition": "arrête tout",
};

export function kindOf(object) {
  const kind = kindNames[object.$type] ?? object.$type.replace("bpmn:", "");
  const definition = object.get?.("eventDefinitions")?.[0];
  return definition ? `${kind} · ${definitionNames[definition.$type] ?? definition.$type}` : kind;
}
