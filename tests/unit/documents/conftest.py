"""What the tests of documents share. Only a machine without Pango may skip them, and only if it may."""

import os
from io import BytesIO

import pytest
from pypdf import PdfReader

from app.documents import Brand, Heading, available, pdf, render_html

BRAND = Brand("Agglomération d'Essai", "#164a86", address=("1 place de l'Essai", "99000 Essai"))
HEADING = Heading(
    reference="DOS-2026-0142",
    date="lundi 16 mars 2026",
    place="Essai",
    recipient=("Madame Éléa Le Goff", "12 rue des Embruns", "99000 Essai"),
)


@pytest.fixture
def pango() -> None:
    """PDF can be produced here."""
    missing = available()
    if missing is None:
        return
    if os.environ.get("RELAIS_REQUIRE_PANGO"):
        pytest.fail(missing)
    pytest.skip(missing)


def page(
    body: str, *, layout="rapport", title="Essai", brand=BRAND, heading=HEADING, **context: object
) -> str:
    return render_html(body, context, title=title, layout=layout, brand=brand, heading=heading)


def read(data: bytes) -> PdfReader:
    return PdfReader(BytesIO(data))


def printed(body: str, **more) -> PdfReader:
    return read(pdf(page(body, **more)))


def words(reader: PdfReader) -> str:
    return " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())
