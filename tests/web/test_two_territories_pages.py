"""Every page of the application, asked for another territory's things: not found, no trace of them (LAW-1).

Two territories on the same programme hold the same household under the same reference. One of them also
holds a word of its own, everywhere a word can stand; the other's pages never show it.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app import clock
from app.catalog.bundle import bundle_from_files
from app.catalog.stock import ONLY_PLACE
from app.database import db, end_read, seal_text, transaction
from app.models import (
    Document,
    Notice,
    Partner,
    Reading,
    StepLink,
    StockMove,
    Submission,
    TakeoverRow,
    Task,
    User,
    YearlyReport,
)
from app.services import (
    actors,
    clones,
    documents,
    feeds,
    files,
    notices,
    partners,
    proofs,
    references,
    releases,
    site_changes,
    stock,
    structure_links,
    team_changes,
    yearly,
    yearly_issue,
)
from app.services.acts import start as start_act
from app.services.campaign_imports import send as send_sheet
from app.services.indicators_periods import year_of
from app.services.stock import Entered
from app.services.takeover import batches, placing
from app.web.permissions import need_of
from tests import build, lived_money, network_house
from tests.campaign_house import a_campaign, opened, targets
from tests.gathering_kept import a_kept_gathering
from tests.migration_house import a_kept_lot
from tests.opening_house import kept_preparation
from tests.rows import put_draft
from tests.snapshots import Once
from tests.studio_house import kept_studio, names_of, own_files
from tests.trial_house import kept_trials
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

MARK = "Alphaville"
HERE, THERE = "estuaire", "carene"
BOSS = "tout@estuaire.invalid"
WITHOUT_TERRITORY = {"static", "health.alive", "health.ready", "health.metrics", "demo.mailbox"}
"""Pages that no territory has: files of the program, a heartbeat, the whole mailbox of a demonstration."""

BY_PHONE = {"rounds.door"}
"""Pages that open for the phone that used a code: tests/web/test_campaign_pages.py."""


RIGHTS = '"stock.voir", "stock.agir", "inscriptions.agir", "capacite.voir", "sites.voir", "sites.agir"'
RIGHTS += ', "series.voir", "series.agir", "consommations.agir"'
"""What CARENE's administration may do here besides, so that those pages open."""

OFFERED = {"library.offered", "studio_pull.preview"}
"""Pages of what another territory offers: tests/web/test_studio_pull_pages.py and those of the library."""

EVERYWHERE = {"studio_settings.page"}
"""Pages of a thing that every territory has under the same name: each opens its own."""


OUT_OF_THE_LIST = WITHOUT_TERRITORY | BY_PHONE | OFFERED


@dataclass
class Lived:
    """What a territory holds, by the name that the addresses give it."""

    ids: dict[str, Any] = field(default_factory=dict)
    follow_up: str = ""
    meeting: UUID | None = None
    event: UUID | None = None
    feed: str = ""
    access: str = ""
    answer: str = ""
    lot: UUID | None = None
    structure: str = ""

    def named(self, endpoint: str) -> dict[str, Any]:
        """Return what fills an address: a meeting's pages name its process, a verb goes with its page."""
        verb = "suspendre" if endpoint == "mending.pause_page" else "passer"
        own: dict[str, Any] = {"process_id": self.meeting} if endpoint.startswith("meetings.") else {}
        if endpoint.startswith("acts.territory"):
            own["act"] = "animation"
        if endpoint in {"takeover.lot", "takeover.refused", "takeover.undo", "takeover.undo_one"}:
            own["batch_id"] = self.lot
        if endpoint == "agenda.feed":
            own["token"] = self.feed
        if endpoint == "invitation.page":
            own["token"] = self.answer
        if endpoint == "access.page":
            own["token"] = self.access
        if endpoint == "exchanges.file":
            own["file_id"] = self.ids["posted"]
        if endpoint.startswith("structure."):
            own["token"] = self.structure
        own |= self.of_network(endpoint)
        if endpoint.startswith("money") and "file_id" in self.ids:
            own["file_id"] = self.ids["attached"]
        return {**self.ids, "verb": verb, **own, **names_of(endpoint)}

    def of_network(self, endpoint: str) -> dict[str, Any]:
        """Return what fills the addresses of an event, of its registrations and of what came of it."""
        room = endpoint.partition(".")[0]
        if endpoint in {"network.file", "publications.file"}:
            return {"process_id": self.event, "file_id": self.ids["joined"]}
        if room == "registration":
            return {"token": self.ids["link"]}
        if room == "decisions":
            return {"process_id": self.event, "token": self.ids["voice"]}
        return {"process_id": self.event} if room == "gatherings" or endpoint == "network.detail" else {}


