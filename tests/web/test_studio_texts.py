"""Messages and documents changed in the studio: parts, fields to pick, a preview of an invented case."""

import re
from html import unescape

import pytest

from app.catalog.bundle import resolve
from app.config import ROOT
from app.documents import available
from app.errors import BundleFault
from app.services import drafts, releases
from app.services.studio.text_parts import (
    Document,
    read_document,
    read_message,
    write_document,
    write_message,
)
from tests import build
from tests.web.marks import plain
from tests.web.server import PASSWORD, token_of

MESSAGE = "/t/carene/atelier/textes/messages/suite_visite"
LETTER = "/t/carene/atelier/textes/documents/lettre_orientation"
TEXTS = [
    pytest.param(name, data.decode(), id=f"{code}-{name}")
    for code in ("carene", "pas-de-calais")
    for name, data in resolve(ROOT, code).files.items()
    if name.partition("/")[0] in {"messages", "documents"}
]


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_a_text_opened_and_kept_without_a_change_is_the_same_file(name, text):
    if name.startswith("messages/"):
        assert write_message(read_message(text), text) == text
    else:
        assert write_document(read_document(text), text) == text


@pytest.mark.parametrize(
    "wrong",
    [
        Document("", "rapport", ("technique",), (), "<p>x</p>"),
        Document("a --> <script>", "rapport", ("technique",), (), "<p>x</p>"),
        Document("a | mise-en-page: guide", "rapport", ("technique",), (), "<p>x</p>"),
        Document("Titre", "affiche", ("technique",), (), "<p>x</p>"),
        Document("Titre", "lettre", ("technique",), ("--> <b>",), "<p>x</p>"),
    ],
)
def test_what_the_first_line_cannot_hold_is_refused(wrong):
    with pytest.raises(BundleFault):
        write_document(wrong, "<!-- titre: Avant | mise-en-page: rapport | classes: technique -->\n<p>x</p>")


def test_a_new_title_keeps_the_rest_of_the_document():
    said = "titre: Avant | mise-en-page: lettre | classes: social technique | destinataire: {{ menage.nom }}"
    before = f"<!-- {said} -->\n<p>x</p>"
    parts = read_document(before)
    after = write_document(
        Document("Après", parts.layout, parts.classes, parts.recipient, parts.body), before
    )
    assert read_document(after) == Document(
        "Après", "lettre", ("technique", "social"), ("{{ menage.nom }}",), "<p>x</p>"
    )


@pytest.fixture
def designer(site):
    with site.app.app_context(), build.serving("carene"):
        build.a_user("conception", name="Inès", email="ines@carene.invalid", password=PASSWORD)
    return site.as_("ines@carene.invalid")


def typed(page: str, **changes: str) -> dict[str, object]:
    """What a browser would send of the page, with changes."""
    found: dict[str, object] = {"csrf_token": token_of(page)}
    for name in ("base", "objet", "titre"):
        match = re.search(rf'name="{name}" value="([^"]*)"', page)
        if match:
            found[name] = unescape(match[1])
    for name in ("corps", "destinataire"):
        match = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
        if match:
            found[name] = unescape(match[1]).replace("\n", "\r\n")
    found["mise_en_page"] = (re.search(r'name="mise_en_page" value="(\w+)" checked', page) or ["", ""])[1]
    found["classes"] = re.findall(r'name="classes" value="(\w+)" checked', page)
    return {**found, **changes}


@pytest.mark.parametrize("address", [MESSAGE, LETTER])
def test_a_text_sent_back_as_shown_changes_nothing(designer, site, address):
    page = designer.get(address).text
    assert designer.post(address, data=typed(page)).status_code == 302
    with site.app.app_context(), build.serving("carene"):
        draft = drafts.current()
        assert draft is not None
        assert dict(draft.files) == dict(releases.current().bundle.files)


def test_a_designer_changes_a_message_and_sees_it_filled_in(designer):
    page = designer.get(MESSAGE).text
    assert "{{ dossier.reference }}" in page
    sent = typed(
        page, objet="Des nouvelles de {{ dossier.reference }}", corps="Bonjour.\r\n\r\n{{ territoire.nom }}"
    )
    shown = designer.post(f"{MESSAGE}/apercu", data=sent)
    assert shown.status_code == 200
    assert "DOS-2026-0001" in shown.text
    assert shown.headers["Content-Security-Policy"].endswith("sandbox")
    assert "Des nouvelles" not in designer.get(MESSAGE).text  # a preview keeps nothing
    assert designer.post(MESSAGE, data=sent).status_code == 302
    assert "Des nouvelles de {{ dossier.reference }}" in unescape(designer.get(MESSAGE).text)


def test_fields_are_offered_in_words_with_those_of_the_forms(designer):
    page = plain(designer.get(LETTER).text)
    assert "Réponses : " in page
    assert "{{ menage.nom_complet }}" in page
    message = plain(designer.get(MESSAGE).text)
    assert "menage.nom_complet" not in message  # a message names no household
    assert "téléphone" in message and "La décision prise ensemble" in message


def test_a_letter_is_previewed_and_laid_out(designer):
    page = designer.get(LETTER).text
    shown = designer.post(f"{LETTER}/apercu", data=typed(page)).text
    assert "Élise" in shown
    assert "{{" not in shown
    if available() is None:
        paper = designer.post(f"{LETTER}/apercu.pdf", data=typed(page))
        assert paper.data.startswith(b"%PDF")


@pytest.mark.parametrize("hostile", ["{% import os %}", "{{ dossier.__class__ }}", "{{ 7*7 }}", "{{ a|b }}"])
def test_braces_that_hold_more_than_a_field_are_refused_and_nothing_is_kept(designer, hostile):
    page = designer.get(MESSAGE).text
    answer = designer.post(MESSAGE, data=typed(page, corps=hostile))
    assert answer.status_code == 422
    assert "sont permis" in plain(answer.text)
    assert hostile in unescape(answer.text)  # what was typed is still there
    assert hostile not in unescape(designer.get(MESSAGE).text)
    assert "sont permis" in plain(designer.post(f"{MESSAGE}/apercu", data=typed(page, corps=hostile)).text)


def test_two_designers_do_not_write_over_each_other(designer):
    page = designer.get(MESSAGE).text
    designer.post(MESSAGE, data=typed(page, corps="La première.\n"))
    answer = designer.post(MESSAGE, data=typed(page, corps="La seconde.\n"))
    assert answer.status_code == 409
    assert "La première." in answer.text
    assert "La seconde." in answer.text
    designer.post(MESSAGE, data=typed(answer.text))
    assert "La seconde." in designer.get(MESSAGE).text


@pytest.mark.parametrize(
    "address", ["messages/absent", "documents/suite_visite", "messages/..%2Fterritoire", "autre/suite_visite"]
)
def test_a_text_that_is_not_there_is_said(designer, address):
    assert designer.get(f"/t/carene/atelier/textes/{address}").status_code == 404


def test_a_field_worker_does_not_change_texts(site):
    assert site.as_("technicien@carene.invalid").get(MESSAGE).status_code == 403
