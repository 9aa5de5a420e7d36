"""The handbook on paper: the same text, its drawings as images, the route on pages turned on their side."""

from datetime import date
from typing import Final

from markupsafe import Markup

from app.catalog.words import say
from app.documents import Brand, Heading, Limits, pdf, render_html
from app.documents.bpmn_picture import picture
from app.documents.charts import as_image
from app.publishing.handbook import Chapter, Handbook
from app.publishing.handbook_text import contents, text

_STYLE: Final = (
    "@page couche { size: A4 landscape; margin: 14mm 14mm 16mm; } "
    "#parcours, #regles { page: couche; } .chapitre { break-before: page; } "
    "h2 + .chapitre { break-before: auto; } "
    "section > h2 { break-before: page; } "
    ".schema { margin: 2mm 0 4mm; } "
    ".schema .dessin { display: block; width: 100%; max-height: 150mm; object-fit: contain; "
    "object-position: left top; } "
    ".hors-ecran { display: none; } table { font-size: 9pt; } th .discret { font-weight: 400; } "
    ".etapes th[scope=row] { width: 50%; font-weight: 600; } "
    ".etapes p { margin: 0.6mm 0 0; font-weight: 400; } .a-cote th { padding-left: 5mm; } "
    ".message { border-left: 1.5pt solid #dbe0e6; padding-left: 4mm; margin-bottom: 4mm; font-size: 9.5pt; } "
    ".sommaire ul { list-style: none; columns: 2; } h4 { margin: 3mm 0 1mm; font-size: 10pt; }"
)
_LIMITS: Final = Limits(cpu_seconds=60, wall_seconds=180.0)


def paper(book: Handbook, *, number: int, published: date, brand: Brand, limits: Limits = _LIMITS) -> bytes:
    """Return the handbook of release ``number`` as a tagged PDF.

    Raises:
        DocumentFault: it could not be laid out.
    """
    body = Markup(
        '<p class="chapeau">Ce manuel est tiré de la version {} du dispositif, publiée le {}. Il dit ce que '
        "les diagrammes, les formulaires, les règles et les réglages font faire ; rien n'y est ajouté.</p>"
        "<h2>Sommaire</h2>{}{}"
    ).format(number, say(published), contents(book), text(book, drawn))
    html = render_html(
        f"<style>{_STYLE}</style>{{{{ corps }}}}",
        {"corps": body},
        title=f"Manuel du dispositif : {book.bundle.settings.name}",
        layout="rapport",
        brand=brand,
        heading=Heading(reference=f"Version {number}", date=say(published)),
    )
    return pdf(html, limits=limits)


def drawn(chapter: Chapter) -> Markup:
    """Return a chapter's drawing as an image whose words are its title: the table beside tells it."""
    svg = Markup(picture(chapter.drawing, title=chapter.name, ident=f"d-{chapter.process}"))  # noqa: S704  # drawn and escaped by us
    image = as_image(svg, f"Diagramme : {chapter.name}. Le tableau qui suit en dit les étapes.")
    return Markup('<figure class="schema">{}</figure>').format(image)
