"""A template that tries to read a file or the network gets nothing; one that tries to be endless is ended.

The cases are those of ``attacks.json``, ``pdf``.
"""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pypdf.generic import StreamObject

from app.documents import DocumentFault, Limits, grid, pdf
from app.documents.press import DEFAULT
from tests.unit.documents.conftest import page, read, words

pytestmark = pytest.mark.usefixtures("pango")

SECRET = "le-secret-du-serveur"
PNG = b"\x89PNG\r\n\x1a\n"

REACHING = """
<img src="{u}" alt="a"><img src="data:image/svg+xml,{svg}" alt="b">
<link rel="attachment" href="{u}"><a rel="attachment" href="{u}">c</a>
<link rel="stylesheet" href="{u}"><link rel="icon" href="{u}">
<style>@font-face {{ font-family: volee; src: url("{u}") }} p {{ font-family: volee }}</style>
<style>@import "{u}"; @import url({u}) print; @page {{ background: url("{u}") }}
.d {{ background: url("{u}"); list-style-image: url({u}); content: url({u}); border-image-source: url({u}) }}
.d::before {{ content: url("{u}") }} .e::after {{ content: target-text("{u}#a") }}</style>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">
  <use href="{u}#a"/><use xlink:href="{u}#a"/><image href="{u}"/><image xlink:href="{u}"/>
  <style>@import "{u}";</style></svg>
<object data="{u}">o</object><embed src="{u}"><iframe src="{u}"></iframe>
<video poster="{u}" src="{u}"></video><audio src="{u}"></audio><input type="image" src="{u}">
<script src="{u}"></script><base href="{u}"><img src="relative.png" alt="f">
<p class="d e">fin du document</p>
"""
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'>"
    "<image href='{u}'/><image xlink:href='{u}'/><use href='{u}%23a'/></svg>"
)


def reaching(address: str) -> str:
    return REACHING.format(u=address, svg=SVG.format(u=address))


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A loopback web server, its address and what was asked of it."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECRET.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/vol", requests
    server.shutdown()
    thread.join()
    server.server_close()


def everything(data: bytes) -> bytes:
    """Return every object of a PDF, streams unpacked: what a reader could get out of it."""
    reader = read(data)
    found = [data]
    for number in range(len(reader.xref[0]) + len(reader.xref_objStm) + 1):
        thing = reader.get_object(number)
        found.append(repr(thing).encode())
        if isinstance(thing, StreamObject):
            found.append(thing.get_data())
    return b"\n".join(found)


def test_the_search_of_these_tests_finds_what_is_there():
    made = pdf(page(f"<p>x</p><link rel=attachment href='data:text/plain,{SECRET}'>"))
    assert SECRET.encode() in everything(made)


def test_no_file_is_ever_read(tmp_path: Path):
    (tmp_path / "secret.txt").write_text(SECRET)
    made = pdf(page(reaching((tmp_path / "secret.txt").as_uri())))
    assert SECRET.encode() not in everything(made)
    assert "/EmbeddedFiles" not in read(made).root_object.get("/Names", {})
    assert "fin du document" in words(read(made))


def test_no_file_is_read_through_a_plain_path_or_an_odd_spelling(tmp_path: Path):
    (tmp_path / "secret.txt").write_text(SECRET)
    place = tmp_path / "secret.txt"
    for spelling in (
        str(place),
        f"FILE://{place}",
        f"file:{place}",
        f"file://localhost{place}",
        f"relais:fonts/../../../..{place}",
    ):
        assert SECRET.encode() not in everything(pdf(page(reaching(spelling))))


def test_no_file_takes_the_place_of_a_picture(tmp_path: Path):
    """A picture that could be decoded is not read either, so nothing of it is drawn."""
    (tmp_path / "vol.svg").write_text(
        f"<svg xmlns='http://www.w3.org/2000/svg'><text y='9'>{SECRET}</text></svg>"
    )
    made = pdf(page(f"<img src='{(tmp_path / 'vol.svg').as_uri()}' alt=''><p>fin</p>"))
    assert SECRET not in words(read(made))


