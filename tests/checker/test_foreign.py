"""Files from elsewhere: a verdict in French for each, never a Python error, never a wait."""

import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.checker import check_files, check_paths, judging
from app.checker.files.reading import HEAVY, UNREADABLE
from app.checker.model import Model
from app.checker.verdicts import time_limit
from tests.checker.corpus import bundle
from tests.checker.corpus.build import ROUTE, VISIT, edit

FOREIGN = Path(__file__).parent / "foreign"
SOUND = bundle()[VISIT]
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ENGLISH = re.compile(
    r"\b(error|expected|invalid|line \d|column|char|object|Traceback|None|NoneType|Exception)\b"
)


def _zip(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.bpmn", data)
    return made.getvalue()


def _definitions(inner: str) -> bytes:
    return f'<definitions xmlns="{BPMN}">{inner}</definitions>'.encode()


def _gateways(number: int) -> bytes:
    """Every gateway leads to thirty others: as many routes as grains of sand."""
    nodes = "".join(f'<exclusiveGateway id="g{n}"/>' for n in range(number))
    flows = "".join(
        f'<sequenceFlow id="f{a}_{b}" sourceRef="g{a}" targetRef="g{b}"/>'
        for a in range(number)
        for b in range(min(30, number))
    )
    return _definitions(f'<process id="p" isExecutable="true"><startEvent id="d"/>{nodes}{flows}</process>')


VENDORS: Mapping[str, set[str]] = {
    "camunda7.bpmn": {"script", "bad-expression", "no-operation", "unquoted-duration", "unknown-form"},
    "camunda8.bpmn": {"no-operation", "no-decision", "time-cycle", "event-subprocess"},
    "signavio.bpmn": {"not-executable"},
    "bizagi.bpmn": {"data-flow", "forbidden-element", "no-position"},
    "bizagi.xpdl.bpmn": {"not-bpmn"},
    "bonita.bpmn": {"data-flow", "bad-expression", "misplaced-condition"},
    "flowable.bpmn": {"script", "no-operation", "unknown-form", "no-lane", "bad-expression"},
    "adonis.bpmn": {"not-executable", "no-position"},
    "bpmn_io_vierge.bpmn": {"not-executable"},
    "drawio.xml.bpmn": {"not-bpmn"},
    "camunda.dmn": {"bad-decision"},
    "ancien.dmn": {"not-dmn"},
    "formio.json": {"bad-form"},
}

HOSTILE: Mapping[str, tuple[bytes, str]] = {
    "vide.bpmn": (b"", "empty-file"),
    "blancs.json": (b" \n\t", "empty-file"),
    "marque_seule.txt": (b"\xef\xbb\xbf", "empty-file"),
    "image.bpmn": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not-xml"),
    "photo.json": (b"\xff\xd8\xff\xe0" + bytes(range(256)), "not-json"),
    "compresse.bpmn": (gzip.compress(SOUND), "not-xml"),
    "archive.dmn": (_zip(SOUND), "not-xml"),
    "lettre.html": (b"%PDF-1.7\n", "not-utf8"),
    "utf16.bpmn": (SOUND.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "not-utf8"),
    "utf16_sans_marque.bpmn": (SOUND.decode().replace("UTF-8", "UTF-16").encode("utf-16-le"), "not-utf8"),
    "utf16_muet.bpmn": (SOUND.split(b"?>", 1)[1].decode().encode("utf-16-be"), "not-utf8"),
    "latin1.bpmn": (SOUND.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"), "not-utf8"),
    "latin1.txt": ("Objet : Été".encode("latin-1"), "not-utf8"),
    "nuls.json": (b'{"id": "nuls\0"}', "not-utf8"),
    "onze_megas.bpmn": (b"<a>" + b"x" * 11_000_000 + b"</a>", "too-large"),
    "onze_megas.json": (b'"' + b"x" * 11_000_000 + b'"', "too-large"),
    "coupe.bpmn": (SOUND[: len(SOUND) // 2], "not-xml"),
    "texte.bpmn": (b"bonjour", "not-xml"),
    "page.bpmn": (b"<html><body>a</body></html>", "not-bpmn"),
    "page_doctype.bpmn": (b"<!DOCTYPE html><html></html>", "doctype"),
    "dessin.bpmn": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not-bpmn"),
    "diagramme.dmn": (SOUND, "not-dmn"),
    "imbrique.bpmn": (_definitions("<a>" * 300 + "</a>" * 300), "too-deep"),
    "gouffre.bpmn": (b"<a>" * 200_000 + b"</a>" * 200_000, "too-deep"),
    "chaine.bpmn": (_definitions("".join(f'<task id="t{n}"/>' for n in range(6000))), "too-many-elements"),
    "gouffre.json": (b"[" * 100_000 + b"]" * 100_000, "too-deep"),
    "groupes.json": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "too-deep"),
    "sans_nombre.json": (b'{"id": NaN}', "not-json"),
    "deux_fois.json": (b'{"id": "a", "id": "b"}', "not-json"),
    "bombe.json": (b'{"max": 1e999999999}', "not-json"),
    "entier.json": (b'{"max": ' + b"9" * 1_000_000 + b"}", "not-json"),
    "liste.json": (b"[1, 2]", "bad-form"),
    "virgule.json": (b'{"id": "a",}', "not-json"),
    "accolades.txt": (b"Objet : a\n" + b"{{ " * 200_000, "bad-template"),
    "notes.docx": (_zip(b"a"), "not-a-programme-file"),
}

SETTINGS: Mapping[str, tuple[bytes, str]] = {
    "a gulf of lists": (b"a = " + b"[\n" * 100_000 + b"]\n" * 100_000, "too-deep"),
    "a number that fills the memory": (b"[reglages]\na = 1e999999999\n", "not-toml"),
    "a number that is none": (b"[reglages]\na = nan\n", "not-toml"),
    "a table written twice": (b"[a]\n[a]\n", "not-toml"),
}


def _verdict(path: Path) -> set[str]:
    (verdict,) = check_paths([str(path)])
    for problem in verdict.problems:
        assert problem.message.strip().endswith(".") or problem.message.endswith(".)"), problem
        assert problem.message[0].isupper() or not problem.message[0].isalpha(), problem
        assert not ENGLISH.search(problem.message), problem
    json.dumps(verdict.as_json(), ensure_ascii=False).encode("utf-8")
    return {problem.code for problem in verdict.problems if problem.severity == "error"}


@pytest.mark.parametrize("name", VENDORS)
def test_another_vendor_s_file_is_told_what_to_mend(name: str) -> None:
    found = _verdict(FOREIGN / name)
    assert VENDORS[name] <= found
    assert "unreadable" not in found


def test_every_foreign_file_kept_for_the_tests_is_tried() -> None:
    assert {path.name for path in FOREIGN.iterdir()} == set(VENDORS)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_not_what_it_seems_has_its_own_verdict(tmp_path: Path, name: str) -> None:
    content, code = HOSTILE[name]
    (tmp_path / name).write_bytes(content)
    assert _verdict(tmp_path / name) == {code}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_made_to_hurt_are_refused(tmp_path: Path, name: str) -> None:
    content, code = SETTINGS[name]
    (tmp_path / "territoire.toml").write_bytes(content)
    assert _verdict(tmp_path / "territoire.toml") == {code}


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "marque.bpmn").write_bytes(b"\xef\xbb\xbf" + SOUND)
    assert _verdict(tmp_path / "marque.bpmn") == set()


def test_a_place_in_the_text_is_told_without_the_library_s_words(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{\n  "id": "a",\n  "titre" "b"\n}')
    (verdict,) = check_paths([str(tmp_path / "a.json")])
    assert "(ligne 3, colonne 11)" in verdict.problems[0].message


def test_one_broken_file_does_not_hide_the_others() -> None:
    files = {
        **bundle(),
        "forms/relance.json": b"{",
        "dmn/confort.dmn": b"<a",
        "messages/rappel_tache.txt": b"",
    }
    assert {(problem.path, problem.code) for problem in check_files(files)} == {
        ("forms/relance.json", "not-json"),
        ("dmn/confort.dmn", "not-xml"),
        ("messages/rappel_tache.txt", "empty-file"),
    }


def test_a_diagram_of_countless_routes_has_its_verdict(tmp_path: Path) -> None:
    (tmp_path / "routes.bpmn").write_bytes(_gateways(150))
    assert _verdict(tmp_path / "routes.bpmn")


def _never_ends(_: Model) -> list[object]:
    while True:
        pass


def _falls_over(_: Model) -> list[object]:
    raise KeyError("inattendu")


def _only(path: str, rule: object) -> object:
    """A rule that goes wrong on one file alone."""

    def rule_of_one(model: Model) -> object:
        return rule(model) if path in model.files else []  # type: ignore[operator]

    return rule_of_one


def test_a_judgement_that_never_ends_is_cut_and_names_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "SECONDS", 2.0)
    monkeypatch.setattr(time_limit, "MORE", 0.0)
    monkeypatch.setattr(judging, "RULES", (*judging.RULES, _only(VISIT, _never_ends)))
    wrong = edit(ROUTE, 'name="formulaire" value="appel"', 'name="formulaire" value="appels"')
    found = time_limit.judge(bundle(wrong), whole=True)
    assert {(problem.path, problem.element, problem.code) for problem in found} == {
        (VISIT, "", "too-slow"),
        (ROUTE, "appeler", "unknown-form"),
    }
    assert HEAVY in {problem.message for problem in found}
    (alone,) = time_limit.judge({VISIT: SOUND}, whole=False)
    assert alone.code == "too-slow"


def test_a_rule_that_breaks_names_the_file_and_keeps_the_rest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(judging, "RULES", (*judging.RULES, _only(VISIT, _falls_over)))
    files = {**bundle(), "forms/relance.json": b""}
    found = check_files(files)
    assert (VISIT, "unreadable", UNREADABLE) in {(item.path, item.code, item.message) for item in found}
    assert ("forms/relance.json", "empty-file") in {(item.path, item.code) for item in found}
    assert {item.path for item in found} == {VISIT, "forms/relance.json"}
    assert "KeyError" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_a_judgement_that_fills_the_memory_ends_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def swallow(model: Model) -> list[object]:
        return [bytearray(8_000_000_000)]

    monkeypatch.setattr(judging, "RULES", (swallow,))
    (problem,) = time_limit.judge({VISIT: SOUND}, whole=False)
    assert (problem.path, problem.code) == (VISIT, "too-slow")
