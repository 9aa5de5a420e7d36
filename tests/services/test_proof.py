"""The journal of proof: what a release passed is kept with it, and sealed."""

import pytest
from sqlalchemy import select, update

from app import publishing, tenancy
from app.catalog.bundle import bundle_from_files
from app.checker import Problem
from app.database import db, end_read, transaction
from app.errors import NotFound
from app.models import JournalLine, Release
from app.services import clones, demo, journal, proofs, releases, versions
from tests import build

RESULT = {
    "households": 20, "started": 20, "closed": 18, "open": 2, "incidents": 0, "tasks_completed": 321,
    "timers_fired": 7, "late_tasks": 3, "never_taken": ["visite/x"], "by_step": {"visite/y": {"done": 1}},
    "seconds": 1.5,
}  # fmt: skip
REMARK = Problem("bpmn/tri.bpmn", "lire", "warning", "unlabelled", "Cette flèche n'a pas de mot. Nommez-la.")


def a_change(max_visits=4):
    files = dict(releases.current().bundle.files)
    said = f"rendez_vous_max = {max_visits}".encode()
    return bundle_from_files(
        {**files, "territoire.toml": files["territoire.toml"].replace(b"rendez_vous_max = 3", said)}
    )


def published(proof=None):
    bundle = a_change()
    kept = proof if proof is not None else passed(bundle)
    return releases.publish(bundle, note="Quatre essais", proof=kept)


def passed(bundle):
    checked = proofs.of_check(bundle.files, [REMARK])
    return checked | proofs.of_simulation(RESULT, households=20, months=6, seed=1)


def the_release(number):
    end_read()
    return db.session.scalars(select(Release).where(Release.number == number)).one()


def test_a_release_keeps_what_it_passed_in_plain_figures(carene):
    published()
    proof = the_release(2).proof
    check, simulation = proof["verification"], proof["simulation"]
    assert (check["erreurs"], check["avertissements"]) == (0, 1)
    assert check["fichiers"] == len(releases.current().bundle.files)
    assert check["problemes"][0]["message"] == REMARK.message
    assert check["le"].startswith("2026-03-02")
    assert (simulation["menages"], simulation["mois"], simulation["graine"]) == (20, 6, 1)
    assert simulation["chiffres"]["tasks_completed"] == 321
    assert set(simulation["chiffres"]) < set(RESULT)  # the figures that a page shows, no more


def test_a_territory_loaded_from_files_keeps_its_check(carene):
    release = the_release(1)
    assert release.proof["verification"]["erreurs"] == 0
    assert "simulation" not in release.proof
    assert proofs.intact(release)


def test_a_territory_loaded_by_the_command_is_lived_through_once(app, tmp_path):
    settings = build.a_server(app, tmp_path)
    bundle_lived = []

    def lived(bundle):
        bundle_lived.append(bundle.fingerprint)
        return publishing.first_lived(bundle)

    for _ in range(2):
        releases.load_territory(settings.programmes_root, "carene", lived=lived)
    with tenancy.serving(releases.territory_by_code("carene").id):
        release = the_release(1)
        figures = release.proof["simulation"]["chiffres"]
        assert figures["incidents"] == 0
        assert figures["started"] == figures["closed"] + figures["open"] > 0
        assert proofs.intact(release)
        assert bundle_lived == [release.fingerprint]


def test_the_demonstration_keeps_a_proof_too(app, tmp_path):
    settings = build.a_server(app, tmp_path)
    demo.fill(settings.programmes_root, only={"carene"})
    for territory in releases.all_territories():
        with tenancy.serving(territory.id):
            assert the_release(1).proof["verification"]["fichiers"] > 20
            assert proofs.intact(the_release(1))


def test_the_journal_holds_the_digest_of_the_proof_and_seals_it(carene):
    release = published()
    line = build.the_journal("version.publiee")[-1]
    assert line.subject == str(release.id)
    assert line.details == {
        "empreinte": release.fingerprint, "preuve": proofs.digest(the_release(2).proof),
    }  # fmt: skip
    assert journal.verify() is None
    assert proofs.intact(the_release(2))


@pytest.mark.parametrize(
    "forged", [{}, {"verification": None}, {"verification": {"erreurs": 0}}, {"simulation": {"chiffres": {}}}]
)
def test_a_proof_written_over_is_noticed(carene, forged):
    published()
    with transaction() as session:
        session.execute(update(Release).where(Release.number == 2).values(proof=forged))
    assert not versions.sheet(2).intact
    assert versions.sheet(1).intact


def test_a_proof_added_to_a_release_that_had_none_is_noticed(carene):
    published(proof={})
    assert proofs.intact(the_release(2))
    with transaction() as session:
        session.execute(update(Release).where(Release.number == 2).values(proof={"verification": {}}))
    assert not proofs.intact(the_release(2))


def test_two_proofs_of_the_same_facts_have_the_same_digest(carene):
    bundle = a_change()
    told = passed(bundle)
    turned = {key: dict(reversed(part.items())) for key, part in reversed(told.items())}
    assert proofs.digest(turned) == proofs.digest(told)
    assert proofs.digest({**told, "simulation": {}}) != proofs.digest(told)


def test_equal_content_is_neither_published_nor_proved_twice(carene):
    published()
    again = releases.publish(releases.current().bundle, note="Encore", proof={"verification": {}})
    assert again.number == 2
    assert len(build.the_journal("version.publiee")) == 2
    assert proofs.intact(the_release(2))


def test_a_clone_carries_its_parent_s_proof_and_says_whose(carene):
    published()
    clones.clone("carene", "estuaire", name="Estuaire")
    parent = dict(the_release(2).proof)
    territory = releases.territory_by_code("estuaire")
    assert territory is not None
    with tenancy.serving(territory.id):
        proof = dict(the_release(1).proof)
        assert proof.pop("reprise_de") == {"territoire": "carene", "version": 2}
        assert proof == parent
        assert proofs.intact(the_release(1))
        assert db.session.scalar(select(JournalLine.number)) == 1


def test_a_sheet_tells_what_changed_and_what_still_runs(carene):
    build.a_case("prendre_rendez_vous")
    published()
    build.a_case("prendre_rendez_vous")
    first, second = versions.sheet(1), versions.sheet(2)
    assert (first.is_current, second.is_current) == (False, True)
    assert (first.previous, second.previous) == (None, 1)
    assert [(change.movement, change.path) for change in second.changes] == [("changed", "territoire.toml")]
    assert first.running == second.running
    assert sum(first.running.values()) == len(first.running)
    with pytest.raises(NotFound):
        versions.sheet(3)


def test_a_long_list_of_problems_is_counted_whole_and_quoted_in_part(carene):
    many = [Problem("bpmn/tri.bpmn", f"e{n}", "warning", "unlabelled", "Une flèche.") for n in range(250)]
    check = proofs.of_check({}, many)["verification"]
    assert check["avertissements"] == 250
    assert len(check["problemes"]) == proofs.MOST_PROBLEMS