def test_no_address_is_ever_asked(asked):
    address, requests = asked
    made = pdf(page(reaching(address)))
    assert requests == []
    assert SECRET.encode() not in everything(made)
    assert "fin du document" in words(read(made))


def test_a_colour_profile_from_elsewhere_is_refused_with_a_sentence(asked, tmp_path: Path):
    address, requests = asked
    (tmp_path / "vol.icc").write_text(SECRET)
    for target in (address, (tmp_path / "vol.icc").as_uri()):
        with pytest.raises(DocumentFault) as fault:
            pdf(page(f"<style>@color-profile --x {{ src: url('{target}') }}</style><p>x</p>"))
        assert "adresse extérieure" in fault.value.sentence
    assert requests == []


def test_no_address_is_asked_through_a_proxy(asked, monkeypatch):
    address, requests = asked
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, address)
    pdf(page(reaching("http://ailleurs.example/vol") + reaching("https://ailleurs.example/vol")))
    assert requests == []


def test_a_logo_reaches_for_nothing(asked, tmp_path: Path):
    from app.documents import Brand

    (tmp_path / "secret.svg").write_text(
        f"<svg xmlns='http://www.w3.org/2000/svg'><text y='9'>{SECRET}</text></svg>"
    )
    address, requests = asked
    for target in (address, (tmp_path / "secret.svg").as_uri()):
        made = pdf(page("<p>x</p>", brand=Brand("Essai", logo_svg=SVG.format(u=target))))
        assert SECRET not in words(read(made))
    assert requests == []


@pytest.mark.parametrize("span", ["colspan", "rowspan"])
def test_a_cell_that_claims_to_be_endless_is_cut(span):
    start = time.monotonic()
    made = pdf(
        page(
            "".join(
                f'<table><col span="{size}"><tr><td {span}="{size}">cellule</td><td>fin</td></tr></table>'
                for size in ("100000000", "-5", "9" * 40, " +100000000 ", "1e9", "٣")
            )
        )
    )
    assert time.monotonic() - start < 40
    assert words(read(made)).count("cellule") == 6


def test_a_table_of_ten_thousand_rows_is_ended_in_time():
    start = time.monotonic()
    with pytest.raises(DocumentFault) as fault:
        pdf(
            page("{{ t }}", t=grid(["a", "b"], [[n, "x"] for n in range(10_000)])),
            limits=Limits(cpu_seconds=4),
        )
    assert time.monotonic() - start < 45
    assert "trop de temps" in fault.value.sentence


def test_a_table_of_a_thousand_rows_is_printed():
    reader = read(pdf(page("{{ t }}", t=grid(["Ligne"], [[f"ligne {n}"] for n in range(1000)]))))
    assert "ligne 999" in reader.pages[-1].extract_text()


def test_the_limits_of_every_day_end_within_a_job_s_lease():
    from app.jobs import LEASE

    assert DEFAULT.cpu_seconds < DEFAULT.wall_seconds < LEASE.total_seconds()


@pytest.mark.parametrize(
    "body",
    [
        "<div style='height: 1e9mm'>haut</div>",
        "<p style='font-size: 1e9pt'>gros</p>",
        "<div style='columns: 1000000'>colonnes</div>",
        "<div>" * 3000 + "profond",
        "<style>@page { size: 1mm 1mm; margin: 0 }</style>" + "<p>mot</p>" * 2000,
        "<svg width='10000000' height='10000000'><rect width='1e9' height='1e9'/></svg>",
        "<style>" + "a{}" * 10_000 + "</style><p>style</p>",
    ],
    ids=["height", "font", "columns", "depth", "pages", "svg", "style"],
)
def test_a_bomb_ends_in_a_document_or_in_a_sentence(body):
    start = time.monotonic()
    try:
        made = pdf(page(body), limits=Limits(cpu_seconds=5, wall_seconds=15))
    except DocumentFault as fault:
        assert fault.sentence.startswith("Le document ne peut pas être produit")
    else:
        assert made.startswith(b"%PDF-")
    assert time.monotonic() - start < 45
