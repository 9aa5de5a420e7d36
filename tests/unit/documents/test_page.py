"""The page before it is printed: substitution, escaping, French spaces, trusted fragments. Needs no Pango."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import html as lxml_html
from markupsafe import Markup

from app.documents import Brand, answers_table, bullets, grid, lines, render_html, rows_table, signatures
from app.documents.assets import bundled
from app.documents.typography import set_spaces
from app.errors import BundleFault
from tests.unit.documents.conftest import BRAND, page

NB, NN = "\u00a0", "\u202f"
ATTACKS = json.loads((Path(__file__).parents[2] / "data" / "attacks.json").read_text())


def test_a_field_is_filled_in_and_escaped():
    made = page(
        "<p>{{ menage.nom }} : {{ montant }}</p>", menage={"nom": "<script>&"}, montant=Decimal("12.50")
    )
    assert f"<p>&lt;script&gt;&amp;{NB}: 12,50</p>" in made


def test_a_trusted_fragment_goes_in_as_it_is():
    made = page("{{ faits }}", faits=rows_table([("Chauffage", "gaz")]))
    assert '<th scope="row">Chauffage</th><td>gaz</td>' in made


@pytest.mark.parametrize("attack", ATTACKS["templates"])
def test_a_body_can_do_no_more_than_name_fields(attack):
    with pytest.raises(BundleFault):
        page(attack, champ="x")


@pytest.mark.parametrize("attack", ATTACKS["templates"])
def test_a_value_is_never_read_as_a_template(attack):
    assert (
        lxml_html.fromstring(page("<p id='v'>{{ nom }}</p>", nom=attack)).get_element_by_id("v").text
        == attack
    )


@pytest.mark.parametrize("layout", ["lettre", "rapport", "guide"])
def test_a_title_a_brand_and_a_heading_are_escaped(layout):
    bad = "</style><script>x</script>\"'"
    from app.documents import Heading

    made = page(
        "",
        layout=layout,
        title=bad,
        brand=Brand(bad, address=(bad,)),
        heading=Heading(reference=bad, date=bad, place=bad, recipient=(bad,)),
    )
    assert "<script" not in made
    assert lxml_html.fromstring(made).find(".//title").text == bad


@pytest.mark.parametrize("accent", ["red", "#12345", "#1234567", "#12345g", "#123456;}", "url(http://x)"])
def test_an_accent_that_is_no_plain_colour_is_refused(accent):
    with pytest.raises(ValueError, match="no colour"):
        Brand("x", accent)


def test_the_reference_the_recipient_and_the_language_are_on_the_page():
    made = lxml_html.fromstring(page("", layout="lettre", title="Objet de la lettre"))
    assert made.get("lang") == "fr"
    assert made.find_class("fenetre")[0].text_content() == "Madame Éléa Le Goff12 rue des Embruns99000 Essai"
    assert "DOS-2026-0142" in made.find_class("references")[0].text_content()
    assert made.find_class("lieu")[0].text_content() == "Essai, le lundi 16 mars 2026"


def test_a_page_without_heading_holds_no_empty_label():
    made = render_html("", {}, title="Guide", layout="lettre", brand=BRAND)
    assert "Référence" not in made
    assert 'class="fenetre"' not in made


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Diagnostic complet ?", f"Diagnostic complet{NN}?"),
        ("Objet : « visite » ; vu !", f"Objet{NB}: «{NB}visite{NB}»{NN}; vu{NN}!"),
        ("12 € ou 8 % par mois", f"12{NN}€ ou 8{NN}% par mois"),
        (
            '<p style="color : red" title="a ?">à 14:30 ?</p>',
            f'<p style="color : red" title="a ?">à 14:30{NN}?</p>',
        ),
        ("<style>a > b ; c : d</style> fin ?", f"<style>a > b ; c : d</style> fin{NN}?"),
        ("<!-- a ; b ? --> a ; b", f"<!-- a ; b ? --> a{NN}; b"),
        ("de 9 h à 12 h, 21 ans, 68 m²", f"de 9{NB}h à 12{NB}h, 21{NB}ans, 68{NB}m²"),
        ("12 heures, 3 anses", "12 heures, 3 anses"),
        ("https://relais.example/o/x?y=1", "https://relais.example/o/x?y=1"),
    ],
)
def test_french_spaces_do_not_break(typed, printed):
    assert set_spaces(typed) == printed


def test_fragments_escape_what_they_are_given():
    bad = "<b>&"
    for fragment in (
        rows_table([(bad, bad)]),
        grid([bad], [[bad]]),
        bullets([bad]),
        signatures([bad]),
        lines(bad),
        grid([], [], empty=bad),
    ):
        assert isinstance(fragment, Markup)
        assert "<b>" not in fragment
        assert "&lt;b&gt;&amp;" in fragment


def test_line_breaks_people_typed_are_kept():
    assert lines("un\ndeux <3\r\ntrois") == "un<br>deux &lt;3<br>trois"


def test_a_fact_without_an_answer_says_so():
    assert "non renseigné" in rows_table([("Bailleur", "  ")])


def test_nothing_to_show_is_said_or_left_out():
    assert rows_table([]) == ""
    assert bullets([]) == ""
    assert grid(["a"], []) == '<p class="vide">Rien à indiquer.</p>'


def test_answers_stand_under_the_headings_of_their_sections():
    made = answers_table(
        [
            ("Habitat", "DPE", "F", ()),
            ("Habitat", "Mesures", "…", [[("Pièce", "séjour"), ("Humidité", "62 %")], [("Pièce", "<cave>")]]),
            ("Budget", "Revenus", "", [[("Montant", "1 200 €")], [("Montant", "300 €")]]),
        ]
    )
    table = lxml_html.fromstring(f"<div>{made}</div>")
    assert [heading.text for heading in table.iter("h3")] == ["Habitat", "Budget"]
    assert [cell.text for cell in table.xpath("//td//td")] == ["séjour", "62 %", "<cave>", None]
    assert "…" not in made
    assert "<td>1 200 €<br>300 €</td>" in made


def test_a_table_too_wide_to_stand_beside_its_label_stands_under_it():
    made = answers_table([("", "Kit", "", [[(name, "1") for name in ("a", "b", "c", "d")]])])
    assert '<td class="entier" colspan="2"><p class="libelle">Kit</p>' in made
    assert "<h3>" not in made


def test_what_speaks_of_an_empty_field_is_marked_to_be_left_out():
    made = page('<p data-si="{{ menage.langue }}">Langue : {{ menage.langue }}</p>', menage={"langue": ""})
    assert '<p data-si="">' in made
    assert '[data-si=""] { display: none; }' in made


def test_no_space_is_left_that_our_font_does_not_have():
    assert NN not in page("<p>12 € ? {{ montant }}</p>", montant=Decimal("1234.5"))


def test_a_column_of_figures_is_set_to_the_right():
    made = grid(["Pièce", "Humidité"], [["salon", "62 %"], ["chambre", ""], ["cuisine", "1 234,5 €"]])
    assert '<th scope="col">Pièce</th><th scope="col" class="chiffre">Humidité</th>' in made
    assert '<td class="chiffre">62 %</td>' in made


def test_our_own_fonts_are_the_only_files_a_page_names():
    made = page("")
    assert len(bundled()) == 7
    assert all(address in made for address in bundled())
    assert all(path.stat().st_size > 10_000 for path in bundled().values())


def test_the_room_can_be_imported_without_loading_the_layout_engine():
    code = "import app.documents, app.documents.render, sys; sys.exit('weasyprint' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
