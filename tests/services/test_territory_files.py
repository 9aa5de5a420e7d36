"""A territory's programme opened, carried out and carried in as files; running cases keep their release."""

import pytest
from sqlalchemy import func, select

from app import tenancy
from app.catalog import folder, identity
from app.catalog.bundle import bundle_from_files
from app.database import Base, Scoped, db, end_read, transaction
from app.errors import BundleFault
from app.models import JournalLine, ProcessInstance, ProgrammeDraft, Release, Territory, Timer
from app.services import clones, drafts, live, proofs, releases
from tests import build
from tests.rows import put_draft


@pytest.fixture
def estuaire(carene):
    """A clone of CARENE, which stays served."""
    return clones.clone("carene", "estuaire", name="Estuaire")


def place(code):
    found = releases.territory_by_code(code)
    assert found is not None
    return found


def tree(path):
    return {
        str(item.relative_to(path)): item.read_bytes() for item in sorted(path.rglob("*")) if item.is_file()
    }


def changed(code, name, old, new):
    """The bundle of a territory's current release with one file changed."""
    with tenancy.serving(place(code).id):
        files = dict(releases.current().bundle.files)
    assert old in files[name]
    return bundle_from_files({**files, name: files[name].replace(old, new, 1)})


def brought(bundle, note="Un changement"):
    return clones.bring_in(bundle, note=note, proof=proofs.of_check(bundle.files), lineage=[])


def test_a_clone_runs_the_same_programme_under_its_own_name(carene, estuaire):
    origin = releases.current()
    assert estuaire.fingerprint == origin.fingerprint
    assert estuaire.number == 1
    assert (estuaire.settings.code, estuaire.settings.name) == ("estuaire", "Estuaire")
    assert estuaire.settings.communes == origin.settings.communes
    (ancestor,) = place("estuaire").lineage
    assert ancestor == {
        "territoire": "carene", "version": 1, "empreinte": origin.fingerprint, "le": "2026-03-02",
    }  # fmt: skip
    with tenancy.serving(place("estuaire").id):
        opened = build.an_alert()
        assert build.the_case(opened).reference == opened.reference
        draft = drafts.current()
        assert draft is not None
        assert (draft.based_on, draft.files) == (1, dict(estuaire.bundle.files))


def test_a_clone_holds_nothing_but_the_programme(carene):
    build.a_case("orientation")
    clones.clone("carene", "estuaire", name="Estuaire")
    with tenancy.serving(place("estuaire").id):
        holding = {
            mapper.class_.__name__
            for mapper in Base.registry.mappers
            if issubclass(mapper.class_, Scoped)
            and db.session.scalar(select(func.count()).select_from(mapper.class_))
        }
    assert holding == {Release.__name__, ProgrammeDraft.__name__, JournalLine.__name__}


def test_a_clone_of_a_clone_tells_both_the_nearest_first(carene, estuaire):
    clones.clone("estuaire", "marais", name="Marais")
    told = [(row["territoire"], row["version"]) for row in place("marais").lineage]
    assert told == [("estuaire", 1), ("carene", 1)]


def test_a_clone_starts_from_the_release_that_is_asked(carene):
    first = releases.current().fingerprint
    brought(changed("carene", "territoire.toml", b"rendez_vous_max = 3", b"rendez_vous_max = 4"))
    assert clones.clone("carene", "ancien", name="Ancien", number=1).fingerprint == first
    assert clones.clone("carene", "neuf", name="Neuf").fingerprint == releases.current().fingerprint != first
    assert [row["version"] for row in place("neuf").lineage] == [2]


def test_a_clone_takes_the_live_values_of_today_not_those_of_the_release(carene):
    with transaction() as session:
        session.get_one(Territory, carene.id).live = {**carene.live, "annee_anah": 2031}
    clones.clone("carene", "estuaire", name="Estuaire")
    assert place("estuaire").live["annee_anah"] == 2031
    assert place("estuaire").live["contact"]["service"] == "ÉCORÉNOVE CARENE"


@pytest.mark.parametrize(
    ("wanted", "number", "word"),
    [
        (("carene", "Estuaire", "Estuaire"), None, "minuscules"),
        (("carene", "../etc", "Estuaire"), None, "minuscules"),
        (("carene", "e", "Estuaire"), None, "minuscules"),
        (("carene", "carene", "Estuaire"), None, "existe déjà"),
        (("atlantide", "estuaire", "Estuaire"), None, "n'existe pas ici"),
        (("carene", "estuaire", "Estuaire"), 7, "version 7"),
        (("carene", "estuaire", "  "), None, "--name"),
        (("carene", "estuaire", "a" * 121), None, "--name"),
        (("carene", "estuaire", "deux\nlignes"), None, "--name"),
    ],
)
def test_a_clone_that_cannot_be_is_said_and_nothing_is_created(carene, wanted, number, word):
    with pytest.raises(BundleFault, match=word):
        clones.clone(wanted[0], wanted[1], name=wanted[2], number=number)
    assert [row.code for row in releases.all_territories()] == ["carene"]


