"""What the half of a team reads of a household, and what it reads no more (BAT-10, BAT-11)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from app.database import db, transaction
from app.handlers.lane_effects import KeepApart, ShareElements
from app.models import Partner, ProcessInstance, Submission
from app.services import actors, apart, cases, releases, sharing, structures
from app.services.cases import OpenedAlert
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, Visitor

CODE = "batigere"
SOCIAL, CORRESPONDENT = "karim.benali@exemple.invalid", "luc.garnier@exemple.invalid"


@pytest.fixture(scope="module")
def server(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A household referred this morning, nothing shared yet."""
    with live.serving(sqlite_url, tmp_path_factory.mktemp("partage"), code=CODE) as served:
        yield served


def referred(server: Live) -> tuple[OpenedAlert, str]:
    """Open a referral and share one social answer with the correspondent; return both."""
    with server.acting(CODE):
        release = releases.current()
        sender, form = actors.public(release.settings), release.forms[release.entry.form]
        answers = build.sample(form, {}, classes=sender.rights.collect)
        case = cases.open_alert(answers, by=sender)
        with transaction() as session:
            row = session.scalars(select(Submission).where(Submission.case_id == case.case_id)).one()
            field = next(one for one in form.fields if one.classe == "social" and row.answers.get(one.key))
            process = session.get_one(ProcessInstance, case.process_id)
            told = ShareElements(
                "correspondant", (f"{form.id}.{field.key}",), "Préparer la visite commune", "accord du ménage"
            )
            sharing.share(told, process, release, by=("Karim Benali", None))
            operator = session.scalars(select(Partner.id).where(Partner.kind == "operateur_energie")).one()
            structures.entrust(
                case.case_id, operator, "correspondant", by="Karim Benali", process_id=process.id
            )
        return case, field.label


def test_the_correspondent_reads_what_was_shared_until_the_case_closes_to_them(
    server: Live, browser: Browser, shots: Path
) -> None:
    case, label = referred(server)
    address = f"/t/{CODE}/dossiers/{case.reference}"
    karim = Visitor(browser, server.url, shots=shots)
    karim.enter(SOCIAL)
    karim.go(address)
    karim.sees("Dans l'équipe")
    karim.look("partage-dossier", case.reference)
    luc = Visitor(browser, server.url, shots=shots, viewport=NARROW)
    luc.enter(CORRESPONDENT)
    luc.go(address)
    luc.page.locator("#reponses summary").first.click()
    luc.sees("Partagé avec vous")
    luc.sees(label)
    luc._picture("partage-correspondant")
    with server.acting(CODE), transaction() as session:
        process = session.get_one(ProcessInstance, case.process_id)
        apart.keep(KeepApart("correspondant", "Santé fragile"), process, by=("Karim Benali", None))
    assert luc.go(address).status == 404
    luc.go(f"/t/{CODE}/dossiers?q={case.reference}&etat=all")
    luc.sees("Aucun dossier ne correspond")
    luc.said.clear()  # the browser says that the page was not found
    luc.leave()
    karim.go(address)
    karim.sees("Ne voit plus rien de ce dossier")
    karim.look("partage-ecarte", case.reference)
    karim.sees("Ne se lit plus depuis")
    karim.leave()
    with server.acting(CODE):
        assert sharing.told(case.case_id) == {}
        assert db.session.get(ProcessInstance, case.process_id) is not None
