"""Every class of answer, on every page, list, mail, document and stored row, for every role (LAW-1).

A case is carried from the alert to its closure with marks in every field. At each stop each role opens all
that it can reach; what a role may not read must appear nowhere, and nothing that was answered may appear in
what is neither an answer nor a document: journal, engine state, incidents, jobs, logs.
"""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pypdf
import pytest
import zstandard
from sqlalchemy import select, text

from app.database import Base, db
from app.models import Document, JournalLine, Message, Orientation, ProcessInstance, Task
from app.services import links, releases, reviews, starting, task_view, tasks
from tests import build
from tests.web.conftest import Site
from tests.web.marks import Marks, title_of
from tests.web.server import PASSWORD

ROLES: Final = (
    "donneur_alerte", "ecorenove", "technicien", "travailleur_social", "coordinatrice_pole", "administration",
)  # fmt: skip
ALERT: Final = {
    **{key: value for key, value in build.ALERT.items() if key != "avis_imposition"},
    "sante_fragile": True, "handicap": True, "enfants_moins_3": None, "menace_coupure_date": None,
    "indices": ["sans_chauffage", "impaye", "facture_elevee"], "tranche_revenus": "TM",
    "interprete": True,
}  # fmt: skip
SECRET_WORDS: Final = ("santé fragile", "Santé fragile", "handicap")
SOCIAL_WORDS: Final = ("Revenus modestes", "Très modeste", "revenus modestes", "Propriétaire modeste")
ASKED: Final = {
    "adil": ["signalement.bailleur", "signalement.commentaire"],
    "mar": ["signalement.bailleur", "signalement.commentaire", "validation.fragilites"],
    "cms": ["validation.fragilites", "visite.dettes"],
}


def email_of(role: str) -> str:
    return f"{role.replace('_', '-')}@carene.invalid"


@pytest.fixture
def house(empty_site: Site) -> Site:
    """CARENE with one person of each role, a directory, and nothing else."""
    with serving(empty_site):
        for role in ROLES:
            build.a_user(role, name=role.capitalize(), email=email_of(role), password=PASSWORD)
        build.a_directory()
    return empty_site


@contextmanager
def serving(site: Site) -> Iterator[None]:
    with site.app.app_context(), build.serving("carene"):
        yield
        db.session.remove()