def test_export_import_export_is_identical_in_the_same_place(estuaire, tmp_path):
    clones.export("estuaire", tmp_path / "un")
    bundle = bundle_from_files(folder.read_folder(tmp_path / "un"))
    assert bundle.fingerprint == estuaire.fingerprint
    release, is_new = brought(bundle)
    assert (release.number, is_new) == (1, False)
    clones.export("estuaire", tmp_path / "deux")
    assert tree(tmp_path / "un") == tree(tmp_path / "deux")


def test_live_values_and_staffing_come_in_without_a_new_release(carene, tmp_path):
    staff = "[simulation]\nsaisons = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3] # hiver"
    clones.export("carene", tmp_path / "un")
    toml = tmp_path / "un" / "territoire.toml"
    text = toml.read_text()
    text = identity.with_block(text, "simulation", staff)
    text = text.replace("ecorenove@carene.invalid", "ailleurs@carene.invalid").replace("02 61 91 00 44", "01")
    toml.write_text(text.replace("jours_fermes = []", "jours_fermes = [2026-12-31, 2026-12-24]"))
    before = releases.current()
    release, is_new = brought(bundle_from_files(folder.read_folder(tmp_path / "un")))
    assert (release.id, is_new) == (before.id, False)
    contact = live.contact(release.settings)
    assert (contact.email, contact.telephone) == ("ailleurs@carene.invalid", "01")
    end_read()
    assert len(releases.closing_days(place("carene"))) == 2
    clones.export("carene", tmp_path / "deux")
    clones.export("carene", tmp_path / "trois")
    assert tree(tmp_path / "deux") == tree(tmp_path / "trois")
    assert "# hiver" in (tmp_path / "deux" / "territoire.toml").read_text()
    again = bundle_from_files(folder.read_folder(tmp_path / "deux"))
    assert live.of_bundle(again) == {key: place("carene").live[key] for key in live.of_bundle(again)}
    (line,) = build.the_journal("territoire.valeurs")
    assert set(line.details["cles"]) == {"jours_fermes", "contact", "simulation"}


def test_new_cases_follow_the_new_release_and_running_ones_keep_theirs(carene):
    before = build.a_case("prendre_rendez_vous")
    old = build.the_timer("sans_rendez_vous").due_at
    release, is_new = brought(changed("carene", "bpmn/visite.bpmn", b'"P21D"', b'"P14D"'))
    assert (release.number, is_new) == (2, True)
    after = build.a_case("prendre_rendez_vous")
    end_read()
    pinned = {
        row.id: row.release_id
        for row in db.session.scalars(select(ProcessInstance))
        if row.case_id is not None
    }
    assert pinned[before.process_id] != pinned[after.process_id] == release.id
    dues = sorted(db.session.scalars(select(Timer.due_at).where(Timer.element == "sans_rendez_vous")))
    assert [(due.date() - dues[0].date()).days for due in dues] == [0, 7]
    assert old == dues[1]
    build.complete("prendre_rendez_vous", case=before, issue="fixe")
    assert build.the_process(before).release_id == pinned[before.process_id]


def test_a_bundle_that_cannot_run_is_refused_and_nothing_moves(carene):
    bundle = changed("carene", "bpmn/visite.bpmn", b'value="rendez_vous"', b'value="rendez_moi"')
    with pytest.raises(BundleFault, match="rendez_moi"):
        brought(bundle)
    assert [row.number for row in releases.history()] == [1]


def test_publishing_moves_an_untouched_draft_and_leaves_work_under_way(carene, estuaire):
    with tenancy.serving(place("estuaire").id):
        brought(changed("estuaire", "territoire.toml", b"rendez_vous_max = 3", b"rendez_vous_max = 4"))
        moved = drafts.current()
        assert moved is not None
        assert (moved.based_on, moved.files) == (2, dict(releases.current().bundle.files))
        put_draft({**moved.files, "messages/neuf.txt": b"en cours"})
        brought(changed("estuaire", "territoire.toml", b"rendez_vous_max = 4", b"rendez_vous_max = 5"))
        kept = drafts.current()
        assert kept is not None
        assert kept.based_on == 2
        assert kept.files["messages/neuf.txt"] == b"en cours"


def test_an_older_programme_can_be_published_again(carene):
    first = releases.current()
    brought(changed("carene", "territoire.toml", b"rendez_vous_max = 3", b"rendez_vous_max = 4"))
    back, is_new = brought(first.bundle)
    assert is_new
    assert (back.number, back.fingerprint) == (3, first.fingerprint)
