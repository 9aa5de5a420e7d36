"""The papers of an ASTRE measure, laid out from a real case, and the household's opinion by link."""

import io
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from marshmallow import ValidationError
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from app.database import db
from app.errors import Gone, NotFound
from app.models import Case, Submission, Territory
from app.services import documents, indicators, invitation_links, perimeter, task_view, tasks
from app.services.cases import OpenedAlert
from app.services.indicators_periods import Period
from app.services.indicators_sums import TOTAL
from tests import build
from tests.processes import astre_house as house

MONDAY: Final = "2026-02-02"
HAND: Final = "40,120 85,50 90,110 75,150 140,90 150,120 196,116;200,60 210,150;230,95 270,80 320,85 460,100"
GOAL: Final = (
    "Vivre dans un logement chauffé et sain, sans dette d'énergie, et savoir à qui s'adresser ensuite. "
    "Madame Caron souhaite rester chez elle et pouvoir recevoir ses petits-enfants."
)
CONTRACT: Final[dict[str, Any]] = {
    "objectif": GOAL,
    "etapes": [
        {"etape": "Reprendre le budget et les factures", "pour_le": date(2026, 3, 15)},
        {"etape": "Monter le dossier d'aides avec l'accompagnateur", "pour_le": date(2026, 5, 31)},
        {"etape": "Préparer le chantier et le relogement"},
    ],
    "frequence": "Au moins deux rencontres par mois, dont une à domicile",
    "engagements_menage": "Participer aux rencontres, donner les documents utiles, dire ce qui change.",
    "engagements_referent": "Rencontrer le ménage deux fois par mois au moins, coordonner les intervenants.",
    "signature_menage": {"nom": "Odette Caron", "accord": "oui", "trace": HAND},
    "signature_operateur": {"nom": "Claire Delattre", "accord": "oui", "trace": HAND},
}
PLAN: Final[dict[str, Any]] = {
    "cout": "42000",
    "lignes": [
        {"aide": "anah", "demande": "27000", "accorde": "25000.50", "avance": "9000"},
        {"aide": "fonds_travaux", "demande": "8000", "accorde": "8000", "verse": "0"},
        {"aide": "menage", "demande": "3000"},
    ],
}
REPORT: Final[dict[str, Any]] = {
    "visites": 12, "visites_domicile": 7,
    "effets": "Les factures sont échelonnées et le dossier d'aides est complet. Madame ouvre son courrier.",
    "difficultes": ["budget", "sante"], "difficultes_detail": "Fatigue importante depuis l'hiver.",
    "avancement": "finance", "conclusion": "poursuivre", "prevention": False,
    "financement": "Le plan attend l'accord de la caisse de retraite.",
    "conclusion_motif": "Suivre le chantier, puis l'usage du logement.",
}  # fmt: skip


@pytest.fixture
def astre(app: Flask, tmp_path: Path) -> Iterator[Territory]:
    """The Département being served."""
    with house.on(MONDAY), house.serving(app, tmp_path) as territory:
        yield territory


def signed_measure(**saisine: Any) -> OpenedAlert:
    """Carry a saisine to its contract, signed on screen by two people."""
    with house.on(MONDAY, 9):
        case = house.saisine(**saisine)
        house.to_committee(case)
        house.answer("etablir_contrat", case, debut=date(2026, 2, 2), **CONTRACT)
        build.pump()
    return case


def paper(template: str) -> PdfReader:
    """Lay out the document of that template; return it."""
    (row,) = [row for row in build.the_documents() if row.template == template]
    documents.render(str(row.id))
    content, _, mime = documents.open_document(row.id, house.spslh())
    assert mime == "application/pdf"
    if kept := os.environ.get("RELAIS_SCREENSHOTS"):
        (Path(kept) / f"{template}.pdf").write_bytes(content)
    return PdfReader(io.BytesIO(content))


def words(made: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in made.pages)


def tags(made: PdfReader) -> list[DictionaryObject]:
    """Return every element of the document's structure."""
    found: list[DictionaryObject] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, DictionaryObject) and "/S" in node:
            found.append(node)
            walk(node.get("/K", DictionaryObject()))
        elif isinstance(node, DictionaryObject) and "/K" in node:
            walk(node["/K"])

    root: Any = made.trailer["/Root"]
    walk(root["/StructTreeRoot"])
    return found


