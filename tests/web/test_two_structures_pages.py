"""Every page, asked by one structure's referent for another's case: not found, no trace of it (LAW-1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from flask import url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from app.database import db, transaction
from app.models import Notice, Partner, Task
from app.services import actors, feeds, files, notices, structures
from app.web.permissions import need_of
from tests import build, two_structures
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of
from tests.web.test_two_territories_pages import (
    MARK,
    WITHOUT_TERRITORY,
    Lived,
    answered,
    body,
    document_of,
)

BETA = "beta@partagee.invalid"
BOSS = "tout@partagee.invalid"
OF_EVERYBODY = {"partner_id", "number", "process", "called", "rank", "verb", "name", "stem", "kind"}
"""Parts of an address that name no case: the directory, a version, a drawing, a file of the programme."""


@dataclass
class House:
    """The server with two structures: what Alpha holds, what Bêta holds, and what gives Alpha's away."""

    site: Site
    theirs: Lived
    mine: Lived
    marks: tuple[str, ...]
    code: str = two_structures.CODE

    def client(self, email: str) -> FlaskClient:
        """Return the browser of one of the two."""
        client = self.site.as_(email)
        client.get("/", follow_redirects=True)
        return client

    def addresses(self, held: Lived) -> Iterator[tuple[str, str, set[str]]]:
        """Yield every page that is read, with what its address names: parts from ``held``."""
        for rule in self.site.app.url_map.iter_rules():
            if "GET" not in (rule.methods or set()) or rule.endpoint in WITHOUT_TERRITORY:
                continue
            named = {key: value for key, value in held.named(rule.endpoint).items() if value is not None}
            known = {"code": self.code, **named}
            made_up = {name: any_of(rule, name) for name in rule.arguments - known.keys()}
            known |= made_up
            with self.site.app.test_request_context():
                yield (
                    rule.endpoint,
                    url_for(rule.endpoint, **{name: known[name] for name in rule.arguments}),
                    set(rule.arguments) - {"code"} - made_up.keys(),
                )

    def refused(self, endpoint: str) -> bool:
        """Whether the page is the administration's: it refuses before anything is looked for."""
        need = need_of(self.site.app.view_functions[endpoint])
        return need is not None and need.what == "territoire.administrer"

    def traces(self, text: str) -> list[str]:
        """What a page tells of Alpha's case."""
        return [one for one in self.marks if one.lower() in text.lower()]


def any_of(rule: Rule, name: str) -> object:
    """Return something for a part of an address that names no case: a word of its list, an id of nothing."""
    words = getattr(rule._converters[name], "items", None)
    return min(words) if words else uuid4()


class Known(dict):
    """What a case gives to addresses; of things of no case (a campaign, an agreement), nothing."""

    def __missing__(self, name: str) -> None:
        return None


def live(word: str, email: str, partner) -> Lived:
    """Let a household go as far as its partner, entrusted to a structure; it says the word everywhere."""
    person = build.a_user(email=email)
    opened = build.a_case(
        "orientation",
        alert={"nom": word, "donneur_nom": word, "donneur_structure": f"CCAS {word}",
               "adresse": {"voie": f"1 rue {word}", "cp": "44600", "insee": build.SAINT_NAZAIRE}},
    )  # fmt: skip
    with transaction():
        structures.entrust(opened.case_id, partner, "operateur")
        notices.tell(
            [person.id], "tache_rappel", f"essai {word}", f"À voir : {word}", f"dossiers/{opened.reference}",
            case_id=opened.case_id,
        )  # fmt: skip
        kept = files.keep(
            b"photo", name=f"{word}.jpg", mime="image/jpeg", classe="technique", case_id=opened.case_id,
            user_id=None,
        ).id  # fmt: skip
    task = build.open_tasks(opened.case_id)[0]
    said = select(Notice.id).where(Notice.case_id == opened.case_id, Notice.user_id == person.id)
    return Lived(
        ids=Known(
            {
                "task_id": task.id,
                "reference": opened.reference,
                "process": "accompagnement",
                "process_id": opened.process_id,
                "document_id": document_of(opened.case_id),
                "file_id": kept,
                "partner_id": partner,
                "number": 1,
                "called": "orientation",
                "wanted": task.id,
                "submission_id": answered("validation", opened.case_id),
                "notice_id": db.session.scalars(said).first(),
                "rank": 1,
                "token": "rien",
            }
        ),
        follow_up=opened.follow_up_code,
        meeting=build.open_review().process_id,
        feed=feeds.create(actors.actor_for(db.session.merge(person))),
    )