def live(word: str | None, email: str) -> Lived:
    """Let a household go as far as its partner; with a word, another one that says it wherever it can."""
    named = word or "Moreau"
    partners.save(
        None, {"genre": "adil", "nom": f"ADIL {named}", "courriel": f"adil@{named.lower()}.invalid"},
        by=build.an_actor("administration"),
    )  # fmt: skip
    opened = build.a_case("orientation")
    if word is not None:
        opened = build.a_case(
            "orientation",
            alert={"nom": word, "donneur_nom": word, "donneur_structure": f"CCAS {word}",
                   "adresse": {"voie": f"1 rue {word}", "cp": "44600", "insee": build.SAINT_NAZAIRE}},
        )  # fmt: skip
        publish(word)
    task = build.open_tasks(opened.case_id)[0]
    meeting = build.open_review().process_id
    campaign_id, round_id, preview_id = a_walked_campaign(named)
    sent, confirmed, line = a_taken_over_sheet(named)
    person = build.a_user(email=email)
    somebody, feed = person.id, feeds.create(actors.actor_for(person))
    with transaction():
        notices.tell([somebody], "tache_rappel", "essai", f"À voir : {named}", f"dossiers/{opened.reference}")
        kept = files.keep(
            b"photo", name=f"{named}.jpg", mime="image/jpeg", classe="technique", case_id=opened.case_id,
            user_id=None,
        ).id  # fmt: skip
    event = start_act("animation", None, {**EVENT, "titre": f"Stand {named}"}, by=actors.actor_for(person))
    return Lived(
        ids={
            "task_id": task.id,
            **a_kept_gathering(event, named),
            "reference": opened.reference,
            "process": "accompagnement",
            "process_id": opened.process_id,
            "document_id": document_of(opened.case_id),
            "file_id": kept,
            "reading_id": a_reading(opened.case_id),
            "partner_id": db.session.scalars(select(Partner.id).where(Partner.name == f"ADIL {named}")).one(),
            "number": 3,
            "called": "orientation",
            "act": "echange",
            "kind": "csv",
            "wanted": task.id,
            "submission_id": answered("validation", opened.case_id),
            "notice_id": db.session.scalars(select(Notice.id).where(Notice.user_id == somebody)).all()[-1],
            "rank": 1,
            "user_id": somebody,
            "campaign_id": campaign_id,
            "round_id": round_id,
            "target_id": targets(campaign_id)[0].id,
            "preview_id": preview_id,
            "batch_id": sent,
            "row_id": line,
            "ending": "csv",
            "given": "AAAA-BBBB-CCCC",
            **of_money(named),
            "site_id": a_site(named),
            **network_house.live(
                named,
                network_house.a_structure(f"ADIL {named}"),
                actors.actor_for(person),
                versions=1 if word is None else 3,
            ),
            **kept_trials(named),
            **kept_preparation(HERE if word is None else THERE, named, actors.actor_for(person)),
            **kept_studio(named, actors.actor_for(person)),
            "token": build.the_link(f"adil@{named.lower()}.invalid"),
            "indicator": "situations_detectees",
            "report_id": an_issued_report(named, person.id),
            "migration_id": a_kept_lot(opened.process_id)[0],
            "release_id": releases.current().id,
        },
        follow_up=opened.follow_up_code,
        meeting=meeting,
        event=event,
        feed=feed,
        access=a_password_link(named),
        answer=a_link_to_answer(task),
        lot=confirmed,
        structure=a_structures_link(named),
    )


def of_money(named: str) -> dict[str, Any]:
    """Return what the pages of money name; the word stands in each."""
    money = lived_money.live(named, build.an_actor("administration"))
    bought = Entered("ampoule", ONLY_PLACE, "achat", 5, Decimal(3), clock.today(), note=f"Chez {named}")
    stock.enter(bought, by=build.an_actor("administration"))
    priced = clock.today(), Decimal(7)
    figure = references.record("tarif", "", *priced, by=build.an_actor("administration"), reason=named)
    return {
        "serie": "tarif", "figure_id": figure.id,
        "article": "ampoule", "move_id": db.session.scalars(select(StockMove.id)).one(),
        "agreement_id": money.agreement, "of": money.agreement, "attached": money.file,
        "envelope_id": money.envelope, "payment_id": money.payment, "place_id": money.place,
        "quota": lived_money.code_of(named),
    }  # fmt: skip


