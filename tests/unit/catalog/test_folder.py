"""A territory's flat folder: read whole or refused with a sentence, written the same every time."""

import os

import pytest

from app.catalog import folder, identity, lineage
from app.catalog.bundle import MAX_BYTES, bundle_from_files, resolve
from app.catalog.fingerprint import fingerprint
from app.catalog.folder import FolderKind, read_folder, write_folder
from app.config import ROOT
from app.errors import BundleFault

PARENT = {"territoire": "carene", "version": 3, "empreinte": "ab" * 32, "le": "2026-11-22"}


@pytest.fixture
def carene():
    return resolve(ROOT, "carene").files


@pytest.fixture
def exported(carene, tmp_path):
    write_folder(tmp_path / "ici", carene, code="carene", ancestors=[PARENT])
    return tmp_path / "ici"


def tree(path):
    return {
        str(item.relative_to(path)): item.read_bytes() for item in sorted(path.rglob("*")) if item.is_file()
    }


def test_what_is_written_is_read_back_and_written_again_byte_for_byte(carene, exported, tmp_path):
    read = read_folder(exported)
    assert read == dict(carene)
    assert list(read) == sorted(read)
    assert folder.read_lineage(exported) == [PARENT]
    write_folder(tmp_path / "la", read, code="carene", ancestors=folder.read_lineage(exported))
    assert tree(tmp_path / "la") == tree(exported)
    assert write_folder(exported, read, code="carene", ancestors=[PARENT]) == folder.Written()


def test_line_ends_of_another_system_change_neither_the_fingerprint_nor_the_next_export(carene, exported):
    before = tree(exported)
    for item in exported.rglob("*.*"):
        if item.is_file():
            item.write_bytes(item.read_bytes().replace(b"\n", b"\r\n"))
    read = read_folder(exported)
    assert read != dict(carene)
    assert fingerprint(read) == fingerprint(carene)
    write_folder(exported, read, code="carene", ancestors=[PARENT])
    assert tree(exported) == before


