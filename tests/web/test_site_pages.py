"""The pages of sites: what each sees, what is refused, what two people at once may not lose (BAT-2)."""

from datetime import date
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.models import Ambassador, Membership, Partner, Site, SiteReferent, SiteZoning, Task
from app.services import clones, mandates, releases, site_changes, structures, tasks
from tests import build, site_house
from tests.money_house import paris
from tests.web.server import PASSWORD, log_in, token_of

BASE = "/t/parcs/sites"
ROLES = ("coach", "coordination", "agence", "gardien")


class Parks:
    """The site of the small territory, with somebody for each role."""

    def __init__(self, site, keys, other):
        self.site, self.keys, self.other = site, keys, other
        self.clients = {}

    def as_(self, role):
        if role not in self.clients:
            client = self.site.app.test_client()
            log_in(client, f"{role}.web@parcs.invalid")
            self.clients[role] = client
        return self.clients[role]

    def page(self, key):
        return f"{BASE}/{self.keys[key]}"

    def read(self, look):
        with self.site.app.app_context():
            with tenancy.serving(releases.territory_by_code("parcs").id):
                end_read()
                found = look()
            db.session.remove()
        return found


@pytest.fixture
def parks(empty_site, tmp_path):
    with clock.at(paris(2026, 3, 2, 9)):
        with empty_site.app.app_context():
            with site_house.serving(tmp_path / "programme"):
                keys = live()
            db.session.remove()
        yield Parks(empty_site, keys, None)


def live():
    """A household on each site, one entrusted to the landlord; an opening, a contest, an ambassador."""
    landlord = build.a_partner("bailleur", name="Agence Érigère de Cergy")
    for role in ROLES:
        mail = f"{role}.web@parcs.invalid"
        build.a_user(role, name=role.title(), email=mail, password=PASSWORD)
    with transaction() as session:
        for row in session.scalars(select(Membership)):
            row.partner_id = landlord.id if row.roles == ["agence"] else None
        session.scalars(select(Site).where(Site.key == "chat_perche")).one().landlord_id = landlord.id
    park, old = site_house.site("chat_perche"), site_house.site("vieux_pays")
    first = site_house.household(park.id)
    site_house.household(park.id, "Petit"), site_house.household(old.id, "Durand")
    with transaction():
        structures.entrust(first.case_id, landlord.id, "agence")
    site_house.act("ouvrir", site=str(park.id), le=date(2026, 4, 1), titre="Ouverture de Chat perché")
    site_house.act(
        "defier", site=str(park.id), titre="Le plus sobre", debut=date(2026, 3, 1), fin=date(2026, 5, 31),
        immeubles=[
            {"nom": "Bâtiment A", "logements": 40, "avant": Decimal(10000)},
            {"nom": "Bâtiment B", "logements": 50, "avant": Decimal(10000)},
        ],
    )  # fmt: skip
    task = db.session.scalars(select(Task).where(Task.element == "relever")).one()
    readings = [
        {"nom": "Bâtiment A", "apres": Decimal(9500)},
        {"nom": "Bâtiment B", "apres": Decimal("8000.5")},
    ]
    tasks.complete(task.id, {"releves": readings}, by=build.an_actor("coordination"))
    site_house.act(
        "former", site=str(park.id), nom="Awa Diop", contact="06 00 00 00 00", fin=date(2026, 12, 31)
    )
    return {"chat_perche": park.id, "vieux_pays": old.id}


def text_of(answer, status=200):
    assert answer.status_code == status, answer.status
    return unescape(answer.text).replace("\u202f", " ").replace("\xa0", " ")


def post(client, path, /, **form):
    return client.post(path, data={"csrf_token": token_of(client.get("/aide").text), **form})


