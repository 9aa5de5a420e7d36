"""The printed document, read back."""

from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import woff2

from app.documents import DocumentFault, Limits, available, grid, pdf, press, rows_table, signatures
from app.documents.assets import bundled, light_font
from tests.unit.documents.conftest import page, printed, read, words

pytestmark = pytest.mark.usefixtures("pango")


@pytest.mark.parametrize("layout", ["lettre", "rapport", "guide"])
def test_a_document_is_tagged_and_says_its_title_and_language(layout):
    reader = printed("<h2>Chauffage</h2><p>Au gaz.</p>", layout=layout, title="Éléments du diagnostic")
    catalog = reader.root_object
    assert catalog["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == "fr"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata.title == "Éléments du diagnostic"
    assert reader.metadata.author == "Agglomération d'Essai"
    assert reader.xmp_metadata is not None
    assert (round(reader.pages[0].mediabox.width), round(reader.pages[0].mediabox.height)) == (595, 842)


def test_a_letter_holds_its_recipient_its_reference_its_date_and_its_text():
    text = words(printed("<p>Bonjour {{ nom }},</p>", layout="lettre", title="Visite du 20 mars", nom="Éléa"))
    for expected in (
        "Madame Éléa Le Goff 12 rue des Embruns 99000 Essai",
        "Essai, le lundi 16 mars 2026",
        "DOS-2026-0142",
        "Objet : Visite du 20 mars",
        "Bonjour Éléa,",
        "Page 1/1",
    ):
        assert expected in text


def test_the_address_stands_in_the_window_of_the_envelope():
    places: list[tuple[float, float]] = []

    def note(text, _page, matrix, _font, _size):
        if "Le Goff" in text:
            places.append((matrix[4] / 96 * 25.4, matrix[5] / 96 * 25.4))  # in CSS pixels from the top left

    printed("<p>x</p>", layout="lettre").pages[0].extract_text(visitor_text=note)
    [(left, top)] = places
    assert 104 <= left <= 110
    assert 46 <= top <= 58


def test_the_recipient_is_read_before_the_text_by_a_screen_reader():
    text = words(printed("<p>Le corps.</p>", layout="lettre"))
    assert text.index("Madame Éléa") < text.index("Objet") < text.index("Le corps.")


def test_every_page_says_its_number_and_the_reference():
    reader = printed(
        "{{ t }}", t=grid(["Ligne", "Texte"], [[n, "texte"] for n in range(90)]), title="Long relevé"
    )
    total = len(reader.pages)
    assert total > 1
    for number, sheet in enumerate(reader.pages, start=1):
        text = " ".join(sheet.extract_text().split())
        assert f"Page {number}/{total}" in text
        assert "DOS-2026-0142" in text
        assert "Long relevé" in text
        assert "Ligne Texte" in text


def test_tables_are_tagged_with_their_headings():
    reader = printed("{{ a }}{{ b }}", a=rows_table([("Surface", "45 m²")]), b=grid(["Pièce"], [["salon"]]))
    tags = _tags(reader.root_object["/StructTreeRoot"])
    assert {"/H1", "/Table", "/TR", "/TH", "/TD"} <= tags


@pytest.mark.parametrize("weight", [400, 600])
def test_the_fonts_of_the_press_are_those_that_the_pages_carry(weight):
    """One is the other unpacked: unpacking at each document took a third of its time."""
    name, unpacked = f"source-sans-3-latin-{weight}-normal", BytesIO()
    woff2.decompress(BytesIO(light_font(name).read_bytes()), unpacked)
    assert bundled()[f"relais:fonts/{name}.ttf"].read_bytes() == unpacked.getvalue()


def test_our_fonts_are_embedded_and_accents_come_out():
    reader = printed("<p>Œuvre à l'été, 12 €, Łódź, <strong>gras</strong></p>")
    fonts = {
        str(font.get_object()["/BaseFont"])
        for sheet in reader.pages
        for font in sheet["/Resources"]["/Font"].get_object().values()
    }
    assert fonts
    assert all("Source-Sans-3" in font for font in fonts)
    assert "Œuvre à l'été, 12 €, Łódź, gras" in words(reader)


def test_what_speaks_of_an_empty_field_is_left_out():
    body = '<p data-si="{{ langue }}">Langue : {{ langue }}.</p><p>fin</p>'
    assert "Langue" not in words(printed(body, langue=""))
    assert "Langue : breton." in words(printed(body, langue="breton"))


def test_a_document_has_a_block_for_each_signature():
    assert "Le ménage La technicienne" in words(
        printed("{{ s }}", s=signatures(["Le ménage", "La technicienne"]))
    )


def test_a_logo_stands_in_place_of_the_name_and_keeps_it_as_its_text():
    from app.documents import Brand

    logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10"/></svg>'
    reader = printed("<p>x</p>", brand=Brand("Agglomération d'Essai", logo_svg=logo))
    assert "Agglomération" not in words(reader)
    assert "Agglomération d'Essai" in str(_alternates(reader.root_object["/StructTreeRoot"]))


def test_the_guide_fits_one_sheet_in_large_type():
    gestures = "".join(f"<li><h2>Geste {n}</h2><p>Une phrase qui suffit.</p></li>" for n in range(3))
    sizes: list[float] = []
    reader = printed(
        f'<ol class="gestes">{gestures}</ol><p class="telephone"><strong>02 40 00 00 00</strong></p>',
        layout="guide",
    )
    reader.pages[0].extract_text(
        visitor_text=lambda text, _page, _matrix, _font, size: (
            sizes.append(size) if "Une phrase" in text else None
        )
    )
    assert len(reader.pages) == 1
    assert sizes and min(sizes) >= 14


def test_a_document_can_be_produced_here():
    assert available() is None


def test_without_pango_the_sentence_says_what_to_install(tmp_path: Path, monkeypatch):
    for name in ("libpango-1.0.so.0", "libpango-1.0-0", "libpango-1.0.so", "pango-1.0"):
        (tmp_path / name).touch()  # a library that cannot be loaded stands before the real one
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    missing = available()
    assert missing is not None
    assert "Pango" in missing
    assert "apt install" in missing
    with pytest.raises(DocumentFault) as fault:
        pdf(page("<p>x</p>"))
    assert "Pango" in fault.value.sentence


def test_the_layout_process_inherits_no_secret(monkeypatch):
    monkeypatch.setenv("RELAIS_SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    assert "secret" not in str(press._environment("/nowhere"))


def test_too_little_memory_is_said():
    with pytest.raises(DocumentFault) as fault:
        pdf(page("{{ t }}", t=grid(["a"], [[n] for n in range(3000)])), limits=Limits(memory=150_000_000))
    assert "mémoire" in fault.value.sentence


def test_too_much_text_is_said():
    with pytest.raises(DocumentFault) as fault:
        pdf(page("<p>x</p>"), limits=Limits(source=1000))
    assert "Mo" in fault.value.sentence


def test_a_pdf_that_grows_too_big_is_refused():
    with pytest.raises(DocumentFault):
        pdf(page("<p>x</p>"), limits=Limits(output=1000))


def test_a_layout_that_hangs_is_ended_by_the_wall_clock():
    with pytest.raises(DocumentFault) as fault:
        pdf(page("{{ t }}", t=grid(["a"], [[n] for n in range(5000)])), limits=Limits(wall_seconds=2))
    assert "temps" in fault.value.sentence


def test_the_same_page_gives_the_same_words():
    assert words(read(pdf(page("<p>Deux fois</p>")))) == words(read(pdf(page("<p>Deux fois</p>"))))


def _tags(node) -> set[str]:
    node = node.get_object()
    if not hasattr(node, "get"):
        return set()
    found = {str(node["/S"])} if "/S" in node else set()
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        found |= _tags(kid)
    return found


def _alternates(node) -> list[str]:
    node = node.get_object()
    if not hasattr(node, "get"):
        return []
    kids = node.get("/K", [])
    found = [str(node["/Alt"])] if "/Alt" in node else []
    return found + [alt for kid in (kids if isinstance(kids, list) else [kids]) for alt in _alternates(kid)]
