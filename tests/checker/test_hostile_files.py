"""The hostile files of ``attacks.json``: XML, archives, documents, templates; and what grows when it runs."""

import faulthandler
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import pytest

from app import engine
from app.catalog.bundle import bundle_from_files
from app.catalog.compiler import compile_form
from app.catalog.settings import parse_settings
from app.checker import check_files
from app.decisions import DecisionFault, parse_decisions
from app.engine import StepFault
from app.errors import Invalid
from app.expressions import designer_functions
from tests.bpmn_builder import process
from tests.checker.corpus import bundle
from tests.engine_play import Caller
from tests.unit.decisions.dmn import a_decision, a_file
from tests.unit.expressions.hostile import CASES

PATIENCE = 120  # seconds before a test that hangs is ended, with the place where it hangs
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
SECRET = "le-secret-du-serveur"
ACCENTS = re.compile(r"[a-zéèàçù]{3,}")


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    """End the whole process, saying where it was, when a judgement never ends."""
    faulthandler.dump_traceback_later(PATIENCE, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


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


def test_every_hostile_xml_of_the_list_is_tried():
    assert set(XML) | ARCHIVES == set(CASES["xml"])


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize(("path", "space"), [("bpmn/attaque.bpmn", BPMN), ("dmn/attaque.dmn", DMN)])
def test_hostile_xml_is_refused_and_reads_nothing(name: str, path: str, space: str, secret: Path):
    make, code = XML[name]
    content = make(space, secret)
    for files, whole in (({path: content}, False), ({**bundle(), path: content}, True)):
        problems = [problem for problem in check_files(files, whole=whole) if problem.severity == "error"]
        assert problems
        assert {problem.path for problem in problems} == {path}
        if code and not (code == "too-many-elements" and path.endswith(".dmn")):
            assert {problem.code for problem in problems} == {code}, problems
        assert not any(SECRET in problem.message for problem in problems)


def _zip_bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bpmn/route.bpmn", b"0" * 50_000_000)
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


@pytest.mark.parametrize(
    "name", ["a.zip", "bpmn/a.bpmn", "dmn/a.dmn", "forms/a.json", "documents/a.html", "a.tar.gz"]
)
@pytest.mark.parametrize("kind", ["bomb", "zip", "tar"])
def test_an_archive_is_refused_without_being_unpacked(kind: str, name: str, tmp_path: Path):
    content = {
        "bomb": _zip_bomb,
        "zip": lambda: _climbing_zip(tmp_path),
        "tar": lambda: _climbing_tar(tmp_path),
    }[kind]()
    for files, whole in (({name: content}, False), ({**bundle(), name: content}, True)):
        (problem,) = [item for item in check_files(files, whole=whole) if item.severity == "error"]
        assert (problem.path, problem.element) == (name, "")
        assert problem.code in {"not-a-programme-file", "not-xml", "not-json", "not-utf8", "too-large"}
        assert ACCENTS.search(problem.message) and problem.message.endswith(".")
    assert list(tmp_path.iterdir()) == []


def test_the_command_refuses_a_folder_of_hostile_files_and_leaves_it_as_it_was(tmp_path: Path, secret: Path):
    folder = tmp_path / "territoire"
    for path, content in bundle().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for number, (make, _) in enumerate(XML.values()):
        (folder / f"bpmn/attaque_{number}.bpmn").write_bytes(make(BPMN, secret))
        (folder / f"dmn/attaque_{number}.dmn").write_bytes(make(DMN, secret))
    (folder / "archive.zip").write_bytes(_zip_bomb())
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


REACHING = {
    "img": '<img src="{u}" alt="">',
    "img without quotes": "<img src={u}>",
    "attachment": '<link rel="attachment" href="{u}">',
    "style sheet": '<link rel="stylesheet" href="{u}">',
    "attachment of a link": '<a rel="attachment" href="{u}">a</a>',
    "font": '<style>@font-face {{ font-family: a; src: url("{u}") }}</style>',
    "import": '<style>@import "{u}";</style>',
    "background": "<p style=\"background: url('{u}')\">a</p>",
    "svg use": '<svg xmlns="http://www.w3.org/2000/svg"><use href="{u}#a"/></svg>',
    "svg image": '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{u}"/></svg>',
    "object": '<object data="{u}">a</object>',
    "embed": '<embed src="{u}">',
    "frame": '<iframe src="{u}"></iframe>',
}


@pytest.mark.parametrize("name", REACHING)
@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://exemple.invalid/a.png", "//exemple.invalid/a", "a.png"]
)
def test_a_document_that_reaches_out_is_refused(name: str, address: str):
    path = "documents/attaque.html"
    document = f"<!-- titre: A -->\n<p>a</p>\n{REACHING[name].format(u=address)}\n"
    (problem,) = [p for p in check_files({path: document.encode()}, whole=False) if p.severity == "error"]
    assert (problem.path, problem.code) == (path, "bad-template")
    assert problem.message.startswith("Ligne 3,")


