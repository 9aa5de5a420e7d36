"""Attacks through every field of the studio: refused in words or kept as plain text, nothing runs (CAR-1)."""

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import update

from app import tenancy
from app.config import ROOT
from app.database import db, transaction
from app.models import Trial
from app.services import drafts, releases
from tests import build
from tests.attacked_studio import BOSS, HERE, live, of_the_other
from tests.rows import put_draft
from tests.studio_house import let_go
from tests.web.conftest import Site
from tests.web.studio_burglar import Burglar, drawn, odd_addresses, said, targets
from tests.web.studio_doors import DOORS, family_of, sendings, writing_endpoints

COSTLY: Final = {"studio_trials.start", "studio_walks.act", "studio_texts.paper", "studio_publish.go_back"}
"""What simulates, lives a case, publishes or lays out a page when it is not refused: met less often."""
ONE_IN: Final = 60
"""Of the fields, those tried by each run, beside the first of each door; under ``fault``, all."""


class Break:
    """A territory's studio, somebody who may everything in it, and all that they can send."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.ids = live(site)
        self.before = of_the_other(site)
        self.site = site
        self.site.app.testing = False  # an answer as a person gets it, not an exception
        client = site.as_(BOSS)
        client.get("/", follow_redirects=True)
        self.files = self._draft()
        self.burglar = Burglar(site.app, client, folder, self.ids, self._mend)
        self.sent = list(sendings(client, site.app, self.ids))

    def _draft(self) -> dict[str, bytes]:
        with self.site.app.app_context():
            with tenancy.serving(releases.territory_by_code(HERE).id):
                found = dict(drafts.current().files)
            db.session.remove()
        return found

    def _mend(self) -> None:
        """Put the draft back as it was."""
        with self.site.app.app_context():
            with tenancy.serving(releases.territory_by_code(HERE).id):
                put_draft(self.files)
            db.session.remove()

    def harm(self) -> list[str]:
        """Return what went wrong: an answer, something that ran, another territory that changed."""
        ran = ["something ran"] if self.burglar.mark.exists() else []
        moved = ["another territory has changed"] if of_the_other(self.site) != self.before else []
        return [*self.burglar.wrong, *ran, *moved]

    def leave(self) -> None:
        """Stop what was begun and not refused: nothing of it may speak to the next test's database."""
        with self.site.app.app_context():
            with tenancy.unscoped("maintenance"), transaction() as session:
                session.execute(update(Trial).where(Trial.status == "waiting").values(status="stopped"))
                session.execute(update(Trial).values(stop_wanted=True))
            db.session.remove()
        let_go(120, of=("trial ", "publication ", "opening "))


@pytest.fixture
def house(site: Site, tmp_path: Path) -> Iterator[Break]:
    made = Break(site, tmp_path)
    yield made
    made.leave()


def test_nothing_hostile_gets_through_a_door_of_the_studio(house):
    _every_door_has_its_line_and_every_field_is_tried(house)
    _a_share_is_met(house)
    _odd_addresses_open_nothing(house)
    _refusals_are_told_in_a_sentence_and_written_in_the_journal(house)
    _what_was_kept_shows_as_text(house)
    assert house.harm() == []


def _every_door_has_its_line_and_every_field_is_tried(house: Break) -> None:
    assert set(DOORS) == writing_endpoints(house.site.app)
    assert {one.endpoint for one in house.sent} == set(DOORS)
    known = {name for one in house.sent for name in (*one.names, *dict(one.values))}
    assert sorted(_read_by_the_pages() - known) == []


