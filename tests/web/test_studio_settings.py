"""The settings changed in the studio: values kept where they stand, parts added and taken out."""

import re
import tomllib
from html import unescape

import pytest

from app.services import drafts
from tests import build
from tests.web.marks import plain
from tests.web.server import PASSWORD, token_of

PAGE = "/t/carene/atelier/reglages/territoire"


@pytest.fixture
def designer(site):
    with site.app.app_context(), build.serving("carene"):
        build.a_user("conception", name="Inès", email="ines@carene.invalid", password=PASSWORD)
    return site.as_("ines@carene.invalid")


def kept(site, name: str = "territoire.toml") -> str:
    with site.app.app_context(), build.serving("carene"):
        draft = drafts.current()
        assert draft is not None
        return draft.files[name].decode()


def section(page: str, key: str) -> dict[str, object]:
    """What a browser would send of one section, as shown."""
    form = re.search(rf'id="{key}".*?<form (.*?)</form>', page, re.DOTALL)
    assert form is not None
    shown = form[1]
    found: dict[str, object] = {"csrf_token": token_of(page)}
    found |= dict(re.findall(r'name="(base|section|p:[^"]+)" value="([^"]*)"', shown))
    for name, value in re.findall(
        r'<input class="input[^"]*" id="[^"]+" name="(v:[^"]+)" value="([^"]*)"', shown
    ):
        found[name] = unescape(value)
    for name, value in re.findall(
        r'<textarea[^>]*name="(v:[^"]+)"[^>]*>\n(.*?)</textarea>', shown, re.DOTALL
    ):
        found[name] = unescape(value).replace("\n", "\r\n")
    found |= dict(re.findall(r'name="(v:[^"]+)" value="([^"]*)" checked', shown))
    boxes: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(b:[^"]+)" value="([^"]*)" checked', shown):
        boxes.setdefault(name, []).append(value)
    return {**found, **boxes}


@pytest.mark.parametrize("key", ["territoire", "communes", "roles", "reglages", "vivant", "simulation"])
def test_a_section_sent_back_as_shown_changes_nothing(designer, site, key):
    page = designer.get(PAGE).text
    before = kept(site)
    answer = designer.post(PAGE, data=section(page, key), follow_redirects=True)
    assert "Rien n'a changé" in plain(answer.text)
    assert kept(site) == before


def test_a_threshold_and_a_right_are_changed_and_comments_stay(designer, site):
    page = designer.get(PAGE).text
    before = kept(site)
    designer.post(PAGE, data=section(page, "reglages") | {"v:reglages/rendez_vous_max": "5"})
    page = designer.get(PAGE).text
    sent = section(page, "roles") | {
        "b:roles/technicien/droits": ["dossiers.voir", "taches.traiter", "reseau.voir"]
    }
    designer.post(PAGE, data=sent)
    after = tomllib.loads(kept(site))
    assert after["reglages"]["rendez_vous_max"] == 5
    assert after["roles"]["technicien"]["droits"] == ["dossiers.voir", "taches.traiter", "reseau.voir"]
    assert [line for line in before.splitlines() if line.startswith("#")] == [
        line for line in kept(site).splitlines() if line.startswith("#")
    ]


def test_a_number_that_is_none_is_refused_and_what_was_typed_stays(designer, site):
    page = designer.get(PAGE).text
    before = kept(site)
    answer = designer.post(PAGE, data=section(page, "reglages") | {"v:reglages/rendez_vous_max": "cinq"})
    assert answer.status_code == 422
    assert "écrivez un nombre entier" in plain(answer.text)
    assert 'value="cinq"' in answer.text
    assert kept(site) == before