def accessible(made: PdfReader, title: str) -> set[str]:
    """Check what a screen reader needs of any paper; return the kinds of its elements."""
    root: Any = made.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert made.metadata is not None
    assert made.metadata.title == title
    kinds = {str(tag["/S"]) for tag in tags(made)}
    assert kinds & {"/H1", "/H"}
    return kinds


def test_the_contract_says_its_terms_and_shows_both_drawn_signatures(astre: Territory) -> None:
    """AST-5: aim, steps, frequency, duration, commitments, start, two signatures; tagged."""
    signed_measure()
    made = paper("contrat_astre")
    text = words(made)
    for said in (
        GOAL[:60], "Reprendre le budget", "dimanche 15 mars 2026", "lundi 2 février 2026", "douze mois",
        "dont une à domicile", "Signé par Odette Caron", "Signé par Claire Delattre", house.OPERATORS[0],
    ):  # fmt: skip
        assert said in text, said
    assert "non renseigné" not in text
    kinds = accessible(made, "Contrat d'accompagnement ASTRE")
    assert {"/H2", "/Table", "/TH", "/TD"} <= kinds
    drawings = [tag for tag in tags(made) if str(tag["/S"]) == "/Figure"]
    assert [str(tag["/Alt"]) for tag in drawings] == ["Signature dessinée"] * 2
    assert len(made.pages) <= 2


def test_the_bilan_the_evaluation_and_the_opinion_of_the_household_by_link(astre: Territory) -> None:
    """AST-7, AST-12: the reports with the financing plan; the survey answered without an account, counted."""
    case = signed_measure(courriel="odette.caron@menage.invalid")
    chosen = str(house.structure("mar", "Rénov'Conseil").id)
    with house.on("2026-02-16"):
        house.answer("envoyer_contrat", case, envoye_le=date(2026, 2, 16))
        house.answer("contacter_mar", case, mar=chosen)
        house.answer("monter_dossier", case)
        house.answer("boucler_plan", case, **PLAN)
    house.pump_on("2026-07-13")
    with house.on("2026-07-20"):
        house.answer("rediger_bilan", case, **REPORT)
        made = paper("bilan_astre")
        text = words(made)
        for said in (
            "Bilan à 6 mois", "12", "dont 7 à domicile", "Budget, endettement ; Santé", "Fatigue importante",
            "Plan de financement bouclé", "25 000,50 €", "9 000 €", "Oui, poursuivre", "MDS de l'Arrageois",
            "SLISL de l'Arrageois",
        ):  # fmt: skip
            assert said in text, said
        assert {"/Table", "/TH"} <= accessible(made, "Bilan intermédiaire ASTRE")
        house.answer("transmettre_bilan", case)
        build.pump()
        for who in house.THREE:
            house.answer(f"accuser_{who}", case)
    house.pump_on("2027-02-03")
    with house.on("2027-02-05"):
        house.answer("evaluer_mesure", case, visites=26, visites_domicile=15)
        made = paper("evaluation_astre")
        assert "26, dont 15 à domicile" in words(made)
        accessible(made, "Évaluation finale ASTRE")
        build.pump()
        token = the_link("odette.caron@menage.invalid")
        with invitation_links.holding(token) as held:
            view = task_view.open_task(held.task_id, held.actor)
            given = build.sample(view.form, view.context, classes=view.classes, satisfaction="satisfait")
            tasks.complete(held.task_id, given, by=held.actor)
        assert db.session.get_one(Case, case.case_id).status == "closed"
        (said_by,) = [
            row.author
            for row in db.session.scalars(db.select(Submission).where(Submission.case_id == case.case_id))
            if row.form == "satisfaction"
        ]
        assert said_by == "ménage"
        counted = indicators.figures(Period(date(2027, 1, 1), date(2027, 12, 31)))
        assert counted["satisfaction"][TOTAL].value == 100
        with pytest.raises(Gone), invitation_links.holding(token):
            pass


def the_link(recipient: str) -> str:
    """Return the token of the household's link; its mail says nothing of the case."""
    mail = build.the_message("satisfaction_demandee")
    assert mail.recipient == recipient
    assert "Caron" not in mail.body
    assert "DOS-" not in mail.body
    found = re.search(r"/r/([\w-]+)", mail.body)
    assert found is not None
    return found[1]


