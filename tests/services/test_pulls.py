"""A release offered by a territory, and what changed upstream brought into a draft (CAR-1)."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app import checker, tenancy
from app.catalog import folder
from app.catalog.bundle import bundle_from_files
from app.database import db, end_read, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.merging import Choice
from app.models import JournalLine, Pull, Territory
from app.publishing import offer, pull
from app.services import clones, offers, proofs, pulls, releases, studio
from tests import build

VISIT = "bpmn/visite.bpmn"
MESSAGE = "messages/rappel_tache.txt"


@pytest.fixture
def estuaire(carene):
    """A clone of CARENE's first release; CARENE stays served."""
    return clones.clone("carene", "estuaire", name="Estuaire")


def at(code):
    return tenancy.serving(releases.territory_by_code(code).id)


def published(code, *pairs, name=VISIT, note="Une suite"):
    """Publish the current release of a territory with texts replaced."""
    with at(code):
        files = dict(releases.current().bundle.files)
        for old, new in pairs:
            assert old.encode() in files[name]
            files[name] = files[name].replace(old.encode(), new.encode(), 1)
        bundle = bundle_from_files(files)
        return releases.publish(bundle, note=note, proof=proofs.of_check(bundle.files, []))


def adapted(code, *pairs, name=VISIT):
    """Change the draft of a territory."""
    with at(code):
        by = designer()
        studio.opened(by)
        held = studio.read(name)
        text = held.text
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        studio.save(name, text, base=held.digest, by=by)


def designer():
    return build.an_actor("conception", name="Inès Carrel")


def offered(code, number, words="Pour vous"):
    with at(code):
        offers.offer(number, words, by=designer())


NAME = ('name="Prendre rendez-vous"', 'name="Convenir du rendez-vous"')
DELAY = ('"P21D"</bpmn:timeDuration>', '"P14D"</bpmn:timeDuration>')
OTHER = ('"P21D"</bpmn:timeDuration>', '"P28D"</bpmn:timeDuration>')


def test_an_offer_is_read_by_others_and_a_withdrawn_one_is_not(carene, estuaire):
    offered("carene", 1, "Trois ans d'usage.")
    with at("estuaire"):
        (seen,) = offers.listing()
        assert (seen.territory, seen.number, seen.words) == ("carene", 1, "Trois ans d'usage.")
        assert bundle_from_files(offers.opened("carene", 1).files).fingerprint == estuaire.fingerprint
        with pytest.raises(NotFound):
            offers.opened("carene", 2)
        with pytest.raises(NotFound):
            offers.withdraw(1, by=designer())  # another territory's offer is not mine to withdraw
    with at("carene"):
        offers.withdraw(1, by=designer())
    with at("estuaire"):
        assert offers.listing() == []
        with pytest.raises(NotFound):
            offers.opened("carene", 1)


def test_offering_and_pulling_ask_for_the_right(carene, estuaire):
    offered("carene", 1)
    for act in (
        lambda by: offers.offer(1, "", by=by),
        lambda by: offers.withdraw(1, by=by),
        lambda by: pulls.preview("carene", 2, by=by),
        lambda by: pulls.apply("carene", 2, choices={}, expected=1, by=by),
    ):
        with pytest.raises(Forbidden):
            act(build.an_actor("travailleur_social"))
    with pytest.raises(Invalid):
        offers.offer(1, "x" * 501, by=designer())
    with pytest.raises(NotFound):
        offers.offer(9, "", by=designer())


def test_what_changed_upstream_comes_beside_what_changed_here(carene, estuaire):
    adapted("estuaire", DELAY)
    published("carene", NAME)
    offered("carene", 2, "Un nom plus clair.")
    with at("estuaire"):
        (ancestor,) = pulls.lineage()
        assert [one.number for one in ancestor.newer] == [2]
        before = studio.read(VISIT)
        found = pulls.preview("carene", 2, by=designer())
        assert found.merged.conflicts == () and studio.read(VISIT) == before  # nothing is written
        assert [p for p in found.problems if p.severity == "error"] == []
        pulls.apply("carene", 2, choices={}, expected=found.version, by=designer())
        text = studio.read(VISIT).text
        assert NAME[1] in text and DELAY[1] in text
        settings = studio.bundle().settings
        assert (settings.code, settings.name) == ("estuaire", "Estuaire")
        (ancestor,) = pulls.lineage()
        assert (ancestor.number, ancestor.newer) == (2, ())
        with pytest.raises(pulls.Unrelated):
            pulls.preview("carene", 2, by=designer())
        line = db.session.scalar(select(JournalLine).where(JournalLine.action == "brouillon.recupere"))
        assert line.details["version"] == 2 and line.details["reprises"] >= 1


