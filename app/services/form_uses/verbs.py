"""The button that sends a form (« Transmettre au pôle »): each step that is answered with it has its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from app.engine.diagram import PEOPLE, bpmn
from app.expressions.safe_xml import UnsafeXml, parse_xml
from app.services.form_uses.diagrams import properties

BUTTON: Final = "bouton"
USUAL: Final = "Terminer cette étape"
"""What the button of a step that says nothing reads."""


@dataclass(frozen=True)
class Verb:
    """The button of one step: the diagram, the step's id and name, the words (empty: the usual ones)."""

    file: str
    element: str
    label: str
    words: str


def verbs(files: Mapping[str, str], form: str) -> list[Verb]:
    """Return the button of each step that is answered with the form."""
    found = []
    for file in sorted(name for name in files if name.endswith(".bpmn")):
        for node in _steps(files[file]):
            own = properties(node)
            if own.get("formulaire", "").strip() == form:
                label = " ".join((node.get("name") or node.get("id") or "").split())
                found.append(Verb(file, node.get("id") or "", label, own.get(BUTTON, "")))
    return found


def with_verb(text: str, element: str, words: str) -> str:
    """Return a diagram in which a step's button bears other words; nothing else of the text moves."""
    opened = rf'<(?P<tag>[\w:]*(?:userTask|manualTask))\b[^>]*\bid="{re.escape(element)}"'
    step = re.compile(rf"{opened}.*?</(?P=tag)\s*>", re.DOTALL)
    return step.sub(lambda found: _changed(found[0], words), text, count=1)


def _steps(text: str) -> list[Any]:
    try:
        return list(bpmn(parse_xml(text.encode()), *sorted(PEOPLE)))
    except UnsafeXml:
        return []


def _changed(step: str, words: str) -> str:
    """Write the words in the step's own property: changed, taken out, or added after its form."""
    said = re.search(rf'[ \t]*<[\w:]*property\b[^>]*\bname="{BUTTON}"[^>]*/>[ \t]*\n?', step)
    value = escape(words, quote=True)
    if said is not None and not words:
        return step.replace(said[0], "", 1)
    if said is not None:
        new = re.sub(r'(?<=\bvalue=")[^"]*(?=")', lambda _found: value, said[0], count=1)
        return step.replace(said[0], new, 1)
    if not words:
        return step
    return re.sub(
        r'(?P<lead>[ \t]*)(?P<open><[\w:]*property)\b[^>]*\bname="formulaire"[^>]*/>',
        lambda found: f'{found[0]}\n{found["lead"]}{found["open"]} name="{BUTTON}" value="{value}" />',
        step,
        count=1,
    )