def a_site(named: str) -> UUID:
    """Enter a site that says the word."""
    facts = site_changes.Facts(f"Site {named}", "", None, f"Bailleur {named}", 53, "", None, None)
    return site_changes.save(None, facts, version=0, by=build.an_actor("administration"))


def a_link_to_answer(task: Task) -> str:
    """Return the secret part of a link by which a household answers a step itself."""
    token = f"reponse-{task.id}"
    with transaction() as session:
        session.add(
            StepLink(task_id=task.id, case_id=task.case_id, link=seal_text(token), sent=True, at=clock.now())
        )
    return token


def a_structures_link(named: str) -> str:
    """Return the secret part of a link by which a structure verifies its sheet."""
    partner = db.session.scalars(select(Partner.id).where(Partner.name == f"ADIL {named}")).one()
    return structure_links.give(partner, "fiche", by=build.an_actor("administration")).rpartition("/")[2]


def a_password_link(named: str) -> str:
    """Return the secret part of a link that chooses somebody's password."""
    facts = {"courriel": f"lien@{named.lower()}.invalid", "nom": f"Lien {named}", "roles": ["technicien"]}
    team_changes.invite(facts, by=build.an_actor("administration"))
    return str(build.the_messages("acces_ouvert")[-1].body).partition("/acces/")[2].split()[0]


def a_walked_campaign(named: str) -> tuple[UUID, UUID, UUID]:
    """Open a round of a campaign that says the word; return both, and a preview that waits."""
    text = f"Adresse;Commune;Tournée\n3 rue {named};Donges;Tournée {named}\n"
    campaign_id = a_campaign(field=True, sheet=text, nom=f"Campagne {named}")
    round_id, _ = opened(campaign_id, f"Tournée {named}")
    by = build.an_actor("ecorenove")
    return campaign_id, round_id, send_sheet(campaign_id, text.encode(), "x.csv", by=by)


def a_taken_over_sheet(named: str) -> tuple[UUID, UUID, UUID]:
    """Send a sheet that says the word twice; confirm one of the lots; return both, and a line of that one."""
    by = build.an_actor("coordinatrice_pole")
    text = f"Nom;Date signalement;Étape\n{named};2/3/2026;Prendre rendez-vous\n{named};hier;Valider\n"
    sent, confirmed = (batches.receive(text.encode(), f"{named}.csv", by=by) for _ in range(2))
    placing.confirm(confirmed, batches.find(confirmed, by).matching.digest, by=by)
    return (
        sent,
        confirmed,
        db.session.scalars(select(TakeoverRow.id).where(TakeoverRow.state == "refused")).all()[0],
    )


EVENT = {"genre": "stand", "date_evenement": date(2030, 1, 8), "commune": "44184", "lieu": "Marché"}


def an_issued_report(word: str, user_id: UUID) -> UUID:
    """Return a yearly report that says the word, issued, with papers (laying it out would take seconds)."""
    person = actors.actor_for(db.session.get_one(User, user_id))
    parts = ("contexte", "freins")
    report_id = yearly.begin(year_of(clock.today(), 1), person)
    yearly.write(report_id, dict.fromkeys(parts, (f"Une année de {word}.", 0)), person)
    yearly_issue.issue(report_id, yearly.report(report_id, person).row.version, person)
    with transaction() as session:
        row = session.get_one(YearlyReport, report_id)
        facts = {"mime": "application/pdf", "classe": "technique", "case_id": None, "user_id": None}
        row.file_id = files.keep(f"%PDF {word}".encode(), name=f"{word}.pdf", **facts).id
        row.public_file_id = files.keep(f"%PDF {word} public".encode(), name=f"{word}-public.pdf", **facts).id
    return report_id


def answered(form: str, case_id: UUID) -> UUID:
    """Return the answer of a form in a case."""
    query = select(Submission.id).where(Submission.case_id == case_id, Submission.form == form)
    return db.session.scalars(query).one()