def test_a_document_may_hold_its_pictures_and_lead_to_a_page():
    document = (
        "<!-- titre: A | mise-en-page: guide | classes: technique social -->\n<img "
        'src="data:image/png;base64,AA==" alt="">'
        '<p style="background: url(data:image/gif;base64,AA==)">a <a href="https://exemple.fr">site</a>'
        '<a href="mailto:a@exemple.fr">a</a><a href="#bas">b</a></p><table><tr><td '
        'colspan="3">a</td></tr></table>'
    )
    assert check_files({"documents/a.html": document.encode()}, whole=False) == []


@pytest.mark.parametrize(
    "bomb",
    [
        '<table><tr><td colspan="100000000">a</td></tr></table>',
        "<table><tr><td rowspan=100000000>a</td></tr></table>",
        "<table>" + "<tr><td>a</td></tr>" * 10_000 + "</table>",
        "<div>" * 3000 + "a",
    ],
    ids=["colspan", "rowspan", "rows", "depth"],
)
def test_a_document_too_large_to_be_laid_out_is_refused(bomb: str):
    problems = check_files({"documents/attaque.html": f"<!-- titre: A -->\n{bomb}".encode()}, whole=False)
    assert {problem.code for problem in problems if problem.severity == "error"} == {"bad-template"}


@pytest.mark.parametrize("text", CASES["templates"])
@pytest.mark.parametrize("path", ["messages/suite_donnee.txt", "documents/compte_rendu.html"])
def test_a_hostile_template_is_refused_with_its_line(path: str, text: str):
    files = bundle()
    files[path] = files[path].rstrip() + f"\n{text}\n".encode()
    (problem,) = [item for item in check_files(files, whole=True) if item.severity == "error"]
    line = files[path].decode().count("\n")
    assert (problem.path, problem.code) == (path, "bad-template")
    assert f"igne {line}" in problem.message


CELLS = {
    "empty or -": ("", "-"),
    '"a","b"': ('"a","b"',),
    'not("a")': ('not("a")',),
    'not("a","b")': ('not("a","b")',),
    ">= 10": (">= 10",),
    "[1..5]": ("[1..5]",),
    "]1..5[": ("]1..5[",),
    "[1..5[": ("[1..5[",),
    "true / false / null": ("true", "false", "null"),
    'date("2026-01-31")': ('date("2026-01-31")', '>= date("2026-01-31")'),
    "? > 3 and ? < 9": ("? > 3 and ? < 9",),
    '"un texte"': ('"un texte"',),
    "missing value": ("null",),
}


@pytest.mark.parametrize("name", CASES["dmn_cells"])
def test_a_cell_of_the_reference_is_accepted(name: str):
    for cell in CELLS[name]:
        found = check_files(
            {"dmn/a.dmn": a_file(a_decision([((cell,), ("1",)), (("-",), ("2",))]))}, whole=False
        )
        assert [problem for problem in found if problem.severity == "error"] == [], cell


@pytest.mark.parametrize("text", [*CASES["csv_xlsx"], "{{ 1 }}", "<script>", "\u202egpj.exe", "%s%n"])
@pytest.mark.parametrize("place", ["title", "label", "option", "name", "setting"])
def test_a_text_with_teeth_is_only_text_for_the_checker(text: str, place: str):
    files = bundle()
    path, old = {
        "title": ("forms/relance.json", '"Appel en retard"'),
        "label": ("forms/relance.json", '"Ce qui est décidé"'),
        "option": ("forms/bilan.json", '"Poursuivre"'),
        "name": ("bpmn/parcours.bpmn", '"Appeler le ménage"'),
        "setting": ("territoire.toml", '"Visite à domicile"'),
    }[place]
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    written = f'"{safe}"' if path.endswith(".bpmn") else json.dumps(text)
    files[path] = files[path].decode().replace(old, written, 1).encode()
    assert [problem for problem in check_files(files, whole=True) if problem.severity == "error"] == []


