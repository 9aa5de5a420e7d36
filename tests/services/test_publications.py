"""A draft published from the studio: proven first, once, by who saw it; and the way back."""

import time

import pytest
from sqlalchemy import select

from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.ids import new_id
from app.models import ProcessInstance, Publication, Release, Territory
from app.publishing import freezing, publication_runs, publications
from app.services import actors, proofs, releases, studio
from tests import build
from tests.studio_house import let_go

VISIT = "bpmn/visite.bpmn"


@pytest.fixture
def ines(carene, monkeypatch):
    """The designer of CARENE; what she publishes is simulated on two households."""
    monkeypatch.setattr(publication_runs, "HOUSEHOLDS", 2)
    monkeypatch.setattr(publication_runs, "MONTHS", 1)
    by = actors.actor_for(build.a_user("conception", name="Inès Carrel", email="ines@carene.invalid"))
    studio.opened(by)
    yield by
    let_go()


def changed(by, old='"P21D"', new='"P14D"', name=VISIT):
    file = studio.read(name)
    assert old in file.text
    studio.save(name, file.text.replace(old, new, 1), base=file.digest, by=by)


def ask(by, *, version=None, note="Quatorze jours", key=None):
    found = key or new_id()
    publications.start(found, version=version or studio.opened(by).version, note=note, by=by)
    return found


def ended(key, seconds=60):
    """The publication once it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        db.session.rollback()
        row = publications.find(key)
        if row.status in publications.OVER:
            let_go()
            return row
        time.sleep(0.1)
    raise AssertionError(publications.find(key).stage)


def numbers():
    return sorted(db.session.scalars(select(Release.number)))


def test_a_draft_is_judged_simulated_and_frozen_once_and_running_cases_keep_theirs(ines):
    build.a_case("prendre_rendez_vous")
    (before,) = set(db.session.scalars(select(ProcessInstance.release_id)))
    changed(ines)
    key = ask(ines)
    assert ask(ines, key=key) == key  # the same click, sent twice
    row = ended(key)
    assert (row.status, row.message) == ("published", "")
    assert numbers() == [1, 2]
    current = releases.current()
    assert current.id == row.release_id
    assert b'"P14D"' in current.bundle.files[VISIT]
    release = db.session.scalars(select(Release).where(Release.number == 2)).one()
    assert release.note == "Quatorze jours"
    assert release.proof["verification"]["erreurs"] == 0
    assert release.proof["simulation"]["menages"] == 2
    assert proofs.intact(release)
    (line,) = build.the_journal("atelier.publie")
    assert (line.actor, line.details["version"]) == ("Inès Carrel", 2)
    draft = studio.opened(ines)
    assert draft.based_on == 2
    assert dict(draft.files) == dict(current.bundle.files)
    assert before in set(db.session.scalars(select(ProcessInstance.release_id)))
    assert before != current.id
    with pytest.raises(publications.Unchanged):
        ask(ines)


def test_what_is_stale_unsaid_or_wrong_publishes_nothing(ines):
    with pytest.raises(publications.Unchanged):
        ask(ines)
    seen = studio.opened(ines).version
    changed(ines)
    with pytest.raises(publications.DraftMoved):
        ask(ines, version=seen)
    with pytest.raises(Invalid):
        ask(ines, note="   ")
    changed(ines, '"P14D"', "P14D")
    with pytest.raises(publications.RefusedByCheck) as refused:
        ask(ines)
    assert "erreur" in refused.value.sentence
    told = build.the_journal("atelier.refuse")[-1].details
    assert told["geste"] == "publier"
    assert told["genre"]
    assert numbers() == [1]
    assert db.session.scalars(select(Publication)).all() == []


def test_two_designers_do_not_publish_at_once_and_a_lost_server_is_told(ines):
    changed(ines)
    now = publications.clock.now()
    lost = Publication(
        id=new_id(), draft_version=1, fingerprint="", note="x", by="Marc Adam", status="running", report={},
        created_at=now, heard_at=now,
    )  # fmt: skip
    key = lost.id
    with transaction() as session:
        session.add(lost)
    with pytest.raises(publications.UnderWay) as busy:
        ask(ines)
    assert "Marc Adam" in busy.value.sentence
    with transaction():
        publications.find(key).heard_at = now - publications.SILENT * 2
    row = publications.find(key)
    assert row.status == "refused"
    assert "Le serveur s'est arrêté" in row.message
    assert publications.under_way() is None
    with pytest.raises(NotFound):
        publications.find(new_id())


def test_a_step_that_cannot_run_in_the_simulation_refuses_and_a_stop_is_obeyed(ines):
    changed(ines)
    key = ask(ines)
    publications.stop(key)
    assert ended(key).status == "stopped"
    time.sleep(0.5)
    assert numbers() == [1]
    publication_runs.end(key, "published", "trop tard")
    assert publications.find(key).status == "stopped"
    told = publication_runs._incidents(
        {"incidents": 1, "incidents_list": [{"element_name": "Calculer", "cause": "rien à lire."}]}
    )
    assert told.endswith("rien n'est publié. « Calculer » : rien à lire.")


def test_values_that_live_on_screens_are_not_undone_by_an_older_draft(ines):
    with transaction():
        territory = db.session.scalars(select(Territory).where(Territory.code == "carene")).one()
        territory.live = {**territory.live, "contact": {"telephone": "02 40 00 99 99"}}
    changed(ines)
    assert ended(ask(ines)).status == "published"
    territory = db.session.scalars(select(Territory).where(Territory.code == "carene")).one()
    assert territory.live["contact"] == {"telephone": "02 40 00 99 99"}
    assert releases.current().settings.contact.telephone == "02 40 00 99 99"


def test_an_earlier_release_is_taken_up_again_with_its_proof_by_one_click(ines):
    first = releases.current()
    changed(ines)
    assert ended(ask(ines)).status == "published"
    changed(ines, '"P14D"', '"P10D"')
    with pytest.raises(Invalid):
        freezing.roll_back(1, note=" ", by=ines)
    with pytest.raises(NotFound):
        freezing.roll_back(9, note="Retour", by=ines)
    back = freezing.roll_back(1, note="Les quatorze jours ne tiennent pas", by=ines)
    assert (back.number, back.fingerprint) == (3, first.fingerprint)
    row = db.session.scalars(select(Release).where(Release.number == 3)).one()
    assert row.proof["reprise_de"] == {"territoire": "carene", "version": 1}
    assert proofs.intact(row)
    assert b'"P10D"' in studio.opened(ines).files[VISIT]  # the draft under work is left alone
    with pytest.raises(freezing.AlreadyCurrent):  # a second click
        freezing.roll_back(1, note="Encore", by=ines)
    assert numbers() == [1, 2, 3]
    (line,) = build.the_journal("atelier.retour")
    assert line.details == {"version": 3, "revient_a": 1}
    assert issubclass(freezing.AlreadyCurrent, Conflict)
