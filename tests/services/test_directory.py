"""Who can help, here and now; the sheets behind it, their trace, the verbs that keep them fresh (ANG-5)."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.handlers import dispatch
from app.handlers.registry import Context, HandlerFault
from app.models import DirectorySheet, Message, Partner, ProcessInstance, StructureLink
from app.services import (
    acts,
    directory,
    directory_sheets,
    directory_words,
    effects,
    partners,
    releases,
    structure_links,
    task_view,
)
from app.services.directory_sheets import SheetMoved
from app.services.structure_links import LinkDead
from tests import build

TODAY = date(2026, 3, 2)


def keeper():
    return build.an_actor("administration")


def a_sheet(partner, *, verified=True, by=None, **facts):
    directory_sheets.save(partner.id, facts, version=0, by=by or keeper(), verified=verified)
    end_read()


def names(found):
    return [one.partner.name for one in found]


def of(found, name):
    return next(one for one in found if one.partner.name == name)


@pytest.fixture
def structures(carene):
    """An ADIL for everywhere and two associations, one of Besné alone; nobody has a sheet."""
    return {
        "adil": build.a_partner("adil", name="ADIL"),
        "besne": build.a_partner("clic", build.BESNE, name="CLIC de Besné"),
        "nazaire": build.a_partner("clic", build.SAINT_NAZAIRE, name="CLIC nazairien"),
    }


def test_a_structure_is_found_by_commune_tenure_income_and_need_with_the_reason_of_each(structures):
    a_sheet(structures["nazaire"], statuts=["locataire_prive"], revenus=["TM", "MO"], delai="sous 8 jours",
            delai_jours="8")  # fmt: skip
    a_sheet(structures["adil"], statuts=["proprietaire_occupant"], besoins=["droits"])
    found = directory.who_can_help(insee=build.SAINT_NAZAIRE, tenure="locataire_prive", income="TM")
    assert names(found) == ["CLIC nazairien"]
    assert of(found, "CLIC nazairien").reasons == (
        "couvre Saint-Nazaire", "reçoit : Locataires du parc privé", "revenus : Très modestes",
        "délai : sous 8 jours",
    )  # fmt: skip
    rights = directory.who_can_help(insee=build.BESNE, need="droits")
    assert [(one.partner.name, one.reasons) for one in rights] == [
        (
            "ADIL",
            (
                "intervient dans toutes les communes",
                "répond au besoin « Droits et litiges avec le bailleur »",
            ),
        )
    ]


def test_a_silent_sheet_excludes_nobody_and_a_kind_answers_for_it(
    structures,
):
    found = directory.who_can_help(insee=build.BESNE, tenure="heberge", need="accompagnement")
    assert names(found) == ["CLIC de Besné"]
    assert of(found, "CLIC de Besné").reasons == (
        "couvre Besné",
        "« Accompagnement social » : genre « CLIC »",
    )
    assert of(found, "CLIC de Besné").cautions == ("fiche jamais vérifiée",)


def test_who_takes_requests_is_near_and_was_verified_comes_first(structures):
    a_sheet(structures["nazaire"], accueil="non")
    a_sheet(build.a_partner("clic", build.SAINT_NAZAIRE, name="Une lente"), delai_jours="30")
    a_sheet(build.a_partner("clic", build.SAINT_NAZAIRE, name="Une rapide"), delai_jours="2")
    a_sheet(build.a_partner("clic", build.SAINT_NAZAIRE, name="À vérifier"), verified=False)
    found = directory.who_can_help(insee=build.SAINT_NAZAIRE)
    assert names(found) == ["Une rapide", "Une lente", "À vérifier", "ADIL", "CLIC nazairien"]
    assert of(found, "CLIC nazairien").cautions == ("ne prend pas de nouvelle demande en ce moment",)


def test_a_sheet_is_trusted_for_six_months(structures):
    a_sheet(structures["adil"])
    assert of(directory.who_can_help(on=date(2026, 9, 1)), "ADIL").cautions == ()
    stale = of(directory.who_can_help(on=date(2026, 9, 2)), "ADIL")
    assert stale.cautions == ("fiche à vérifier (vérifiée le 02/03/2026)",)


def choices_of(case, actor):
    end_read()
    view = task_view.open_task(build.the_task("decider_orientations", case=case).id, actor)
    return [item["libelle"] for item in view.context["annuaire"]]


def test_orientations_propose_the_fittest_first_and_say_why_to_whoever_may_read_it(structures):
    case = build.a_case("decider_orientations")
    decider = build.an_actor("travailleur_social")
    plain = [row.name for row in partners.listing(insee=build.SAINT_NAZAIRE) if row.active]
    assert choices_of(case, decider) == plain, "without a sheet the list is the one it was"
    a_sheet(structures["nazaire"], statuts=["locataire_prive"], revenus=["MO"])
    a_sheet(structures["adil"], statuts=["proprietaire_occupant"])
    shown = choices_of(case, decider)
    assert shown[-1] == "ADIL (plutôt reçoit : Propriétaires occupants ; intervient dans toutes les communes)"
    assert (
        "CLIC nazairien (couvre Saint-Nazaire ; reçoit : Locataires du parc privé ; revenus : Modestes)"
    ) in shown
    blind = directory.asked_for("locataire_prive", {"signalement": {}}, build.SAINT_NAZAIRE)
    assert blind.income == "", "an answer that may not be read is not asked for"


def test_each_change_leaves_a_trace_and_a_stale_page_changes_nothing(structures):
    row = structures["adil"]
    a_sheet(row, missions="Conseille.", competences=["juridique"], verified=False)
    directory_sheets.save(
        row.id, {"missions": "Conseille et informe."}, version=1, by=keeper(), verified=True
    )
    newest, first = directory_sheets.history(row.id)
    assert newest.changes == [
        ["Missions", "Conseille.", "Conseille et informe."], ["Compétences", "Juridique", ""],
        ["Vérification", "", "la fiche est juste"],
    ]  # fmt: skip
    assert (first.by, first.changes[0]) == ("administration", ["Missions", "", "Conseille."])
    assert build.the_journal("fiche.verifiee")[-1].details["champs"] == [
        "Missions", "Compétences", "Vérification",
    ]  # fmt: skip
    with pytest.raises(SheetMoved, match="rien n'a été enregistré"):
        directory_sheets.save(row.id, {"missions": "Perdu."}, version=1, by=keeper())
    end_read()
    kept = directory_sheets.sheet(row.id)
    assert kept.row is not None and kept.row.missions == "Conseille et informe."
    assert (kept.fresh, kept.row.verified_on, kept.row.verified_by) == (True, TODAY, "administration")


WRONG = [
    ({"site": "javascript:alert(1)"}, "site"),
    ({"site": "http://["}, "site"),
    ({"delai_jours": "-3"}, "delai_jours"),
    ({"delai_jours": "999"}, "delai_jours"),
    ({"competences": ["magie"]}, "competences"),
    ({"missions": "x" * 2001}, "missions"),
    ({"contact": "deux\nlignes"}, "contact"),
    ({"capacite": "nul\x00"}, "capacite"),
    ({"accueil": "peut-être"}, "accueil"),
]


def test_what_does_not_fit_a_sheet_is_refused_by_field(structures):
    for facts, field in WRONG:
        with pytest.raises(Invalid) as refused:
            directory_sheets.save(structures["adil"].id, facts, version=0, by=keeper())
        assert set(refused.value.problems) == {field}, facts
    end_read()
    assert db.session.scalar(select(DirectorySheet)) is None


def test_only_keepers_and_the_structure_itself_change_a_sheet(structures):
    other = build.an_actor("technicien")
    for act in (
        lambda: directory_sheets.save(structures["adil"].id, {}, version=0, by=other),
        lambda: directory_sheets.verify(structures["adil"].id, by=other),
        lambda: structure_links.give(structures["adil"].id, "fiche", by=other),
    ):
        with pytest.raises(Forbidden):
            act()
    token = structure_links.give(structures["adil"].id, "fiche", by=keeper()).rpartition("/")[2]
    with structure_links.holding(token) as held:
        directory_sheets.save(
            held.partner_id,
            {"missions": "La nôtre."},
            version=0,
            by=held.actor,
            verified=True,
            link_id=held.id,
        )
        with pytest.raises(Forbidden):
            directory_sheets.verify(structures["besne"].id, by=held.actor)
    end_read()
    assert db.session.scalars(select(StructureLink)).one().answered_at is not None
    assert directory_sheets.history(structures["adil"].id)[0].by == "ADIL"


def test_a_newer_link_an_old_one_and_a_structure_that_left_end_what_a_link_opens(structures):
    adil = structures["adil"]
    first, second = (structure_links.give(adil.id, "fiche", by=keeper()).rpartition("/")[2] for _ in "ab")
    with pytest.raises(LinkDead), structure_links.holding(first):
        pass
    with build.later(days=59), structure_links.holding(second) as held:
        assert held.name == "ADIL"
    with build.later(days=61), pytest.raises(LinkDead), structure_links.holding(second):
        pass
    with transaction() as session:
        session.get_one(Partner, adil.id).active = False
    with pytest.raises(LinkDead), structure_links.holding(second):
        pass
    for unknown, purpose in ((uuid4(), "fiche"), (structures["besne"].id, "ailleurs")):
        with pytest.raises(NotFound):
            structure_links.give(unknown, purpose, by=keeper())


# The verbs, in a step of the territory


@pytest.fixture
def step(structures):
    """Runs a verb as a step of a process of the territory would; gives back what it put out."""
    facts = {
        "genre": "stand", "titre": "Stand", "date_evenement": date(2026, 3, 10), "commune": "44184",
        "lieu": "Ici",
    }  # fmt: skip
    process_id = acts.start("animation", None, facts, by=build.an_actor("travailleur_social"))
    release = releases.current()

    def run(verb, **parameters):
        process = db.session.get_one(ProcessInstance, process_id)
        context = Context(
            territory_id=process.territory_id, territory_name="CARENE", live={}, bundle=release.bundle,
            process_id=process_id, case_id=None, element="verbe", scope=None, now=clock.now(), names={},
        )  # fmt: skip
        result = dispatch(verb, parameters, context)
        with transaction() as session:
            effects.apply(session.get_one(ProcessInstance, process_id), result.effects, release)
        return result.output

    return run


def test_the_verbs_list_the_sheets_to_verify_and_note_that_one_was(structures, step):
    a_sheet(structures["adil"])
    found = step("fiches_a_verifier")
    assert "ADIL" not in found["noms"] and "CLIC de Besné" in found["noms"]
    assert found["nombre"] == len(found["structures"])
    with build.later(days=200):
        assert step("fiches_a_verifier")["structures"][-1] == str(structures["adil"].id), "the oldest first"
        assert step("verifier_fiche", partenaire=str(structures["adil"].id))
        end_read()
        assert directory_sheets.sheet(structures["adil"].id).fresh
        assert directory_sheets.history(structures["adil"].id)[0].by == "travailleur_social"
    assert str(structures["adil"].id) in step("fiches_a_verifier", delai="P1D", au="2027-01-01")["structures"]
    with pytest.raises(HandlerFault, match="n'est pas à l'annuaire"):
        step("verifier_fiche", partenaire=str(uuid4()))
    with pytest.raises(HandlerFault):
        step("fiches_a_verifier", delai="six mois")


def test_structures_are_written_to_with_a_link_of_their_own(structures, step):
    wrote = step("ecrire_aux_structures", objet="fiche", message="rappel_tache",
                 structures=[str(structures["adil"].id), str(structures["besne"].id)])  # fmt: skip
    assert (wrote["nombre"], wrote["noms"]) == (2, "ADIL, CLIC de Besné")
    end_read()
    assert len(db.session.scalars(select(StructureLink)).all()) == 2
    sent = {
        row.recipient for row in db.session.scalars(select(Message).where(Message.kind == "rappel_tache"))
    }
    assert sent == {structures["adil"].email, structures["besne"].email}


def test_the_words_of_a_sheet_are_those_of_the_territory(structures):
    words = directory_words.words_of(releases.current().settings.directory)
    assert words["statuts"]["locataire_prive"] == "Locataires du parc privé"
    assert directory_words.said(["TM", "disparu"], words["revenus"]) == "Très modestes, disparu"
