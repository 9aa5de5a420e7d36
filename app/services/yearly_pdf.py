"""A report as a document: tables, drawings and what people wrote, in two tagged PDF (AST-11)."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import select

from app import tenancy
from app.access import CLASSES
from app.catalog.words import say
from app.clock import PARIS
from app.database import db, end_read, transaction
from app.documents import Brand, DocumentFault, Heading, lines, pdf, render_html
from app.documents.charts import Bar, Ink, along_months, along_rows, as_image
from app.jobs import job
from app.models import Territory, YearlyReport
from app.services import files, live, logos, releases
from app.services.yearly_issue import LAY_OUT

INK = Ink()
_STYLE = (
    ".chiffres th[scope=row] { font-weight: 400; color: inherit; } "
    ".chiffres th.chiffre { text-align: right; } "
    ".dessin { width: 150mm; } figcaption { margin-top: 1mm; }"
)
_FEW = 14
"""Bars of a drawing; beyond, the table alone says it better."""


def body(figures: Mapping[str, Any], *, public: bool) -> Markup:
    """Return a report's text: what is told, then the parts that people wrote, then the figures."""
    parts = [_foreword(figures, public=public)]
    parts += [
        Markup("<h2>{}</h2>{}").format(part["titre"], _paragraphs(part["texte"]))
        for part in figures.get("parties", ())
    ]
    for theme in figures["themes"]:
        parts.append(Markup("<h2>{}</h2>").format(theme["titre"]))
        parts.append(_overview(theme["chiffres"], figures, public=public))
        parts += [_detail(figure, figures, public=public) for figure in theme["chiffres"]]
    return Markup("").join(parts)


def _foreword(figures: Mapping[str, Any], *, public: bool) -> Markup:
    told = Markup('<p class="chapeau">Chiffres arrêtés le {}, pour la période : {}.</p>').format(
        figures["arretes_le"], figures["periode"]
    )
    if not public:
        return told + Markup(
            '<p class="encadre">Version interne, à ne pas diffuser : de petits nombres peuvent y désigner '
            "un ménage. Une version publique accompagne ce rapport.</p>"
        )
    return told + Markup(
        '<p class="encadre">Version publique. « n. c. » (non communiqué) remplace tout chiffre qui porte sur '
        "moins de {} ménages, et ceux qui permettraient de le retrouver.</p>"
    ).format(figures["seuil"])


def _paragraphs(text: str) -> Markup:
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(lines(block)) for block in blocks)


def _overview(rows: list[dict[str, Any]], figures: Mapping[str, Any], *, public: bool) -> Markup:
    return _table("Indicateur", rows, figures, public=public)


def _table(
    heading: str, rows: Sequence[Mapping[str, Any]], figures: Mapping[str, Any], *, public: bool
) -> Markup:
    """Return figures as a table: what they tell of, the year, and inside the house the year before."""
    headers = [heading, "Période", *([] if public else [figures["precedente"].capitalize()])]
    marks = [Markup(""), *[Markup(' class="chiffre"')] * (len(headers) - 1)]
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(mark, title)
        for mark, title in zip(marks, headers, strict=True)
    )
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            row["libelle"],
            Markup("").join(
                Markup('<td class="chiffre">{}</td>').format(said)
                for said in ([row["valeur"]] if public else [row["valeur"], row["precedente"]])
            ),
        )
        for row in rows
    )
    return Markup(
        '<table class="grille chiffres"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    ).format(head, body)


def _detail(figure: Mapping[str, Any], figures: Mapping[str, Any], *, public: bool) -> Markup:
    source = f" ({figure['source']})" if figure["source"] else ""
    told = Markup('<h3>{}</h3><p class="discret">{}{}</p>').format(
        figure["libelle"], figure["definition"], source
    )
    return (
        told
        + Markup("").join(_drawn(figure))
        + Markup("").join(_breakdown(figure, part, figures, public=public) for part in figure["ventilations"])
    )


def _drawn(figure: Mapping[str, Any]) -> Iterator[Markup]:
    months = figure["mois"]
    values = [Decimal(value) if value is not None else None for _, _, value in months]
    if not any(values):
        return
    bars = [Bar(label, value, said) for (label, said, _), value in zip(months, values, strict=True)]
    words = f"{figure['libelle']}, mois par mois : " + ", ".join(
        f"{label} {said}" for label, said, _ in months
    )
    drawing = along_months(bars, figure["libelle"], f"mois-{figure['id']}", ink=INK)
    yield Markup("<figure>{}<figcaption>Mois par mois</figcaption></figure>").format(as_image(drawing, words))


def _breakdown(
    figure: Mapping[str, Any], part: Mapping[str, Any], figures: Mapping[str, Any], *, public: bool
) -> Markup:
    rows = part["lignes"]
    if not rows:
        return Markup("")
    bars = [
        Bar(row["libelle"], Decimal(row["nombre"]) if row["nombre"] is not None else None, row["valeur"])
        for row in rows
    ]
    drawing = Markup("")
    if 1 < len(bars) <= _FEW and any(bar.value for bar in bars):
        words = (
            f"{figure['libelle']} par {part['libelle'].lower()} : le tableau qui suit dit les mêmes chiffres."
        )
        ident = f"par-{figure['id']}-{part['libelle']}".replace(" ", "-")
        drawn = as_image(along_rows(bars, figure["libelle"], ident, ink=INK), words)
        drawing = Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(drawn, part["libelle"])
    return drawing + _table(part["libelle"], rows, figures, public=public)


def page(row: YearlyReport, figures: Mapping[str, Any], *, public: bool) -> str:
    """Return a report as a whole HTML page, ready to be laid out."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    contact = live.contact(releases.current().settings)
    told = (contact.service, contact.address, contact.telephone, contact.email)
    day = say(row.issued_at.astimezone(PARIS).date()) if row.issued_at else "brouillon"
    return render_html(
        f"<style>{_STYLE}</style>{{{{ corps }}}}",
        {"corps": body(figures, public=public)},
        title=f"{row.title}{' (version publique)' if public else ''}",
        layout="rapport",
        brand=Brand(name=territory.name, address=tuple(line for line in told if line), logo_png=logos.png()),
        heading=Heading(reference=f"Rapport n° {row.number}" if row.number else "Brouillon", date=day),
    )


@job(LAY_OUT, queue="documents")
def lay_out(report_id: str) -> None:
    """Make both PDF of an issued report and keep them; done once, repeated without harm."""
    row = db.session.scalar(select(YearlyReport).where(YearlyReport.id == UUID(report_id)))
    if row is None or row.status != "issued" or row.file_id is not None:
        return
    made = [(page(row, row.figures, public=False), False), (page(row, row.public, public=True), True)]
    name = f"rapport-{row.number}-{row.first.year}"
    classe = max(row.classes, key=CLASSES.index, default=CLASSES[0])
    end_read()
    try:
        pdfs = [(pdf(html), public) for html, public in made]
    except DocumentFault as fault:
        with transaction() as session:
            session.get_one(YearlyReport, UUID(report_id)).error = fault.sentence
        return
    with transaction() as session:
        target = session.get_one(YearlyReport, UUID(report_id))
        for content, public in pdfs:
            kept = files.keep(
                content,
                name=f"{name}{'-public' if public else ''}.pdf",
                mime="application/pdf",
                classe=CLASSES[0] if public else classe,
                case_id=None,
                user_id=None,
            )
            if public:
                target.public_file_id = kept.id
            else:
                target.file_id = kept.id
        target.error = None
