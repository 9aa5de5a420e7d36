"""A territory whose studio holds something behind every door, and another that holds the same."""

from typing import Any, Final

from sqlalchemy import select

from app import tenancy
from app.catalog.bundle import bundle_from_files
from app.database import db
from app.models import ProgrammeDraft, Scenario, Trial, Walk
from app.services import actors, clones, offers, proofs, releases, studio
from tests import build
from tests.migration_house import a_kept_lot, a_new_release, rename_the_appointment
from tests.opening_house import kept_preparation
from tests.studio_house import kept_studio
from tests.trial_house import kept_trials
from tests.web.conftest import Site
from tests.web.server import PASSWORD

HERE: Final = "estuaire"
THERE: Final = "carene"
BOSS: Final = "tout@estuaire.invalid"
FOREIGN: Final = "Xanadou"
"""A word that the other territory alone says, wherever it can."""
VISIT: Final = "bpmn/visite.bpmn"


def live(site: Site) -> dict[str, Any]:
    """Let both live; return what addresses name here, and the other's as ``their_…``."""
    with site.app.app_context():
        with build.serving(THERE):
            clones.clone(THERE, HERE, name="Estuaire")
            files = dict(releases.current().bundle.files)
            files[VISIT] = files[VISIT].replace(b'"P21D"', b'"P28D"', 1)
            bundle = bundle_from_files(files)
            releases.publish(bundle, note="Plus de temps", proof=proofs.of_check(bundle.files, []))
            by = build.an_actor("conception")
            offers.offer(2, "Éprouvée.", by=by)
            theirs = _kept(FOREIGN, by)
        with tenancy.serving(releases.territory_by_code(HERE).id):
            person = build.a_user("conception", "administration", email=BOSS, name="Tout", password=PASSWORD)
            lot, row = a_kept_lot(build.the_process_row(build.an_alert()).id)
            a_new_release(rename_the_appointment)
            by = actors.actor_for(person)
            ours = _kept("Ici", by)
            held = studio.read(VISIT)
            studio.save(VISIT, held.text.replace('"P21D"', '"P14D"', 1), base=held.digest, by=by)
            ours |= {"lot": lot, "row": row, "here": f"/t/{HERE}", "at": f"/t/{HERE}/atelier"}
        db.session.remove()
    return {**ours, **{f"their_{name}": value for name, value in theirs.items()}}


def _kept(word: str, by: Any) -> dict[str, Any]:
    return {**kept_trials(word), **kept_studio(word, by), **kept_preparation(THERE, word, by)}


def of_the_other(site: Site) -> dict[str, Any]:
    """Return everything that the other territory's studio holds."""
    with site.app.app_context():
        with build.serving(THERE):
            draft = db.session.scalars(select(ProgrammeDraft)).one()
            found = {
                "draft": (draft.version, dict(draft.files)),
                "release": releases.newest(),
                **{one.__name__: _ids(one) for one in (Trial, Walk, Scenario)},
                "journal": len(build.the_journal()),
            }
        db.session.remove()
    return found


def _ids(entity: Any) -> list[Any]:
    return sorted(db.session.scalars(select(entity.id)))
