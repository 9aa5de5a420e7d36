"""The HTML of forms, read as a browser and a screen reader do."""

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import html

from app.catalog.answers_view import answer_rows
from app.catalog.forms import Form
from app.catalog.submission import Flat
from app.clock import PARIS
from app.web import forms
from tests.unit.catalog.build import ALL, form_of, sent
from tests.unit.catalog.test_shipped_forms import BUNDLES, CONTEXT, FORMS

ROOT = Path(__file__).parents[2]
each_form = pytest.mark.parametrize(("code", "name"), FORMS)


def page(form: Form, flat: Flat | None = None, **more) -> html.HtmlElement:
    more = {"classes": ALL} | more
    return html.fromstring(f"<form>{forms.render(form, flat or Flat({}), **more)}</form>")


def filled(code: str, name: str) -> html.HtmlElement:
    form = BUNDLES[code].forms[name]
    answers = form.sample(random.Random(5), CONTEXT)  # noqa: S311 - samples, not secrets
    problems = {field.key: ["Une phrase."] for field in form.fields}
    return page(form, form.spread(answers), context=CONTEXT, problems=problems)


def controls(root: html.HtmlElement) -> Iterator[html.HtmlElement]:
    return (e for e in root.iter("input", "select", "textarea") if e.get("type") != "hidden")


@each_form
def test_every_control_has_a_label_a_unique_id_and_says_its_notes(code: str, name: str):
    root = filled(code, name)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    labelled = {label.get("for") for label in root.iter("label")}
    assert all(control.get("id") in labelled for control in controls(root))
    for element in root.iter():
        for identifier in (element.get("aria-describedby") or "").split():
            assert identifier in ids
    assert all(fieldset.find("legend") is not None for fieldset in root.iter("fieldset"))


@each_form
def test_every_sentence_has_a_place_to_link_to(code: str, name: str):
    root = filled(code, name)
    ids = {element.get("id") for element in root.iter()}
    for key in BUNDLES[code].forms[name].fields:
        shown = root.xpath(f'//*[@data-champ="{key.key}"]')
        assert not shown or forms.anchor(key.key) in ids


@each_form
def test_enter_sends_the_form_and_nothing_runs_inline(code: str, name: str):
    root = filled(code, name)
    first = next(root.iter("button"))
    assert first.get("type") == "submit"
    assert first.get("name") is None
    for element in root.iter():
        assert not any(
            attribute.startswith("on") or attribute in {"style", "capture"} for attribute in element.attrib
        )
    assert not list(root.iter("script"))


@each_form
def test_what_a_page_shows_is_read_back_as_it_was(code: str, name: str):
    form = BUNDLES[code].forms[name]
    loose = {field.key for field in form.fields if field.type in {"fichier", "photo", "signature"}}
    answers = {
        key: value
        for key, value in form.sample(random.Random(11), CONTEXT).items()  # noqa: S311 - samples, not secrets
        if key not in loose
    }
    root = page(form, form.spread(answers), context=CONTEXT)
    for template in list(root.iter("template")):
        template.drop_tree()
    again = form.parse(typed_in(root), classes=ALL, context=CONTEXT) if not loose else answers
    assert again == answers


def typed_in(root: html.HtmlElement) -> Flat:
    """What a browser would send of the page."""
    values: dict[str, list[str]] = {}
    for element in root.iter("input", "select", "textarea"):
        name, kind = element.get("name"), element.get("type")
        if not name or (kind in {"checkbox", "radio"} and element.get("checked") is None):
            continue
        if element.tag == "select":
            text = next((o.get("value") for o in element.iter("option") if o.get("selected") is not None), "")
        else:
            text = (
                element.text_content().removeprefix("\n")
                if element.tag == "textarea"
                else element.get("value")
            )
        values.setdefault(name, []).append(text or "")
    return Flat(values)


