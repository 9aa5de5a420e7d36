"""Decision tables written as dmn-js saves them."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"'
    ' xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/"'
    ' xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"'
    ' xmlns:biodi="http://bpmn.io/schema/dmn/biodi/2.0" id="Definitions_1" name="DRD"'
    ' namespace="http://camunda.org/schema/1.0/dmn">\n'
)


def _text(tag: str, identifier: str, text: str) -> str:
    return f'<{tag} id="{identifier}"><text>{escape(text)}</text></{tag}>'


def a_decision(
    rules: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    identifier: str = "tri",
    inputs: Sequence[str] = ("valeur",),
    outputs: Sequence[str] = ("resultat",),
    defaults: Sequence[str] = (),
    attributes: str = 'hitPolicy="FIRST"',
    extra: str = "",
) -> str:
    """One ``decision`` element; ``rules`` are pairs of input cells and output cells."""
    parts = [f'<decision id={quoteattr(identifier)} name="Tri des signalements">{extra}']
    parts.append(f'<decisionTable id="table_{quoteattr(identifier)[1:-1]}" {attributes}>')
    for n, expression in enumerate(inputs, 1):
        inner = _text("inputExpression", f"expression_{n}", expression)
        parts.append(f'<input id="entree_{n}" label="Entrée {n}" biodi:width="192">{inner}</input>')
    for n, name in enumerate(outputs, 1):
        default = _text("defaultOutputEntry", f"defaut_{n}", defaults[n - 1]) if n <= len(defaults) else ""
        parts.append(
            f'<output id="sortie_{n}" label="" name={quoteattr(name)} typeRef="string">{default}</output>'
        )
    for n, (cells, results) in enumerate(rules, 1):
        entries = "".join(_text("inputEntry", f"cellule_{n}_{i}", cell) for i, cell in enumerate(cells))
        exits = "".join(_text("outputEntry", f"resultat_{n}_{i}", cell) for i, cell in enumerate(results))
        parts.append(f'<rule id="regle_{n}"><description>Note {n}</description>{entries}{exits}</rule>')
    return "".join([*parts, "</decisionTable></decision>"])


def a_file(*decisions: str) -> bytes:
    """A DMN file holding ``decisions``, drawing included."""
    drawing = (
        '<dmndi:DMNDI><dmndi:DMNDiagram id="dessin"><dmndi:DMNShape id="forme" dmnElementRef="tri">'
        '<dc:Bounds height="80" width="180" x="150" y="80"/></dmndi:DMNShape>'
        "</dmndi:DMNDiagram></dmndi:DMNDI>"
    )
    return f"{_HEAD}{''.join(decisions)}{drawing}</definitions>".encode()
