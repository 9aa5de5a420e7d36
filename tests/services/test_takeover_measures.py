"""Running ASTRE measures are taken over: visits counted, places and money taken on their days (AST-6)."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read
from app.models import Breach, Commitment, Duty, ProcessInstance, QuotaPlace, TakeoverRow, Timer
from app.services import duties, releases, timers, windows
from app.services.takeover import batches, placing, preview
from app.services.takeover import matching as matchings
from tests import build
from tests.processes import astre_house as house
from tests.takeover_house import matched, nine, what_falls_due, work

TODAY = datetime(2026, 6, 20, 18, 0, tzinfo=clock.PARIS)
MEASURES = [
    ("A1", "CARON Odette", date(2026, 1, 12), date(2026, 2, 2), date(2026, 2, 9), date(2026, 2, 16)),
    ("A2", "DELCROIX Yvon", date(2026, 2, 10), date(2026, 3, 3), date(2026, 3, 9), date(2026, 3, 9)),
    ("A3", "LEROY Nadia", date(2026, 1, 5), date(2026, 1, 19), date(2026, 1, 26), date(2026, 2, 1)),
]
"""Reference, name, saisine, committee, contract, beginning."""
VISITS = [
    ("A1", date(2026, 5, 7), "domicile"),
    ("A1", date(2026, 6, 3), "bureau"),
    ("A1", date(2026, 6, 11), "domicile"),
    ("A2", date(2026, 6, 9), "domicile"),
    ("A3", date(2026, 6, 2), "bureau"),
]
HEADINGS = (
    "Référence", "NOM Prénom", "Adresse", "Commune", "Statut", "Nb personnes", "RFR", "PDALHPD",
    "Opérateur", "Date de saisine", "Date comité", "Signature du contrat", "Début de la mesure",
    "Contrat envoyé le", "Étape",
)  # fmt: skip
COLUMNS = {
    "Statut": "champ:saisine.statut",
    "Nb personnes": "champ:saisine.personnes",
    "RFR": "champ:saisine.avis_imposition.rfr",
    "PDALHPD": "champ:saisine.pdalhpd",
    "Opérateur": "champ:eligibilite.operateur",
    "Date comité": "date:comite/decider_comite",
    "Signature du contrat": "date:contractualisation/etablir_contrat",
    "Début de la mesure": "champ:contrat.debut",
    "Contrat envoyé le": "champ:envoi_contrat.envoye_le",
}
VISIT_COLUMNS = {
    "Réf": "reference",
    "Le": "geste:visite_mesure",
    "Lieu": "geste:visite_mesure:visite_mesure.lieu",
    "Issue": "geste:visite_mesure:visite_mesure.issue",
}


def sheet():
    lines = [
        f"{ref};{name};{n} rue des Tilleuls;Arras;Propriétaire;1;11000;oui;{house.OPERATORS[0]};"
        f"{opened:%d/%m/%Y};{decided:%d/%m/%y};{signed:%d.%m.%Y};{begun:%d/%m/%Y};{begun:%d/%m/%Y};Accompagnement"
        for n, (ref, name, opened, decided, signed, begun) in enumerate(MEASURES, 1)
    ]
    visits = [f"{ref};{day:%d/%m/%Y};{place};réalisée" for ref, day, place in VISITS]
    heads = (";".join(HEADINGS), "Réf;Le;Lieu;Issue")
    return ("\n".join([heads[0], *lines]).encode(), "\n".join([heads[1], *visits]).encode())


def lived(ref, opened, decided, signed, begun):
    """Live a measure here, its steps on the days of the sheet; return its case."""
    operator = str(house.structure("operateur", house.OPERATORS[0]).id)
    with clock.at(nine(opened)):
        case = house.saisine(nom=f"Jumeau {ref}", statut="proprietaire")
        house.answer("donner_avis", case)
        house.answer("verifier_eligibilite", case, operateur=operator)
        house.answer("donner_position", case)
    pass_until(case, nine(decided), nine(opened))
    with clock.at(nine(decided)):
        house.answer("decider_comite", case)
    pass_until(case, nine(signed), nine(decided))
    with clock.at(nine(signed)):
        house.answer("etablir_contrat", case, debut=begun)
    pass_until(case, nine(begun), nine(signed))
    with clock.at(nine(begun)):
        house.answer("envoyer_contrat", case, envoye_le=begun)
    for day, place in [(day, place) for whose, day, place in VISITS if whose == ref]:
        pass_until(case, nine(day), nine(begun))
        with clock.at(nine(day)):
            house.act("visite_mesure", case, date=day, issue="realisee", lieu=place, sujets=["evaluation"])
    pass_until(case, TODAY, nine(begun))
    return case.case_id


def pass_until(case, until, since):
    """Let what is due come at its hour; what was due before it began to wait comes at once."""
    while True:
        end_read()
        mine = select(ProcessInstance.id).where(ProcessInstance.case_id == case.case_id)
        due = db.session.scalar(
            select(Timer.due_at)
            .where(Timer.process_id.in_(mine), Timer.due_at <= until)
            .order_by(Timer.due_at)
            .limit(1)
        )
        if due is None:
            return
        with clock.at(max(due, since)):
            timers.wake_due()


def standing(case_id):
    """The present window of a measure: its bounds, when it warns, the visits found in it."""
    end_read()
    duty = db.session.scalars(select(Duty).where(Duty.case_id == case_id, Duty.status == "watching")).one()
    found = windows.as_it_stands(duty, duty.window_to, releases.current())
    return (
        duty.element, duty.since, duty.window_from, duty.window_to, duty.warn_at,
        found.expected, found.found, found.expected_within, found.found_within,
    )  # fmt: skip


def money(case_id):
    end_read()
    places = db.session.execute(
        select(QuotaPlace.code, QuotaPlace.status, QuotaPlace.held_at).where(QuotaPlace.case_id == case_id)
    ).all()
    spent = db.session.scalars(select(Commitment).where(Commitment.case_id == case_id)).all()
    return [tuple(row) for row in places], [
        (row.nature, row.unit_amount, row.quantity, row.starts_on, row.engaged_on) for row in spent
    ]


@pytest.fixture
def astre(app, tmp_path):
    """The SPSLH, in June, its directory filled."""
    with house.serving(app, tmp_path), build.later(TODAY):
        yield house.spslh()


def brought_in(by):
    content, visits = sheet()
    batch_id = batches.receive(content, "mesures.csv", by=by, visits=(visits, "visites.csv"))
    before = matched(batch_id, by)
    batches.match(
        batch_id,
        matchings.renewed(
            before,
            columns={**before.columns, **COLUMNS},
            visits=VISIT_COLUMNS,
            steps={"accompagnement": "accompagnement_mesure/douze_mois"},
            defaults={"saisine.accord": "obtenu", "contrat.bilans": "6"},
        ),
        by=by,
    )
    return batch_id


@pytest.mark.parametrize("backend", ["sqlite"])
def test_running_measures_fall_due_as_if_they_had_run_here(astre):
    batch_id = brought_in(astre)
    seen = preview.read(batches.find(batch_id, astre))
    assert [problem for problem in seen.problems if problem.refuses] == []
    placing.confirm(batch_id, matched(batch_id, astre).digest, by=astre)
    work()
    end_read()
    rows = db.session.scalars(select(TakeoverRow).order_by(TakeoverRow.line)).all()
    assert [(row.state, row.reason) for row in rows] == [("placed", None)] * 3
    assert db.session.scalars(select(Breach)).all() == []
    cases = [row.case_id for row in rows]
    twins = [lived(one[0], *one[2:]) for one in MEASURES]
    duties.watch_due()
    for mine, twin in zip(cases, twins, strict=True):
        for part in ("étapes", "dates", "rendez-vous"):
            assert what_falls_due(mine)[part] == what_falls_due(twin)[part]
        assert standing(mine) == standing(twin)
        assert money(mine) == money(twin)
    assert [standing(case_id)[-4:] for case_id in cases] == [(2, 2, 1, 1), (2, 1, 1, 1), (2, 1, 1, 0)]
    missed = {row.case_id for row in db.session.scalars(select(Breach))}
    assert missed == set(twins), "what was missed before the import is stated for cases that ran here alone"
    held = db.session.scalars(
        select(QuotaPlace.case_id).where(QuotaPlace.case_id.in_(cases)).order_by(QuotaPlace.held_at)
    ).all()
    assert [cases.index(case_id) for case_id in held] == [2, 0, 1]
