"""The inbox's page and what is done from it: without a script, by those who may, telling what was refused."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import clock
from app.database import db
from app.models import Task
from app.services import claims
from tests import build
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

WHO = "ecorenove@carene.invalid"


@pytest.fixture
def three(site: Site) -> list[UUID]:
    """Three alerts to be analysed, and a colleague (Boris) of the same team."""
    with site.app.app_context(), build.serving("carene"):
        for name in ("Abgrall", "Bihan", "Corre"):
            build.a_case(alert={"nom": name})
        build.a_user("ecorenove", name="Boris", email="boris@carene.invalid", password=PASSWORD)
        found = [task.id for task in build.open_tasks()]
        db.session.remove()
    return found


def page(client, **query):
    answer = client.get("/t/carene/", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.text


def send(client, path, query=None, **form):
    token = token_of(client.get("/t/carene/?vue=equipe").text)
    return client.post(f"/t/carene/{path}", query_string=query, data={"csrf_token": token, **form})


def told(client, answer):
    assert answer.status_code == 302, answer.text
    return client.get(answer.location).text.replace("\xa0", " ").replace("\u202f", " ")


def holders(site):
    with site.app.app_context(), build.serving("carene"):
        names = {task.claimed_by for task in build.open_tasks()}
        db.session.remove()
    return names


def user_id(site, name="Boris"):
    with site.app.app_context(), build.serving("carene"):
        found = build.a_user("ecorenove", name=name, email=f"{name.lower()}@carene.invalid").id
        db.session.remove()
    return found


def test_the_page_lists_searches_filters_sorts_and_keeps(site, three):
    client = site.as_(WHO)
    shown = page(client, vue="equipe")
    assert all(name in shown for name in ("Abgrall", "Bihan", "Corre"))
    assert "Bihan" in page(client, vue="equipe", q="bihan")
    assert "Abgrall" not in page(client, vue="equipe", q="bihan")
    assert "Rien ne correspond à" in page(client, vue="equipe", q="🙂")
    filtered = page(client, vue="equipe", commune="Besné", tri="priorite")
    assert "Aucune tâche ne répond à ces filtres" in filtered
    assert "enlever ce filtre" in filtered

    kept = told(client, send(client, "corbeille/filtres", {"vue": "equipe", "q": "bihan"}, nom="Les Bihan"))
    assert "Les Bihan" in kept
    assert "Abgrall" not in kept


@pytest.mark.parametrize("tri", ["echeance", "priorite", "entree", "recentes", "commune", "dossier"])
@pytest.mark.parametrize("vue", ["miennes", "equipe", "retard", "semaine", "suivi", "non_lues", "brouillons"])
def test_every_view_opens_in_every_order(site, vue, tri):
    assert page(site.as_(WHO), vue=vue, tri=tri)


def test_an_unread_task_is_said_so_until_it_is_opened(site, three):
    client = site.as_(WHO)
    assert page(client, vue="non_lues").count("Non lue&#8239;") == 3
    client.get(f"/t/carene/taches/{three[0]}")
    assert page(client, vue="non_lues").count("Non lue&#8239;") == 2
    assert page(client, vue="equipe").count("Non lue&#8239;") == 2


def test_two_people_on_one_task_see_each_other(site, three):
    one, two = site.as_(WHO), site.as_("boris@carene.invalid")
    path = f"/t/carene/taches/{three[0]}"
    one.get(path)
    assert "Ecorenove a cette tâche ouverte en ce moment." in two.get(path).text
    assert "Boris a cette tâche ouverte en ce moment" in page(one, vue="equipe")
    said = send(one, f"taches/{three[0]}/presence").json
    assert said == {"phrase": "Boris a cette tâche ouverte en ce moment."}
    send(two, f"taches/{three[0]}/presence", depart="oui")
    assert (
        "Ouverte pour la dernière fois par Boris" in send(one, f"taches/{three[0]}/presence").json["phrase"]
    )
    clock.shift(timedelta(minutes=3))
    try:
        assert "dernière fois par Ecorenove" in two.get(path).text
    finally:
        clock.shift(timedelta())


def test_ticked_tasks_are_entrusted_and_refusals_told(site, three):
    client, other = site.as_(WHO), user_id(site)
    with site.app.app_context(), build.serving("carene"):
        claims.claim(three[2], build.an_actor("ecorenove", name="Carole"))
        db.session.remove()
    ticked = [str(one) for one in three]
    text = told(client, send(client, "corbeille/lot", tache=ticked, faire="attribuer", a=str(other)))
    assert "2 tâches attribuées." in text
    assert "1 tâche reste inchangée" in text
    assert "prise par Carole" in text


def test_a_stale_page_entrusts_nothing_unseen(site, three):
    client, other = site.as_(WHO), user_id(site)
    with site.app.app_context(), build.serving("carene"):
        claims.assign(three[0], other, build.an_actor("administration"))
        claims.assign(three[1], build.a_user("ecorenove", name="Ecorenove", email=WHO).id,
                      build.an_actor("administration"))  # fmt: skip
        db.session.remove()
    form = {"tache": str(three[1]), "vu": f"{three[1]}:", "faire": "attribuer", "a": str(other)}
    assert "a changé de mains entre-temps" in told(client, send(client, "corbeille/lot", **form))
    answer = send(client, f"taches/{three[1]}/confier", a=str(other), vu="")
    assert (answer.status_code, "a changé de mains" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"faire": ""}, "Choisissez quoi faire"),
        ({"faire": "tout"}, "Choisissez quoi faire"),
        ({"faire": "prendre"}, "Cochez au moins une tâche"),
        ({"faire": "prendre", "tache": "pas-une-tâche"}, "Cochez au moins une tâche"),
        ({"faire": "attribuer", "tache": str(UUID(int=7)), "a": "x"}, "Choisissez à qui attribuer"),
        ({"faire": "attribuer", "tache": str(UUID(int=7)), "a": "equipe"}, "n&#39;existe pas"),
        ({"faire": "priorite", "tache": str(UUID(int=7)), "priorite": "P9"}, "Choisissez la priorité"),
        ({"faire": "suivi", "tache": str(UUID(int=7)), "le": "demain"}, "Indiquez le jour"),
        ({"faire": "prendre", "tache": [str(UUID(int=n)) for n in range(1, 202)]}, "au plus 200"),
    ],
)
def test_a_bulk_action_that_makes_no_sense_is_told_and_changes_nothing(site, three, form, sentence):
    client = site.as_(WHO)
    assert sentence in told(client, send(client, "corbeille/lot", **form))
    assert holders(site) == {None}


def test_ticked_tasks_are_taken_given_back_prioritised_and_looked_at_again(site, three):
    client, ticked = site.as_(WHO), [str(one) for one in three]
    assert "3 tâches prises" in told(client, send(client, "corbeille/lot", tache=ticked, faire="prendre"))
    day = (clock.today() + timedelta(days=9)).isoformat()
    noted = send(client, "corbeille/lot", tache=ticked[:2], faire="suivi", le=day, masquer="oui")
    assert "2 tâches à revoir" in told(client, noted)
    assert page(client, vue="miennes").count("data-row") == 1
    assert page(client, vue="suivi").count("data-row") == 2
    send(client, "corbeille/lot", tache=ticked, faire="priorite", priorite="P0")
    assert page(client, vue="equipe", priorite="P0").count("data-row") == 3
    send(client, "corbeille/lot", tache=ticked, faire="rendre")
    assert holders(site) == {None}


def test_the_list_comes_back_as_it_was_after_an_action(site, three):
    client = site.as_(WHO)
    query = {"vue": "equipe", "q": "bihan", "tri": "commune"}
    answer = send(client, f"taches/{three[1]}/prendre", query)
    assert answer.location.endswith("/t/carene/?vue=equipe&q=bihan&tri=commune")


def test_a_task_is_handed_over_with_a_word_on_its_page(site, three):
    client, other = site.as_(WHO), user_id(site)
    done = send(client, f"taches/{three[0]}/confier", a=str(other), mot="<b>À rappeler</b>", vu="")
    assert "La tâche est transmise à Boris" in told(client, done)
    shown = site.as_("boris@carene.invalid").get(f"/t/carene/taches/{three[0]}").text
    assert "Mot de Ecorenove" in shown
    assert "&lt;b&gt;À rappeler&lt;/b&gt;" in shown
    again = send(client, f"taches/{three[0]}/confier", a=str(uuid4()), vu="")
    assert again.status_code == 403
    nobody = send(site.as_("boris@carene.invalid"), f"taches/{three[0]}/confier", a="")
    assert nobody.status_code == 302


def test_somebody_of_another_lane_does_nothing_to_a_task(site, three):
    client = site.as_("technicien@carene.invalid")
    for path, form in (
        ("confier", {"a": str(uuid4())}), ("priorite", {"priorite": "P0"}), ("suivi", {"le": "2099-01-01"}),
        ("presence", {}), ("prendre", {}), ("rendre", {}),
    ):  # fmt: skip
        answer = send(client, f"taches/{three[0]}/{path}", **form)
        assert answer.status_code == 403, path
    assert holders(site) == {None}


def test_filters_with_odd_names_are_refused_in_words(site, three):
    client = site.as_(WHO)
    for name in ("", "a" * 10_000):
        assert send(client, "corbeille/filtres", nom=name).status_code == 422
    told(client, send(client, "corbeille/filtres", {"vue": "retard"}, nom="Les miens"))
    again = send(client, "corbeille/filtres", {"vue": "retard"}, nom="Les miens")
    assert (again.status_code, "déjà un filtre nommé" in again.text) == (409, True)
    assert send(client, f"corbeille/filtres/{uuid4()}", faire="supprimer").status_code == 404


def test_an_absence_is_noted_told_to_the_replacement_and_stopped(site, three):
    client, other = site.as_(WHO), user_id(site)
    with site.app.app_context(), build.serving("carene"):
        claims.claim(three[0], build.an_actor("ecorenove", name="Ecorenove"))
        db.session.remove()
    first = clock.today().isoformat()
    last = (clock.today() + timedelta(days=5)).isoformat()
    bad = send(client, "absences", du="", au=last, a="")
    assert bad.status_code == 422
    assert "Choisissez la personne qui vous remplace" in bad.text
    assert "L&#39;absence est notée" in told(
        client, send(client, "absences", du=first, au=last, a=str(other))
    )
    assert send(client, "absences", du=first, au=last, a=str(other)).status_code == 409
    shown = page(site.as_("boris@carene.invalid"), vue="miennes")
    assert "Vous remplacez Ecorenove" in shown
    listed = client.get("/t/carene/absences").text
    stop = listed.partition("/t/carene/absences/")[2].partition("/")[0]
    assert "L&#39;absence est arrêtée" in told(client, send(client, f"absences/{stop}/arreter"))


def test_a_list_of_another_territory_s_tasks_stays_empty(site, three, elsewhere):
    client = site.as_("voisine@ailleurs.invalid")
    client.get(f"/t/{elsewhere}/")
    shown = client.get(f"/t/{elsewhere}/?vue=equipe&q=bihan").text
    assert "Bihan" not in shown
    token = token_of(shown)
    path = f"/t/{elsewhere}/corbeille/lot"
    form = {"csrf_token": token, "tache": [str(one) for one in three], "faire": "prendre"}
    client.post(path, data=form)
    assert holders(site) == {None}
    with site.app.app_context(), build.serving("carene"):
        assert set(db.session.scalars(select(Task.priority).where(Task.status == "open"))) != {"P0"}
        db.session.remove()
