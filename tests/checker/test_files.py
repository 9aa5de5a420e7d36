"""Which files ``relais check`` judges below a path, together or alone, and how it shows them."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.checker import NothingToCheck, Verdict, check_files, check_paths
from app.checker.files.batches import lone_batch
from tests.checker.corpus.build import ROUTE, SETTINGS, VISIT, drop, edit, put
from tests.checker.folders import flat, shipped, shown

ROOT = Path(__file__).resolve().parents[2]
WRONG_CALL = edit(ROUTE, 'calledElement="visite"', 'calledElement="visites"')
WRONG_FORM = edit(ROUTE, 'name="formulaire" value="appel"', 'name="formulaire" value="appels"')


def verdicts(*paths: Path | str) -> dict[str, Verdict]:
    return {verdict.path: verdict for verdict in check_paths([str(path) for path in paths])}


def codes(verdict: Verdict) -> set[str]:
    return {problem.code for problem in verdict.problems}


def refused(*paths: Path | str) -> dict[str, set[str]]:
    """The codes of every file with an error."""
    return {path: codes(verdict) for path, verdict in verdicts(*paths).items() if not verdict.ok}


def test_an_exported_folder_is_judged_whole(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire")
    found = verdicts(folder)
    assert all(verdict.problems == () for verdict in found.values())
    assert shown(folder / ROUTE) in found
    assert shown(folder / SETTINGS) in found


def test_what_belongs_to_people_in_a_folder_is_left_aside(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire")
    for name in ("README.md", "LICENSE", ".gitignore", "lignee.json", "bpmn/README.md"):
        (folder / name).write_text("x")
    (folder / ".git").mkdir()
    assert refused(folder) == {}


def test_a_stranger_in_an_exported_folder_is_refused(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire")
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "bpmn" / "Visite (copie).bpmn").write_bytes((folder / VISIT).read_bytes())
    assert refused(folder) == {
        shown(folder / "photo.png"): {"not-a-programme-file"},
        shown(folder / "bpmn" / "Visite (copie).bpmn"): {"not-a-programme-file"},
    }


def test_base_files_are_judged_with_the_territory_and_shown_by_their_own_path(tmp_path: Path) -> None:
    territory = shipped(tmp_path, WRONG_FORM, own=(VISIT,))
    found = verdicts(territory)
    route = tmp_path / "bpmn" / "base" / "parcours.bpmn"
    assert codes(found[shown(route)]) == {"unknown-form"}
    assert shown(territory / "visite.bpmn") in found
    assert shown(tmp_path / "forms" / "base" / "appel.json") in found


def test_a_territory_s_own_file_replaces_the_base_s(tmp_path: Path) -> None:
    territory = shipped(tmp_path)
    base = tmp_path / "bpmn" / "base" / "parcours.bpmn"
    (territory / "parcours.bpmn").write_bytes(base.read_bytes())
    base.write_bytes(b"<broken")
    found = verdicts(territory)
    assert shown(base) not in found
    assert found[shown(territory / "parcours.bpmn")].ok


def test_a_stranger_in_a_territory_s_layer_is_refused(tmp_path: Path) -> None:
    territory = shipped(tmp_path)
    (territory / "notes.docx").write_bytes(b"x")
    (territory / "messages").mkdir()
    (territory / "messages" / "essai.html").write_text("x")
    (tmp_path / "forms" / "territories" / territory.name / "sous-dossier").mkdir(parents=True)
    assert refused(territory) == {
        shown(territory / "notes.docx"): {"not-a-programme-file"},
        shown(territory / "messages" / "essai.html"): {"not-a-programme-file"},
        shown(tmp_path / "forms" / "territories" / territory.name / "sous-dossier"): {"not-a-programme-file"},
    }


def test_a_file_below_a_territory_is_judged_with_the_rest_and_told_alone(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire", WRONG_FORM, WRONG_CALL)
    found = verdicts(folder / ROUTE)
    assert list(found) == [shown(folder / ROUTE)]
    assert {"unknown-form", "unknown-call"} <= codes(found[shown(folder / ROUTE)])
    assert list(verdicts(folder / VISIT, folder / SETTINGS)) == [
        shown(folder / VISIT),
        shown(folder / SETTINGS),
    ]


def test_a_folder_inside_a_territory_tells_of_its_own_files(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire")
    assert set(verdicts(folder / "dmn")) == {shown(path) for path in (folder / "dmn").iterdir()}


def test_a_territory_s_own_form_is_judged_with_its_diagrams(tmp_path: Path) -> None:
    shipped(tmp_path, own=("forms/appel.json",))
    form = tmp_path / "forms" / "territories" / "exemple" / "appel.json"
    form.write_text(form.read_text("utf-8").replace('"cle": "numero"', '"cle": "rang"'), "utf-8")
    assert list(verdicts(form)) == [shown(form)]
    assert refused(tmp_path)[shown(tmp_path / "bpmn" / "base" / "parcours.bpmn")] == {"unknown-field"}


def test_a_file_outside_any_territory_is_judged_alone(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire", WRONG_FORM, WRONG_CALL)
    for name in (ROUTE, "dmn/priorite.dmn", "forms/appel.json", "messages/suite_donnee.txt"):
        alone = tmp_path / Path(name).name
        alone.write_bytes((folder / name).read_bytes())
        assert verdicts(alone)[shown(alone)].ok, name


def test_a_diagram_alone_is_still_told_what_it_misses_by_itself(tmp_path: Path) -> None:
    in_no_lane = edit(ROUTE, "        <flowNodeRef>debloquer</flowNodeRef>\n", "")
    diagram = flat(tmp_path / "territoire", in_no_lane).joinpath(ROUTE).rename(tmp_path / "essai.bpmn")
    assert refused(diagram) == {shown(diagram): {"no-lane"}}


def test_a_folder_above_several_territories_judges_each_and_the_base_once(tmp_path: Path) -> None:
    flat(tmp_path / "un", WRONG_CALL)
    flat(tmp_path / "deux")
    shipped(tmp_path / "livres")
    found = verdicts(tmp_path)
    assert [path for path, verdict in found.items() if not verdict.ok] == [shown(tmp_path / "un" / ROUTE)]
    assert shown(tmp_path / "livres" / "bpmn" / "base" / "visite.bpmn") in found
    assert shown(tmp_path / "deux" / VISIT) in found


def test_a_folder_of_any_kind_judges_diagrams_everywhere_and_the_rest_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "un" / "deux").mkdir(parents=True)
    (tmp_path / "un" / "forms").mkdir()
    (tmp_path / "node_modules").mkdir()
    for name in ("a.bpmn", "un/deux/b.dmn", "c.json", "un/forms/d.json"):
        (tmp_path / name).write_text("x")
    for name in ("un/package.json", "un/deux/notes.txt", "node_modules/e.bpmn", "f.png", ".g.bpmn"):
        (tmp_path / name).write_text("x")
    assert set(refused(tmp_path)) == {
        shown(tmp_path / name) for name in ("a.bpmn", "un/deux/b.dmn", "c.json", "un/forms/d.json")
    }


def test_paths_are_shown_as_they_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flat(tmp_path / "territoire")
    monkeypatch.chdir(tmp_path)
    assert f"territoire/{ROUTE}" in verdicts("territoire")
    assert list(verdicts(f"./territoire/{ROUTE}")) == [f"territoire/{ROUTE}"]
    monkeypatch.chdir(tmp_path / "territoire" / "bpmn")
    assert list(verdicts("visite.bpmn")) == ["visite.bpmn"]
    assert "../territoire.toml" in verdicts("..")


def test_the_same_file_is_told_once_however_often_it_is_named(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire")
    assert len(check_paths([str(folder / ROUTE), str(folder), str(folder / ROUTE)])) == len(verdicts(folder))


@pytest.mark.parametrize(
    ("path", "words"),
    [("nulle/part", "n'existe pas"), ("vide", "ne contient aucun fichier"), ("", "n'existe pas")],
)
def test_nothing_to_check_is_said(tmp_path: Path, path: str, words: str) -> None:
    (tmp_path / "vide").mkdir()
    with pytest.raises(NothingToCheck) as said:
        check_paths([str(tmp_path / path) if path else "\udcff"])
    assert words in said.value.sentence


def test_no_path_at_all_is_said() -> None:
    with pytest.raises(NothingToCheck, match="Indiquez un fichier"):
        check_paths([])


def test_a_link_that_leads_outside_is_refused_unread(tmp_path: Path) -> None:
    secret = tmp_path / "secret.bpmn"
    secret.write_text("le-secret")
    folder, territory = flat(tmp_path / "plat"), shipped(tmp_path / "livre")
    loose = tmp_path / "vrac"
    loose.mkdir()
    for place in (folder / "bpmn" / "lien.bpmn", territory / "lien.bpmn", loose / "lien.bpmn"):
        place.symlink_to(secret)
        assert refused(place.parent) == {shown(place): {"outside-folder"}}


def test_a_link_that_a_person_names_is_followed(tmp_path: Path) -> None:
    diagram = flat(tmp_path / "t") / VISIT
    link = tmp_path / "ailleurs.bpmn"
    link.symlink_to(diagram)
    assert verdicts(link)[shown(link)].ok


def test_links_to_nothing_and_in_a_circle_have_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "mort.bpmn").symlink_to("nulle-part.bpmn")
    (tmp_path / "tourne.bpmn").symlink_to("tourne.bpmn")
    (tmp_path / "cercle").symlink_to(tmp_path)
    assert refused(tmp_path) == {
        shown(tmp_path / "mort.bpmn"): {"unreadable"},
        shown(tmp_path / "tourne.bpmn"): {"unreadable"},
    }


def test_pipes_and_sockets_are_never_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    folder = flat(tmp_path / "territoire")
    os.mkfifo(folder / "bpmn" / "tube.bpmn")
    os.mkfifo(tmp_path / "tube.json")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("prise.bpmn")
        assert refused(folder) == {shown(folder / "bpmn" / "tube.bpmn"): {"not-a-programme-file"}}
        assert refused("tube.json", "prise.bpmn") == {
            "tube.json": {"not-a-programme-file"},
            "prise.bpmn": {"not-a-programme-file"},
        }


def test_a_name_that_is_no_text_is_shown_with_marks(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/d\xe9chet\xff.bpmn")).touch()
    (path,) = refused(tmp_path)
    path.encode("utf-8")
    assert path.endswith("d\ufffdchet\ufffd.bpmn")


def test_closed_files_and_folders_have_a_verdict() -> None:
    """Judged by a process that is not the machine's administrator: nothing is closed to that one."""
    script = (
        "import os, sys\n"
        "from app.checker import check_paths\n"
        "os.geteuid() or (os.setgroups([]), os.setgid(65534), os.setuid(65534))\n"
        "for verdict in check_paths(sys.argv[1:]):\n"
        "    print(verdict.path, *(problem.code for problem in verdict.problems))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        (place / "clos").mkdir(mode=0)
        (place / "clos.bpmn").touch(mode=0)
        ran = subprocess.run(
            [sys.executable, "-c", script, folder], capture_output=True, text=True, check=False, cwd=ROOT
        )
        (place / "clos").chmod(0o700)
    assert sorted(ran.stdout.splitlines()) == [f"{folder}/clos unreadable", f"{folder}/clos.bpmn unreadable"]


def test_a_closed_file_is_not_said_to_be_missing(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire", drop(VISIT), put("forms/visite.json", ""))
    (folder / VISIT).symlink_to("nulle-part.bpmn")
    assert refused(folder) == {
        shown(folder / VISIT): {"outside-folder"},
        shown(folder / "forms" / "visite.json"): {"empty-file"},
    }


def test_a_folder_of_too_many_files_is_told_so(tmp_path: Path) -> None:
    folder = flat(tmp_path / "territoire")
    for number in range(500):
        (folder / "messages" / f"m{number}.txt").write_text("Objet : a\n\nb\n")
    assert {"too-large"} in refused(folder).values()


def test_a_line_without_end_is_refused_for_its_length() -> None:
    text = b'nom = "' + b"x" * 5_000 + b'"\ncode = "essai"\n'
    (problem,) = [p for p in check_files({"territoire.toml": text}, whole=False) if p.severity == "error"]
    assert problem.code == "not-toml"
    assert "une ligne y dépasse" in problem.message.casefold()


def test_a_file_judged_alone_is_read_when_its_turn_comes(tmp_path: Path) -> None:
    path = tmp_path / "seul.bpmn"
    path.write_bytes(b"<definitions/>")
    batch = lone_batch(path)
    assert batch.files == {}
    batch.open()
    assert batch.files == {"bpmn/seul.bpmn": b"<definitions/>"}
    batch.close()
    assert batch.files == {}
