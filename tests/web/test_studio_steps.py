"""A diagram changed as a list, without a script and without a mouse."""

import re
from html import unescape

import pytest

from app.catalog.fingerprint import canonical_xml
from app.drawing import outline
from app.services import drafts, releases
from tests import build
from tests.web.marks import plain
from tests.web.server import PASSWORD, token_of

LIST = "/t/carene/atelier/diagrammes/validation/liste"
NAME = "bpmn/validation.bpmn"


@pytest.fixture
def designer(site):
    with site.app.app_context(), build.serving("carene"):
        build.a_user("conception", name="Inès", email="ines@carene.invalid", password=PASSWORD)
    return site.as_("ines@carene.invalid")


def kept(site, name: str = NAME) -> str:
    with site.app.app_context(), build.serving("carene"):
        draft = drafts.current()
        assert draft is not None
        return draft.files[name].decode()


def form(page: str, act: str, **changes: str) -> dict[str, str]:
    """What a browser would send of one form of the page, as shown, with changes."""
    found = next(
        one
        for one in re.findall(r"<form (.*?)</form>", page, re.DOTALL)
        if f'name="faire" value="{act}"' in one
    )
    sent = {"csrf_token": token_of(page)}
    for name, value in re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', found):
        sent.setdefault(name, unescape(value))
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', found, re.DOTALL):
        sent[name] = unescape(value)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', found, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = unescape(chosen[1]) if chosen else ""
    return {**sent, **changes}


@pytest.mark.parametrize("file", ["validation", "visite", "orientation", "revue", "suivi"])
def test_every_element_sent_back_as_shown_changes_nothing(designer, site, file):
    address = f"/t/carene/atelier/diagrammes/{file}/liste"
    designer.get(address)
    before = kept(site, f"bpmn/{file}.bpmn")
    for step in outline(before)[0].steps:
        page = designer.get(f"{address}?element={step.id}").text
        answer = designer.post(address, data=form(page, "changer"))
        assert answer.status_code == 302, (step.id, plain(answer.text)[:400])
    with site.app.app_context(), build.serving("carene"):
        released = releases.current().bundle.files[f"bpmn/{file}.bpmn"]
    assert canonical_xml(NAME, kept(site, f"bpmn/{file}.bpmn").encode()) == canonical_xml(NAME, released)


def test_a_second_validation_is_added_told_filled_in_and_taken_out(designer, site):
    before = outline(kept_after_opening(designer, site))[0]
    page = designer.get(f"{LIST}?element=valider_diagnostic").text
    answer = designer.post(LIST, data=form(page, "inserer", genre="userTask", nom_nouveau="Relire à deux"))
    assert "element=relire_a_deux" in answer.headers["Location"]
    page = designer.get(f"{LIST}?element=relire_a_deux").text
    assert "Erreur" in plain(page)  # a step without a form is told beside its form
    lane = before.steps[1].lane
    sent = form(
        page,
        "changer",
        formulaire="validation",
        couloir=lane,
        **{"delai.nombre": "14", "delai.unite": "jours"},
    )
    designer.post(LIST, data=sent)
    step = outline(kept(site))[0].step("relire_a_deux")
    assert step is not None
    assert step.properties == {"formulaire": "validation", "delai": '"P14D"'}
    assert step.lane == lane
    page = designer.get(f"{LIST}?element=relire_a_deux").text
    assert "Maintenant : 14 jours" in plain(page)
    designer.post(LIST, data=form(page, "retirer"))
    after = outline(kept(site))[0]
    assert [one.id for one in after.steps] == [one.id for one in before.steps]


def kept_after_opening(designer, site) -> str:
    designer.get(LIST)
    return kept(site)


@pytest.mark.parametrize(
    ("said", "made"),
    [
        (("jours", "21", ""), '"P21D"'),
        (("jours_ouvres", "5", ""), "jours_ouvres(5)"),
        (("mois", "3", ""), '"P3M"'),
        (("autre", "", "fin_de_mois(aujourdhui())"), "fin_de_mois(aujourdhui())"),
        (("jours", "", ""), None),
    ],
)
def test_a_delay_is_said_in_days_or_as_an_expression(designer, site, said, made):
    unit, number, expression = said
    page = designer.get(f"{LIST}?element=valider_diagnostic").text
    sent = form(
        page, "changer", **{"delai.unite": unit, "delai.nombre": number, "delai.expression": expression}
    )
    designer.post(LIST, data=sent)
    step = outline(kept(site))[0].step("valider_diagnostic")
    assert step is not None
    assert step.properties.get("delai") == made