def test_a_release_that_is_not_offered_cannot_be_pulled(carene, estuaire):
    published("carene", NAME)
    with at("estuaire"), pytest.raises(NotFound):
        pulls.preview("carene", 2, by=designer())


def test_a_conflict_is_decided_and_the_decision_is_kept_by_the_next_pull(carene, estuaire):
    adapted("estuaire", DELAY)
    published("carene", OTHER)
    offered("carene", 2)
    with at("estuaire"):
        found = pulls.preview("carene", 2, by=designer(), judged=False)
        (conflict,) = found.merged.conflicts
        assert (conflict.said_ours, conflict.said_theirs) == ("14 jours", "28 jours")
        decided = {conflict.id: Choice("edit", '"P18D"')}
        pulls.apply("carene", 2, choices=decided, expected=found.version, by=designer())
        assert '"P18D"</bpmn:timeDuration>' in studio.read(VISIT).text
    published("carene", NAME)
    offered("carene", 3)
    with at("estuaire"):
        again = pulls.preview("carene", 3, by=designer(), judged=False)
        assert again.merged.conflicts == ()
        assert b'"P18D"</bpmn:timeDuration>' in again.merged.files[VISIT]
        assert db.session.scalars(select(Pull.report)).one()["decisions"][0]["choix"] == "edit"


def test_a_draft_that_moved_meanwhile_is_not_overwritten(carene, estuaire):
    published("carene", NAME)
    offered("carene", 2)
    with at("estuaire"):
        seen = studio_version()
    adapted("estuaire", DELAY)
    with at("estuaire"):
        with pytest.raises(pulls.DraftMoved):
            pulls.apply("carene", 2, choices={}, expected=seen, by=designer())
        assert DELAY[1] in studio.read(VISIT).text and NAME[1] not in studio.read(VISIT).text
        assert pulls.lineage()[0].number == 1 and pulls.history() == []
        found = pulls.apply("carene", 2, choices={}, expected=studio_version(), by=designer())
        assert not found.changes_nothing
        with pytest.raises(pulls.Unrelated):  # the second click
            pulls.apply("carene", 2, choices={}, expected=studio_version(), by=designer())


def studio_version():
    return studio.opened(designer()).version


def test_several_generations_reach_each_other_through_the_chain(carene, estuaire):
    clones.clone("estuaire", "marais", name="Marais")
    published("carene", NAME)
    offered("carene", 2)
    with at("marais"):  # the grandmother's release may be taken at once
        assert [(one.territory, [n.number for n in one.newer]) for one in pulls.lineage()] == [
            ("estuaire", []), ("carene", [2]),
        ]  # fmt: skip
        found = pulls.preview("carene", 2, by=designer(), judged=False)
        pulls.apply("carene", 2, choices={}, expected=found.version, by=designer())
        assert [(one.territory, one.number) for one in pulls.lineage()] == [("estuaire", 1), ("carene", 2)]
    with at("estuaire"):
        found = pulls.preview("carene", 2, by=designer(), judged=False)
        pulls.apply("carene", 2, choices={}, expected=found.version, by=designer())
        bundle = studio.bundle()
        releases.publish(bundle, note="Repris de CARENE", proof=proofs.of_check(bundle.files, []))
    offered("estuaire", 2)
    with at("marais"):  # what came by both ways is there already
        found = pulls.preview("estuaire", 2, by=designer(), judged=False)
        assert found.merged.conflicts == () and found.changes_nothing
        pulls.apply("estuaire", 2, choices={}, expected=found.version, by=designer())
        assert [(one.territory, one.number) for one in pulls.lineage()] == [("estuaire", 2), ("carene", 2)]


