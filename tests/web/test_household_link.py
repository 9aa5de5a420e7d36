"""A household answers a step by a link of its own, once, and reads nothing of its case (AST-12, LAW-12)."""

import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from lxml import etree

from app.database import db, end_read
from app.models import Message, StepLink, Submission
from app.notifications import wording
from app.notifications.numbers import mobile
from app.services import releases
from tests import build
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
MESSAGE = "Objet : Votre avis\n\nBonjour,\n\nRépondez ici : {{ reponse }}\n\n{{ territoire.nom }}\n"


@pytest.fixture
def house(site, tmp_path):
    """A territory whose first step the household answers; an alert with an e-mail, one without."""
    folder = build.a_variant(tmp_path / "fichiers", "essai")
    settings = folder / "bpmn/territories/essai/territoire.toml"
    text = settings.read_text().replace('libelle = "ÉCORÉNOVE"\n', 'libelle = "ÉCORÉNOVE"\nexterne = true\n')
    settings.write_text(text)
    diagram = folder / "bpmn/base/tri.bpmn"
    tree = etree.parse(diagram)
    (properties,) = tree.iterfind(f".//*[@id='analyser_signalement']//{{{SPIFF}}}properties")
    etree.SubElement(properties, f"{{{SPIFF}}}property", name="invitation", value="avis_demande")
    tree.write(diagram, xml_declaration=True, encoding="UTF-8")
    messages = folder / "bpmn/territories/essai/messages"
    messages.mkdir()
    (messages / "avis_demande.txt").write_text(MESSAGE)
    with site.app.app_context(), build.serving("essai", root=folder):
        build.a_user("ecorenove", name="Claire", email="claire@essai.invalid", password=PASSWORD)
        reached = build.an_alert(nom="Quermeur", courriel="anastasie@menage.invalid")
        unreached = build.an_alert(nom="Sansmail", courriel=None, telephone="0612345678")
        build.an_alert(nom="Sansportable", courriel=None, telephone="0240000000")
        kept = House(site, folder, the_link(reached), the_step(reached), the_step(unreached), given(reached))
        db.session.remove()
    return kept


@dataclass(frozen=True)
class House:
    """The server; the link that left by mail, the two steps, what the form asks for."""

    site: Site
    folder: Path
    link: str
    step: UUID
    other_step: UUID
    answers: dict[str, list[str]]

    def visitor(self):
        return self.site.visitor()

    def rows(self, entity):
        with self.site.app.app_context(), build.serving("essai", root=self.folder):
            end_read()
            return list(db.session.scalars(db.select(entity)))


def the_link(case):
    """Return the path of the link in the mail to the household of a case."""
    (mail,) = (
        row
        for row in db.session.scalars(db.select(Message).where(Message.case_id == case.case_id))
        if row.kind == "avis_demande"
    )
    assert mail.recipient == "anastasie@menage.invalid"
    return re.search(r"https?://[^/\s]+(/r/\S+)", mail.body).group(1)


def the_step(case):
    return build.the_task("analyser_signalement", case=case).id


def given(case):
    """Return plausible answers of the step, as a browser sends them."""
    task = build.the_task("analyser_signalement", case=case)
    form = releases.current().forms[task.form]
    answers = build.answers_for(task.id, build.the_hand(task), **build.STRAIGHT["analyse"])
    return form.spread(answers).values


def send(client, path, **form):
    return client.post(
        path, data={"csrf_token": token_of(client.get(path).text), "_action": "envoyer", **form}
    )


def test_a_household_answers_by_its_link_once_and_the_link_dies(house):
    client = house.visitor()
    page = client.get(house.link)
    assert page.status_code == 200
    assert "Quermeur" not in page.text
    assert "DOS-" not in page.text
    answered = send(client, house.link, **house.answers)
    assert answered.status_code == 302, answered.text
    assert "enregistrées" in client.get(answered.headers["Location"]).text
    again = client.get(house.link)
    assert again.status_code == 410
    assert "déjà servi" in again.text
    (row,) = (row for row in house.rows(Submission) if row.task_id == house.step)
    assert row.author == "ménage"


def test_an_empty_answer_says_what_is_missing_and_the_link_stays(house):
    client = house.visitor()
    refused = send(client, house.link)
    assert refused.status_code == 422
    assert "error-summary" in refused.text
    assert client.get(house.link).status_code == 200


def test_a_link_that_nobody_gave_opens_nothing(house):
    assert house.visitor().get("/r/" + "a" * 32).status_code == 410


def test_whoever_follows_the_case_gives_a_new_link_and_the_former_dies(house):
    client = house.site.as_("claire@essai.invalid")
    client.get("/", follow_redirects=True)
    page = client.get(f"/t/essai/taches/{house.other_step}").text
    assert "Le lien du ménage" in page
    told = client.post(
        f"/t/essai/taches/{house.step}/lien", data={"csrf_token": token_of(page)}, follow_redirects=True
    ).text
    fresh = re.search(r"https?://[^/\s]+(/r/[\w-]+)", told).group(1)
    assert house.visitor().get(house.link).status_code == 410
    assert house.visitor().get(fresh).status_code == 200
    assert [row.sent for row in house.rows(StepLink) if row.task_id == house.step] == [False]


def test_a_household_with_a_mobile_and_no_mail_has_its_link_by_sms(house):
    """AST-12, LAW-12: a short address in one SMS, no name; nothing leaves to a landline."""
    texts = [row for row in house.rows(Message) if row.channel == "sms"]
    (row,) = texts
    assert (row.recipient, row.recipient_name) == ("+33612345678", "")
    assert len(row.body) <= 160
    assert "Sansmail" not in row.body
    link = re.search(r"https?://[^/\s]+(/r/[\w-]+)", row.body).group(1)
    assert len(link) <= 20
    assert [one.sent for one in sorted(house.rows(StepLink), key=lambda one: one.at)] == [True, True, False]
    client = house.site.as_("claire@essai.invalid")
    client.get("/", follow_redirects=True)
    assert "lien par SMS" in client.get(f"/t/essai/taches/{house.other_step}").text
    assert send(house.visitor(), link, **house.answers).status_code == 302
    assert house.visitor().get(link).status_code == 410


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("06 12 34 56 78", "+33612345678"), ("+33 (7) 12.34.56.78", "+33712345678"), ("02 40 00 00 00", None),
        ("0033612345678", "+33612345678"), ("+33240000000", None), ("", None), ("à la mairie", None),
    ],
)  # fmt: skip
def test_only_a_mobile_takes_an_sms(written, number):
    assert mobile(written) == number


def test_the_words_of_an_invitation_keep_the_link_whole():
    link = "https://relais.exemple.invalid/r/abcdefghijklmnop"
    said = wording.invitation(
        "Votre avis « à chaud »" * 9, link, "Service des politiques sociales, 03 21 00 00 00"
    )
    assert (len(said) <= 160, link in said) == (True, True)
    assert wording.invitation("Votre avis", link, "SPSLH") == f"Votre avis : {link} SPSLH"
