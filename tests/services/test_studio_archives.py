"""The programme carried out of the studio and brought in: files of other tools, archives, hostile ones."""

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from app.catalog import archive
from app.catalog.bundle import bundle_from_files
from app.database import db
from app.errors import BundleFault, Conflict, NotFound
from app.models import DraftProposal
from app.services import actors, clones, releases, studio
from app.services.studio import proposals
from app.services.studio.drafting import Taken
from tests import build
from tests.checker.corpus.attacks import PLACES
from tests.unit.expressions.hostile import hostile_texts

FOREIGN = Path(__file__).parents[1] / "checker" / "foreign"
VISIT = "bpmn/visite.bpmn"


@pytest.fixture
def ines(carene):
    by = actors.actor_for(build.a_user("conception", name="Inès Carrel", email="ines@carene.invalid"))
    studio.opened(by)
    return by


def zipped(entries, *, mode=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if mode is not None:
                info.external_attr = mode << 16
            made.writestr(info, content)
    return out.getvalue()


def tarred(*infos):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for info, content in infos:
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


def entry(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


SETTINGS = b'code = "ailleurs"\nnom = "Ailleurs"\n'


@pytest.mark.parametrize("packed", ["zip", "tar.gz"])
def test_what_is_exported_and_brought_back_has_the_same_fingerprint(ines, packed):
    file = studio.read(VISIT)
    studio.save(VISIT, file.text.replace('"P21D"', '"P14D"'), base=file.digest, by=ines)
    wanted = studio.bundle().fingerprint
    name, data = proposals.export(number=None, packed=packed)
    assert name == f"carene-brouillon.{packed}"
    assert (name, data) == proposals.export(number=None, packed=packed)  # the same bytes
    assert bundle_from_files(archive.unpack(data).files).fingerprint == wanted
    studio.save(VISIT, file.text, base=studio.read(VISIT).digest, by=ines)
    kept = proposals.of_archive(name, data, by=ines)
    assert proposals.show(kept).moves == ((VISIT, "changed"),)
    proposals.take(kept, by=ines)
    assert studio.bundle().fingerprint == wanted
    with pytest.raises(NotFound):  # a second click
        proposals.take(kept, by=ines)
    _, first = proposals.export(number=1, packed=packed)
    found = archive.unpack(first)
    assert bundle_from_files(found.files).fingerprint == releases.current().fingerprint
    assert found.lineage[0]["empreinte"] == releases.current().fingerprint


def test_an_archive_packed_by_hand_in_its_folder_enters_under_the_name_of_the_territory(ines):
    files = {f"mon-dossier/{name}": data for name, data in studio.opened(ines).files.items()}
    files["mon-dossier/territoire.toml"] = files["mon-dossier/territoire.toml"].replace(
        b'code = "carene"', b'code = "ailleurs"'
    )
    files["mon-dossier/README.md"] = b"Lisez-moi"
    files["mon-dossier/messages/nouveau.txt"] = b"Bonjour\n\nUn mot."
    kept = proposals.of_archive("dossier.zip", zipped(files), by=ines)
    assert proposals.show(kept).moves == (("messages/nouveau.txt", "added"),)
    proposals.take(kept, by=ines)
    assert studio.bundle().settings.code == "carene"


def test_an_import_is_refused_when_the_draft_moved_since_it_was_looked_at(ines):
    _, data = proposals.export(number=1, packed="zip")
    kept = proposals.of_archive("a.zip", data, by=ines)
    studio.save("messages/nouveau.txt", "Bonjour\n\nUn mot.", base=None, by=ines)
    with pytest.raises(Conflict):
        proposals.take(kept, by=ines)
    assert studio.read("messages/nouveau.txt").text == "Bonjour\n\nUn mot."
    proposals.leave(kept)
    with pytest.raises(NotFound):
        proposals.show(kept)


def test_another_territory_s_changes_imports_and_publications_do_not_exist_here(ines):
    file = studio.read(VISIT)
    studio.save(VISIT, file.text.replace('"P21D"', '"P14D"'), base=file.digest, by=ines)
    change = studio.history(VISIT)[0].id
    _, data = proposals.export(number=1, packed="zip")
    kept = proposals.of_archive("a.zip", data, by=ines)
    studio.present(VISIT, ines)
    clones.clone("carene", "estuaire", name="Estuaire")
    with build.serving("estuaire"):
        here = studio.read(VISIT)
        assert '"P21D"' in here.text
        assert studio.history(VISIT) == []
        assert studio.at_work() == []
        for refused in (
            lambda: studio.restore(VISIT, change, base=here.digest, by=ines),
            lambda: proposals.show(kept),
            lambda: proposals.take(kept, by=ines),
        ):
            with pytest.raises(NotFound):
                refused()
        proposals.leave(kept)
    assert proposals.show(kept).id == kept


HOSTILE = {
    "a path that climbs": (zipped({"territoire.toml": SETTINGS, "../../etc/cron.d/x": b"*"}), "chemin"),
    "an absolute path": (zipped({"territoire.toml": SETTINGS, "/etc/passwd": b"x"}), "chemin"),
    "a path of Windows": (zipped({"territoire.toml": SETTINGS, "..\\x.bpmn": b"x"}), "chemin"),
    "a link in a zip": (zipped({"bpmn/x.bpmn": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777), "lien"),
    "a link in a tar": (tarred((entry("bpmn/x.bpmn", tarfile.SYMTYPE, "/etc/passwd"), b"")), "lien"),
    "a hard link": (tarred((entry("bpmn/x.bpmn", tarfile.LNKTYPE, "/etc/passwd"), b"")), "lien"),
    "a device": (tarred((entry("bpmn/x.bpmn", tarfile.CHRTYPE), b"")), "lien"),
    "a bomb in a zip": (zipped({f"messages/m{n}.txt": b"a" * 1_999_999 for n in range(30)}), "bombe"),
    "a bomb in a tar": (gzip.compress(b"\0" * 60_000_000, 9), "bombe"),
    "a file too large": (zipped({"messages/m.txt": b"a" * 2_100_000}), "taille"),
    "too many names": (zipped({f"messages/m{n}.txt": b"" for n in range(700)}), "bombe"),
    "a name twice": (zipped({"territoire.toml": SETTINGS, "./territoire.toml": SETTINGS}), "archive"),
    "no settings": (zipped({"bpmn/x.bpmn": b"<a/>"}), "archive"),
    "a program": (zipped({"territoire.toml": SETTINGS, "bpmn/x.sh": b"rm -rf /"}), "nom"),
    "a name with a capital": (zipped({"territoire.toml": SETTINGS, "bpmn/X.bpmn": b"<a/>"}), "nom"),
    "a DOCTYPE inside": (
        zipped({"territoire.toml": SETTINGS, "bpmn/x.bpmn": b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'}),
        "doctype",
    ),
    "no archive": (b"Bonjour", "archive"),
    "a torn zip": (zipped({"territoire.toml": SETTINGS})[:-30], "archive"),
    "a torn tar": (tarred((entry("territoire.toml"), SETTINGS))[:40], "archive"),
    "a false lineage": (zipped({"territoire.toml": SETTINGS, "lignee.json": b'{"lignee": [3]}'}), "texte"),
}


def test_a_hostile_archive_is_refused_in_a_sentence_journalled_and_leaves_nothing(ines):
    before = studio.opened(ines)
    for name, (data, kind) in HOSTILE.items():
        with pytest.raises(BundleFault) as refused:
            proposals.of_archive("cadeau.zip", data, by=ines)
        assert refused.value.sentence.endswith("."), name
        told = build.the_journal("atelier.refuse")[-1].details
        assert (told["geste"], told["genre"]) == ("importer", kind), name
        assert ".." not in str(told), name
    assert len(build.the_journal("atelier.refuse")) == len(HOSTILE)
    assert studio.opened(ines) == before
    assert db.session.scalars(select(DraftProposal)).all() == []


def test_a_file_of_another_tool_enters_with_what_must_be_adapted_or_is_refused_in_a_sentence(ines):
    refused = []
    for path in sorted(FOREIGN.iterdir()):
        data = path.read_bytes()
        try:
            file, told = studio.bring(path.name, data, by=ines)
        except BundleFault as refusal:
            refused.append((path.name, refusal.sentence))
            continue
        assert file.text == data.decode()  # nothing is lost in silence
        assert told == ()
        mine = [problem.message for problem in studio.problems() if problem.path == file.name]
        assert mine, path.name
        assert all(message[-1] in '.?!)"»' for message in mine), mine
        with pytest.raises(Taken):
            studio.bring(path.name, data, by=ines)
        studio.remove(file.name, base=file.digest, by=ines)
    assert [name for name, _ in refused] == ["bizagi.xpdl.bpmn", "drawio.xml.bpmn"]
    assert all("Exportez-le de nouveau" in sentence for _, sentence in refused), refused


def test_a_diagram_in_another_encoding_is_kept_in_ours_and_that_is_said(ines):
    text = studio.read(VISIT).text
    for encoding in ("ISO-8859-1", "UTF-16"):
        sent = text.replace("é", "é").replace('encoding="UTF-8"', f'encoding="{encoding}"')
        plain = sent.encode(encoding, "xmlcharrefreplace")
        file, told = studio.bring(f"Ma visite {encoding}.bpmn", plain, by=ines)
        assert encoding in told[0]
        assert 'encoding="UTF-8"' in file.text
        assert "Réaliser la visite" in file.text
    with pytest.raises(BundleFault):
        studio.bring("faux.bpmn", b'<?xml version="1.0" encoding="UTF-8"?><definitions a="\xe9"/>', by=ines)


USELESS = [
    ("dessin.vsdx", b"PK\x03\x04rien"),
    ("dessin.bpmn", b"%PDF-1.4"),
    ("dessin.png", b"\x89PNG\r\n\x1a\n"),
    ("vide.bpmn", b"  \n"),
    ("page.bpmn", b"<html><body/></html>"),
    ("image.bpmn", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    ("casse.bpmn", b"<definitions><oubli>"),
    ("tableur.xlsx.csv", b"a;b"),
    ("….bpmn", b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'),
    ("bombe.bpmn", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    ("gros.txt", b"a" * 2_000_001),
    ("latin.txt", b"\xe9t\xe9"),
]


def test_what_is_of_no_use_is_refused_in_a_sentence(ines):
    before = studio.opened(ines)
    for filename, data in USELESS:
        with pytest.raises(BundleFault) as refused:
            studio.bring(filename, data, by=ines)
        assert refused.value.sentence.endswith("."), filename
    assert studio.opened(ines) == before
    assert len(build.the_journal("atelier.refuse")) == len(USELESS)


def test_a_hostile_text_in_any_place_is_told_on_its_file_and_never_runs(ines, tmp_path):
    mark = tmp_path / "mark"
    texts = hostile_texts(str(mark))
    hostile = []
    places = [place for group in PLACES.values() for place in group.values()]
    for number, place in enumerate(places):
        name, content, _ = place(number, texts[number % len(texts)])
        if len(content) < 100_000:
            try:
                studio.save(name, content.decode(), base=None, by=ines)
            except BundleFault:
                continue  # refused at the door
            except studio.StaleFile:
                continue  # a place in a file that the draft has
            hostile.append(name)
    assert len(hostile) > 15
    told = {problem.path for problem in studio.problems() if problem.severity == "error"}
    assert set(hostile) <= told
    studio.vocabulary()
    studio.states(studio.problems(), [])
    assert not mark.exists()