def test_without_an_address_the_referent_gives_the_link_or_notes_the_paper(astre: Territory) -> None:
    """AST-12: by link, on paper, by telephone."""
    case = signed_measure(courriel=None)
    with house.on("2026-02-16"):
        house.answer("envoyer_contrat", case, envoye_le=date(2026, 2, 16))
    house.pump_on("2027-02-03")
    with house.on("2027-02-05"):
        house.answer("evaluer_mesure", case)
        build.pump()
        assert build.the_messages("satisfaction_demandee") == []
        step = build.the_task("recueillir_satisfaction", case=case)
        referent = house.person("referent", house.structure("operateur", house.OPERATORS[0]))
        first = token_of(invitation_links.renew(step.id, referent))
        other = house.person("referent", house.structure("operateur", house.OPERATORS[1]))
        with perimeter.serving(other), pytest.raises(NotFound):
            invitation_links.renew(step.id, other)
        with invitation_links.holding(first) as held:
            assert held.task_id == step.id
        house.answer("recueillir_satisfaction", case, by=referent, canal="papier")
        assert db.session.get_one(Case, case.case_id).status == "closed"


def token_of(address: str) -> str:
    """Return the secret part of a link."""
    return address.rpartition("/")[2]


def test_a_rupture_and_a_refusal_are_told_on_paper(astre: Territory) -> None:
    """AST-8, AST-4: explained to the SPSLH; reasons written to the structure, in an envelope's window."""
    case = signed_measure()
    with house.on("2026-04-02"):
        house.act(
            "rupture", case, type="rupture", date=date(2026, 4, 1), motif="demenagement",
            explication="Madame part vivre chez sa fille.",
        )  # fmt: skip
        made = paper("avis_rupture")
        text = words(made)
        for said in (
            "Rupture",
            "mercredi 1er avril 2026",
            "Déménagement ou vente",
            "chez sa fille",
            house.OPERATORS[0],
        ):
            assert said in text, said
        accessible(made, "Sortie ou rupture d'une mesure ASTRE")
        refused = house.saisine(nom="Delcourt")
        house.answer("donner_avis", refused)
        house.answer(
            "verifier_eligibilite", refused, avis="defavorable", motifs=["plus_value"],
            explication="Le projet ne change pas le logement.",
        )  # fmt: skip
        made = paper("decision_comite")
        text = words(made)
        for said in ("MDS de l'Arrageois", "Inès Lefebvre", "Delcourt", "ne change pas"):
            assert said in text, said
        assert len(made.pages) == 1
        accessible(made, "Décision sur la saisine ASTRE")


def test_a_drawing_that_is_no_drawing_is_refused_in_words(astre: Territory) -> None:
    """AST-5: points outside the frame, markup, a novel: the sentence says what to do."""
    case = house.saisine()
    house.to_committee(case)
    for drawing in ("900,1 2,2", '1,1"/><script>', "1,1 " * 5000):
        signed = {**CONTRACT["signature_menage"], "trace": drawing}
        with pytest.raises(ValidationError, match="signez"):
            house.answer(
                "etablir_contrat", case, debut=date(2026, 2, 2), **CONTRACT | {"signature_menage": signed}
            )


def test_a_visit_leaves_a_sheet_without_the_notes_of_the_referent_and_a_missed_one_leaves_none(
    astre: Territory,
) -> None:
    """AST-6: what was talked of and the next date stay with the household; what is social does not."""
    case = signed_measure()
    with house.on("2026-02-10"):
        house.act("visite_mesure", case, date=date(2026, 2, 10), issue="absent")
        assert [row for row in build.the_documents() if row.template == "fiche_visite"] == []
        house.act(
            "visite_mesure", case, date=date(2026, 2, 10), issue="realisee", lieu="domicile", duree=75,
            qui="Claire Delattre", presents="Odette Caron et sa fille",
            sujets=["financement", "usage"], notes="Dettes de jeu.", prochaine=date(2026, 2, 24),
        )  # fmt: skip
        made = paper("fiche_visite")
    text = words(made)
    for said in ("mardi 10 février 2026", "75 min", "À domicile", "Odette Caron et sa fille",
                 "Plan de financement", "mardi 24 février 2026", "Le ménage"):  # fmt: skip
        assert said in text, said
    assert "Dettes de jeu" not in text
    assert "non renseigné" not in text
    accessible(made, "Fiche de visite ASTRE")
    assert len(made.pages) == 1
