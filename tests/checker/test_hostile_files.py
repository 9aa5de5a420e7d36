"""The hostile files of ``attacks.json``: XML and archives, refused without being followed or unpacked."""

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from app.checker import check_files
from tests.checker.corpus import bundle
from tests.checker.corpus.patience import ended_after
from tests.unit.expressions.hostile import CASES

PATIENCE = 120  # seconds before a test that hangs is ended, with the place where it hangs
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
SECRET = "le-secret-du-serveur"
ACCENTS = re.compile(r"[a-zéèàçù]{3,}")


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    """End the whole process, saying where it was, when a judgement never ends."""
    with ended_after(PATIENCE):
        yield


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the server that nothing may read."""
    place = tmp_path / "secret.txt"
    place.write_text(SECRET)
    return place


def _declared(subset: str, use: str = "&a;") -> Callable[[str, Path], bytes]:
    def made(space: str, secret: Path) -> bytes:
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE definitions {subset}>\n'
            f'<definitions xmlns="{space}" id="d"><text>{use}</text></definitions>'
        )
        return text.replace("SECRET", secret.as_uri()).encode()

    return made


def _plain(inner: str, *, spaces: str = "") -> Callable[[str, Path], bytes]:
    def made(space: str, secret: Path) -> bytes:
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{space}" id="d"{spaces}>'
        text = f"{head}{inner}</definitions>"
        return text.replace("SECRET", secret.as_uri()).encode()

    return made


NESTED = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
LARGE = f'<!ENTITY a "{"x" * 100_000}">'
XINCLUDE = ' xmlns:xi="http://www.w3.org/2001/XInclude"'
CHAIN = "".join(
    f'<task id="t{n}"/><sequenceFlow id="f{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>' for n in range(3000)
)

XML: Mapping[str, tuple[Callable[[str, Path], bytes], str]] = MappingProxyType(
    {
        "DOCTYPE with an external entity to a file": (_declared('[<!ENTITY a SYSTEM "SECRET">]'), "doctype"),
        "DOCTYPE with a parameter entity": (_declared('[<!ENTITY % p SYSTEM "SECRET"> %p;]', ""), "doctype"),
        "external DTD": (_declared('SYSTEM "SECRET"', ""), "doctype"),
        "nested entities (nine levels of ten)": (_declared(f"[{NESTED}]", "&e9;"), "doctype"),
        "one 100 kB entity used 2 000 times": (_declared(f"[{LARGE}]", "&a;" * 2000), "doctype"),
        "the same in UTF-16": (
            lambda space, secret: (
                _declared(f"[{LARGE}]", "&a;" * 2000)(space, secret)
                .decode()
                .replace("UTF-8", "UTF-16")
                .encode("utf-16")
            ),
            "doctype",
        ),
        "XInclude of a file": (_plain('<xi:include href="SECRET" parse="text"/>', spaces=XINCLUDE), ""),
        "300 nested elements": (_plain("<a>" * 300 + "</a>" * 300), "too-deep"),
        "11 MB of text": (_plain("<a>" + "x" * 11_000_000 + "</a>"), "too-large"),
        "3 000 tasks in a chain": (
            _plain(f'<process id="p" isExecutable="true">{CHAIN}</process>'),
            "too-many-elements",
        ),
    }
)
ARCHIVES = {"zip bomb in an archive", "an archive with ../ and absolute paths and symbolic links"}


def test_every_hostile_xml_of_the_list_is_tried() -> None:
    assert set(XML) | ARCHIVES == set(CASES["xml"])


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize(("path", "space"), [("bpmn/attaque.bpmn", BPMN), ("dmn/attaque.dmn", DMN)])
def test_hostile_xml_is_refused_and_reads_nothing(name: str, path: str, space: str, secret: Path) -> None:
    make, code = XML[name]
    content = make(space, secret)
    for files, whole in (({path: content}, False), ({**bundle(), path: content}, True)):
        problems = [problem for problem in check_files(files, whole=whole) if problem.severity == "error"]
        assert problems
        assert {problem.path for problem in problems} == {path}
        if code and not (code == "too-many-elements" and path.endswith(".dmn")):
            assert {problem.code for problem in problems} == {code}, problems
        assert not any(SECRET in problem.message for problem in problems)


def _zip_bomb(_: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bpmn/route.bpmn", b"0" * 20_000_000)
    return made.getvalue()


def _climbing_zip(target: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../dehors.txt", "dehors")
        archive.writestr(str(target / "absolu.txt"), "absolu")
    return made.getvalue()


def _climbing_tar(target: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, link in (("../dehors.txt", ""), (str(target / "absolu.txt"), ""), ("lien", "/etc")):
            member = tarfile.TarInfo(name)
            if link:
                member.type, member.linkname = tarfile.SYMTYPE, link
            archive.addfile(member)
    return made.getvalue()


MAKERS: Mapping[str, Callable[[Path], bytes]] = MappingProxyType(
    {"bomb": _zip_bomb, "zip": _climbing_zip, "tar": _climbing_tar}
)


@pytest.mark.parametrize(
    "name", ["a.zip", "bpmn/a.bpmn", "dmn/a.dmn", "forms/a.json", "documents/a.html", "a.tar.gz"]
)
@pytest.mark.parametrize("kind", MAKERS)
def test_an_archive_is_refused_without_being_unpacked(kind: str, name: str, tmp_path: Path) -> None:
    content = MAKERS[kind](tmp_path)
    for files, whole in (({name: content}, False), ({**bundle(), name: content}, True)):
        (problem,) = [item for item in check_files(files, whole=whole) if item.severity == "error"]
        assert (problem.path, problem.element) == (name, "")
        assert problem.code in {"not-a-programme-file", "not-xml", "not-json", "not-utf8", "too-large"}
        assert ACCENTS.search(problem.message) and problem.message.endswith(".")
    assert list(tmp_path.iterdir()) == []


def test_the_command_refuses_a_folder_of_hostile_files_and_leaves_it_as_it_was(
    tmp_path: Path, secret: Path
) -> None:
    folder = tmp_path / "territoire"
    for path, content in bundle().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for number, (make, _) in enumerate(XML.values()):
        (folder / f"bpmn/attaque_{number}.bpmn").write_bytes(make(BPMN, secret))
        (folder / f"dmn/attaque_{number}.dmn").write_bytes(make(DMN, secret))
    (folder / "archive.zip").write_bytes(_zip_bomb(tmp_path))
    (folder / "bpmn/archive.bpmn").write_bytes(_climbing_zip(tmp_path))
    (folder / "bpmn/dehors.bpmn").symlink_to(secret)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    ran = subprocess.run(
        [sys.executable, "-m", "app.cli", "check", str(folder), "--json"],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert SECRET not in ran.stdout + ran.stderr
    refused = {Path(item["path"]).name for item in json.loads(ran.stdout)["files"] if not item["ok"]}
    added = {f"attaque_{n}.{kind}" for n in range(len(XML)) for kind in ("bpmn", "dmn")}
    assert refused == added | {"archive.zip", "archive.bpmn", "dehors.bpmn"}
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before