class Walk:
    """A case on its way, and the browsers that look at it at each stop."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.marks = Marks()
        self.clients = {role: site.as_(email_of(role)) for role in ROLES}
        for client in self.clients.values():
            client.get("/", follow_redirects=True)
        with serving(site):
            release = releases.current()
            self.read = {role: release.settings.roles[role].read for role in ROLES}
            form = release.forms["signalement"]
            wanted = {**self.marks.wanted(form), **ALERT}
            wanted |= {key: mark for key, mark in self.marks.wanted(form).items() if key not in build.ALERT}
            wanted |= {
                key: value for key, value in self.marks.wanted(form).items() if key == "avis_imposition"
            }
            opened = build.an_alert(**wanted)
            self.case_id, self.reference = opened.case_id, opened.reference
            self.opened = opened

    def step(self, element: str, *, scope: str | None = None, **wanted: object) -> None:
        """Answer a step with a mark in every field it has."""
        with serving(self.site):
            task = build.the_task(element, case=self.opened, scope=scope)
            by = build.an_actor(*self.role_of(task), name=self.role_of(task)[0].capitalize())
            form = task_view.open_task(task.id, by).form
            answers = build.answers_for(task.id, by, **{**self.marks.wanted(form), **wanted})
            tasks.complete(task.id, answers, by=by)

    def role_of(self, task: Task) -> tuple[str, ...]:
        return (releases.of(task.process.release_id).settings.lanes[task.lane].roles[0],)

    def pages(self, role: str) -> Iterator[tuple[str, str]]:
        """Yield every page of this case, and every list, that the role can open, with its address."""
        with serving(self.site):
            ids = list(db.session.scalars(select(Task.id).where(Task.status == "open")))
        addresses = ["", "?vue=retard", "dossiers?etat=all", "dossiers?etat=all&q=Mot", "retards"]
        addresses += ["supervision", "partenaires", "processus", "signaler"]
        addresses += [f"dossiers/{self.reference}", *(f"taches/{task_id}" for task_id in ids)]
        for address in addresses:
            answer = self.clients[role].get(f"/t/carene/{address}", follow_redirects=False)
            if answer.status_code == 200:
                yield address, answer.text

    def look(self, stop: str, *, own: dict[str, frozenset[str]] | None = None) -> None:
        """Open everything as every role; what a role may not read must not be there."""
        for role in ROLES:
            read = self.read[role]
            for address, page in self.pages(role):
                hidden = self.marks.hidden_in(read, page)
                mine = (own or {}).get(role, frozenset())
                hidden = {mark: home for mark, home in hidden.items() if home.partition(".")[0] not in mine}
                assert not hidden, (stop, role, address)
                assert not [
                    mark
                    for mark in self.marks.found_in(title_of(page))
                    if "social" in mark or "secret" in mark
                ]
                if address != "signaler" and "secret" not in read:
                    assert not [word for word in SECRET_WORDS if word in page], (stop, role, address)
                if address != "signaler" and "social" not in read and "taches" not in address:
                    assert not [word for word in SOCIAL_WORDS if word in page], (stop, role, address)

    def look_at_documents(self) -> None:
        """Open every document as every role; letters and reports hold no class that is not theirs."""
        for role in ROLES:
            self._documents(role)

    def _documents(self, role: str) -> None:
        with serving(self.site):
            rows = [(row.id, row.template) for row in db.session.scalars(select(Document))]
        for document_id, template in rows:
            answer = self.clients[role].get(f"/t/carene/documents/{document_id}")
            if answer.status_code == 200:
                hidden = self.marks.hidden_in(self.read[role], words_of(answer.data))
                assert not hidden, (role, template)


def words_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def link_of(site: Site, kind: str) -> str:
    with serving(site):
        row = next(
            row for row in db.session.scalars(select(Orientation)) if row.partner.kind == kind and row.link
        )
        return build.the_link(row.partner.email)


@pytest.fixture
def walk(house: Site, caplog: pytest.LogCaptureFixture) -> Walk:
    caplog.set_level(logging.DEBUG)
    return Walk(house)


def up_to_validation(walk: Walk) -> None:
    walk.step("analyser_signalement")
    walk.step("prendre_rendez_vous")
    walk.step("realiser_visite")
    walk.step("etablir_diagnostic")


def orient(walk: Walk) -> None:
    rows = [
        {"genre": kind, "motif": f"Motsocialdemande{kind}", "champs_partages": keys, "accord": True}
        for kind, keys in ASKED.items()
    ]
    for kind in ASKED:
        mark = f"Motsocialdemande{kind}"
        walk.marks.classe_of[mark], walk.marks.home_of[mark] = "social", f"orientations.{kind}"
    walk.step("decider_orientations", lignes=rows)


def test_no_role_finds_an_answer_it_may_not_read_at_any_stop(walk, caplog):
    walk.look("alert")
    up_to_validation(walk)
    # Until the validation, the technician reads back what they collected themselves.
    walk.look("visit", own={"technicien": frozenset({"visite", "diagnostic"})})
    walk.step("valider_diagnostic")
    orient(walk)
    walk.look("orientation")
    for kind in ASKED:
        answer_as(walk, kind, "reponse_partenaire", acceptee=True)
        answer_as(walk, kind, "resultat_partenaire", statut="realisee")
    hold_the_review(walk)
    walk.step("cloturer")
    with serving(walk.site):
        build.pump(documents="sqlite" in str(db.engine.url))  # laying out takes seconds: once is enough
        assert build.the_case(walk.opened).status == "closed"
    walk.look("closure")
    walk.look_at_documents()
    nothing_leaks_into_what_is_kept(walk, caplog)


def answer_as(walk: Walk, kind: str, form_id: str, **wanted: object) -> None:
    """Answer as a partner, behind its link, with a mark in every field."""
    with serving(walk.site), links.holding(link_of(walk.site, kind)) as held:
        assert held.task_id is not None
        form = held.release.forms[form_id]
        given = build.answers_for(held.task_id, held.actor, **{**walk.marks.wanted(form), **wanted})
        tasks.complete(held.task_id, given, by=held.actor)


def hold_the_review(walk: Walk) -> None:
    """Hold the review: the situation is settled, with a comment of the class « social »."""
    with serving(walk.site):
        starting.arm_all()
        waiting = db.session.scalars(
            select(ProcessInstance.id).where(ProcessInstance.case_id.is_(None))
        ).one()
        reviews.start_now(waiting, by=build.an_actor("administration"))
        task = build.the_task("tenir_revue")
        by = build.an_actor("coordinatrice_pole", name="Coordinatrice_pole")
        rows = [{"decision": "regle", "commentaire": "Motsocialrevuecommentaire"}]
        tasks.complete(task.id, build.answers_for(task.id, by, situations=rows), by=by)
    walk.marks.classe_of["Motsocialrevuecommentaire"] = "social"
    walk.marks.home_of["Motsocialrevuecommentaire"] = "revue.situations"
    with serving(walk.site):
        build.pump()


def nothing_leaks_into_what_is_kept(walk: Walk, caplog: pytest.LogCaptureFixture) -> None:
    marks = walk.marks
    with serving(walk.site):
        for line in db.session.scalars(select(JournalLine)):
            said = (line.actor, line.action, line.subject, line.details)
            assert not marks.found_in(*said), line.action
            assert "Moreau" not in str(said)
        for process in db.session.scalars(select(ProcessInstance)):
            state = zstandard.ZstdDecompressor().decompress(process.state, max_output_size=10**8).decode()
            assert not marks.found_in(state)
            assert "Moreau" not in state
        for mail in db.session.scalars(select(Message)):
            found = marks.found_in(mail.subject, mail.body)
            assert not found, mail.kind
            assert "Moreau" not in mail.subject + mail.body, mail.kind
        others = {"submission", "review_item", "orientation", "case_file", "household", "dwelling", "release"}
        for table in Base.metadata.sorted_tables:
            for row in db.session.execute(text(f"SELECT * FROM {table.name}")):  # names of our tables
                said = " ".join(str(value) for value in row if not isinstance(value, bytes | memoryview))
                assert "Motsecret" not in said, table.name
                if table.name not in others:
                    assert not {m for m, c in marks.found_in(said).items() if c != "technique"}, table.name
    assert not marks.found_in(caplog.text)
