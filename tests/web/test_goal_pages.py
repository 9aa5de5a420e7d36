"""Plans against what was done, gifts in kind: counted by themselves, refused in words (BAT-15)."""

from datetime import date
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read
from app.models import Donation, Goal, Task
from app.services import goals, releases, tasks
from tests import build, site_house
from tests.money_house import paris
from tests.web.server import PASSWORD, log_in, token_of

PATH = "/t/parcs/budget/objectifs"


@pytest.fixture
def plans(empty_site, tmp_path):
    """Two households, one accompanied at 700 €, and two sites of which one opened this year."""
    with clock.at(paris(2026, 3, 2, 9)):
        with empty_site.app.app_context():
            with site_house.serving(tmp_path / "programme"):
                build.a_user("coordination", name="Lou", email="lou@parcs.invalid", password=PASSWORD)
                build.a_user("coach", name="Sam", email="sam@parcs.invalid", password=PASSWORD)
                park = str(site_house.site("chat_perche").id)
                site_house.household(park), site_house.household("diffus", "Petit")
                task = db.session.scalars(select(Task).where(Task.element == "suivre_classe")).one()
                tasks.complete(task.id, {"site": park}, by=build.an_actor("coach"))
                site_house.act("ouvrir", site=park, le=date(2026, 3, 1), titre="Ouverture")
            db.session.remove()
        yield empty_site


def browser(site, email="lou@parcs.invalid"):
    client = site.app.test_client()
    log_in(client, email)
    return client


def inside(site, look):
    with site.app.app_context():
        with tenancy.serving(releases.territory_by_code("parcs").id):
            end_read()
            found = look()
        db.session.remove()
    return found


def text_of(answer, status=200):
    assert answer.status_code == status, answer.status
    return unescape(answer.text).replace("\u202f", " ").replace("\xa0", " ")


def post(client, path, /, **form):
    return client.post(path, data={"csrf_token": token_of(client.get("/aide").text), **form})


def test_what_was_done_counts_itself_and_says_what_each_cost(plans):
    lines = inside(plans, goals.lines)
    found = {line.code: (line.planned, line.done, line.share, line.spent, line.each) for line in lines}
    assert found == {
        "cibles": (100, 2, 2, None, None),
        "accompagnes": (75, 1, 1, Decimal("700.00"), Decimal("700.00")),
    }
    page = text_of(browser(plans).get("/t/parcs/budget"))
    assert "Ménages accompagnés" in page and "700,00 €" in page and "Objectifs et dons" in page


def test_a_plan_is_set_changed_and_fenced(plans):
    client = browser(plans)
    sent = {"objectif": "sites", "nombre": "7", "debut": "2026-01-01", "fin": "2026-12-31", "version": "0"}
    assert post(client, PATH, **sent).status_code == 302
    assert "couvre déjà" in text_of(post(client, PATH, **sent), 422)  # a double click
    row = inside(plans, lambda: db.session.scalars(select(Goal).where(Goal.code == "sites")).one())
    line = next(one for one in inside(plans, goals.lines) if one.code == "sites")
    assert (line.planned, line.done) == (7, 1)
    change = {**sent, "nombre": "8", "version": str(row.version)}
    assert post(client, f"{PATH}/{row.id}", **change).status_code == 302
    assert post(client, f"{PATH}/{row.id}", **change).status_code == 409  # a stale page
    assert post(client, f"{PATH}/{uuid4()}", **change).status_code == 404
    refused = text_of(
        post(client, PATH, objectif="lune", nombre="-1", debut="2026-02-01", fin="2026-01-01"), 422
    )
    for words in ("Choisissez un objectif", "en nombre entier", "après le premier"):
        assert words in refused
    assert post(browser(plans, "sam@parcs.invalid"), PATH, **sent).status_code == 403
    assert browser(plans, "sam@parcs.invalid").get(PATH).status_code == 403


def test_a_gift_is_counted_and_one_noted_by_mistake_stays_struck_through(plans):
    client, path = browser(plans), "/t/parcs/budget/dons"
    refused = text_of(post(client, path, don="ampoules", quantite="0", le="2026-04-01"), 422)
    for words in ("en nombre entier", "pas un jour à venir", "Dites qui a donné"):
        assert words in refused
    gift = {"don": "ampoules", "quantite": "150", "le": "2026-02-10", "donateur": "Fabricant"}
    assert post(client, path, **gift).status_code == 302
    assert "150 ampoules" in text_of(client.get(PATH))
    row = inside(plans, lambda: db.session.scalars(select(Donation)).one())
    assert post(client, f"{path}/{row.id}/annuler", motif="").status_code == 302
    assert inside(plans, goals.gifts)[0].ever == 150
    assert post(client, f"{path}/{row.id}/annuler", motif="Saisi deux fois").status_code == 302
    assert post(client, f"{path}/{row.id}/annuler", motif="Encore").status_code == 404
    assert inside(plans, goals.gifts)[0].ever == 0
    assert "Saisi deux fois" in text_of(client.get(PATH))
    assert post(client, f"{path}/{uuid4()}/annuler", motif="Pris").status_code == 404