def test_a_second_export_follows_the_bundle_and_leaves_what_belongs_to_people(carene, exported):
    (exported / ".git").mkdir()
    (exported / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (exported / "README.md").write_text("Notre dispositif")
    (exported / "LICENSE").write_text("EUPL")
    files = dict(carene)
    gone = sorted(name for name in files if name.startswith("messages/"))
    for name in gone:
        del files[name]
    files["bpmn/tri.bpmn"] = files["bpmn/tri.bpmn"].replace(b"</bpmn:definitions>", b"</bpmn:definitions>\n")
    told = write_folder(exported, files, code="carene", ancestors=[])
    assert told.removed == tuple(gone)
    assert told.changed == ("bpmn/tri.bpmn", "lignee.json")
    assert told.added == ()
    assert not (exported / "messages").exists()
    assert (exported / ".git" / "HEAD").read_text() == "ref: refs/heads/main"
    assert (exported / "README.md").read_text() == "Notre dispositif"
    assert (exported / "LICENSE").read_text() == "EUPL"
    assert read_folder(exported) == {name: files[name] for name in sorted(files)}


def test_a_new_git_repository_counts_as_empty(carene, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("vide")
    write_folder(tmp_path, carene, code="carene", ancestors=[])
    assert (tmp_path / "territoire.toml").exists()


def of_another_territory(path, carene):
    files = dict(carene)
    text = files["territoire.toml"].decode()
    files["territoire.toml"] = identity.renamed(text, code="voisine", name="Voisine").encode()
    write_folder(path, files, code="voisine", ancestors=[])


def of_somebody(path, carene):
    path.mkdir()
    (path / "photo.jpg").write_bytes(b"x")


def without_lineage(path, carene):
    write_folder(path, carene, code="carene", ancestors=[])
    (path / "lignee.json").unlink()


def with_a_stranger(path, carene):
    write_folder(path, carene, code="carene", ancestors=[])
    (path / "bpmn" / "notes.odt").write_bytes(b"x")


def with_a_link(path, carene):
    write_folder(path, carene, code="carene", ancestors=[])
    (path / "bpmn" / "tri.bpmn").unlink()
    (path / "bpmn" / "tri.bpmn").symlink_to(path.parent / "ailleurs.bpmn")


def with_a_linked_folder(path, carene):
    write_folder(path, carene, code="carene", ancestors=[])
    (path / "dmn").rename(path.parent / "dmn")
    (path / "dmn").symlink_to(path.parent / "dmn")


def a_file(path, carene):
    path.write_text("un fichier")


@pytest.mark.parametrize(
    "prepare",
    [of_another_territory, of_somebody, without_lineage, with_a_stranger, with_a_link, with_a_linked_folder,
     a_file],
)  # fmt: skip
def test_a_folder_that_is_no_earlier_export_is_refused_untouched(carene, tmp_path, prepare):
    target = tmp_path / "cible"
    prepare(target, carene)
    before = tree(tmp_path)
    with pytest.raises(BundleFault) as refusal:
        write_folder(target, {"territoire.toml": b"neuf"}, code="carene", ancestors=[])
    assert refusal.value.sentence.endswith(".")
    assert tree(tmp_path) == before


def link_outside(path):
    (path / "bpmn" / "passwd.bpmn").symlink_to("/etc/passwd")


def linked_folder(path):
    (path / "documents").rename(path.parent / "documents")
    (path / "documents").symlink_to(path.parent / "documents")


def unknown_suffix(path):
    (path / "bpmn" / "script.py").write_text("import os")


def unknown_folder(path):
    (path / "scripts").mkdir()


def folder_in_folder(path):
    (path / "bpmn" / "sous.bpmn").mkdir()


def accented(path):
    (path / "bpmn" / "Été.bpmn").write_text("x")


def too_large(path):
    (path / "bpmn" / "gros.bpmn").write_bytes(b"x" * (MAX_BYTES + 1))


def pipe(path):
    os.mkfifo(path / "bpmn" / "tuyau.bpmn")


def too_many(path):
    for number in range(501):
        (path / "messages" / f"m{number}.txt").write_text("x")


SPOILS = {
    link_outside: "bpmn/passwd.bpmn", linked_folder: "documents", unknown_suffix: "bpmn/script.py",
    unknown_folder: "scripts", folder_in_folder: "bpmn/sous.bpmn", accented: "bpmn/Été.bpmn",
    too_large: "2 Mo", pipe: "bpmn/tuyau.bpmn", too_many: "500 fichiers",
}  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_folder_with_anything_else_in_it_is_refused_by_name(exported, spoil):
    spoil(exported)
    with pytest.raises(BundleFault) as refusal:
        read_folder(exported)
    assert SPOILS[spoil] in refusal.value.sentence


def test_no_file_hides_behind_the_fault_of_another(exported):
    unknown_suffix(exported)
    link_outside(exported)
    faults = {entry.name for entry in folder.entries(exported) if entry.fault}
    assert faults == {"bpmn/script.py", "bpmn/passwd.bpmn"}


def test_each_shape_of_folder_is_told_apart(exported, tmp_path):
    shipped = ROOT / "bpmn" / "territories" / "carene"
    assert folder.kind_of(exported) is FolderKind.FLAT
    assert folder.kind_of(shipped) is FolderKind.SHIPPED
    assert folder.kind_of(tmp_path) is FolderKind.LOOSE
    for path, word in (
        (shipped, "territory load carene"),
        (tmp_path, "territory export"),
        (tmp_path / "x", "n'existe"),
    ):
        with pytest.raises(BundleFault, match=word):
            read_folder(path)


def one_line(row):
    return lineage.text([row])


@pytest.mark.parametrize(
    "text",
    [
        "[]", '{"lignee": {}}', '{"lignee": [], "autre": 1}', '{"lignee": [{"territoire": "carene"}]}', "{",
        one_line({**PARENT, "territoire": "<b>"}), one_line({**PARENT, "version": True}),
        one_line({**PARENT, "empreinte": "x"}), one_line({**PARENT, "le": "hier"}),
        '{"lignee": [' + ",".join(["{}"] * 101) + "]}", "[" * 100_000,
    ],
)  # fmt: skip
def test_a_lineage_is_plain_data_or_refused(exported, text):
    (exported / lineage.FILE).write_text(text)
    with pytest.raises(BundleFault, match=r"lignee\.json"):
        folder.read_lineage(exported)


def test_a_new_name_and_code_touch_two_lines_and_leave_the_fingerprint(carene):
    text = carene["territoire.toml"].decode()
    name = 'Estuaire « rive "sud" » \\ & co'
    new = identity.renamed(text, code="estuaire", name=name)
    changed = [pair for pair in zip(text.split("\n"), new.split("\n"), strict=True) if pair[0] != pair[1]]
    assert len(changed) == 2
    other = bundle_from_files({**carene, "territoire.toml": new.encode()})
    assert (other.settings.code, other.settings.name) == ("estuaire", name)
    assert other.fingerprint == fingerprint(carene)


def test_live_values_replace_their_table_and_nothing_else(carene):
    text = carene["territoire.toml"].decode()
    told = bundle_from_files(carene).settings
    live = {"annee_anah": 2027, "zone_anah": "IDF", "contact": {"service": "Ici"}}
    new = identity.with_live(text, live)
    settings = bundle_from_files({**carene, "territoire.toml": new.encode()}).settings
    assert (settings.anah_year, settings.anah_zone, settings.contact.service) == (2027, "IDF", "Ici")
    assert settings.communes == told.communes
    assert "# Le pôle se réunit chaque trimestre" in new
    assert identity.with_live(new, live) == new
    without = identity.with_live(new, {})
    assert "vivant" not in without
    assert identity.with_live(without, live).endswith('service = "Ici"\n')


def test_a_table_is_moved_as_it_is_written(carene):
    text = carene["territoire.toml"].decode()
    staff = "[simulation]\nsaisons = [1, 2] # hiver\n\n[simulation.equipes.pole]\npersonnes = 2"
    new = identity.with_block(text, "simulation", staff)
    assert identity.block(new, "simulation") == staff
    assert identity.with_block(new, "simulation", identity.block(new, "simulation")) == new


def test_a_name_that_cannot_be_found_is_said_rather_than_guessed():
    with pytest.raises(BundleFault, match="« nom »"):
        identity.renamed('"nom" = "x"\ncode = "y"\n', code="z", name="w")
    with pytest.raises(BundleFault, match="vivant"):
        identity.with_live('nom = "x"\ncode = "y"\nvivant = { annee_anah = 2026 }\n', {"annee_anah": 2027})