def test_only_the_programme_crosses_and_settings_of_the_territory_stay(carene, estuaire):
    with at("estuaire"):
        held = studio.read("territoire.toml")
        text = held.text.replace('service = "ÉCORÉNOVE CARENE"', 'service = "Maison"', 1)
        text = text.replace('[[communes]]\ninsee = "44013"\nnom = "Besné"\ncp = "44160"\n', "", 1)
        studio.opened(designer())
        studio.save("territoire.toml", text, base=held.digest, by=designer())
    published("carene", ("doublon_jours = 90 ", "doublon_jours = 60 "), name="territoire.toml")
    offered("carene", 2)
    with at("estuaire"):
        found = pulls.preview("carene", 2, by=designer(), judged=False)
        assert found.merged.conflicts == ()
        merged = found.merged.files["territoire.toml"].decode()
        assert "doublon_jours = 60 " in merged and 'service = "Maison"' in merged and "Besné" not in merged
        assert 'code = "estuaire"' in merged


def test_a_lost_origin_is_said(carene, estuaire):
    published("carene", NAME)
    offered("carene", 2)
    with at("estuaire"):
        with transaction() as session:
            territory = session.get_one(Territory, tenancy.current_id())
            territory.lineage = [{**territory.lineage[0], "empreinte": "0" * 64}]
        with pytest.raises(pulls.OriginLost):
            pulls.preview("carene", 2, by=designer())


def test_a_pulled_programme_goes_out_and_in_with_the_same_hash(carene, estuaire, tmp_path):
    adapted("estuaire", DELAY)
    published("carene", NAME)
    offered("carene", 2)
    with at("estuaire"):
        found = pulls.preview("carene", 2, by=designer(), judged=False)
        pulls.apply("carene", 2, choices={}, expected=found.version, by=designer())
        bundle = studio.bundle()
        assert [p for p in checker.judge(bundle.files, whole=True) if p.severity == "error"] == []
        release = releases.publish(bundle, note="Repris", proof=proofs.of_check(bundle.files, []))
    end_read()
    clones.export("estuaire", tmp_path / "sorti")
    back = bundle_from_files(folder.read_folder(tmp_path / "sorti"))
    assert back.fingerprint == release.fingerprint
    written = {p: p.read_bytes() for p in (tmp_path / "sorti").rglob("*") if p.is_file()}
    clones.export("estuaire", tmp_path / "sorti")
    assert written == {p: p.read_bytes() for p in (tmp_path / "sorti").rglob("*") if p.is_file()}
    assert folder.read_lineage(tmp_path / "sorti")[0]["version"] == 2


def test_the_command_line_offers_shows_asks_and_pulls(app, carene, estuaire):
    adapted("estuaire", DELAY)
    published("carene", OTHER, NAME)

    def run(command, *words):
        end_read()
        return CliRunner().invoke(command, words, obj=lambda: app)

    with tenancy.serving(tenancy.current_id()):
        assert "version 2 est offerte" in run(offer, "carene", "--words", "Un nom plus clair").output
        dry = run(pull, "estuaire", "--dry-run")
        assert "le nom passe de « Prendre rendez-vous » à « Convenir du rendez-vous »" in dry.output
        assert "ici 14 jours, là-bas 28 jours (avant : 21 jours)" in dry.output
        refused = run(pull, "estuaire")
        assert "1 désaccord : rien n'est écrit" in refused.exception.sentence
        assert "a récupéré la version 2" in run(pull, "estuaire", "--from", "carene", "--theirs").output
        assert "rien de nouveau" in run(pull, "estuaire").output
        assert "ne vient pas de « angers »" in run(pull, "estuaire", "--from", "angers").exception.sentence
        assert "n'est issu d'aucun autre" in run(pull, "carene").exception.sentence
        assert "n'existe pas ici" in run(pull, "atlantide").exception.sentence
        assert "n'est plus offerte" in run(offer, "carene", "--withdraw").output
    with at("estuaire"):
        assert OTHER[1] in studio.read(VISIT).text and NAME[1] in studio.read(VISIT).text