def test_what_cannot_be_done_is_said_and_nothing_moves(designer, site):
    before = kept_after_opening(designer, site)
    start = outline(before)[0].steps[0].id
    page = designer.get(f"{LIST}?element=valider_diagnostic").text
    for sent in (
        form(page, "retirer", element=start),
        form(page, "retirer", element="absent"),
        form(page, "inserer", nom_nouveau=" "),
        form(page, "inserer", genre="scriptTask", nom_nouveau="Script"),
        form(page, "inserer", fleche="absente", nom_nouveau="Étape"),
        form(page, "changer", couloir="absent"),
        form(page, "changer", **{"delai.unite": "jours", "delai.nombre": "beaucoup"}),
        form(page, "changer", faire="autre"),
    ):
        answer = designer.post(LIST, data=sent)
        assert answer.status_code == 422, sent
        assert "Rien n'est changé" in plain(answer.text)
    assert kept(site) == before


def test_messages_and_repeats_are_said_in_the_list(designer, site):
    address, name = "/t/carene/atelier/diagrammes/mobilisation/liste", "bpmn/mobilisation.bpmn"
    designer.get(address)
    steps = outline(kept(site, name))[0].steps
    waits = next(step for step in steps if step.waits_for and step.host)
    repeated = next(step for step in steps if step.repeat)
    page = designer.get(f"{address}?element={waits.id}").text
    assert "Attend le message" in plain(page)
    designer.post(address, data=form(page, "changer", evenement="pole_decide"))
    page = designer.get(f"{address}?element={repeated.id}").text
    assert "Nom d'un élément de la liste" in plain(page)
    designer.post(address, data=form(page, "changer", repetition="successive"))
    page = designer.get(f"{address}?element={repeated.id}").text
    attached = form(page, "evenement", nom_nouveau="Le ménage part", genre="signal", evenement="depart")
    assert designer.post(address, data=attached).status_code == 302
    found = outline(kept(site, name))[0]
    assert found.step(waits.id).waits_for == "pole_decide"
    assert found.step(repeated.id).repeat.sequential
    assert (found.step("le_menage_part").event, found.step("le_menage_part").waits_for) == (
        "signal",
        "depart",
    )
    page = designer.get(f"{address}?element={repeated.id}").text
    told = plain(page)
    assert "signal « depart »" in told and "une fois par élément, l'une après l'autre" in told
    answer = designer.post(address, data=form(page, "changer", **{"repetition.liste": ""}))
    assert (answer.status_code, kept(site, name).count("multiInstance")) == (422, 2)


@pytest.mark.parametrize("field", ["nom", "bouton", "delai.expression", "resultats", "consigne", "pourquoi"])
def test_a_character_that_no_file_holds_is_refused_journalled_and_changes_nothing(designer, site, field):
    before = kept_after_opening(designer, site)
    page = designer.get(f"{LIST}?element=valider_diagnostic").text
    sent = form(page, "changer", **{"delai.unite": "autre", field: "Relire\x01 \ufffe"})
    answer = designer.post(LIST, data=sent)
    assert answer.status_code == 422
    assert "caractère invisible" in plain(answer.text)
    assert kept(site) == before
    with site.app.app_context(), build.serving("carene"):
        assert [line.details["genre"] for line in build.the_journal("atelier.refuse")] == ["texte"]


def test_two_designers_do_not_write_over_each_other(designer, site):
    page = designer.get(f"{LIST}?element=valider_diagnostic").text
    designer.post(LIST, data=form(page, "changer", nom="La première"))
    answer = designer.post(LIST, data=form(page, "changer", nom="La seconde"))
    assert answer.status_code == 409
    assert 'name="La première"' in kept(site)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "{{ 7*7 }}", '" onload="x', "]]>"])
def test_a_name_is_a_text_whatever_it_holds(designer, site, hostile):
    page = designer.get(f"{LIST}?element=valider_diagnostic").text
    designer.post(LIST, data=form(page, "changer", nom=hostile))
    step = outline(kept(site))[0].step("valider_diagnostic")
    assert step is not None
    assert step.name == hostile
    shown = designer.get(f"{LIST}?element=valider_diagnostic").text
    assert "<script>alert" not in shown
    assert '" onload="x"' not in shown


def test_pages_that_are_not_there_and_people_who_may_not(designer, site):
    assert designer.get("/t/carene/atelier/diagrammes/absent/liste").status_code == 404
    assert designer.get(f"{LIST}?element=absent").status_code == 200
    assert site.as_("technicien@carene.invalid").get(LIST).status_code == 403