def a_reading(case_id: UUID) -> UUID:
    """Keep what a dial showed in a case."""
    with transaction() as session:
        row = Reading(
            case_id=case_id, dial="eau", on=clock.today(), index=Decimal(7), classe="technique",
            by="Nora Kermarec", at=clock.now(),
        )  # fmt: skip
        session.add(row)
    return row.id


def document_of(case_id: UUID) -> UUID:
    """Return a document of the case that is made: the first one alone, printing takes seconds."""
    query = select(Document.id).where(Document.case_id == case_id).order_by(Document.at, Document.id)
    document_id = db.session.scalars(query).all()[0]
    end_read()
    documents.render(str(document_id))
    return document_id


def plan_and_keep_a_stock() -> None:
    """Publish a version whose administration keeps a stock, has sites and sees what the team can do."""
    held = dict(releases.current().bundle.files)
    rights = f'"territoire.administrer", {RIGHTS}, {network_house.RIGHTS}'
    said = held["territoire.toml"].decode().replace('"territoire.administrer"', rights, 1)
    said = f'{said}\n[articles.ampoule]\nlibelle = "Ampoule LED"\ncout = 3.00\n[series.tarif]\n'
    said += 'libelle = "Tarif"\npas = "date"\n[capacite]\n'
    said += 'etape = "visite/realiser_visite"\ncouloir = "technicien"\nduree_heures = 3\nheures_semaine = 7\n'
    said += '[sites]\nlibelle = "Site"\n' + network_house.ROOMS
    paid = '\n[financeur]\ntitre = "Bilan"\n[[financeur.colonnes]]\nlibelle = "Priorité"\n'
    told = held["indicateurs.toml"] + f'{paid}valeur = "dossier.priorite"\n'.encode()
    bundle = bundle_from_files({**held, "territoire.toml": said.encode(), "indicateurs.toml": told})
    releases.publish(bundle, note="Un stock, une capacité", proof=proofs.of_check(bundle.files))


def publish(word: str) -> None:
    """Publish a version, and keep a draft, that say the word."""
    held = dict(releases.current().bundle.files)
    said = held["forms/cloture.json"].decode().replace('"titre": "', f'"titre": "{word} ', 1).encode()
    bundle = bundle_from_files({**held, "forms/cloture.json": said})
    releases.publish(bundle, note=f"Un mot de {word}", proof=proofs.of_check(bundle.files))
    put_draft({**held, **own_files(word)})


@dataclass
class Pair:
    """The server with both territories, and what each holds."""

    site: Site
    theirs: Lived
    mine: Lived

    def client(self, email: str) -> FlaskClient:
        """Return the browser of somebody who may open everything of their territory."""
        client = self.site.as_(email)
        client.get("/", follow_redirects=True)
        return client

    def addresses(self, code: str, held: Lived) -> dict[str, str]:
        """Return the address of every page that is read, its parts naming what ``held`` has, by endpoint."""
        found = {}
        for rule in self.site.app.url_map.iter_rules():
            if "GET" in (rule.methods or set()) and rule.endpoint not in OUT_OF_THE_LIST:
                found[rule.endpoint] = self.filled(rule, {"code": code, **held.named(rule.endpoint)})
        return found

    def filled(self, rule: Rule, known: dict[str, Any]) -> str:
        """Return an address; a part that nobody named here must be added to ``Lived.ids``."""
        with self.site.app.test_request_context():
            return url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})


@pytest.fixture
def pair(empty_site: Site, once: Once) -> Pair:
    """CARENE, which says the mark, and a clone of its first version, which holds the same household."""
    with empty_site.app.app_context():
        return Pair(empty_site, *once("deux territoires et leurs pages", two_lives))


def two_lives() -> tuple[Lived, Lived]:
    """Let both territories live; return what each holds."""
    with build.serving(THERE):
        everybody = releases.current().settings.roles
        build.a_user(*everybody, name="Là-bas", email="tout@carene.invalid", password=PASSWORD)
        plan_and_keep_a_stock()
    clones.clone(THERE, HERE, name="Estuaire")
    with build.serving(THERE):
        theirs = live(MARK, "tout@carene.invalid")
    with build.serving(HERE):
        build.a_user(*everybody, name="Ici", email=BOSS, password=PASSWORD)
        mine = live(None, BOSS)
    return theirs, mine