def test_a_commune_and_a_role_are_added_then_taken_out(designer, site):
    parts = f"{PAGE}/parties"

    def sent(**more: str) -> dict[str, str]:
        page = designer.get(PAGE).text
        base = (re.search(r'name="base" value="(\w+)"', page) or ["", ""])[1]
        return {"csrf_token": token_of(page), "base": base, **more}

    before = tomllib.loads(kept_after_opening(designer, site))
    designer.post(parts, data=sent(ou="communes"))
    designer.post(parts, data=sent(ou="roles", nom="benevole"))
    after = tomllib.loads(kept(site))
    assert len(after["communes"]) == len(before["communes"]) + 1
    assert "benevole" in after["roles"]
    assert "existe déjà" in plain(designer.post(parts, data=sent(ou="roles", nom="benevole")).text)
    designer.post(parts, data=sent(ou="roles/benevole", faire="retirer"))
    designer.post(parts, data=sent(ou=f"communes/{len(before['communes'])}", faire="retirer"))
    assert tomllib.loads(kept(site)) == before
    assert designer.post(parts, data=sent(ou="nom", faire="retirer")).status_code == 422
    assert designer.post(parts, data=sent(ou="../../x", nom="y")).status_code == 422


def test_communes_are_added_by_name_code_or_group_and_what_is_unknown_is_told(designer, site):
    before = tomllib.loads(kept_after_opening(designer, site))

    def sent(typed: str):
        page = designer.get(PAGE).text
        base = (re.search(r'name="base" value="(\w+)"', page) or ["", ""])[1]
        form = {"csrf_token": token_of(page), "base": base, "ou": "communes", "nom": typed}
        return designer.post(f"{PAGE}/parties", data=form, follow_redirects=True)

    told = plain(sent("49007\nAngres (99)\nzzz").text)
    assert "n'est ni une commune, ni un code connu" in told and "ne va pas avec 99" in told
    assert "zzz" in sent("zzz").text  # what was typed stays
    assert tomllib.loads(kept(site)) == before
    assert sent("Ancenis-Saint-Géréon\n49007").status_code == 200
    added = tomllib.loads(kept(site))["communes"]
    assert [row["insee"] for row in added[-2:]] == ["44003", "49007"]
    assert added[-1]["cp"] == ["49000", "49100"] and added[:-2] == before["communes"]
    assert "y sont déjà" in plain(sent("angers").text)
    sent("Angers Loire Métropole")
    assert len(tomllib.loads(kept(site))["communes"]) == len(added) + 28


def kept_after_opening(designer, site) -> str:
    designer.get(PAGE)
    return kept(site)


def test_two_designers_do_not_write_over_each_other(designer):
    page = designer.get(PAGE).text
    designer.post(PAGE, data=section(page, "reglages") | {"v:reglages/rendez_vous_max": "4"})
    answer = designer.post(PAGE, data=section(page, "reglages") | {"v:reglages/rendez_vous_max": "6"})
    assert answer.status_code == 409
    assert 'value="6"' in answer.text


def test_indicators_have_their_page_and_others_none(designer, site):
    assert "Indicateurs et rapport" in plain(designer.get("/t/carene/atelier/reglages/indicateurs").text)
    assert designer.get("/t/carene/atelier/reglages/autre").status_code == 404
    assert designer.get("/t/carene/atelier/reglages").status_code == 302
    assert site.as_("technicien@carene.invalid").get(PAGE).status_code == 403


@pytest.mark.parametrize(
    "hostile", ['"\n[roles.pirate]\ndroits = ["x"]', "<script>alert(1)</script>", "{{ 7*7 }}"]
)
def test_a_label_is_a_text_whatever_it_looks_like(designer, site, hostile):
    page = designer.get(PAGE).text
    before = set(tomllib.loads(kept(site))["roles"])
    designer.post(PAGE, data=section(page, "roles") | {"v:roles/technicien/libelle": hostile})
    after = tomllib.loads(kept(site))["roles"]
    assert set(after) == before
    assert after["technicien"]["libelle"] == hostile
    assert "<script>alert" not in designer.get(PAGE).text
