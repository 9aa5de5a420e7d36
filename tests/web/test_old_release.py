"""A release stored by an earlier Relais that today's refuses: told in a sentence, and mended by files."""

import pytest
from sqlalchemy import update

from app import scheduler, tenancy
from app.catalog.bundle import bundle_from_files
from app.catalog.folder import read_folder
from app.database import db, end_read, transaction
from app.errors import UnreadableRelease
from app.models import Release
from app.services import clones, proofs, releases, versions
from tests import build
from tests.web.marks import plain


@pytest.fixture
def old_site(site):
    """CARENE, whose stored release holds a script and a message that is gone since."""
    with site.app.app_context(), build.serving("carene"):
        build.a_case("prendre_rendez_vous")
        stored(**{"messages/ancien.txt": "Bonjour\n\nUn mot."})
        db.session.remove()
    return site


def stored(**more):
    """Write today's release over with a diagram that an earlier Relais took."""
    files = dict(releases.current().bundle.as_text()) | more
    files["bpmn/visite.bpmn"] = files["bpmn/visite.bpmn"].replace("userTask", "scriptTask")
    with transaction() as session:
        session.execute(
            update(Release)
            .values(files=files, fingerprint="0" * 64)
            .execution_options(synchronize_session=False)
        )
    releases._cache.clear()


@pytest.mark.parametrize("path", ["versions", "versions/1", "", "supervision", "dossiers"])
def test_each_page_says_that_the_programme_cannot_be_read(old_site, path):
    answer = old_site.as_("admin@carene.invalid").get(f"/t/carene/{path}", follow_redirects=True)
    assert answer.status_code == 503
    said = plain(answer.text)
    assert "La version 1 du dispositif de ce territoire ne peut pas tourner" in said
    assert "relais territory export" in said


def test_the_public_is_told_to_come_back_and_nothing_of_the_diagram(old_site):
    answer = old_site.visitor().get("/t/carene/signaler")
    assert answer.status_code == 503
    assert "Revenez plus tard" in plain(answer.text)
    assert "bpmn" not in answer.text


def test_the_way_in_stays_open_and_the_server_starts(old_site):
    assert old_site.visitor().get("/connexion").status_code == 200
    with old_site.app.app_context():
        scheduler.arm_calendars()


def test_it_is_carried_out_mended_and_brought_in_again(old_site, tmp_path):
    with old_site.app.app_context():
        clones.export("carene", tmp_path / "sortie")
        files = read_folder(tmp_path / "sortie")
        files["bpmn/visite.bpmn"] = files["bpmn/visite.bpmn"].replace(b"scriptTask", b"userTask")
        del files["messages/ancien.txt"]
        bundle = bundle_from_files(files)
        assert not clones.is_current(bundle)
        release, is_new = clones.bring_in(
            bundle, note="Corrigé", proof=proofs.of_check(bundle.files, []), lineage=[]
        )
        assert (release.number, is_new) == (2, True)
        with tenancy.serving(releases.territory_by_code("carene").id):
            sheet = versions.sheet(2)
            assert {change.path for change in sheet.changes} == {"bpmn/visite.bpmn", "messages/ancien.txt"}
            with pytest.raises(UnreadableRelease, match="La version 1"):
                versions.sheet(1)
        db.session.remove()


def test_a_clone_of_it_is_refused_with_its_cause(old_site):
    with old_site.app.app_context():
        with pytest.raises(Exception, match="script") as refused:
            clones.clone("carene", "estuaire", name="Estuaire")
        assert refused.value.sentence
        end_read()
        assert releases.territory_by_code("estuaire") is None
        db.session.remove()
