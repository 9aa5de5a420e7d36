"""Hostile documents, templates and cells of ``attacks.json``; words with teeth where words are only words."""

import json
from collections.abc import Iterator

import pytest

from app.checker import check_files
from tests.checker.corpus import bundle
from tests.checker.corpus.patience import ended_after
from tests.unit.decisions.dmn import a_decision, a_file
from tests.unit.expressions.hostile import CASES

PATIENCE = 60  # seconds before a test that hangs is ended, with the place where it hangs


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    """End the whole process, saying where it was, when a judgement never ends."""
    with ended_after(PATIENCE):
        yield


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
def test_a_document_that_reaches_out_is_refused(name: str, address: str) -> None:
    path = "documents/attaque.html"
    document = f"<!-- titre: A -->\n<p>a</p>\n{REACHING[name].format(u=address)}\n"
    (problem,) = [p for p in check_files({path: document.encode()}, whole=False) if p.severity == "error"]
    assert (problem.path, problem.code) == (path, "bad-template")
    assert problem.message.startswith("Ligne 3,")


def test_a_document_may_hold_its_pictures_and_lead_to_a_page() -> None:
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
def test_a_document_too_large_to_be_laid_out_is_refused(bomb: str) -> None:
    problems = check_files({"documents/attaque.html": f"<!-- titre: A -->\n{bomb}".encode()}, whole=False)
    assert {problem.code for problem in problems if problem.severity == "error"} == {"bad-template"}


ENDLESS = {
    "open elements": ("documents/a.html", "<a " * 300_000),
    "open comments": ("documents/a.html", "<!--" * 300_000),
    "comments that look closed": ("documents/a.html", "<!-->" * 300_001),
    "declarations": ("documents/a.html", "<![" * 300_000),
    "instructions": ("documents/a.html", "<?a" * 300_000),
    "open ends": ("documents/a.html", "</a " * 300_000),
    "fields that nothing fills in": ("messages/a.txt", "".join(f"{{{{ a{n} }}}}" for n in range(150_000))),
    "braces": ("messages/a.txt", "{{ " * 600_000),
    "figures": ("messages/a.txt", "{% " + "18 " * 600_000),
    "keys of endless dots": ("territoire.toml", ".".join(["a"] * 300_000) + "=1"),
    "nested lists": ("territoire.toml", "a=" + "[" * 900_000),
    "nested objects": ("forms/a.json", '{"a":' * 300_000),
    "an endless number": ("forms/a.json", '{"a":' + "9" * 1_900_000 + "}"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_file_made_to_be_read_for_hours_is_refused(name: str) -> None:
    path, text = ENDLESS[name]
    head = {".html": "<!-- titre: A -->\n", ".txt": "Objet : A\n\n"}.get(path[path.rindex(".") :], "")
    problems = [
        item for item in check_files({path: (head + text).encode()}, whole=False) if item.severity == "error"
    ]
    assert problems
    assert {problem.code for problem in problems}.isdisjoint({"unreadable", "too-slow"})
    assert len(problems) <= 20


@pytest.mark.parametrize("text", CASES["templates"])
@pytest.mark.parametrize("path", ["messages/suite_donnee.txt", "documents/compte_rendu.html"])
def test_a_hostile_template_is_refused_with_its_line(path: str, text: str) -> None:
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
def test_a_cell_of_the_reference_is_accepted(name: str) -> None:
    for cell in CELLS[name]:
        found = check_files(
            {"dmn/a.dmn": a_file(a_decision([((cell,), ("1",)), (("-",), ("2",))]))}, whole=False
        )
        assert [problem for problem in found if problem.severity == "error"] == [], cell


@pytest.mark.parametrize("text", [*CASES["csv_xlsx"], "{{ 1 }}", "<script>", "\u202egpj.exe", "%s%n"])
@pytest.mark.parametrize("place", ["title", "label", "option", "name", "setting"])
def test_a_text_with_teeth_is_only_text_for_the_checker(text: str, place: str) -> None:
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