def test_an_error_is_tied_to_its_control():
    form = form_of({"cle": "surface", "type": "nombre", "aide": "En mètres carrés.", "unite": "m²"})
    root = page(form, sent(surface="soixante"), problems={"surface": ["Écrivez un nombre."]})
    control = root.get_element_by_id(forms.anchor("surface"))
    assert control.get("value") == "soixante"
    assert control.get("aria-invalid") == "true"
    assert control.get("aria-describedby") == "c-surface-aide c-surface-erreur"
    assert root.get_element_by_id("c-surface-erreur").text == "Écrivez un nombre."
    assert control.get("inputmode") == "numeric"


def test_optional_fields_say_so_and_required_ones_do_not():
    form = form_of({"cle": "a", "type": "texte"}, {"cle": "b", "type": "texte", "obligatoire": True})
    labels = [label.text_content() for label in page(form).iter("label")]
    assert labels == ["A (facultatif)", "B"]


def test_a_decimal_number_opens_the_right_keyboard_and_keeps_its_comma():
    form = form_of({"cle": "n", "type": "nombre", "decimales": 1}, {"cle": "i", "type": "nombre"})
    root = page(form, form.spread({"n": Decimal("12.5"), "i": 5}))
    number, whole = root.get_element_by_id("c-n"), root.get_element_by_id("c-i")
    assert (number.get("inputmode"), number.get("value")) == ("decimal", "12,5")
    assert (whole.get("inputmode"), whole.get("value")) == ("numeric", "5")


def test_what_was_typed_as_a_date_stays_to_be_mended():
    form = form_of({"cle": "d", "type": "date"})
    wrong, right = (page(form, sent(d=text)).get_element_by_id("c-d") for text in ("32/1/2026", "31/1/2026"))
    assert (wrong.get("type"), wrong.get("value")) == ("text", "32/1/2026")
    assert (right.get("type"), right.get("value")) == ("date", "2026-01-31")


def test_a_field_of_another_class_is_absent_from_the_page():
    form = form_of({"cle": "a", "type": "texte"}, {"cle": "secrete", "type": "texte", "classe": "secret"})
    text = forms.render(form, sent(a="1", secrete="Ne pas lire"), classes=frozenset({"technique"}))
    assert "secrete" not in text
    assert "Ne pas lire" not in text


def test_texts_of_people_and_designers_are_escaped():
    form = form_of({"cle": "a", "type": "texte_long", "libelle": "<b>A</b>", "aide": "<i>"})
    text = forms.render(form, sent(a='</textarea><script>alert("x")</script>'), classes=ALL)
    assert "<script>" not in text
    assert "<b>A" not in text


def test_a_condition_goes_to_the_browser_and_is_said_in_words():
    form = form_of(
        {"cle": "statut", "type": "choix", "options": {"po": "Propriétaire", "loc": "Locataire"}},
        {"cle": "indices", "type": "cases", "options": {"froid": "Il fait froid"}},
        {"cle": "bailleur", "type": "texte", "si": 'statut == "loc" and "froid" in indices'},
    )
    block = page(form).xpath('//*[@data-champ="bailleur"]')[0]
    assert json.loads(block.get("data-si")) == [
        "and", ["==", ["champ", "statut"], "loc"], ["in", "froid", ["champ", "indices"]],
    ]  # fmt: skip
    words = block.xpath(".//*[@data-si-phrase]")[0].text
    assert words == "À remplir si « Statut » est « Locataire » et « Indices » comporte « Il fait froid »."


def test_a_condition_decided_elsewhere_shows_or_hides_on_the_server():
    form = form_of(
        {"cle": "a", "type": "texte", "si": 'visite.issue == "absent"'}, {"cle": "b", "type": "texte"}
    )
    assert page(form).xpath('//*[@data-champ="a"]') == []
    assert page(form, context={"visite": {"issue": "absent"}}).xpath('//*[@data-champ="a"]')


@dataclass
class Origin:
    form_title: str
    at: datetime
    author: str


def test_a_pre_filled_answer_says_where_it_comes_from():
    form = form_of({"cle": "nom", "type": "texte", "reprise_de": "signalement.nom"})
    origin = Origin("Fiche de repérage", datetime(2026, 10, 19, 9, tzinfo=PARIS), "Nadia Benali")
    root = page(form, sent(nom="Le Goff"), origins={"nom": origin})
    control = root.get_element_by_id("c-nom")
    said = root.get_element_by_id(control.get("aria-describedby")).text
    assert said == "repris de « Fiche de repérage », lundi 19 octobre 2026, Nadia Benali"


