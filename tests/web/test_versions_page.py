"""The pages of versions: what each release changed, what it passed, what runs on it."""

import pytest
from sqlalchemy import update

from app.catalog.bundle import bundle_from_files
from app.checker import Problem
from app.database import db, transaction
from app.models import Release
from app.services import clones, proofs, releases
from tests import build
from tests.web.marks import plain

SIMULATED = {
    "households": 20, "started": 20, "closed": 15, "open": 5, "incidents": 0, "tasks_completed": 1234,
    "timers_fired": 56, "late_tasks": 7, "never_taken": ["visite/jamais"], "by_step": {"x": 1},
}  # fmt: skip
REMARK = Problem("bpmn/tri.bpmn", "lire", "warning", "unlabelled", "Cette flèche n'a pas de mot. Nommez-la.")


def publish(*changes, note="Quatorze jours"):
    files = dict(releases.current().bundle.files)
    for name, old, new in changes:
        if new is None:
            del files[name]
        else:
            assert old in files.get(name, b"")
            files[name] = files.get(name, b"").replace(old, new, 1) if old else new
    bundle = bundle_from_files(files)
    proof = proofs.of_check(bundle.files, [REMARK]) | proofs.of_simulation(
        SIMULATED, households=20, months=12, seed=1
    )
    return releases.publish(bundle, note=note, proof=proof)


@pytest.fixture
def published(site):
    """CARENE with a case on version 1, then a version 2 that has four changes, one of them of looks alone."""
    with site.app.app_context(), build.serving("carene"):
        build.a_case("prendre_rendez_vous")
        publish(
            ("bpmn/visite.bpmn", b'"P21D"', b'"P14D"'),
            ("messages/nouveau.txt", b"", b"Bonjour\n\nUn mot."),
            ("forms/visite.json", b"{", b" {"),
            ("bpmn/validation.bpmn", b'<dc:Bounds x="', b'<dc:Bounds x="1'),
        )
        db.session.remove()
    return site


def opened(site, path):
    client = site.as_("admin@carene.invalid")
    client.get("/", follow_redirects=True)
    return client.get(f"/t/carene/{path}")


def test_the_list_leads_to_each_version(published):
    page = opened(published, "versions").text
    assert 'href="/t/carene/versions/1"' in page
    assert 'href="/t/carene/versions/2"' in page


def test_a_version_tells_what_changed_by_its_meaning(published):
    page = opened(published, "versions/2").text
    said = plain(page)
    assert "Quatorze jours" in said
    assert "Ce qui change depuis la version 1" in said
    rows = page.partition('id="changements"')[2].partition("</table>")[0]
    assert rows.count("<tr>") == 4  # the heading, two diagrams, the message: white space is no change
    assert "Apparence seulement" in rows.partition("bpmn/validation.bpmn")[2].partition("</tr>")[0]
    assert "bpmn/visite.bpmn" in rows
    assert "Modifié" in rows
    assert "messages/nouveau.txt" in rows
    assert "Ajouté" in rows
    assert "échéance 14 jours au lieu de 21 jours" in said.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_version_shows_the_check_and_the_simulation_it_passed(published):
    said = plain(opened(published, "versions/2").text)
    assert "0\u00a0erreur et 1\u00a0avertissement" in said
    assert "Cette flèche n'a pas de mot." in said
    assert "20\u00a0ménages sur 12 mois, graine 1" in said
    assert "1\u202f234" in said
    assert "1\u00a0passage n'a jamais servi" in said
    assert "visite/jamais" in said
    assert "Preuve modifiée" not in said


def test_the_first_version_says_that_nothing_was_simulated_and_what_runs_on_it(published):
    page = opened(published, "versions/1").text
    assert "Aucune simulation n'a été faite avant de publier cette version." in page
    assert "Ce qui change" not in page
    assert "Remplacée" in page
    rows = page.partition("Parcours en cours")[2].partition("</div>")[0]
    assert "Accompagnement" in rows


def test_a_proof_changed_afterwards_is_told(published):
    with published.app.app_context(), build.serving("carene"):
        with transaction() as session:
            session.execute(update(Release).where(Release.number == 2).values(proof={"verification": 3}))
        db.session.remove()
    told = opened(published, "versions/2").text
    assert "Preuve modifiée" in told
    assert "Aucune simulation" not in told
    assert "Preuve modifiée" not in opened(published, "versions/1").text


def test_a_clone_shows_where_its_programme_comes_from(published):
    with published.app.app_context():
        clones.clone("carene", "estuaire", name="Estuaire")
        with build.serving("estuaire"):
            build.a_user(
                "administration",
                name="Là-bas",
                email="la-bas@estuaire.invalid",
                password="un mot de passe de test",
            )
        db.session.remove()
    client = published.as_("la-bas@estuaire.invalid")
    client.get("/", follow_redirects=True)
    said = plain(client.get("/t/estuaire/versions/1").text)
    assert "carene, version 2" in said
    assert "vérifié dans «\u202fcarene\u202f», version 2" in said.replace(
        "« carene »", "«\u202fcarene\u202f»"
    )
    assert "20\u00a0ménages" in said


@pytest.mark.parametrize("path", ["versions/3", "versions/0", "versions/x", "versions/99999999999999999999"])
def test_a_version_that_does_not_exist_is_not_found(published, path):
    assert opened(published, path).status_code == 404


def test_nobody_but_the_administration_opens_a_version(published):
    for email in ("social@carene.invalid", "technicien@carene.invalid", "signaleur@carene.invalid"):
        client = published.as_(email)
        client.get("/", follow_redirects=True)
        assert client.get("/t/carene/versions/2").status_code == 403