@pytest.fixture
def house(empty_site: Site, shared_root) -> House:
    with empty_site.app.app_context():
        with build.serving(two_structures.CODE, root=shared_root):
            build.a_directory()
            team = ("coordinatrice_pole", "travailleur_social", "technicien", "ecorenove", "administration")
            build.a_user(*team, name="Tout", email=BOSS, password=PASSWORD)
            alpha, beta = (
                build.a_partner("amelioration_habitat", name=f"Opérateur {n}", email=f"{n}@ope.invalid").id
                for n in ("un", "deux")
            )
            two_structures.a_referent(
                db.session.get(Partner, beta), "Référente", email=BETA, password=PASSWORD
            )
            theirs = live(MARK, BOSS, alpha)
            mine = live("Moreau", BETA, beta)
            rows = db.session.scalars(select(Task.id).where(Task.process_id == theirs.ids["process_id"]))
            marks = (
                MARK, theirs.ids["reference"], *map(str, rows),
                *(str(theirs.ids[n]) for n in ("process_id", "document_id", "file_id", "submission_id")),
            )  # fmt: skip
        db.session.remove()
    return House(empty_site, theirs, mine, marks)


def saying(house):
    """Return the pages on which somebody who sees every case meets Alpha's."""
    client, found = house.client(BOSS), set()
    for endpoint, address, _ in house.addresses(house.theirs):
        with client.get(address, follow_redirects=True) as answer:
            if house.traces(body(answer)):
                found.add(endpoint)
    return found


def test_no_page_of_the_territory_opens_or_tells_another_structures_case(house):
    many = saying(house)
    assert {"inbox.page", "tasks.page", "cases.listing", "cases.file"} <= many
    assert len(many) >= 15
    client, tried = house.client(BETA), 0
    for endpoint, address, named in house.addresses(house.theirs):
        with client.get(address, follow_redirects=True) as answer:
            text = body(answer)
        assert answer.status_code < 500, (endpoint, address)
        if house.refused(endpoint):
            assert answer.status_code == 403, (endpoint, address)
        elif named - OF_EVERYBODY and address.startswith(f"/t/{two_structures.CODE}/"):
            assert answer.status_code in (403, 404), (endpoint, address)
            tried += 1
        assert [one for one in house.traces(text) if one not in address] == [], (endpoint, address)
    assert tried >= 10


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_only_a_supervisor_who_sees_every_case_entrusts_one_from_its_page(house):
    path = f"/t/{two_structures.CODE}/dossiers/{house.mine.ids['reference']}"
    given = {"relation": "slisl", "structure": str(house.theirs.ids["partner_id"])}
    beta, boss = house.client(BETA), house.client(BOSS)
    page = beta.get(path).text
    assert "Opérateur deux" in page
    assert "Confier ou retirer" not in page
    for client, status in ((beta, 403), (boss, 302)):
        token = token_of(client.get("/aide").text)
        answer = client.post(f"{path}/confier", data={"csrf_token": token, **given})
        assert answer.status_code == status
    shown = boss.get(path).text
    assert "Opérateur un" in shown
    assert "Le dossier est confié." in shown
    bad = boss.post(f"{path}/confier", data={"csrf_token": token, **given, "relation": "ami"})
    assert bad.status_code == 302
    assert "Choisissez une relation de la liste." in boss.get(path).text
