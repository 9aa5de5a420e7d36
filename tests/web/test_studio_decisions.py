"""Decision tables changed and tried in the studio, without a script."""

import re
from html import unescape

import pytest

from app.decisions.sheet import read_sheets
from app.services import drafts, releases
from tests import build
from tests.web.marks import plain
from tests.web.server import PASSWORD, token_of

TABLE = "/t/carene/atelier/decisions/triage"
NAME = "dmn/triage.dmn"


@pytest.fixture
def designer(site):
    with site.app.app_context(), build.serving("carene"):
        build.a_user("conception", name="Inès", email="ines@carene.invalid", password=PASSWORD)
    return site.as_("ines@carene.invalid")


def kept(site) -> str:
    """The table as the draft has it."""
    with site.app.app_context(), build.serving("carene"):
        draft = drafts.current()
        assert draft is not None
        return draft.files[NAME].decode()


def typed(page: str, **changes: str) -> dict[str, str]:
    """What a browser would send of the plain form, with changes."""
    form = page[page.index('id="table-titre"') :]
    found = {"csrf_token": token_of(page), "vue": "simple", "table": "triage"}
    for name, value in re.findall(r'<(?:input)[^>]*name="(base|nom)"[^>]*value="([^"]*)"', form):
        found[name] = unescape(value)
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(value)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = (re.search(r'value="([^"]*)" selected', options) or ["", ""])[1]
    found["choix"] = (re.search(r'name="choix" value="(\w+)" checked', form) or ["", ""])[1]
    return {**found, **changes}


def test_the_plain_form_sent_back_as_shown_changes_nothing(designer, site):
    page = designer.get(TABLE).text
    assert designer.post(TABLE, data=typed(page)).status_code == 302
    with site.app.app_context(), build.serving("carene"):
        draft = drafts.current()
        assert draft is not None
        assert dict(draft.files) == dict(releases.current().bundle.files)


def test_a_rule_is_added_filled_moved_and_taken_out(designer, site):
    before = read_sheets(kept_or_released(designer, site))[0]
    designer.post(TABLE, data=typed(designer.get(TABLE).text, faire="ajouter:1"))
    page = designer.get(TABLE).text
    filled = {
        "r1.e0": "true",
        "r1.s0": '"P0"',
        "r1.s1": '"Essai"',
        "r1.s2": '"P1D"',
        "r1.pourquoi": "Ajoutée",
    }
    designer.post(TABLE, data=typed(page, **filled))
    sheet = read_sheets(kept(site))[0]
    assert sheet.lines[1].annotation == "Ajoutée"
    assert len(sheet.lines) == len(before.lines) + 1
    designer.post(TABLE, data=typed(designer.get(TABLE).text, faire="monter:1"))
    assert read_sheets(kept(site))[0].lines[0].annotation == "Ajoutée"
    designer.post(TABLE, data=typed(designer.get(TABLE).text, faire="retirer:0"))
    assert read_sheets(kept(site))[0].lines == before.lines


def kept_or_released(designer, site) -> str:
    designer.get(TABLE)  # the first visit begins the draft
    return kept(site)


def test_a_line_tried_says_which_rule_answers_and_with_what(designer):
    page = designer.get(TABLE).text
    sent = {"csrf_token": token_of(page), "table": "triage", "valeur": ["oui", "", "", "", "", ""]}
    told = plain(designer.post(f"{TABLE}/essai", data=sent).text)
    assert "Règle 1." in told
    assert "P0" in told
    sent["valeur"] = ["non", "", "non", "vingt", "", ""]
    assert "n'est pas un nombre" in plain(designer.post(f"{TABLE}/essai", data=sent).text)
    sent["valeur"] = ["oui"]
    assert "Les colonnes ont changé" in plain(designer.post(f"{TABLE}/essai", data=sent).text)


def test_the_editor_tries_the_table_that_it_holds(designer, site):
    text = kept_or_released(designer, site).replace('"P0"', '"P9"')
    token = token_of(designer.get(TABLE).text)
    body = {"text": text, "table": "triage", "valeurs": ["oui", "", "", "", "", ""]}
    found = designer.post(f"{TABLE}/essai", json=body, headers={"X-CSRFToken": token}).json
    assert found["rules"] == ["triage_1"]
    assert found["results"][0]["value"] == "P9"
    assert "P9" not in kept(site)
    body["text"] = "<!DOCTYPE a><a/>"
    assert designer.post(f"{TABLE}/essai", json=body, headers={"X-CSRFToken": token}).json["fault"]
    assert designer.post(f"{TABLE}/essai", json=[1], headers={"X-CSRFToken": token}).status_code == 422


def test_gaps_and_overlaps_are_said_beside_the_table(designer):
    page = designer.get(TABLE).text
    assert "chaque cas trouve sa règle" in plain(page)
    designer.post(TABLE, data=typed(page, choix="UNIQUE"))
    assert "chaque cas trouve sa règle" not in plain(designer.get(TABLE).text)


@pytest.mark.parametrize(
    "hostile",
    ["__import__('os').system('true')", "().__class__", "{{ 7*7 }}", "<script>alert(1)</script>", "]]>"],
)
def test_what_a_cell_holds_is_text_that_the_checker_judges(designer, site, hostile):
    page = designer.get(TABLE).text
    answer = designer.post(TABLE, data=typed(page, **{"r0.s1": hostile}), follow_redirects=True)
    assert read_sheets(kept(site))[0].lines[0].results[1] == hostile
    assert "<script>alert" not in answer.text
    sent = {"csrf_token": token_of(page), "table": "triage", "valeur": ["oui", "", "", "", "", ""]}
    told = designer.post(f"{TABLE}/essai", data=sent)
    assert told.status_code == 200
    assert "49" not in told.text.partition('id="essai"')[2].partition("</section>")[0]


def test_two_designers_do_not_write_over_each_other(designer):
    page = designer.get(TABLE).text
    designer.post(TABLE, data=typed(page, nom="La première"))
    answer = designer.post(TABLE, data=typed(page, nom="La seconde"))
    assert answer.status_code == 409
    assert "La seconde" in answer.text
    assert "La première" in designer.get(TABLE).text


def test_a_table_that_cannot_be_read_opens_with_its_reason(designer, site):
    designer.get(TABLE)
    sheet = "/t/carene/atelier/fiche/dmn/triage.dmn"
    page = designer.get(sheet).text
    base = (re.search(r'name="base" value="(\w+)"', page) or ["", ""])[1]
    sent = {"csrf_token": token_of(page), "base": base, "texte": "<definitions/>"}
    designer.post(f"{sheet}/remplacer", data=sent)
    answer = designer.get(TABLE)
    assert answer.status_code == 200
    assert "n'est pas une table de décision" in plain(answer.text)


@pytest.mark.parametrize(
    "address", ["decisions/absente", "decisions/..%2Fterritoire", "decisions/triage?table=x"]
)
def test_a_table_that_is_not_there_is_said(designer, address):
    assert designer.get(f"/t/carene/atelier/{address}").status_code == 404


def test_a_field_worker_does_not_change_tables(site):
    assert site.as_("technicien@carene.invalid").get(TABLE).status_code == 403