def test_the_list_and_one_site_tell_what_is_known_and_name_no_household(parks):
    page = text_of(parks.as_("coordination").get(BASE))
    for words in ("Chat perché", "Cergy", "Érigère", "133", "QPV", "Fin 2014", "À venir", "3,13"):
        assert words in page
    page = text_of(parks.as_("coordination").get(parks.page("chat_perche")))
    for words in (
        "Ouverture de Chat perché",
        "Bâtiment B",
        "− 20 %",
        "160,01 kWh",
        "Awa Diop",
        "2 ménages suivis",
    ):
        assert words in page, words
    for name in ("Moreau", "Petit", "rue des Parcs"):
        assert name not in page
    assert page.index("Bâtiment B") < page.index("Bâtiment A")
    assert "DOS-" not in page  # coordination does not open cases


def test_a_coach_opens_the_households_and_changes_nothing(parks):
    page = text_of(parks.as_("coach").get(parks.page("chat_perche")))
    assert page.count("/dossiers/DOS-") >= 2 and "Classer autrement" not in page
    case = "/t/parcs/dossiers/DOS-" + page.split("/dossiers/DOS-")[1].split('"')[0]
    assert "Chat perché, Cergy" in text_of(parks.as_("coach").get(case))
    assert (
        post(parks.as_("coach"), f"{parks.page('chat_perche')}/classement", zonage="hors").status_code == 403
    )


def test_a_landlord_sees_its_own_sites_and_the_households_entrusted_to_it_alone(parks):
    client = parks.as_("agence")
    page = text_of(client.get(BASE))
    assert "Chat perché" in page and "Vieux Pays" not in page
    assert client.get(parks.page("vieux_pays")).status_code == 404
    page = text_of(client.get(parks.page("chat_perche")))
    assert page.count("/dossiers/DOS-") == 1


def test_who_has_no_business_there_is_kept_out(parks):
    assert parks.as_("gardien").get(BASE).status_code == 403
    assert parks.as_("coordination").get(f"{BASE}/{uuid4()}").status_code == 404


def test_a_new_class_keeps_the_old_one_and_a_stale_page_loses(parks):
    client, path = parks.as_("coordination"), parks.page("chat_perche")
    version = str(parks.read(lambda: site_house.site("chat_perche").version))
    sent = {"zonage": "hors", "depuis": "2026-02-01", "motif": "Décret du 30 décembre", "version": version}
    assert post(client, f"{path}/classement", **sent).status_code == 302
    assert post(client, f"{path}/classement", **sent).status_code == 409  # a double click
    page = text_of(client.get(path))
    assert "Hors QPV" in page and "dès l'origine" in page and "ZUS" not in page.split("Classer autrement")[1]
    rows = parks.read(lambda: [row.zoning for row in db.session.scalars(select(SiteZoning))])
    assert sorted(rows) == ["hors", "hors", "zus"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"zonage": "lune", "depuis": "2026-02-01", "motif": "x"}, "Choisissez un classement"),
        ({"zonage": "hors", "depuis": "hier", "motif": "x"}, "depuis quel jour"),
        ({"zonage": "hors", "depuis": "2026-02-01", "motif": ""}, "Dites pourquoi"),
        ({"zonage": "zus", "depuis": "2026-02-01", "motif": "x"}, "déjà classé ainsi"),
    ],
)
def test_a_class_that_does_not_fit_is_refused_in_words(parks, form, words):
    client, path = parks.as_("coordination"), parks.page("chat_perche")
    version = str(parks.read(lambda: site_house.site("chat_perche").version))
    assert words in text_of(post(client, f"{path}/classement", **form, version=version), 422)


def test_a_site_is_added_with_its_name_alone_and_bad_facts_are_refused(parks):
    client = parks.as_("coordination")
    refused = text_of(
        post(client, f"{BASE}/nouveau", nom="", logements="beaucoup", ouvert="2026-05-01", version="0"), 422
    )
    assert "corriger" in refused
    bad = {"nom": "Site", "ouvert": "2026-05-01", "clos": "2026-04-01", "commune": "75056", "version": "0"}
    refused = text_of(post(client, f"{BASE}/nouveau", **bad), 422)
    assert "La clôture est avant l'ouverture" in refused and "Choisissez une commune" in refused
    assert post(client, f"{BASE}/nouveau", nom="Chat perché", version="0").status_code == 302
    keys = parks.read(lambda: sorted(db.session.scalars(select(Site.key))))
    assert keys == ["chat_perche", "chat_perche_2", "vieux_pays"]