# What the text alone does not show: useful-looking growth, stopped by the language's limits when it runs.

NOW = datetime(2026, 3, 16, 11, 0, tzinfo=UTC)
GROWING = {
    "a text that doubles": ("texte + texte", {"texte": "a" * 6_000}),
    "a number that squares": ("n * n", {"n": Decimal(10) ** 15}),
    "a division by almost nothing": ("1 / petit", {"petit": Decimal("1e-30")}),
    "a product of answers": ("*".join(["n"] * 15), {"n": 999_999}),
    "a list added to itself": ("membres + membres", {"membres": ["m1"] * 400}),
}


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_is_stopped_when_a_step_runs(name: str):
    text, names = GROWING[name]
    route = process().service("ici", "noter", a=text).end()
    assert "bad-expression" not in {
        item.code for item in check_files({"bpmn/essai.bpmn": route.xml()}, whole=False)
    }
    programme = engine.compile_fresh({"a.bpmn": route.xml()}, "croissance")
    with pytest.raises(StepFault) as caught:
        engine.start(
            programme, "essai", names, Caller(verbs={"noter": lambda _: pytest.fail("the verb ran")})
        )
    assert caught.value.element == "ici"


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_is_stopped_when_a_table_is_consulted(name: str):
    text, names = GROWING[name]
    for xml in (
        a_file(a_decision([(("-",), (text,))])),
        a_file(a_decision([(("-",), ("1",))], inputs=(text,))),
    ):
        assert "bad-decision" not in {item.code for item in check_files({"dmn/a.dmn": xml}, whole=False)}
        (table,) = parse_decisions(xml).values()
        with pytest.raises(DecisionFault):
            table.evaluate(names, designer_functions(NOW, frozenset()))


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_in_a_form_gives_no_answer(name: str):
    text, names = GROWING[name]
    (first,) = names
    text = re.sub(rf"\b{first}\b", f"ailleurs.{first}", text)
    form = {
        "id": "essai",
        "titre": "Essai",
        "champs": [
            {"cle": "calcule", "type": "calcul", "libelle": "Calcul", "calcul": text, "resultat": "texte"},
            {"cle": "note", "type": "texte", "libelle": "Note", "si": f"({text}) is None"},
        ],
    }
    content = json.dumps(form).encode()
    assert "bad-form" not in {item.code for item in check_files({"forms/essai.json": content}, whole=False)}
    compiled = compile_form(content, settings=parse_settings('nom = "A"\ncode = "aa"\n'))
    try:
        answers = compiled.parse({"note": "a"}, classes=None, context={"ailleurs": names})
    except Invalid as refused:
        assert refused.messages
    else:
        assert answers.get("calcule") is None
        assert answers.get("note") is None


def test_a_text_that_doubles_at_each_turn_of_a_loop_is_stopped():
    growing = a_file(a_decision([(("-",), ("tri.resultat + tri.resultat",))], inputs=("tri.resultat",)))
    route = process().rule("grandir", "tri").xor("encore", default="fin").when("true", "oui").to("grandir")
    xml = route.at("encore").end().xml()
    (table,) = parse_decisions(growing).values()

    class Deciding(Caller):
        def decide(
            self,
            decision: str,  # noqa: ARG002 - the hooks keep the signature that the engine calls
            element: str,  # noqa: ARG002
            scope: str | None,  # noqa: ARG002
            names: Mapping[str, object],
        ) -> Mapping[str, object]:
            outputs = table.evaluate(names, self.functions()).outputs
            assert isinstance(outputs, dict)
            return outputs

    programme = engine.compile_fresh({"a.bpmn": xml}, "tours")
    with pytest.raises((StepFault, DecisionFault)) as caught:
        engine.start(programme, "essai", {"tri": {"resultat": "a" * 10}}, Deciding())
    assert "trop long" in str(caught.value)


def test_the_sound_bundle_of_these_tests_can_be_loaded():
    loaded = bundle_from_files(bundle())
    diagrams = {path: content for path, content in loaded.files.items() if path.startswith("bpmn/")}
    assert engine.process_ids(engine.compile_fresh(diagrams, loaded.fingerprint))
