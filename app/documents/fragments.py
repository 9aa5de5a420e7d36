"""Trusted pieces of HTML that a document's fields may hold: facts, grids, addresses, signatures."""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from itertools import groupby

from markupsafe import Markup, escape

_NARROW = 3
"""Columns that still fit beside a label; more take the whole width."""
_FIGURE = re.compile(r"^[-+]?[\d\s\u202f\u00a0.,]+(?:\s*(?:€|%|°C|kWh|m³|m²|ans|l/min))?$")

_NO_FIGURE = frozenset({"", "–", "n. c."})
"""What stands in a column of figures in place of one: nothing, none, a count that is not told."""


def lines(text: object) -> Markup:
    """Return ``text`` escaped, its line breaks kept."""
    return Markup("<br>").join(str(text).splitlines())


def rows_table(rows: Iterable[tuple[str, object]]) -> Markup:
    """Return facts as a table of two columns, one row for each (label, text).

    An empty text is shown as « non renseigné »: leave the row out when nobody asked the question.
    """
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(label, _cell(text))
        for label, text in rows
    )
    return Markup('<table class="faits"><tbody>{}</tbody></table>').format(body) if body else Markup("")


def grid(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "Rien à indiquer."
) -> Markup:
    """Return a table with a heading for each column; columns of figures are set to the right.

    Args:
        headers: the headings, in order.
        rows: the cells of each row, as texts in the order of ``headers``.
        empty: the sentence shown when there is no row.
    """
    kept = [[str(cell) for cell in row] for row in rows]
    if not kept:
        return Markup('<p class="vide">{}</p>').format(empty)
    figures = [_figures([row[index] for row in kept if index < len(row)]) for index in range(len(headers))]
    marks = [Markup(' class="chiffre"') if figure else Markup("") for figure in figures]
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(mark, title)
        for mark, title in zip(marks, headers, strict=True)
    )
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup("<td{}>{}</td>").format(mark, lines(cell))
                for mark, cell in zip(marks, row, strict=False)
            )
        )
        for row in kept
    )
    return Markup('<table class="grille"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(
        head, body
    )


def drawn(strokes: Sequence[str], text: str, *, width: int = 600, height: int = 200) -> Markup:
    """Return a signature as it was drawn, with what it says under it.

    Args:
        strokes: each the points the hand went through, « x,y x,y », in a box of ``width`` by ``height``.
        text: who signed and when; read aloud in place of the drawing.
        width: of the box.
        height: of the box.
    """
    paths = Markup("").join(
        Markup('<path d="{}"/>').format(f"M{stroke}" if " " in stroke else f"M{stroke} l0.1,0")
        for stroke in strokes
    )
    picture = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" fill="none" stroke="#16243a" '
        'stroke-width="4" stroke-linecap="round" stroke-linejoin="round">{}</svg>'
    ).format(width, height, paths)
    address = f"data:image/svg+xml;base64,{b64encode(picture.encode()).decode()}"
    return Markup('<img class="trace" src="{}" alt="Signature dessinée"><br>{}').format(address, text)


def answers_table(
    rows: Iterable[tuple[str, str, object, Sequence[Sequence[tuple[str, str]]]]],
) -> Markup:
    """Return a form's answers as facts under the headings of its sections.

    Args:
        rows: ``(section, label, text, lines)`` in the form's order; ``lines`` holds the rows of an
            answer that is itself a table, each as ``(label, text)`` pairs, and replaces its text.
    """
    parts: list[Markup] = []
    for section, members in groupby(rows, key=lambda row: row[0]):
        heading = Markup("<h3>{}</h3>").format(section) if section else Markup("")
        facts = Markup("").join(_answer(label, text, inner) for _, label, text, inner in members)
        parts.append(heading + Markup('<table class="faits"><tbody>{}</tbody></table>').format(facts))
    return Markup("").join(parts)


def _answer(label: str, text: object, inner: Sequence[Sequence[tuple[str, str]]]) -> Markup:
    if not inner:
        return Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(label, _cell(text))
    headers = list(dict.fromkeys(name for line in inner for name, _ in line))
    cells = [[dict(line).get(name, "") for name in headers] for line in inner]
    if len(headers) == 1:
        return Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(
            label, Markup("<br>").join(row[0] for row in cells)
        )
    if len(headers) > _NARROW:
        return Markup('<tr><td class="entier" colspan="2"><p class="libelle">{}</p>{}</td></tr>').format(
            label, grid(headers, cells)
        )
    return Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(label, grid(headers, cells))


def bullets(items: Iterable[object]) -> Markup:
    """Return a list, empty markup when there is nothing."""
    body = Markup("").join(Markup("<li>{}</li>").format(lines(item)) for item in items)
    return Markup("<ul>{}</ul>").format(body) if body else Markup("")


def signatures(labels: Iterable[str]) -> Markup:
    """Return one block to sign for each label."""
    body = Markup("").join(Markup("<div><p>{}</p></div>").format(escape(label)) for label in labels)
    return Markup('<div class="signatures">{}</div>').format(body)


def _cell(text: object) -> Markup:
    if isinstance(text, Markup):
        return text
    return lines(text) if str(text).strip() else Markup('<span class="vide">non renseigné</span>')


def _figures(column: Sequence[str]) -> bool:
    filled = [cell for cell in column if cell.strip() not in _NO_FIGURE]
    return bool(filled) and all(_FIGURE.match(cell) for cell in filled)
