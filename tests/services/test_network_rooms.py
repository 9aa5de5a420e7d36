"""The charter, the exchange space, the watch and the public page of the network (ANG-2, ANG-6)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app import clock
from app.catalog.uploads import Upload
from app.database import db, end_read, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.models import CharterSignature, Gathering, Post, PublicPaper, StoredFile, WatchFigure
from app.services import (
    acts,
    charter,
    directory_sheets,
    exchange_digest,
    exchange_posts,
    exchange_rules,
    exchanges,
    showcase,
    structure_links,
    watch,
)
from app.services.exchange_posts import Written
from tests import build
from tests.network_house import who_signs
from tests.rows import the_messages


@pytest.fixture
def angers(app, tmp_path, monday):
    """The network of Angers, served on a Monday of March 2026."""
    build.a_server(app, tmp_path)
    with build.serving("angers") as territory:
        yield territory


def lead():
    return build.an_actor("copilote_ccas", name="Claire")


def member(name="Marc"):
    return build.an_actor("membre", name=name)


def test_a_structure_signs_the_version_in_force_and_only_that_one(angers):
    alisee, ccas = (
        build.a_partner("energie_climat", name="Alisée").id,
        build.a_partner("institution", name="CCAS").id,
    )
    assert charter.text() is None
    assert charter.publish("Charte", "- Un point", after=0, by=lead()) == 1
    token = structure_links.give(alisee, "charte", by=lead()).rpartition("/")[2]
    with structure_links.holding(token) as held:
        for _ in "deux clics":
            charter.sign(alisee, 1, who_signs(), by=held.actor, link_id=held.id)
        with pytest.raises(Forbidden):
            charter.sign(ccas, 1, who_signs(), by=held.actor)
    end_read()
    ((signed, number),) = charter.signatures_of(alisee)
    assert (number, signed.means, signed.signed_on, signed.by) == (1, "lien", clock.today(), "Alisée")
    assert directory_sheets.sheet(alisee).signed_on == clock.today()
    charter.publish("Charte", "- Deux points", after=1, by=lead())
    with pytest.raises(charter.TextMoved):
        charter.sign(ccas, 1, who_signs(), by=lead())
    charter.sign(
        ccas, 2, who_signs(le=date(2026, 2, 1), qualite="elu"), by=lead(), scan=Upload.sample("p.png")
    )
    end_read()
    assert [(one.partner.name, one.number) for one in charter.standing()] == [("CCAS", 2), ("Alisée", 1)]
    ((paper, _),) = charter.signatures_of(ccas)
    paper_id = paper.id
    assert charter.open_scan(paper_id, by=lead())[1] == "p.png"
    charter.withdraw(paper_id, by=lead())
    charter.withdraw(paper_id, by=lead())
    end_read()
    assert [one.number for one in charter.standing()] == [1, None]
    assert db.session.get_one(CharterSignature, paper_id).ended_by == "Claire"
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0, "the page is forgotten"


def test_what_does_not_make_a_signature_or_a_version_is_refused(angers):
    alisee = build.a_partner("energie_climat", name="Alisée").id
    with pytest.raises(NotFound):
        charter.sign(alisee, 1, who_signs(), by=lead())
    charter.publish("Charte", "Texte", after=0, by=lead())
    for wrong, field in (
        ({"nom": " "}, "nom"), ({"fonction": "a" * 201}, "fonction"), ({"qualite": "roi"}, "qualite"),
        ({"accord": ""}, "accord"), ({"le": clock.today() + timedelta(days=1)}, "le"), ({"le": None}, "le"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            charter.sign(alisee, 1, who_signs(**wrong), by=lead())
        assert set(refused.value.problems) == {field}
    with pytest.raises(Invalid):
        charter.publish("", "", after=1, by=lead())
    with pytest.raises(charter.TextMoved):
        charter.publish("Charte", "Autre", after=0, by=lead())
    for act in (
        lambda: charter.publish("Charte", "Texte", after=1, by=member()),
        lambda: charter.sign(alisee, 1, who_signs(), by=member()),
        lambda: charter.withdraw(uuid4(), by=member()),
    ):
        with pytest.raises(Forbidden):
            act()


def test_nothing_of_a_household_is_written_in_the_exchange_space(angers):
    build.a_partner("institution", name="CCAS", email="accueil@ccas.invalid")
    for said, why in (
        ("Voir le dossier DOS-2026-0142.", "référence d'un dossier"),
        ("Appelez le 06 12 34 56 78.", "coordonnées"),
        ("+33 6.12.34.56.78", "coordonnées"), ("jeanne@exemple.fr", "coordonnées"),
        ("Son numéro : 2 55 08 14 168 025 38", "sécurité sociale"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            exchanges.begin("pratiques", "Question", Written(said), by=member())
        assert why in refused.value.problems["texte"][0], said
    with pytest.raises(Invalid) as refused:
        exchanges.begin("pratiques", "DOS-2026-0142", Written("Bonjour"), by=member())
    assert set(refused.value.problems) == {"titre"}
    with pytest.raises(Invalid) as refused:
        named = Upload("0612345678.png", "image/png", Upload.sample("x").data)
        exchanges.begin("pratiques", "Photo", Written("Bonjour", [named]), by=member())
    assert set(refused.value.problems) == {"fichiers"}
    assert exchanges.listing(member()) == []
    exchanges.begin("pratiques", "Contacts", Written("Le CCAS : accueil@ccas.invalid"), by=member())
    exchanges.begin("pratiques", "Expert", Written("Le 02 41 00 00 49", professional=True), by=member())
    assert (
        exchange_rules.problems("Le 15/03/2026 à 14 h 30, 120 000 euros, page 12", professional=False) == []
    )


def test_a_thread_is_read_answered_moderated_closed_and_forgets_who_leaves(angers):
    marc, anne = member("Marc"), member("Anne")
    thread_id = exchanges.begin(
        "dispositifs", "Plafonds", Written("Une note ?", [Upload.sample("n.png")]), by=marc
    )
    exchanges.reply(thread_id, Written("La voici, élargie."), by=anne)
    end_read()
    (line,) = exchanges.listing(lead(), topic="dispositifs", search="ELARGIE")
    assert (line.author, line.posts, line.new) == ("Marc", 2, True)
    exchanges.note_read(thread_id, lead())
    end_read()
    assert not exchanges.listing(lead())[0].new
    assert exchanges.listing(lead(), search="introuvable") == []
    first, second = exchanges.thread(thread_id, marc).said
    ((file_id, name),) = first.files
    post_id, other_id = first.post.id, second.post.id
    assert name == "n.png" and exchanges.open_file(file_id, by=anne)[1] == "n.png"
    with pytest.raises(Forbidden):
        exchanges.take_back(post_id, by=anne)
    with pytest.raises(Invalid):
        exchanges.take_back(post_id, by=lead())
    exchanges.take_back(post_id, reason="Hors sujet.", by=lead())
    end_read()
    gone = db.session.get_one(Post, post_id)
    assert (gone.text, gone.gone, gone.gone_reason, gone.author) == ("", "moderation", "Hors sujet.", "Marc")
    with pytest.raises(NotFound):
        exchanges.open_file(file_id, by=anne)
    with transaction():
        exchange_posts.forget(anne.user_id)
    end_read()
    left = db.session.get_one(Post, other_id)
    assert (left.text, left.author, left.gone) == ("", "", "depart")
    with pytest.raises(Forbidden):
        exchanges.close(thread_id, closed=True, by=marc)
    exchanges.close(thread_id, closed=True, by=lead())
    with pytest.raises(exchanges.ThreadClosed):
        exchanges.reply(thread_id, Written("Encore."), by=marc)
    exchanges.close(thread_id, closed=False, by=lead())
    exchanges.reply(thread_id, Written("Encore."), by=marc)
    for topic, title, text in (("ailleurs", "T", "x"), ("pratiques", "", "x"), ("pratiques", "T", " ")):
        with pytest.raises(Invalid):
            exchanges.begin(topic, title, Written(text), by=marc)
    with pytest.raises(Forbidden):
        exchanges.listing(build.an_actor("administration"))


def test_each_reader_is_told_at_their_own_rhythm_of_what_others_wrote(angers):
    marc, anne, zoe = member("Marc"), member("Anne"), member("Zoé")
    exchange_digest.follow(marc)
    exchange_digest.follow(anne, "jour")
    exchange_digest.follow(zoe, "jamais")
    with pytest.raises(Invalid):
        exchange_digest.follow(zoe, "souvent")
    exchanges.begin("pratiques", "Lire une facture", Written("Qui a un support ?"), by=marc)
    told = []
    for day in range(1, 15):
        with build.later(days=day):
            build.pump()
            end_read()
            told = [(row.recipient_name, row.subject) for row in the_messages("resume_echanges")]
        assert ("Anne", "Espace d'échanges : 1 fil à lire") in told
    assert told == [("Anne", "Espace d'échanges : 1 fil à lire")], "not to its author, nor twice, nor to Zoé"
    body = the_messages("resume_echanges")[0].body
    assert "Lire une facture (1 message)" in body and "support" not in body


def test_figures_of_structures_add_up_and_small_ones_are_hidden(angers):
    one, two = (build.a_partner("institution", name=name).id for name in ("Un", "Deux"))
    watch.record(one, date(2026, 1, 20), {"menages_recus": "12", "coupures": "2"}, by=lead())
    watch.record(one, date(2025, 11, 2), {"coupures": "9"}, by=lead())
    token = structure_links.give(two, "chiffres", by=lead()).rpartition("/")[2]
    with structure_links.holding(token) as held:
        watch.record(two, clock.today(), {"menages_recus": "1 030"}, by=held.actor, link_id=held.id)
        with pytest.raises(Forbidden):
            watch.record(one, clock.today(), {}, by=held.actor)
    end_read()
    seen = watch.seen(member())
    lines = {label: (cells[-2:], total) for label, cells, total in seen.figures.lines}
    assert lines["Ménages reçus pour une difficulté d'énergie"] == ((0, 1042), 1042)
    cells, total = lines["Coupures ou réductions de puissance signalées"]
    assert cells[1] is None and (cells[0] is None or total is None), "2 cannot be found by subtraction"
    assert (seen.given[-2:], seen.trends, watch.label_of(seen.quarters[-1])) == (
        [1, 2],
        [],
        "1er trimestre 2026",
    )
    watch.record(one, date(2026, 1, 20), {"menages_recus": ""}, by=lead())
    end_read()
    assert watch.of_structure(one, date(2026, 1, 1)) == {}
    for wrong in ("-1", "douze", "1.5", "9" * 12):
        with pytest.raises(Invalid):
            watch.record(one, clock.today(), {"menages_recus": wrong}, by=lead())
    with pytest.raises(Invalid):
        watch.record(one, date(2027, 1, 1), {}, by=lead())
    with pytest.raises(Forbidden):
        watch.record(one, clock.today(), {}, by=member())
    assert db.session.scalar(select(func.count()).select_from(WatchFigure)) == 2


def test_trends_of_cases_name_nobody_and_give_no_small_number_back(carene):
    for number in range(9):
        insee = build.SAINT_NAZAIRE if number < 7 else build.BESNE
        build.an_alert(adresse={"voie": f"{number} rue du Croisic", "cp": "44600", "insee": insee})
    seen = watch.seen(build.an_actor("coordinatrice_pole"))
    by_commune, by_tenure, signs = seen.trends
    rows = {label: cells[-1] for label, cells, _ in by_commune.lines}
    assert rows["Besné"] is None and (rows["Saint-Nazaire"] is None or seen.opened[-1] is None)
    assert {label: cells[-1] for label, cells, _ in by_tenure.lines} == {"Locataires du parc privé": 9}
    assert {label: cells[-1] for label, cells, _ in signs.lines}["Froid l'hiver"] == 9
    with pytest.raises(Forbidden):
        watch.seen(build.an_actor("technicien"))


def test_the_public_page_shows_what_agreed_to_be_shown_and_flyers_are_laid_out(angers):
    for name, agreed in (("Alisée", True), ("CCAS", False)):
        partner = build.a_partner("energie_climat", name=name)
        directory_sheets.save(partner.id, {"missions": "Aide.", "nommee": agreed}, version=0, by=lead())
    process_id = acts.start("stand", None, {"date_evenement": date(2026, 11, 13)}, by=lead())
    now = clock.now()
    with transaction() as session:
        session.add(
            Gathering(
                process_id=process_id, token="jeton", title="Atelier", day=date(2026, 11, 13), hour="9 h",
                place="Angers", text="", closes_on=date(2026, 11, 1), places=None, groups=[], opened_at=now,
                forget_at=now,
            )
        )  # fmt: skip
        session.add(PublicPaper(process_id=process_id, title="Synthèse 2025", published_at=now))
    end_read()
    shown = showcase.shown()
    assert [(group.label, [one.partner.name for one in group.rows]) for group in shown.groups] == [
        ("Association de l'énergie et du climat", ["Alisée"])
    ]
    assert [one.title for one in shown.coming] == ["Atelier"]
    assert [one.title for one in shown.papers] == ["Synthèse 2025"]
    with clock.at("2026-11-02T08:00Z"):
        assert showcase.shown().coming == [], "registration is over"
    page = showcase.flyer_html(showcase.words(), "Pour tous", "a5")
    assert "size: A5" in page and "02 41 00 00 49" in page and "/t/angers/reseau-public" in page
    assert "du lundi au vendredi" in page, "when to call"
    assert showcase.flyer("structures", "a5").startswith(b"%PDF-")
    for key, size in (("inconnu", "a5"), ("structures", "a0")):
        with pytest.raises(NotFound):
            showcase.flyer(key, size)
