"""The page of a form in the studio, as a browser without a script uses it: every action is a post."""

import json
from pathlib import Path

import lxml.html
import pytest

from app.database import db
from app.services import studio
from tests import build
from tests.web.server import PASSWORD, token_of

INES, MARC = "ines@carene.invalid", "marc@carene.invalid"
ATTACKS = json.loads((Path(__file__).parents[1] / "data/attacks.json").read_text(encoding="utf-8"))


@pytest.fixture
def house(empty_site):
    """CARENE and its two designers."""
    with empty_site.app.app_context(), build.serving("carene"):
        for name, email in (("Inès Carrel", INES), ("Marc Adam", MARC)):
            build.a_user("conception", name=name, email=email, password=PASSWORD)
        db.session.remove()
    return empty_site


class Designer:
    """A designer at a browser without a script."""

    def __init__(self, site, email=INES):
        self.site, self.client = site, site.as_(email)
        self.client.get("/", follow_redirects=True)
        self.token = token_of(self.client.get("/aide").text)

    def get(self, path=""):
        answer = self.client.get(f"/t/carene/atelier/formulaires{path}")
        return answer

    def post(self, form, faire, *, base=None, json=False, **typed):
        """Press a button of the page of a form."""
        headers = {"Accept": "application/json"} if json else {}
        return self.client.post(
            f"/t/carene/atelier/formulaires/{form}",
            data={
                "csrf_token": self.token, "base": base or self.file(form).digest, "faire": faire, **typed,
            },
            headers=headers,
        )  # fmt: skip

    def sent(self, page, place):
        """Return what the panel of a field would send as it stands."""
        tree = lxml.html.fromstring(page)
        form = next(item for item in tree.forms if "data-autosave" in item.attrib)
        values = {}
        for name, value in form.form_values():
            values.setdefault(name, []).append(value)
        assert values["champ"] == [place]
        return values

    def file(self, form):
        with self.site.app.app_context(), build.serving("carene"):
            found = studio.read(f"forms/{form}.json")
            db.session.remove()
        return found

    def tree(self, form):
        return json.loads(self.file(form).text)


def of(tree, key):
    """Return the field of that key, wherever it stands."""
    parts = tree.get("rubriques", [tree])
    return next(field for part in parts for field in part["champs"] if field.get("cle") == key)


def test_the_editor_opens_a_form_and_each_of_its_panels(house):
    ines = Designer(house)
    listing = ines.get().text
    assert "Compte rendu de visite" in listing
    page = ines.get("/visite")
    assert page.status_code == 200, page.text[:500]
    assert "Enregistrer la visite" in page.text
    field = ines.get("/visite?champ=0-0")
    assert field.status_code == 200
    assert "La visite a-t-elle eu lieu" in field.text
    section = ines.get("/visite?rubrique=1")
    assert section.status_code == 200
    preview = ines.get("/visite/apercu")
    assert preview.status_code == 200
    assert "frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]
