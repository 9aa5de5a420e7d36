"""The handbook as a text with headings, drawings and tables: the same for a page and for paper."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from app.catalog.fields import Field
from app.decisions import DecisionTable
from app.documents import grid, lines
from app.publishing.handbook import Chapter, Handbook, Step
from app.publishing.handbook_words import CLASS_WORDS, NOTHING, TYPES, classes, labels, plain, value

Draw = Callable[[Chapter], Markup]
"""Makes the picture of a chapter: inline in a page, an image on paper."""

_HIT: Final = {
    "FIRST": "La première règle qui convient l'emporte.",
    "UNIQUE": "Une seule règle convient à la fois.",
    "COLLECT": "Toutes les règles qui conviennent s'ajoutent.",
}
PARTS: Final = (
    ("roles", "Qui fait quoi"),
    ("parcours", "Le parcours, étape par étape"),
    ("delais", "Les délais"),
    ("regles", "Les règles"),
    ("formulaires", "Les formulaires"),
    ("messages", "Les messages et les documents"),
    ("reglages", "Les réglages"),
)
"""The handbook's parts: anchor and title, in order."""


def text(book: Handbook, draw: Draw) -> Markup:
    """Return the handbook's parts, each under a heading of level 2 with its anchor."""
    tell = {
        "roles": _roles,
        "parcours": lambda book: _route(book, draw),
        "delais": _deadlines,
        "regles": _rules,
        "formulaires": _forms,
        "messages": _texts,
        "reglages": _settings,
    }
    return Markup("").join(
        Markup('<section id="{}"><h2>{}</h2>{}</section>').format(anchor, title, tell[anchor](book))
        for anchor, title in PARTS
    )


def contents(book: Handbook) -> Markup:
    """Return the table of contents, chapters of the route inside."""
    chapters = Markup("").join(
        Markup('<li><a href="#p-{}">{}. {}</a></li>').format(one.process, one.number, one.name)
        for one in book.chapters
    )
    rows = Markup("").join(
        Markup('<li><a href="#{}">{}</a>{}</li>').format(
            anchor, title, Markup("<ul>{}</ul>").format(chapters) if anchor == "parcours" else ""
        )
        for anchor, title in PARTS
    )
    return Markup('<ul class="sommaire">{}</ul>').format(rows)


def _roles(book: Handbook) -> Markup:
    settings = book.bundle.settings
    lanes = {
        role: [lane.label for lane in settings.lanes.values() if role in lane.roles]
        for role in settings.roles
    }
    rows = [
        (
            role.label,
            ", ".join(lanes[role.id]) or NOTHING,
            ", ".join(book.duties.get(role.id, ())) or NOTHING,
            classes(role.read),
        )
        for role in settings.roles.values()
    ]
    outside = [lane.label for lane in settings.lanes.values() if lane.external]
    told = (
        Markup("<p>Répondent par un lien personnel, sans compte : {}.</p>").format(", ".join(outside))
        if outside
        else Markup("")
    )
    return grid(("Rôle", "Couloirs", "Étapes confiées", "Réponses lues"), rows) + told


def _route(book: Handbook, draw: Draw) -> Markup:
    return Markup("").join(_chapter(one, draw) for one in book.chapters)


def _chapter(one: Chapter, draw: Draw) -> Markup:
    told = " ".join(part for part in (plain(one.why), one.starts) if part)
    steps = Markup("").join(_step(step) for step in one.steps)
    return Markup(
        '<section class="chapitre" id="p-{}"><h3>{}. {}</h3><p>{}</p>{}'
        '<table class="grille etapes"><caption class="hors-ecran">{}</caption><thead><tr>'
        '<th scope="col">N°</th><th scope="col">Étape</th><th scope="col">Qui</th>'
        '<th scope="col">Délais et suite</th></tr></thead><tbody>{}</tbody></table></section>'
    ).format(one.process, one.number, one.name, told, draw(one), f"Étapes : {one.name}", steps)


def _step(step: Step) -> Markup:
    told = [plain(step.why)] if step.why else []
    if step.form:
        told.append(f"Formulaire : {step.form}.")
    after = [*step.delays, *step.ways]
    return Markup(
        '<tr{}><td>{}</td><th scope="row">{} <span class="discret">({})</span>{}</th><td>{}</td>'
        "<td>{}</td></tr>"
    ).format(
        Markup(' class="a-cote"') if step.aside else "",
        step.number,
        step.name,
        step.kind,
        Markup("").join(Markup('<p class="discret">{}</p>').format(part) for part in told),
        step.who,
        Markup("<br>").join(after),
    )


def _deadlines(book: Handbook) -> Markup:
    rows = [
        (
            Markup('{}<br><span class="discret">{}</span>').format(one.step, one.chapter),
            one.who,
            one.due or NOTHING,
            one.remind or NOTHING,
            one.escalate or NOTHING,
            one.broken or NOTHING,
        )
        for one in book.deadlines
    ]
    headers = ("Étape", "Qui", "À faire en", "Rappel après", "Retard signalé", "Manquement")
    return Markup(
        "<p>Un délai et son rappel comptent depuis l'arrivée de l'étape ; le retard signalé et le "
        "manquement, depuis l'échéance.</p>"
    ) + _grid(headers, rows)


