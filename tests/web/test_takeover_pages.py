"""The pages of a take-over, used wrongly: no file, a stale page, twice, the wrong hands, hostile cells."""

import io
import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.database import db
from app.models import Case, TakeoverBatch, TakeoverRow
from tests import build
from tests.takeover_house import work
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

HELENE, TECH = "helene@carene.invalid", "tech@carene.invalid"
SHEET = "Nom;Date signalement;Étape\nLE GOFF Éléa;2/3/2026;RDV à prendre\n"


@pytest.fixture
def pages(site: Site):
    """The coordinator of the pôle at her browser, and the way to send a form."""
    with site.app.app_context(), build.serving("carene"):
        build.a_user("coordinatrice_pole", name="Hélène", email=HELENE, password=PASSWORD)
        build.a_user("technicien", name="Luc", email=TECH, password=PASSWORD)
        db.session.remove()
    return Pages(site, HELENE)


class Pages:
    def __init__(self, site: Site, email: str) -> None:
        self.site, self.client = site, site.as_(email)
        self.client.get("/", follow_redirects=True)

    def post(self, path="", *, raw=None, name="suivi.csv", **form):
        data = {"csrf_token": token_of(self.client.get("/aide").text), **form}
        if raw is not None:
            data["fichier"] = (io.BytesIO(raw), name)
        return self.client.post(f"/t/carene/reprise{path}", data=data, content_type="multipart/form-data")

    def get(self, path=""):
        return self.client.get(f"/t/carene/reprise{path}")

    def sent(self, text=SHEET):
        """Send a sheet; return the path of its lot."""
        answer = self.post(raw=text.encode())
        assert answer.status_code == 302, answer.text
        return re.search(r"/reprise(/[0-9a-f-]{36})/colonnes", answer.location)[1]

    def work(self):
        with self.site.app.app_context(), build.serving("carene"):
            work()
            db.session.remove()

    def count(self, entity):
        with self.site.app.app_context(), build.serving("carene"):
            found = db.session.scalar(select(func.count()).select_from(entity))
            db.session.remove()
        return found


def seen(page: str) -> str:
    return re.search(r'name="vu" value="([0-9a-f]+)"', page)[1]


@pytest.mark.parametrize(
    ("raw", "name", "told"),
    [
        (None, "", "Choisissez un fichier"),
        (b"", "vide.csv", ""),
        (bytes(range(32)) * 8, "suivi.csv", ""),
        (b"PK\x03\x04 broken", "suivi.xlsx", ""),
        (b"a;b\n" + b"1;2\n" * 2001, "long.csv", "2"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_a_sentence(pages, raw, name, told):
    answer = pages.post(raw=raw, name=name) if raw is not None else pages.post()
    assert answer.status_code == 422
    assert "field__error" in answer.text
    assert told in answer.text
    assert pages.count(TakeoverBatch) == 0


def test_a_double_click_brings_a_lot_in_once_and_a_stale_preview_is_shown_again(pages):
    lot = pages.sent()
    before = seen(pages.get(f"{lot}/apercu").text)
    assert pages.post(f"{lot}/colonnes", doublons="oui", **columns(pages, lot)).status_code == 302
    stale = pages.post(f"{lot}/confirmer", vu=before)
    assert stale.status_code == 409
    assert "a changé depuis cet aperçu" in stale.text
    now = seen(pages.get(f"{lot}/apercu").text)
    assert [pages.post(f"{lot}/confirmer", vu=now).status_code for _ in range(2)] == [302, 302]
    pages.work()
    assert pages.count(Case) == 1
    assert "1</strong> repris" in pages.get(lot).text
    assert [pages.post(f"{lot}/annuler").status_code for _ in range(2)] == [302, 409]
    pages.work()
    assert pages.count(Case) == 0


def columns(pages, lot):
    """The choices of the page of columns, as it proposes them."""
    page = pages.get(f"{lot}/colonnes").text
    chosen = {}
    for name, inside in re.findall(r'<select[^>]* name="([cevmd]\d+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found = re.search(r'<option value="([^"]*)" selected', inside)
        chosen[name] = found[1] if found else ""
    return chosen


def test_hostile_cells_are_shown_as_text_and_never_run(pages):
    nasty = "<script>alert(1)</script>"
    text = f'Nom;Adresse;Commune;Date signalement;Étape\n"{nasty}";"=LIEN(1)";Donges;2/3/2026;RDV à prendre\n'
    text += '"{{ 7*7 }}";"=1+1";"=cmd|\' /C calc\'!A0";2/3/2026;RDV à prendre\n'
    lot = pages.sent(text)
    for path in (f"{lot}/colonnes", f"{lot}/apercu"):
        page = pages.get(path).text
        assert nasty not in page
        assert "&lt;script&gt;" in page
    pages.post(f"{lot}/confirmer", vu=seen(pages.get(f"{lot}/apercu").text))
    pages.work()
    assert nasty not in pages.get(lot).text
    lines = pages.get(f"{lot}/lignes-non-reprises.csv").text
    assert not re.search(r'(?:^|;)"?[=+@|]', lines, re.MULTILINE)


def test_whoever_has_not_the_right_finds_a_closed_door_and_a_foreign_lot_does_not_exist(pages):
    lot = pages.sent()
    other = Pages(pages.site, TECH)
    assert [other.get(path).status_code for path in ("", lot, f"{lot}/colonnes", f"{lot}/apercu")] == [
        403
    ] * 4
    assert other.post(f"{lot}/confirmer", vu="x").status_code == 403
    assert pages.get(f"/{uuid4()}").status_code == 404
    assert pages.post(f"{lot}/lignes/{uuid4()}/annuler").status_code == 404
    assert "Reprise" not in other.client.get("/t/carene/").text
    assert pages.count(TakeoverRow) == 0


def test_a_forgotten_lot_leaves_nothing_and_cannot_be_confirmed(pages):
    lot = pages.sent()
    now = seen(pages.get(f"{lot}/apercu").text)
    assert pages.post(f"{lot}/abandonner").status_code == 302
    assert pages.post(f"{lot}/confirmer", vu=now).status_code in {302, 409}
    pages.work()
    assert pages.count(Case) == 0
