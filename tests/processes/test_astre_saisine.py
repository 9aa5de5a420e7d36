"""A fiche saisine prepared over days, then a second one that takes up the first (AST-4, AST-7, LAW-11)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.catalog.uploads import Upload
from app.database import db, end_read, transaction
from app.errors import NotFound
from app.models import Case, Commitment, EntryDraft, QuotaPlace, StoredFile, Territory
from app.services import (
    archives,
    cases,
    entry_drafts,
    erasure,
    follow_ups,
    inbox_rows,
    invitation_links,
    perimeter,
    releases,
    task_view,
    tasks,
)
from app.services.actors import Actor
from app.services.cases import OpenedAlert
from app.services.entry_drafts import AlreadySent, StaleDraft
from app.web import present
from tests import build
from tests.processes import astre_house as house

PDF = Upload(name="avis.pdf", mime="application/pdf", data=b"%PDF-1.4 avis")
TYPED = {"nom": ["Caron"], "prenom": ["Odette"], "note": ["À compléter"]}


@pytest.fixture
def astre(app: Flask, tmp_path: Path) -> Iterator[Territory]:
    """The Département being served."""
    with house.on("2026-02-02"), house.serving(app, tmp_path) as territory:
        yield territory


def team() -> Actor:
    return house.person("structure_demandeuse", house.structure("opah", "Équipe du PIG de l'Artois"))


def kept(actor: Actor, *, page: str = "bureau", seen: int = 0, draft: UUID | None = None) -> UUID:
    wanted = draft or uuid4()
    with perimeter.serving(actor):
        entry_drafts.save(wanted, TYPED, actor, page=page, seen=seen, follows=None)
    return wanted


def send(draft: UUID, actor: Actor, **wanted: object) -> OpenedAlert:
    form = releases.current().forms["saisine"]
    answers = build.sample(form, {}, classes=actor.rights.collect, **house.SAISINE)
    return cases.open_alert({**answers, **wanted}, by=actor, draft_id=draft)


def stored() -> int:
    end_read()
    return db.session.scalar(select(func.count()).select_from(StoredFile)) or 0


def test_a_saisine_is_prepared_here_finished_there_and_sent_once_with_its_papers(astre: Territory) -> None:
    me = team()
    draft = kept(me)
    with perimeter.serving(me):
        new = entry_drafts.keep_files(draft, {"pieces": [PDF]}, me)
        (begun,) = entry_drafts.listing(me)
        assert (begun.id, begun.title) == (draft, "Odette Caron")
        again = entry_drafts.opened(draft, me)
        assert again is not None
        assert (again.typed["note"], again.files) == (["À compléter"], new)
        entry_drafts.save(draft, TYPED, me, page="téléphone", seen=again.version, follows=None)
        with pytest.raises(StaleDraft):  # the page left open at the office would undo it
            entry_drafts.save(draft, TYPED, me, page="bureau", seen=again.version, follows=None)
    case = send(draft, me, pieces=list(new["pieces"]))
    assert case.process_id == draft
    file = db.session.get_one(StoredFile, UUID(new["pieces"][0]["id"]))
    assert (file.case_id, stored()) == (case.case_id, 1)
    assert entry_drafts.listing(me) == []
    with pytest.raises(AlreadySent, match=case.reference):
        send(draft, me)
    with pytest.raises(AlreadySent):
        kept(me, draft=draft)


def test_a_draft_is_nobody_elses_and_goes_with_its_files_when_given_up_or_forgotten(astre: Territory) -> None:
    me, colleague = team(), house.spslh()
    draft, old = kept(me), kept(me)
    entry_drafts.keep_files(draft, {"pieces": [PDF]}, me)
    entry_drafts.keep_files(old, {"pieces": [PDF]}, me)
    assert entry_drafts.listing(colleague) == []
    for wrong in (colleague, Actor(kind="public", name="public", person="public")):
        with pytest.raises(NotFound):
            entry_drafts.opened(draft, wrong)
        with pytest.raises(NotFound):
            entry_drafts.drop(draft, wrong)
        with pytest.raises(NotFound):
            kept(wrong, draft=draft)
    entry_drafts.drop(draft, me)
    entry_drafts.drop(draft, me)
    assert stored() == 1
    with clock.at(clock.now() + entry_drafts.kept_for() + timedelta(minutes=1)):
        assert entry_drafts.forget_old() == 1
    assert (stored(), db.session.scalar(select(func.count()).select_from(EntryDraft))) == (0, 0)


def test_a_new_saisine_takes_up_the_former_one_and_holds_a_place_of_its_own(astre: Territory) -> None:
    """AST-7: « suite demandée » is a new measure: same household, own place, own twelve months."""
    former = house.a_measure("2026-02-02")
    operator = house.structure("operateur", house.OPERATORS[0])
    referent = house.person("referent", operator)
    other = house.person("referent", house.structure("operateur", house.OPERATORS[1]))
    with perimeter.serving(other), pytest.raises(NotFound):
        follow_ups.followed(former.reference, other)
    with perimeter.serving(referent):
        found = follow_ups.followed(former.reference, referent)
    taken = found.answers
    assert (taken["nom"], taken["personnes"], taken["statut"]) == ("Caron", 1, "proprietaire")
    assert not {"accord", "note", "pieces", "donneur_nom"} & taken.keys()  # asked anew
    assert found.origins["nom"].form_title == releases.current().forms["saisine"].title
    with house.on("2026-09-01"):
        form = releases.current().forms["saisine"]
        answers = build.sample(form, {}, classes=referent.rights.collect, **{**house.SAISINE, **taken})
        second = cases.open_alert(answers, by=referent, follows=found.case_id)
        house.to_committee(second)
        before, after = (db.session.get_one(Case, one.case_id) for one in (former, second))
        assert follow_ups.neighbours(after) == (former.reference, [])
        assert follow_ups.neighbours(before) == (None, [second.reference])
        places = select(QuotaPlace.case_id).where(QuotaPlace.status == "held")
        assert set(db.session.scalars(places)) == {former.case_id, second.case_id}
        engaged = select(func.count()).select_from(Commitment).where(Commitment.case_id == second.case_id)
        assert db.session.scalar(engaged) == 1


def test_an_erased_household_leaves_no_saisine_begun_after_it(astre: Territory) -> None:
    former, me = house.saisine(), house.spslh()
    draft = uuid4()
    entry_drafts.save(draft, TYPED, me, page="une", seen=0, follows=former.case_id)
    entry_drafts.keep_files(draft, {"pieces": [PDF]}, me)
    assert entry_drafts.listing(me)[0].follows == former.reference
    with transaction():
        erasure.forget(db.session.get_one(Case, former.case_id), why="demande du ménage")
    assert entry_drafts.listing(me) == []
    with pytest.raises(archives.Erased):
        follow_ups.followed(former.reference, me)


def test_a_structure_without_an_account_sends_its_papers_by_a_link_of_its_own(astre: Territory) -> None:
    """AST-4: the SPSLH asks, the clock stops, the papers come by the link; with an account, there is none."""
    case = house.saisine()
    house.act("demande_pieces", case, by=house.spslh(), pieces=["devis"], precision="Le devis de la toiture")
    step = build.the_task("completer_saisine", case=case)
    waiting = inbox_rows.row(build.the_task("verifier_eligibilite", case=case), house.spslh())
    assert waiting.held and present.paused_word(waiting) == "Délai arrêté", "it may still be answered"
    (mail,) = build.the_messages("pieces_lien")
    assert mail.recipient == house.SAISINE["donneur_courriel"]
    link = mail.body.partition("/r/")[2].split()[0]
    end_read()
    with invitation_links.holding(link) as held:
        assert (held.task_id, held.actor.name) == (step.id, "MDS de l'Arrageois")
        view = task_view.open_task(held.task_id, held.actor)
        assert view.context["demande_pieces"]["precision"] == "Le devis de la toiture"
        told = {"fournies": ["devis"], "fichiers": [PDF], "demandees": None, "precision": "Ci-joint"}
        tasks.complete(held.task_id, {k: v for k, v in told.items() if v is not None}, by=held.actor)
    assert stored() == 1
    assert "completer_saisine" not in house.open_elements(case)
    with pytest.raises(invitation_links.Answered), invitation_links.holding(link):
        pass
    mine = house.saisine(by=team())
    house.act("demande_pieces", mine, by=house.spslh(), pieces=["devis"], precision="Le devis")
    assert len(build.the_messages("pieces_lien")) == 1