def test_a_referent_takes_over_from_the_one_before_and_one_of_a_landlord_answers_for_all_its_sites(parks):
    client, path = parks.as_("coordination"), parks.page("chat_perche")

    def name(**form):
        version = str(parks.read(lambda: site_house.site("chat_perche").version))
        return post(client, f"{path}/referents", debut="2026-03-02", version=version, **form)

    assert (
        name(genre="operationnel", personne="Paul Leroy", fonction="Responsable d'agence").status_code == 302
    )
    assert name(genre="operationnel", personne="Anne Morvan").status_code == 302
    assert name(genre="fonctionnel", personne="Lina Costa").status_code == 302
    assert "adresse de courriel" in text_of(name(genre="operationnel", personne="X", courriel="x"), 422)
    page = text_of(client.get(path))
    assert "Anne Morvan" in page and "tous les sites du bailleur" in page
    rows = parks.read(lambda: {row.name: row for row in db.session.scalars(select(SiteReferent))})
    assert rows["Paul Leroy"].until == date(2026, 3, 2) and rows["Lina Costa"].site_id is None
    gone = f"{path}/referents/{rows['Anne Morvan'].id}/fin"
    assert post(client, gone).status_code == 302
    assert post(client, gone).status_code == 404  # a double click


def test_a_mandate_ends_by_hand_or_on_its_last_day_and_the_name_goes(parks):
    client, path = parks.as_("coordination"), parks.page("chat_perche")
    row = parks.read(lambda: db.session.scalars(select(Ambassador)).one())
    assert parks.read(mandates.end_due) == 0
    with clock.at(paris(2027, 1, 1, 9)):
        assert parks.read(mandates.end_due) == 1
        assert parks.read(mandates.end_due) == 0
    ended = parks.read(lambda: db.session.scalars(select(Ambassador)).one())
    assert (ended.name, ended.contact, ended.ended_on) == ("", "", date(2026, 12, 31))
    page = text_of(client.get(path))
    assert "Mandat terminé" in page and "Awa Diop" not in page
    assert post(client, f"{path}/ambassadeurs/{row.id}/fin").status_code == 404


def test_a_structure_of_the_directory_that_is_gone_is_not_taken(parks):
    client = parks.as_("coordination")
    refused = text_of(post(client, f"{BASE}/nouveau", nom="Site", structure=str(uuid4()), version="0"), 422)
    assert "Choisissez un bailleur" in refused
    assert parks.read(lambda: len(list(db.session.scalars(select(Partner))))) == 1


def test_another_territory_s_site_is_not_there_to_be_read_or_changed(parks):
    with parks.site.app.app_context():
        clones.clone("parcs", "ailleurs", name="Ailleurs")
        with tenancy.serving(releases.territory_by_code("ailleurs").id):
            facts = site_changes.Facts("Site d'ailleurs", "", None, "", 10, "", None, None)
            theirs = site_changes.save(None, facts, version=0, by=build.an_actor("coordination"))
            end_read()
        db.session.remove()
    client, path = parks.as_("coordination"), f"{BASE}/{theirs}"
    assert client.get(path).status_code == client.get(f"{path}/modifier").status_code == 404
    for verb, form in (
        ("modifier", {"nom": "Pris"}),
        ("classement", {"zonage": "hors", "depuis": "2026-02-01", "motif": "Pris"}),
        ("referents", {"genre": "operationnel", "personne": "Pris", "debut": "2026-02-01"}),
    ):
        assert post(client, f"{path}/{verb}", version="1", **form).status_code == 404
    assert "Site d'ailleurs" not in text_of(client.get(BASE))
