"""The page of the team: an access is opened, a password chosen by a link, then used to log in (LAW-8)."""

import re

from tests import build
from tests.web.server import log_in, token_of

LONG = "une phrase assez longue"
TEAM = "/t/carene/equipe"


def post(client, path, **form):
    """Send a form with the token of a page of the same session."""
    shown = client.get(path if path.startswith("/acces/") else "/aide").text
    return client.post(path, data={"csrf_token": token_of(shown), **form})


def invited(site, **wanted):
    """Open an access from the page; return the answer and the path of the link that was mailed."""
    admin = site.as_("admin@carene.invalid")
    admin.get("/", follow_redirects=True)
    sent = {
        "courriel": "lea@ccas.invalid",
        "nom": "Léa Petit",
        "roles": "technicien",
        "structure": "",
    } | wanted
    answer = post(admin, TEAM, **sent)
    with site.app.app_context(), build.serving("carene"):
        mails = build.the_messages("acces_ouvert")
        path = re.search(r"/acces/\S+", mails[-1].body)[0] if mails else None
    return admin, answer, path


def test_an_access_goes_from_the_page_to_the_first_login(site):
    admin, answer, path = invited(site)
    assert answer.status_code == 302
    listed = admin.get(TEAM).text
    assert "Un courriel lui porte le lien" in listed
    assert "Invitation envoyée" in listed
    lea = site.visitor()
    page = lea.get(path)
    assert page.status_code == 200
    assert "Léa Petit" in page.text
    differ = lea.post(
        path, data={"csrf_token": token_of(page.text), "password": LONG, "encore": "autre chose"}
    )
    assert differ.status_code == 422
    assert "Les deux mots de passe diffèrent" in differ.text
    assert post(lea, path, password=LONG, encore=LONG).status_code == 302
    log_in(lea, "lea@ccas.invalid", LONG)
    assert lea.get("/t/carene/", follow_redirects=True).status_code == 200
    again = site.visitor().get(path)
    assert again.status_code == 410
    assert "Ce lien ne sert plus" in again.text


def test_a_form_that_does_not_fit_comes_back_as_typed_with_what_to_do(site):
    _, answer, path = invited(site, courriel="pas une adresse", roles="")
    assert answer.status_code == 422
    assert path is None
    assert "pas une adresse" in answer.text
    assert "Choisissez au moins un rôle de la liste." in answer.text
    assert 'href="#courriel"' in answer.text


def test_a_sheet_changes_roles_sends_a_link_again_and_closes_an_access(site):
    admin, _, first = invited(site)
    sheet = re.search(rf"{TEAM}/[0-9a-f-]{{36}}(?=\">Léa)", admin.get(TEAM).text)[0]
    assert post(admin, sheet, roles="ecorenove", structure="").status_code == 302
    assert "Conseiller ÉCORÉNOVE" in admin.get(TEAM).text
    assert post(admin, f"{sheet}/lien").status_code == 302
    assert site.visitor().get(first).status_code == 410
    assert post(admin, f"{sheet}/fermer").status_code == 302
    assert post(admin, f"{sheet}/fermer").status_code == 302
    assert "Accès fermé" in admin.get(TEAM).text
    own = re.search(rf"{TEAM}/[0-9a-f-]{{36}}(?=\">Admin)", admin.get(TEAM).text)[0]
    refused = post(admin, f"{own}/fermer")
    assert refused.status_code == 302
    assert "Vous ne pouvez pas fermer votre propre accès" in admin.get(own).text
    assert post(admin, sheet, roles="technicien", structure="n'importe quoi").status_code == 422


def test_a_structure_s_sheet_keeps_its_address_and_a_note(site):
    admin = site.as_("admin@carene.invalid")
    admin.get("/", follow_redirects=True)
    facts = {"genre": "adil", "nom": "ADIL 44", "courriel": "adil@exemple.fr", "actif": "oui",
             "adresse": "6 rue de l'Arche", "note": "Fermée le lundi"}  # fmt: skip
    assert post(admin, "/t/carene/partenaires/nouveau", **facts).status_code == 302
    page = admin.get(TEAM).text
    sheet = re.search(r"/t/carene/partenaires/[0-9a-f-]{36}(?=\">ADIL 44)", page)[0]
    assert "6 rue de l&#39;Arche" in admin.get(sheet).text
    assert "Fermée le lundi" in admin.get(sheet).text