TABLE = {
    "cle": "lignes", "type": "tableau", "nom_ligne": "Orientation", "max": 2,
    "bouton": "Ajouter une orientation", "colonnes": [{"cle": "motif", "libelle": "Motif", "type": "texte"}],
}  # fmt: skip


def test_rows_have_buttons_that_work_without_a_script():
    form = form_of(TABLE)
    root = page(form, sent(lignes__0__motif="un"))
    assert [
        b.get("value") for b in root.xpath("//button[@name='_action']") if b.getparent().tag != "template"
    ][-1] == ("ajouter:lignes")
    assert root.xpath("//button[@value='retirer:lignes.0']")
    assert root.xpath("//template//*[@name='lignes.__n__.motif']")
    full = page(form, sent(lignes__0__motif="un", lignes__1__motif="deux"))
    assert not full.xpath("//button[@value='ajouter:lignes']")
    assert [legend.text for legend in full.iter("legend")][1:] == ["Orientation 1", "Orientation 2"]


def test_rows_of_the_context_show_their_facts_and_cannot_be_taken_out():
    form = BUNDLES["carene"].forms["revue"]
    root = page(form, context=CONTEXT)
    titles = [legend.text for legend in root.iter("legend") if "DOS-" in (legend.text or "")]
    assert titles == ["DOS-2026-0001, Donges", "DOS-2026-0002, Trignac"]
    assert not root.xpath("//button[starts-with(@value, 'retirer:situations')]")
    assert not root.xpath("//button[@value='ajouter:situations']")
    assert not root.xpath("//*[@name='situations.0.reference']")


def test_kept_files_can_be_kept_or_let_go():
    form = form_of({"cle": "photos", "type": "photo", "max": 3})
    stored = {"photos": [{"id": "f1", "nom": "mur.jpg"}, {"id": "f2", "nom": "sol.jpg"}]}
    root = page(form, sent(photos__garder="f1"), stored=stored)
    boxes = root.xpath("//input[@name='photos.garder']")
    assert [(box.get("value"), box.get("checked") is not None) for box in boxes] == [("f1", True)]
    chooser = root.get_element_by_id("c-photos")
    assert chooser.get("accept") == "image/jpeg,image/png,image/webp"
    assert chooser.get("multiple") is not None
    assert chooser.get("capture") is None


def test_an_address_offers_the_communes_with_their_postcodes():
    form = form_of({"cle": "adresse", "type": "adresse"})
    address = {"voie": "1 rue X", "complement": None, "commune": "Trignac", "insee": "44210", "cp": "44571"}
    root = page(form, form.spread({"adresse": address}))
    options = {o.get("value"): o.text for o in root.get_element_by_id("c-adresse-commune").iter("option")}
    assert options["44184"] == "Saint-Nazaire (44600)"
    chosen = root.xpath("//option[@selected]")
    assert [option.get("value") for option in chosen] == ["44210|44571"]


def test_read_answers_are_lists_by_section_in_the_order_of_the_form():
    form = form_of(
        {"cle": "b", "type": "texte"}, {"cle": "a", "type": "texte"}, TABLE, {"cle": "f", "type": "fichier"}
    )
    given = {"b": "<i>", "a": "deux", "lignes": [{"motif": "un"}], "f": [{"id": "x1", "nom": "note.pdf"}]}
    text = forms.render_answers(answer_rows(form, given, ALL), file_address="/fichiers/{id}")
    root = html.fromstring(text)
    assert [item.text_content() for item in root.iter("dt")] == ["B", "A", "Lignes", "F"]
    assert "<i>" not in text
    assert root.xpath("//a/@href") == ["/fichiers/x1"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node only checks the script's syntax")
def test_the_script_parses():
    subprocess.run(["node", "--check", str(ROOT / "frontend/forms.js")], check=True, timeout=30)
