"""What leaves the house: who receives which class, on what ground, and when no more (LAW-1 to LAW-3)."""

from datetime import date

import pytest
from sqlalchemy import select

from app.database import db, transaction
from app.errors import DesignFault, Gone
from app.models import Case, Document, Orientation, Partner, Share
from app.services import links
from tests import build

MAIL = "{}@partenaires.invalid"


def asking(*rows):
    return {"decider_orientations": {"lignes": list(rows)}}


def withdraw(case):
    with transaction() as session:
        row = session.scalars(select(Case).where(Case.id == case.case_id)).one()
        row.agreement_withdrawn_on = date(2026, 3, 1)


@pytest.mark.parametrize("kind", ["adil", "ccas"])
def test_nothing_is_shared_any_more_once_the_household_has_withdrawn_its_agreement(carene, kind):
    case = build.a_case("decider_orientations")
    withdraw(case)
    with pytest.raises(DesignFault, match="retiré son accord"):
        build.complete("decider_orientations", lignes=[{"genre": kind, "accord": True}])
    assert build.the_messages("demande_partenaire") == []
    assert db.session.scalar(select(Share)) is None
    assert build.the_documents("lettre_orientation") == []


def test_a_link_shows_nothing_more_once_the_agreement_is_withdrawn(carene):
    case = build.a_case("orientation", answers=asking({"genre": "adil"}))
    token = build.the_link(MAIL.format("adil"))
    with links.holding(token) as view:
        assert view.shared
    withdraw(case)
    with links.holding(token) as view:
        assert not view.shared
        assert view.task_id is not None  # the partner may still answer


def test_a_table_that_is_shared_leaves_out_the_columns_of_other_classes(carene):
    first = {"genre": "caf", "motif": "Dette de loyer en cours", "champs_partages": []}
    case = build.a_case("orientation", answers=asking(first))
    process = build.the_process(case)
    with transaction() as session:
        session.add(
            Orientation(
                case_id=case.case_id,
                process_id=process.id,
                partner_id=session.scalars(select(Partner.id).where(Partner.kind == "mar")).one(),
                reason="Audit",
                domain="technique",
                shared_fields=["orientations.lignes", "signalement.tranche_revenus"],
                agreement=True,
                status="transmise",
                link="x",
                created_at=process.started_at,
            )
        )
    row = build.the_orientations(case)["mar"]
    shown = str(links._view(row.id).shared)
    assert "CAF" in shown
    assert "Dette de loyer" not in shown
    assert "Modeste" not in shown


def test_a_link_dies_with_its_case(carene):
    case = build.a_case("orientation")
    token = build.the_link(MAIL.format("adil"))
    with transaction() as session:
        session.scalars(select(Case).where(Case.id == case.case_id)).one().status = "closed"
    with pytest.raises(Gone), links.holding(token):
        pass


def test_a_share_says_who_decided_it(carene):
    build.a_case("decider_orientations")
    build.complete(
        "decider_orientations", lignes=[{"genre": "adil"}], by=build.an_actor("travailleur_social")
    )
    assert db.session.scalars(select(Share.by)).one() == "travailleur_social"
    (line,) = build.the_journal("partage.envoye")
    assert line.actor == "travailleur_social"
    assert line.user_id == build.an_actor("travailleur_social").user_id


def test_a_letter_s_facts_hold_nothing_of_the_household_but_what_was_ticked(carene):
    build.a_case("orientation", answers=asking({"genre": "mar"}))
    (letter,) = build.the_documents("lettre_orientation")
    frozen = str(db.session.scalars(select(Document.context).where(Document.id == letter.id)).one())
    assert "Locataire" in frozen
    for told in ("Moreau", "Lucie", "rue du Croisic", "02 61 91 00 12", "Jeanne", "lucie.moreau"):
        assert told not in frozen, told
