"""Two people who publish, clone or keep a draft at the same moment: one wins, the other is told."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from app import tenancy
from app.catalog.bundle import bundle_from_files
from app.database import db, end_read
from app.errors import BundleFault
from app.models import ProgrammeDraft, Release, Territory
from app.services import clones, drafts, journal, proofs, releases, studio
from app.services.releases import LoadedRelease
from tests import build

pytestmark = pytest.mark.fault


def changed(number=0):
    files = dict(releases.current().bundle.files)
    days = f'"P{14 + number}D"'.encode()
    return bundle_from_files(
        {**files, "bpmn/visite.bpmn": files["bpmn/visite.bpmn"].replace(b'"P21D"', days, 1)}
    )


def numbers():
    end_read()
    return list(db.session.scalars(select(Release.number).order_by(Release.number)))


def test_the_same_folder_brought_in_twice_at_once_is_one_release(app, carene):
    bundle = changed()
    proof = proofs.of_check(bundle.files, [])
    ended = build.together(
        app, 4, lambda _: clones.bring_in(bundle, note="Essai", proof=proof, lineage=[])[0].number
    )
    assert ended == [2] * 4
    assert numbers() == [1, 2]
    assert journal.verify() is None


def test_two_programmes_published_at_once_follow_each_other(app, carene):
    bundles = [changed(number) for number in range(4)]
    ended = build.together(app, 4, lambda number: releases.publish(bundles[number], note="Essai").number)
    assert sorted(ended) == [2, 3, 4, 5]
    assert numbers() == [1, 2, 3, 4, 5]
    assert journal.verify() is None


def test_a_code_cloned_twice_at_once_is_one_territory(app, carene):
    ended = build.together(app, 4, lambda _: clones.clone("carene", "estuaire", name="Estuaire"))
    assert Counter(type(end) for end in ended) == {LoadedRelease: 1, BundleFault: 3}
    end_read()
    assert db.session.scalar(select(func.count()).where(Territory.code == "estuaire")) == 1
    place = releases.territory_by_code("estuaire")
    with tenancy.serving(place.id):
        assert numbers() == [1]
        assert drafts.current().based_on == 1


def test_a_first_draft_opened_by_several_at_once_is_one_draft(app, carene):
    by = build.an_actor("conception")
    ended = build.together(app, 4, lambda _: studio.opened(by).version)
    assert ended == [1, 1, 1, 1]
    end_read()
    assert db.session.scalar(select(func.count()).select_from(ProgrammeDraft)) == 1
