from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.bundle import bundle_from_files, bundle_from_text, resolve
from app.catalog.reuse import worded
from app.errors import BundleFault
from tests.unit.catalog.build import SETTINGS

DIAGRAM = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">
  <process id="p" name="Parcours">
    <startEvent id="debut" />
  </process>
</definitions>
"""
FORM = '{"id": "avis", "titre": "Avis", "champs": [{"cle": "note", "type": "texte", "libelle": "Note"}]}'


def files(**more: bytes) -> dict[str, bytes]:
    found = {
        "territoire.toml": SETTINGS.encode(),
        "bpmn/parcours.bpmn": DIAGRAM,
        "forms/avis.json": FORM.encode(),
        "messages/rappel.txt": b"Bonjour {{ nom }},\n",
    }
    return found | {name.replace("__", "/").replace("_dot_", "."): data for name, data in more.items()}


def digest(changed: dict[str, bytes]) -> str:
    return bundle_from_files(files() | changed).fingerprint


def refusal(changed: dict[str, bytes]) -> str:
    with pytest.raises(BundleFault) as fault:
        bundle_from_files(files() | changed)
    return fault.value.sentence


def a_tree(root: Path) -> Path:
    base, own = root / "bpmn/base", root / "bpmn/territories/essai"
    for folder in (
        base / "messages",
        own / "documents",
        root / "forms/base",
        root / "forms/territories/essai",
    ):
        folder.mkdir(parents=True)
    (base / "parcours.bpmn").write_bytes(DIAGRAM)
    (base / "tri.dmn").write_bytes(DIAGRAM)
    (base / "messages/rappel.txt").write_text("Bonjour", encoding="utf-8")
    (own / "documents/lettre.html").write_text("<p>{{ menage.nom }}</p>", encoding="utf-8")
    (own / "territoire.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "forms/base/avis.json").write_text(FORM, encoding="utf-8")
    return root


def test_a_territory_takes_the_base_and_replaces_what_it_names(tmp_path: Path):
    root = a_tree(tmp_path)
    own = FORM.replace("Avis", "Avis local")
    (root / "forms/territories/essai/avis.json").write_text(own, encoding="utf-8")
    (root / "bpmn/territories/essai/parcours.bpmn").write_bytes(DIAGRAM.replace(b"Parcours", b"Autre"))
    bundle = resolve(root, "essai")
    assert set(bundle.files) == {
        "bpmn/parcours.bpmn", "dmn/tri.dmn", "forms/avis.json", "messages/rappel.txt",
        "documents/lettre.html", "territoire.toml",
    }  # fmt: skip
    assert bundle.forms["avis"].title == "Avis local"
    assert b"Autre" in bundle.folder("bpmn")["parcours"]


def test_a_territory_takes_from_the_base_only_what_it_names(tmp_path: Path):
    root = a_tree(tmp_path)
    settings = root / "bpmn/territories/essai/territoire.toml"
    whole = resolve(root, "essai")
    settings.write_text('base = ["bpmn/parcours", "dmn/tri", "forms/avis", "messages/rappel"]\n' + SETTINGS)
    assert resolve(root, "essai").fingerprint == whole.fingerprint
    settings.write_text('base = ["forms/avis"]\n' + SETTINGS)
    assert set(resolve(root, "essai").files) == {
        "forms/avis.json",
        "documents/lettre.html",
        "territoire.toml",
    }
    for named, said in (("forms/absent", "que la base n'a pas"), ("avis.json", "le dossier et le nom")):
        settings.write_text(f'base = ["{named}"]\n' + SETTINGS)
        with pytest.raises(BundleFault, match=said):
            resolve(root, "essai")


def test_the_lanes_of_a_shared_diagram_bear_the_names_of_the_territory():
    drawn = b'<bpmn:lane id="equipe" name="Une autre" /><bpmn:lane id="ailleurs" name="Ailleurs" />'
    settings = {"couloirs": {"equipe": {"libelle": "L'équipe A & B"}, "vide": {}}}
    assert worded(settings, "bpmn/visite.bpmn", drawn).decode() == (
        '<bpmn:lane id="equipe" name="L&#39;équipe A &amp; B" /><bpmn:lane id="ailleurs" name="Ailleurs" />'
    )
    assert worded(settings, "dmn/visite.dmn", drawn) == drawn
    assert worded({}, "bpmn/visite.bpmn", drawn) == drawn


def test_a_bundle_comes_back_the_same_from_stored_text():
    bundle = bundle_from_files(files())
    again = bundle_from_text(bundle.as_text())
    assert again.files == bundle.files
    assert again.fingerprint == bundle.fingerprint


def test_layout_does_not_change_the_fingerprint():
    spread_out = DIAGRAM.replace(b"><", b">\n\n      <").replace(b'id="d">', b'id="d"><!-- note -->')
    reordered = '{"titre":"Avis","champs":[{"libelle":"Note","type":"texte","cle":"note"}],"id":"avis"}'
    same = digest(
        {
            "bpmn/parcours.bpmn": spread_out,
            "forms/avis.json": reordered.encode(),
            "messages/rappel.txt": b"Bonjour {{ nom }},\r\n",
        }
    )
    assert same == digest({})


def test_the_name_code_and_live_rows_of_a_territory_do_not_change_the_fingerprint():
    text = SETTINGS.replace("Pays d'essai", "Autre pays").replace('code = "essai"', 'code = "autre"')
    text = text.replace("annee_anah = 2026", "annee_anah = 2027")
    assert digest({"territoire.toml": text.encode()}) == digest({})


@pytest.mark.parametrize(
    "changed",
    [
        {"bpmn/parcours.bpmn": DIAGRAM.replace(b"Parcours", b"Parcours 2")},
        {"forms/avis.json": FORM.replace("Note", "Remarque").encode()},
        {"messages/rappel.txt": b"Bonsoir"},
        {"territoire.toml": SETTINGS.replace("rendez_vous_max = 3", "rendez_vous_max = 4").encode()},
        {"bpmn/autre.bpmn": DIAGRAM},
    ],
)
def test_a_change_of_meaning_changes_the_fingerprint(changed: dict[str, bytes]):
    assert digest(changed) != digest({})


def test_text_inside_an_element_keeps_its_spaces():
    documented = DIAGRAM.replace(b"<startEvent", b"<documentation>a  b</documentation><startEvent")
    assert digest({"bpmn/parcours.bpmn": documented}) != digest(
        {"bpmn/parcours.bpmn": documented.replace(b"a  b", b"a b")}
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"messages/long.txt": b"a" * 2_000_001}, "dépasse 2 Mo"),
        ({"forms/avis.json": b"{"}, "n'est pas du JSON valable"),
        ({"forms/avis.json": b'{"id": "a", "id": "b"}'}, "une clé y figure deux fois"),
        ({"forms/avis.json": b"[" * 100_000}, "imbriqué trop profondément"),
        ({"territoire.toml": b"nom = "}, "n'est pas du TOML valable"),
        ({"bpmn/parcours.bpmn": b"<a>"}, "bpmn/parcours.bpmn : "),
        ({"bpmn/parcours.bpmn": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, "DOCTYPE"),
        ({"../secret.txt": b"a"}, "n'a pas sa place"),
        ({"/etc/passwd": b"a"}, "n'a pas sa place"),
        ({"bpmn/../../x.bpmn": b"<a/>"}, "n'a pas sa place"),
        ({"bpmn/x.exe": b"a"}, "n'a pas sa place"),
        ({"messages/Été.txt": b"a"}, "n'a pas sa place"),
        ({"messages/latin.txt": "été".encode("latin-1")}, "UTF-8"),
        ({"messages/rappel.txt": b"{{ ''.__class__ }}"}, "messages/rappel.txt : ligne 1"),
        ({"forms/autre.json": FORM.encode()}, "il doit être le nom du fichier"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name(changed: dict[str, bytes], words: str):
    sentence = refusal(changed)
    assert words in sentence


def test_a_bundle_without_settings_is_refused():
    with pytest.raises(BundleFault, match="rôles et les réglages"):
        bundle_from_files({"bpmn/parcours.bpmn": DIAGRAM})


def test_too_many_files_are_refused():
    with pytest.raises(BundleFault, match="plus de 500"):
        bundle_from_files({f"messages/m{number}.txt": b"a" for number in range(501)})


@pytest.mark.parametrize("code", ["../essai", "Essai", "", "inconnu", "a" * 60])
def test_an_unknown_or_odd_territory_code_is_refused(tmp_path: Path, code: str):
    with pytest.raises(BundleFault):
        resolve(a_tree(tmp_path), code)


def test_a_link_that_leads_outside_is_refused(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    root = a_tree(tmp_path / "projet")
    (root / "bpmn/base/messages/fuite.txt").symlink_to(secret)
    with pytest.raises(BundleFault, match="hors du dossier"):
        resolve(root, "essai")


def test_a_stray_file_is_refused_and_a_hidden_one_ignored(tmp_path: Path):
    root = a_tree(tmp_path)
    (root / "bpmn/base/.DS_Store").write_bytes(b"x")
    resolve(root, "essai")
    (root / "bpmn/base/notes.docx").write_bytes(b"x")
    with pytest.raises(BundleFault, match=r"notes\.docx"):
        resolve(root, "essai")


def test_a_folder_of_another_territory_s_code_is_refused(tmp_path: Path):
    root = a_tree(tmp_path)
    path = root / "bpmn/territories/essai/territoire.toml"
    path.write_text(SETTINGS.replace('code = "essai"', 'code = "autre"'), encoding="utf-8")
    with pytest.raises(BundleFault, match="« code » vaut « autre »"):
        resolve(root, "essai")


@given(st.text(max_size=40))
def test_any_text_of_a_message_survives_storage(text: str):
    if "{" in text or "}" in text:
        return
    bundle = bundle_from_files(files() | {"messages/libre.txt": text.encode()})
    assert bundle_from_text(bundle.as_text()).files["messages/libre.txt"].decode() == text