def _read_by_the_pages() -> set[str]:
    """Return every name that the code of the studio's pages asks of a form, as written there."""
    pages = [*(ROOT / "app/web/pages").glob("studio*.py"), *(ROOT / "app/web/pages").glob("opening.py")]
    found = set()
    for path in [*pages, ROOT / "app/web/pages/migrating.py", ROOT / "app/web/migrating_typed.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                asked = ast.unparse(node.func.value)
                if node.func.attr in ("get", "getlist") and asked in ASKED and node.args:
                    found |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    return found


ASKED: Final = {"request.form", "request.files", "sent", "typed"}


def _a_share_is_met(house: Break) -> None:
    met: set[str] = set()
    for sending, field in targets(iter(house.sent)):
        door, family = sending.endpoint, family_of(field)
        first = door not in met
        met.add(door)
        if not first and (door in COSTLY or drawn(door, sending.button(), family, of=ONE_IN)):
            continue
        names = sorted(house.burglar.corpus(sending, field))
        house.burglar.try_(sending, field, names[drawn(family, door, of=len(names))])


def _what_was_kept_shows_as_text(house: Break) -> None:
    for place in ("atelier", "atelier/publier", "atelier/scenarios", "atelier/pas-a-pas", "versions"):
        house.burglar.look(place, house.burglar.client.get(f"/t/estuaire/{place}"))


def _odd_addresses_open_nothing(house: Break) -> None:
    for address in odd_addresses():
        sent = {"csrf_token": house.burglar.token}
        house.burglar.look(address[:80], house.burglar.client.post(address, data=sent))


@pytest.mark.fault
@pytest.mark.parametrize("part", range(4))
def test_every_field_meets_its_part_of_everything(house, part):
    for sending, field in targets(iter(house.sent)):
        rare = 5 if sending.endpoint in COSTLY else 1
        for name in sorted(house.burglar.corpus(sending, field)):
            if drawn(sending.endpoint, sending.button(), family_of(field), name, of=64 * rare) == part:
                house.burglar.try_(sending, field, name)
    assert house.harm() == []


REFUSED: Final = {
    "a diagram that declares entities": ("envoyer", {"fichier": "billion laughs"}, "doctype"),
    "a table that declares entities": ("envoyer", {"fichier": "laughs in a table"}, "doctype"),
    "a picture with a script as a diagram": ("envoyer", {"fichier": "svg as a diagram"}, "xml"),
    "a picture with a script": ("envoyer", {"fichier": "svg"}, "genre"),
    "a picture with a script as a logo": (
        "{opening}/contact", {"service": "x", "etat": "1", "logo": "svg as a picture"}, "image",
    ),
    "an archive that climbs out": ("importer", {"archive": "zip slip"}, "chemin"),
    "an archive that swells": ("importer", {"archive": "zip bomb"}, "taille"),
    "an archive with a link": ("importer", {"archive": "symbolic link"}, "lien"),
    "a scenario that was tampered with": ("scenarios/fichier", {"fichier": "json of something"}, "scenarios"),
    "a message with code": (
        "textes/messages/demande_partenaire", {"objet": "x", "corps": "{{ ().__class__ }}"}, "gabarit",
    ),
    "a letter with a loop": (
        "textes/documents/lettre_orientation",
        {"titre": "x", "mise_en_page": "lettre", "corps": "{% for a in b %}{{ a }}{% endfor %}"},
        "gabarit",
    ),
    "a cell with a character that no file holds": ("decisions/triage", {"nom": "a\x00b"}, "texte"),
}  # fmt: skip


def _refusals_are_told_in_a_sentence_and_written_in_the_journal(house: Break) -> None:
    files = house.burglar.files
    for what, (place, sent, kind) in REFUSED.items():
        data = {
            name: (io.BytesIO(files[value][1]), files[value][0]) if value in files else value
            for name, value in sent.items()
        }
        opening = f"../ouvrir-un-territoire/{house.ids['opening_id']}"
        address = f"/t/estuaire/atelier/{place.format(opening=opening)}".replace("/atelier/..", "")
        data["csrf_token"] = house.burglar.token
        answer = house.burglar.client.post(address, data=data, content_type="multipart/form-data")
        assert answer.status_code == 422 and said(answer), what
        house.burglar.look(what, answer)
        assert _last_refusal(house) == kind, what


def _last_refusal(house: Break) -> str:
    with house.site.app.app_context():
        with tenancy.serving(releases.territory_by_code(HERE).id):
            kind = build.the_journal("atelier.refuse")[-1].details["genre"]
        db.session.remove()
    return str(kind)
