"""Files of other tools sent by the page: opened with what must be adapted, or refused in words; none lost."""

import gzip
import io
import re
import zipfile
from pathlib import Path
from typing import Final

import pytest
from lxml import etree

from app.database import db
from tests import build
from tests.web.marks import plain
from tests.web.server import PASSWORD, token_of

FOREIGN: Final = Path(__file__).parents[1] / "checker" / "foreign"
AT: Final = "/t/carene/atelier"
CAMUNDA: Final = (FOREIGN / "camunda7.bpmn").read_bytes()
LATIN: Final = (FOREIGN / "flowable.bpmn").read_text(encoding="utf-8")
WRITTEN: Final = "était écrit en"


def zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.bpmn", data)
    return made.getvalue()


TAKEN: Final[dict[str, tuple[bytes, str]]] = {
    "Camunda 7.bpmn": (CAMUNDA, "points? à adapter"),
    "Camunda 8.bpmn": ((FOREIGN / "camunda8.bpmn").read_bytes(), "points? à adapter"),
    "Bizagi.bpmn": ((FOREIGN / "bizagi.bpmn").read_bytes(), "points? à adapter"),
    "Bonita.bpmn": ((FOREIGN / "bonita.bpmn").read_bytes(), "points? à adapter"),
    "Signavio.bpmn20.xml": ((FOREIGN / "signavio.bpmn").read_bytes(), "points? à adapter"),
    "Flowable.bpmn20.xml": ((FOREIGN / "flowable.bpmn").read_bytes(), "points? à adapter"),
    "ADONIS.bpmn": ((FOREIGN / "adonis.bpmn").read_bytes(), "points? à adapter"),
    "Vierge de bpmn.io.bpmn": ((FOREIGN / "bpmn_io_vierge.bpmn").read_bytes(), "points? à adapter"),
    "Marque.bpmn": (b"\xef\xbb\xbf" + CAMUNDA, "points? à adapter"),
    "Latin.bpmn": (LATIN.replace("UTF-8", "ISO-8859-1").encode("latin-1"), WRITTEN),
    "Utf16.bpmn": (LATIN.replace('"UTF-8"', '"UTF-16"').encode("utf-16"), WRITTEN),
    "Sans suffixe": (CAMUNDA, "points? à adapter"),
}
REFUSED: Final[dict[str, tuple[bytes, str]]] = {
    "Bizagi.xpdl.bpmn": ((FOREIGN / "bizagi.xpdl.bpmn").read_bytes(), "ni un diagramme BPMN"),
    "draw.io.bpmn": ((FOREIGN / "drawio.xml.bpmn").read_bytes(), "ni un diagramme BPMN"),
    "Coupe.bpmn": (CAMUNDA[: len(CAMUNDA) // 2], "XML lisible"),
    "Vide.bpmn": (b"", "est vide"),
    "Blancs.bpmn": (b" \n\t\n", "est vide"),
    "Page.bpmn": (b"<!DOCTYPE html><html><body>Bonjour</body></html>", "DOCTYPE"),
    "Page sans type.bpmn": (b"<html><body>Bonjour</body></html>", "ni un diagramme BPMN"),
    "Guide.bpmn": (b"%PDF-1.7\n" + bytes(range(256)), "un PDF"),
    "Archive.bpmn": (zipped(CAMUNDA), "une archive"),
    "Visio.bpmn": (b"\xd0\xcf\x11\xe0" + bytes(100), "ancien fichier de bureau"),
    "Serre.bpmn": (gzip.compress(CAMUNDA), "XML lisible"),
    "Menteur.bpmn": (LATIN.encode("latin-1"), "XML lisible"),
    "Texte.bpmn": (b"Une visite, puis un courrier.", "XML lisible"),
    "Deux racines.bpmn": (CAMUNDA + CAMUNDA, "XML lisible"),
    "Notes.docx": (zipped(b"a"), "une archive"),
    "Dessin.vdx": (b"<?xml version='1.0'?><VisioDocument/>", "ni un diagramme BPMN"),
}


@pytest.fixture
def ines(empty_site):
    with empty_site.app.app_context():
        with build.serving("carene"):
            build.a_user("conception", name="Inès", email="ines@carene.invalid", password=PASSWORD)
        db.session.remove()
    client = empty_site.as_("ines@carene.invalid")
    client.get("/", follow_redirects=True)
    return client, token_of(client.get("/aide").text)


def send(who, name: str, data: bytes):
    client, token = who
    sent = {"csrf_token": token, "fichier": (io.BytesIO(data), name)}
    return client.post(f"{AT}/envoyer", data=sent, content_type="multipart/form-data", follow_redirects=True)


def same(one: bytes, other: bytes) -> bool:
    """Whether two files hold the same XML, to the last attribute of another tool, comments apart."""
    return bool(etree.tostring(etree.fromstring(one), method="c14n") == etree.tostring(
        etree.fromstring(other), method="c14n"))  # fmt: skip


def test_a_file_of_another_tool_opens_with_what_must_be_adapted_and_loses_nothing(ines):
    for name, (data, told) in TAKEN.items():
        answer = send(ines, name, data)
        assert answer.status_code == 200, (name, plain(answer.text)[:400])
        assert re.search(told, plain(answer.text)), name
        sheet = answer.request.path
        assert "/fiche/bpmn/" in sheet, name
        kept = ines[0].get(f"{sheet}/telecharger").data
        assert same(kept, data), name
        stem = sheet.rpartition("/")[2].removesuffix(".bpmn")
        for page in (f"diagrammes/{stem}", f"diagrammes/{stem}/liste"):
            assert ines[0].get(f"{AT}/{page}").status_code == 200, (name, page)


def test_what_is_no_diagram_is_refused_in_one_sentence_and_leaves_no_trace(ines):
    before = ines[0].get(AT).text.count("/fiche/")
    for name, (data, told) in REFUSED.items():
        answer = send(ines, name, data)
        assert answer.status_code == 422, (name, answer.status_code)
        assert told in plain(answer.text), name
        assert "Traceback" not in answer.text
    assert ines[0].get(AT).text.count("/fiche/") == before
