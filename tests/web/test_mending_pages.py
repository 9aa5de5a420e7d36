"""« Conduite du parcours »: who may act, what is told before, and what a wrong click cannot do."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.database import db, end_read
from app.models import Mend, ProcessInstance, Submission, Task
from app.services import mending, starting
from tests import build
from tests.web.conftest import Site
from tests.web.marks import plain
from tests.web.server import PASSWORD, token_of

WHY = "Le diagnostic porte sur le mauvais logement."


@dataclass(frozen=True)
class House:
    """The server, with a case: its reference, its process, the step that waits."""

    site: Site
    case: tuple[str, UUID, UUID]

    @property
    def app(self):
        return self.site.app

    def as_(self, email):
        return self.site.as_(email)


@pytest.fixture
def house(site):
    """CARENE with its pôle, and a case whose diagnostic waits for its validation."""
    with site.app.app_context(), build.serving("carene"):
        build.a_user("coordinatrice_pole", name="Pôle", email="pole@carene.invalid", password=PASSWORD)
        case = build.a_case("valider_diagnostic")
        known = (case.reference, case.process_id, build.the_task("valider_diagnostic").id)
        db.session.remove()
    return House(site, known)


def _as(house, email="pole@carene.invalid"):
    client = house.as_(email)
    client.get("/", follow_redirects=True)
    return client


def post(client, path, /, **form):
    """Send a form with the token of a page of the same session."""
    return client.post(path, data={"csrf_token": token_of(client.get("/aide").text), **form})


def _address(house, rest=""):
    return f"/t/carene/parcours/{house.case[1]}{rest}"


def _version(house):
    with house.app.app_context(), build.serving("carene"):
        end_read()
        return db.session.get_one(ProcessInstance, house.case[1]).version


def _open(house):
    with house.app.app_context(), build.serving("carene"):
        return sorted(task.element for task in build.open_tasks())


def _mends(house):
    with house.app.app_context(), build.serving("carene"):
        end_read()
        return [row.kind for row in db.session.scalars(select(Mend).order_by(Mend.version))]


def _key(house, element):
    with house.app.app_context(), build.serving("carene"):
        targets = mending.targets(house.case[1], house.case[2])
        return next(item.key for item in targets if item.element == element)


def test_the_page_shows_where_the_process_stands_and_what_may_be_done(house):
    page = _as(house).get(_address(house)).text
    said = plain(page)
    assert "Valider le diagnostic" in said
    for words in ("Suspendre le parcours", "Annuler le parcours", "Passer l'étape", "Déplacer vers…"):
        assert words in said
    assert "Personne n'est intervenu" in said
    assert 'id="liste-validation"' in page


def test_the_administration_may_hold_but_not_mend_and_reads_no_name(house):
    client = _as(house, "admin@carene.invalid")
    page = client.get(_address(house)).text
    assert "Suspendre le parcours" in page
    assert "Annuler le parcours" not in page
    assert "Passer l'étape" not in plain(page)
    assert "Corriger une réponse" not in page
    assert "Moreau" not in page
    assert client.get(_address(house, "/annuler")).status_code == 403
    assert client.get(_address(house, f"/passer/{house.case[2]}")).status_code == 403


@pytest.mark.parametrize("who", ["ecorenove", "social", "technicien", "signaleur"])
def test_other_roles_neither_see_the_link_nor_open_the_page(house, who):
    client = _as(house, f"{who}@carene.invalid")
    assert client.get(_address(house)).status_code == 403
    assert post(client, _address(house, "/suspendre"), motif=WHY, version="1").status_code == 403
    assert "Conduite du parcours" not in client.get(f"/t/carene/dossiers/{house.case[0]}").text


def test_the_case_leads_to_the_conduct_of_its_process(house):
    page = _as(house).get(f"/t/carene/dossiers/{house.case[0]}").text
    assert f'href="{_address(house)}"' in page


def test_a_process_is_suspended_then_taken_up_again(house):
    client = _as(house)
    assert "reportées" in client.get(_address(house, "/suspendre")).text
    answer = post(client, _address(house, "/suspendre"), motif=WHY, version=str(_version(house)))
    assert answer.status_code == 302
    page = plain(client.get(_address(house)).text)
    assert "Rien n'avance dans ce parcours" in page
    assert "Passer l'étape" not in page
    assert WHY in page
    post(client, _address(house, "/reprendre"), motif="C'est réglé.", version=str(_version(house)))
    assert _mends(house) == ["suspend", "resume"]


def test_an_answer_to_a_suspended_process_comes_back_with_what_was_typed(house):
    client = _as(house)
    post(client, _address(house, "/suspendre"), motif=WHY, version=str(_version(house)))
    social = _as(house, "social@carene.invalid")
    task = f"/t/carene/taches/{house.case[2]}"
    answer = post(social, task, complet="non", a_completer="La visite du logement voisin", _action="envoyer")
    assert answer.status_code == 409
    assert "suspendu" in plain(answer.text)
    assert "La visite du logement voisin" in answer.text
    assert "La visite du logement voisin" in social.get(task).text
    assert _open(house) == ["valider_diagnostic"]


def test_what_a_return_will_do_is_told_first_and_done_once_it_was_read(house):
    client, address = _as(house), _address(house, f"/revenir/{house.case[2]}")
    assert "Réaliser la visite" in client.get(address).text
    form = {"vers": _key(house, "realiser_visite"), "motif": WHY, "version": str(_version(house))}
    told = post(client, address, **form)
    assert told.status_code == 200
    said = plain(told.text).replace("\u202f", " ")
    assert "« Valider le diagnostic » sera quittée sans réponse." in said
    assert "« Réaliser la visite » sera à faire." in said
    assert _open(house) == ["valider_diagnostic"]
    assert _mends(house) == []
    assert post(client, address, **form, lu="oui").status_code == 302
    assert _open(house) == ["realiser_visite"]
    again = post(client, address, **form, lu="oui")  # a second click
    assert again.status_code == 409
    assert _mends(house) == ["repeat"]


def test_a_step_is_passed_with_what_the_route_needs_to_know(house):
    client, address = _as(house), _address(house, f"/passer/{house.case[2]}")
    page = client.get(address)
    assert 'name="complet"' in page.text
    assert 'name="a_completer"' not in page.text
    form = {"motif": WHY, "version": str(_version(house)), "complet": "non"}
    told = post(client, address, **form)
    assert "« Établir le diagnostic » sera à faire." in plain(told.text).replace("\u202f", " ")
    assert 'name="complet" value="non"' in told.text
    assert post(client, address, **form, lu="oui").status_code == 302
    assert _open(house) == ["etablir_diagnostic"]
    assert _mends(house) == ["skip"]


def test_an_intervention_is_undone_until_the_next_step(house):
    client = _as(house)
    with house.app.app_context(), build.serving("carene"):
        by = build.an_actor("coordinatrice_pole", name="Pôle")
        mend = mending.repeat(house.case[1], _key(house, "realiser_visite"), reason=WHY, by=by)
        db.session.remove()
    assert "Annuler cette intervention" in plain(client.get(_address(house)).text)
    assert post(client, _address(house, f"/interventions/{mend}/annuler")).status_code == 302
    assert _open(house) == ["valider_diagnostic"]
    page = plain(client.get(_address(house)).text)
    assert "Annuler cette intervention" not in page
    assert "Annulée par Pôle" in page
    post(client, _address(house, f"/interventions/{mend}/annuler"))  # a second click
    assert _open(house) == ["valider_diagnostic"]


def test_a_form_made_before_the_process_moved_changes_nothing(house):
    client, stale = _as(house), str(_version(house))
    with house.app.app_context(), build.serving("carene"):
        build.complete("valider_diagnostic")
        db.session.remove()
    answer = post(client, _address(house, "/suspendre"), motif=WHY, version=stale)
    assert answer.status_code == 302
    assert "Le parcours a avancé" in plain(client.get(answer.location).text)
    assert post(client, _address(house, "/annuler"), motif=WHY).status_code == 302
    gone = client.get(_address(house, f"/passer/{house.case[2]}"))
    assert gone.status_code == 409
    assert _mends(house) == []


def test_a_form_without_a_reason_or_a_target_says_what_is_missing(house):
    client, version = _as(house), str(_version(house))
    answer = post(client, _address(house, "/suspendre"), motif="  ", version=version)
    assert answer.status_code == 422
    assert 'href="#motif"' in answer.text
    moved = post(client, _address(house, f"/deplacer/{house.case[2]}"), version=version)
    assert moved.status_code == 422
    assert 'href="#vers"' in moved.text
    odd = post(client, _address(house, f"/deplacer/{house.case[2]}"), motif=WHY, vers="9/nulle_part")
    assert odd.status_code == 409
    assert _mends(house) == []


@pytest.mark.parametrize("typed", ["", "hier", "2020-01-01", "9999-12-31", "2026-02-31"])
def test_a_date_that_is_none_or_past_is_refused_in_words(house, typed):
    client, address = _as(house), _address(house, f"/echeance/{house.case[2]}")
    answer = post(client, address, echeance=typed, motif=WHY, version=str(_version(house)))
    assert answer.status_code == 422
    assert 'href="#echeance"' in answer.text


def test_a_due_date_is_moved_from_its_form(house):
    client, address = _as(house), _address(house, f"/echeance/{house.case[2]}")
    day = date.today() + timedelta(days=40)  # noqa: DTZ011 - the server's clock is the wall's here
    form = {"echeance": day.isoformat(), "motif": WHY, "version": str(_version(house))}
    assert post(client, address, **form).status_code == 302
    with house.app.app_context(), build.serving("carene"):
        due = db.session.get_one(Task, house.case[2]).due_at
        assert due.date() in {day, day + timedelta(days=1)}
    assert post(client, address, **form).status_code == 302  # the same form again changes nothing
    assert _mends(house) == ["due"]


def test_giving_up_says_that_the_case_closes_and_closes_it(house):
    client = _as(house)
    said = plain(client.get(_address(house, "/annuler")).text)
    assert "le dossier sera clos" in said
    post(client, _address(house, "/annuler"), motif=WHY, version=str(_version(house)))
    assert _open(house) == []
    page = plain(client.get(_address(house)).text)
    assert "Annulé" in page
    assert "Annuler cette intervention" in page


def test_an_answer_is_put_right_in_its_own_form_without_what_may_not_be_read(house):
    with house.app.app_context(), build.serving("carene"):
        alert = db.session.scalars(select(Submission).where(Submission.form == "signalement")).one()
        secret = str(alert.secret)
        alert_id = alert.id
        db.session.remove()
    client = _as(house)
    page = client.get(_address(house, f"/reponses/{alert_id}"))
    assert page.status_code == 200
    assert "Lucie" in page.text or "Moreau" in page.text
    assert 'name="handicap"' not in page.text
    assert "handicap" in secret or "sante_fragile" in secret
    assert client.get(f"/t/carene/parcours/{uuid4()}/reponses/{alert_id}").status_code == 404


def test_a_process_of_another_territory_is_not_found(house, elsewhere):
    with house.app.app_context():
        with build.serving(elsewhere):
            build.a_user(
                "coordinatrice_pole", name="Autre pôle", email="pole@ailleurs.invalid", password=PASSWORD
            )
        db.session.remove()
    client = _as(house, "pole@ailleurs.invalid")
    process_id, task_id = house.case[1:]
    base = f"/t/{elsewhere}/parcours/{process_id}"
    for rest in (
        "",
        "/schema/validation.bpmn",
        "/suspendre",
        f"/passer/{task_id}",
        f"/echeance/{task_id}",
        "/annuler",
    ):
        assert client.get(base + rest).status_code == 404, rest
    for rest in ("/suspendre", f"/deplacer/{task_id}", f"/echeance/{task_id}", "/annuler"):
        assert post(client, base + rest, motif=WHY, version="1", vers="x").status_code == 404, rest
    assert client.get(_address(house)).status_code == 404
    assert _mends(house) == []


def test_an_armed_review_has_its_page_too(house):
    with house.app.app_context(), build.serving("carene"):
        starting.arm_all()
        review = build.the_process(process="revue").id
        timer = build.the_timer("trimestre_echu").id
        db.session.remove()
    client = _as(house)
    page = client.get(f"/t/carene/parcours/{review}")
    assert page.status_code == 200
    assert "Attend une date" in plain(page.text)
    assert client.get(f"/t/carene/parcours/{review}/schema/revue.bpmn").status_code == 200
    assert client.get(f"/t/carene/parcours/{review}/echeance/{timer}").status_code == 200
    assert "prochain tour" in plain(client.get(f"/t/carene/parcours/{review}/annuler").text)