def traces(text: str, pair: Pair) -> list[str]:
    """What a page tells of the other territory: its word, an id, its address."""
    whole = text.lower()
    ids = [
        str(value)
        for name, value in pair.theirs.ids.items()
        if name not in {"number", "process", "indicator", "source", "article", "serie", "key", "size"}
    ]
    own = {str(value) for value in pair.mine.ids.values()}
    return [said for said in (MARK, f"/t/{THERE}/", *ids) if said.lower() in whole and said not in own]


def body(answer: Any) -> str:
    """Return an answer as text, whatever its type."""
    return str(answer.data.decode("utf-8", "replace"))


def test_at_home_every_page_opens_and_many_say_the_mark(pair):
    client = pair.client("tout@carene.invalid")
    saying = set()
    for endpoint, address in pair.addresses(THERE, pair.theirs).items():
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code in {200, 204}, (endpoint, address)
        if MARK in body(answer):
            saying.add(endpoint)
    assert {
        "inbox.page", "tasks.page", "cases.listing", "cases.file", "partners.directory", "partners.edit",
        "versions.page", "versions.release", "link.page",
    } <= saying  # fmt: skip


def test_no_page_of_one_s_own_territory_opens_another_s_thing(pair):
    client = pair.client(BOSS)
    asked = {
        rule.endpoint: rule.endpoint not in EVERYWHERE
        and rule.arguments
        - {
            "code",
            "process",
            "act",
            "kind",
            "indicator",
            "given",
            "ending",
            "article",
            "serie",
            "key",
            "size",
        }
        for rule in pair.site.app.url_map.iter_rules()
    }
    tried = 0
    for endpoint, address in pair.addresses(HERE, pair.theirs).items():
        if not address.startswith(f"/t/{HERE}/"):
            continue
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code == (404 if asked[endpoint] else 200), (endpoint, address)
        tried += bool(asked[endpoint])
        if asked[endpoint]:
            assert MARK not in body(answer), address
        else:
            assert traces(body(answer), pair) == [], address
    assert tried >= 7


def test_no_page_of_another_territory_opens_at_all_with_its_own_ids(pair):
    client = pair.client(BOSS)
    rules = {rule.endpoint: rule for rule in pair.site.app.url_map.iter_rules()}
    tried = 0
    for endpoint, address in pair.addresses(THERE, pair.theirs).items():
        need = need_of(pair.site.app.view_functions[endpoint])
        if need is not None and need.kind == "permission" and "code" in rules[endpoint].arguments:
            answer = client.get(address)
            assert answer.status_code == 404, (endpoint, address)
            assert MARK not in body(answer)
            tried += 1
    assert tried >= 15


def test_searches_filters_and_forms_find_nothing_of_another_territory(pair):
    client = pair.client(BOSS)
    for query in (
        f"dossiers?q={MARK}&etat=all", "dossiers?q=Moreau&etat=all", "dossiers?etat=all", "?vue=equipe",
        "?vue=retard",
        "partenaires?genre=adil", f"partenaires?genre=adil&commune={build.SAINT_NAZAIRE}", "retards",
        "supervision", "processus", "versions", "versions/1", "suivi", "signaler", "marque.css",
    ):  # fmt: skip
        answer = client.get(f"/t/{HERE}/{query}")
        assert answer.status_code == 200, query
        found = [said for said in traces(body(answer), pair) if said != MARK or f"q={MARK}" not in query]
        assert found == [], query
    listed = client.get(f"/t/{HERE}/dossiers?q=Moreau&etat=all").text
    assert str(pair.mine.ids["reference"]) in listed
    token = token_of(client.get("/aide").text)
    asked = {"csrf_token": token, "code_suivi": pair.theirs.follow_up}
    answer = client.post(f"/t/{HERE}/suivi", data=asked)
    assert answer.status_code == 404
    assert traces(body(answer), pair) == []
    at_home = pair.client("tout@carene.invalid")
    asked["csrf_token"] = token_of(at_home.get("/aide").text)
    assert at_home.post(f"/t/{THERE}/suivi", data=asked).status_code == 200


def test_a_personal_link_shows_its_own_territory_alone(pair):
    client = pair.site.visitor()
    theirs = body(client.get(f"/o/{pair.theirs.ids['token']}"))
    mine = body(client.get(f"/o/{pair.mine.ids['token']}"))
    assert MARK in theirs
    assert "Estuaire" not in theirs
    assert "Estuaire" in mine
    assert MARK not in mine