def _rules(book: Handbook) -> Markup:
    said = labels(book.bundle)
    return Markup("").join(_table(table, said) for table in book.tables) or Markup(
        "<p>Aucune règle n'est écrite en table.</p>"
    )


def _table(table: DecisionTable, said: Mapping[str, Mapping[str, str]]) -> Markup:
    headers = ["N°", *(one.label or one.expression for one in table.inputs)]
    headers += [f"→ {one.label or one.name}" for one in table.outputs]
    headers.append("Pourquoi")
    rows = []
    for rule in table.rules:
        cells = [
            value(cell.text, said.get(column.expression, {}))
            for cell, column in zip(rule.cells, table.inputs, strict=True)
        ]
        rows.append(
            [str(rule.number), *cells, *(value(result, {}) for result in rule.results), rule.annotation]
        )
    otherwise = ", ".join(
        f"{one.label or one.name} = {value(one.default, {})}" for one in table.outputs if one.default
    )
    last = Markup("<p>Sinon : {}.</p>").format(otherwise) if otherwise else Markup("")
    return (
        Markup("<h3>{}</h3><p>{}</p>").format(table.name, _HIT[table.hit_policy])
        + _grid(headers, rows)
        + last
    )


def _forms(book: Handbook) -> Markup:
    return Markup("").join(
        Markup("<h3>{}</h3>{}{}{}").format(
            asked.form.title,
            Markup("<p>{}</p>").format(asked.form.introduction) if asked.form.introduction else "",
            Markup('<p class="discret">Rempli à : {}.</p>').format(", ".join(asked.steps))
            if asked.steps
            else "",
            _grid(("Question", "Réponse", "Classe"), list(_questions(asked.form.fields))),
        )
        for asked in book.forms
    )


def _questions(fields: Sequence[Field], *, within: str = "") -> Iterator[tuple[Markup, Markup, str]]:
    for item in fields:
        if not item.shown:
            continue
        told = [item.hint] if item.hint else []
        if item.condition is not None:
            told.append("Posée selon ce qui précède.")
        question = Markup("{}{}{}").format(
            f"{within} › " if within else "",
            item.label,
            Markup("").join(Markup('<br><span class="discret">{}</span>').format(part) for part in told),
        )
        kind = TYPES.get(item.type, item.type)
        answer = Markup("{}{}").format(
            f"{kind}, obligatoire" if item.required else kind,
            Markup('<br><span class="discret">{}</span>').format(
                " · ".join(option.label for option in item.options)
            )
            if item.options
            else "",
        )
        yield question, answer, CLASS_WORDS[item.classe]
        yield from _questions(item.columns, within=item.label)


def _texts(book: Handbook) -> Markup:
    messages = Markup("").join(
        Markup('<h4>{}</h4><div class="message">{}</div>').format(one.title, lines(one.body))
        for one in book.messages
    )
    documents = Markup("<ul>{}</ul>").format(
        Markup("").join(Markup("<li>{}</li>").format(one.title) for one in book.documents)
    )
    return Markup("<h3>Documents produits</h3>{}<h3>Messages envoyés</h3>{}").format(documents, messages)


def _settings(book: Handbook) -> Markup:
    settings = book.bundle.settings
    parts = [
        Markup("<h3>Genres de partenaires</h3>")
        + grid(
            ("Genre", "Domaine", "Réponses reçues"),
            [(one.label, one.domain, classes(one.receives)) for one in settings.partner_kinds.values()],
            empty="Aucun.",
        )
    ]
    if settings.acts:
        rows = [
            (
                act.label,
                "un dossier" if act.of_case else "le territoire",
                ", ".join(settings.roles[role].label for role in act.roles if role in settings.roles),
            )
            for act in settings.acts.values()
        ]
        parts.append(
            Markup("<h3>Gestes qui se commencent à la main</h3>") + grid(("Geste", "Pour", "Qui"), rows)
        )
    if settings.rules:
        rules = [(name.replace("_", " "), str(value)) for name, value in settings.rules.items()]
        parts.append(Markup("<h3>Réglages des règles</h3>") + grid(("Réglage", "Valeur"), rules))
    indicators = book.bundle.indicators.all
    if indicators:
        figures = [(one.label, one.definition) for one in indicators]
        parts.append(Markup("<h3>Indicateurs</h3>") + grid(("Indicateur", "Définition"), figures))
    return Markup("").join(parts)


def _grid(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a table whose cells may hold markup of ours."""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(one) for one in headers)
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            row[0], Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row[1:])
        )
        for row in rows
    )
    return Markup('<table class="grille"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(
        head, body
    )
