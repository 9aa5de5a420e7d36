"""The pages of dated figures: typed, imported once read again, corrected with a reason (BAT-3, BAT-7)."""

from io import BytesIO

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read
from app.models import Figure
from app.services import releases
from tests import build, meter_house
from tests.meter_house import paris
from tests.web.server import PASSWORD, log_in, token_of

PAGE = "/t/compteurs/series"
WATER, DEGREES = f"{PAGE}/tarif_eau", f"{PAGE}/dju"


class Meters:
    """The site of the territory of meters, and its people."""

    def __init__(self, site):
        self.site = site

    def as_(self, role):
        client = self.site.app.test_client()
        log_in(client, f"{role}.web@compteurs.invalid")
        return client

    def figures(self, series, place=""):
        """Return what the database holds of a suite: (day, value, still counted)."""
        with self.site.app.app_context(), tenancy.serving(releases.territory_by_code("compteurs").id):
            end_read()
            rows = db.session.scalars(
                select(Figure)
                .where(Figure.series == series, Figure.place == place)
                .order_by(Figure.on, Figure.at)
            )
            return [(row.on.isoformat(), str(row.value.normalize()), row.replaced_at is None) for row in rows]


@pytest.fixture
def meters(empty_site, tmp_path):
    with clock.at(paris(2026, 11, 2, 8)), empty_site.app.app_context():
        with meter_house.serving(tmp_path / "programme"):
            for role in ("chiffres", "regard", "coach"):
                mail = f"{role}.web@compteurs.invalid"
                build.a_user(role, name=role.title(), email=mail, password=PASSWORD)
        db.session.remove()
    with clock.at(paris(2026, 11, 2, 9)):
        yield Meters(empty_site)


def sent(client, address, back=PAGE, **facts):
    return client.post(address, data={**facts, "csrf_token": token_of(client.get(back).text)})


def test_a_figure_is_typed_then_corrected_with_a_reason_and_its_trace(meters):
    client = meters.as_("chiffres")
    listing = client.get(PAGE).text
    assert "4,00\xa0€/m³" in listing
    assert "À saisir" in listing, "Lille has no degree days yet"
    first = sent(client, WATER, back=WATER, le="01/07/2026", valeur="4,25", motif="")
    assert (first.status_code, first.location) == (302, WATER)
    silent = sent(client, WATER, back=WATER, le="2026-07-01", valeur="4,35", motif=" ")
    assert silent.status_code == 422
    assert "Dites pourquoi" in silent.text
    assert 'value="4,35"' in silent.text
    sent(client, WATER, back=WATER, le="2026-07-01", valeur="4,35", motif="Facture relue")
    again = sent(client, WATER, back=WATER, le="2026-07-01", valeur="4.35", motif="")
    assert again.status_code == 302, "the same again changes nothing"
    assert meters.figures("tarif_eau") == [
        ("2020-01-01", "4", True), ("2026-07-01", "4.25", False), ("2026-07-01", "4.35", True),
    ]  # fmt: skip
    page = client.get(WATER).text
    assert "Facture relue" in page
    assert "4,35" in page


def test_bad_figures_are_refused_with_what_to_do(meters):
    client = meters.as_("chiffres")
    for le, value, said in (
        ("", "3", "Écrivez une date"),
        ("01/03/2026", "", "Écrivez un nombre"),
        ("01/03/2026", "trois", "Écrivez un nombre"),
        ("01/03/2026", "3,123", "au plus 2 décimales"),
        ("01/03/0026", "3", "Vérifiez l"),
        ("01/03/2026", "9" * 12, "trop grand"),
    ):
        answer = sent(client, WATER, back=WATER, le=le, valeur=value, motif="")
        assert answer.status_code == 422, (le, value)
        assert said in answer.text.replace("&#39;", "'"), said
    assert sent(client, f"{PAGE}/inconnue", back=WATER, le="01/03/2026", valeur="3").status_code == 404
    assert client.get(f"{DEGREES}?par=nulle_part").status_code == 404
    assert len(meters.figures("tarif_eau")) == 1


def test_a_sheet_is_read_again_before_it_is_recorded(meters):
    client = meters.as_("chiffres")
    rows = "Mois;Paris;Lille\n01/2026;400;480\n02/2026;321;\n2026-03;abc;310\n13/2026;1;2\n"
    token = token_of(client.get(DEGREES).text)
    shown = client.post(
        f"{DEGREES}/fichier",
        data={"csrf_token": token, "par": "montsouris", "fichier": (BytesIO(rows.encode()), "dju.csv")},
    )
    assert shown.status_code == 200
    assert all(said in shown.text.replace("&#39;", "'") for said in ("abc", "pas un nombre", "pas une date"))
    assert meters.figures("dju", "lille") == [], "nothing is recorded yet"
    hidden = shown.text.split('name="lignes" value="')[1].split('"')[0]
    facts = {"par": "montsouris", "lignes": hidden}
    refused = sent(client, f"{DEGREES}/charger", back=DEGREES, **facts)
    assert refused.status_code == 422, "February changes: why?"
    assert meters.figures("dju", "lille") == []
    done = sent(client, f"{DEGREES}/charger", back=DEGREES, **facts, motif="Données consolidées")
    assert done.status_code == 302
    sent(client, f"{DEGREES}/charger", back=DEGREES, **facts, motif="Double clic")
    assert meters.figures("dju", "lille") == [("2026-01-01", "4.8E+2", True), ("2026-03-01", "3.1E+2", True)]
    february = [row for row in meters.figures("dju", "montsouris") if row[0] == "2026-02-01"]
    assert february == [("2026-02-01", "3.2E+2", False), ("2026-02-01", "321", True)]


def test_a_file_that_is_no_table_is_refused_in_words(meters):
    client = meters.as_("chiffres")
    token = token_of(client.get(WATER).text)
    for content in (b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 40):
        answer = client.post(
            f"{WATER}/fichier", data={"csrf_token": token, "fichier": (BytesIO(content), "tarifs.csv")}
        )
        assert answer.status_code == 422


def test_a_figure_is_withdrawn_with_a_reason_and_stays_readable(meters):
    client = meters.as_("chiffres")
    sent(client, WATER, back=WATER, le="01/07/2026", valeur="40", motif="")
    address = client.get(WATER).text.split('/retirer"')[0].rsplit('action="', 1)[1] + "/retirer"
    sent(client, address, back=WATER, motif="")
    assert meters.figures("tarif_eau")[-1][2] is True
    sent(client, address, back=WATER, motif="Une virgule oubliée")
    sent(client, address, back=WATER, motif="Encore")
    assert meters.figures("tarif_eau") == [("2020-01-01", "4", True), ("2026-07-01", "4E+1", False)]
    assert "Une virgule oubliée" in client.get(WATER).text


def test_who_only_looks_changes_nothing_and_others_see_nothing(meters):
    reader, coach = meters.as_("regard"), meters.as_("coach")
    page = reader.get(WATER)
    assert page.status_code == 200
    assert "Enregistrer le chiffre" not in page.text
    for address in (WATER, f"{WATER}/fichier", f"{WATER}/charger"):
        assert sent(reader, address, back="/aide", le="01/07/2026", valeur="5").status_code == 403
    assert coach.get(PAGE).status_code == 403
    assert len(meters.figures("tarif_eau")) == 1
