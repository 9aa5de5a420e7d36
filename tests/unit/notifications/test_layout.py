"""The laid out twin of a mail says what its text says, and runs nothing."""

import re
from email import message_from_bytes
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.notifications import wording
from app.notifications.channels.smtp import write
from app.notifications.layout import mail
from app.notifications.letter import Letter

BASE = "https://relais.exemple.fr"


def page(body: str, **changes: str | None) -> str:
    values = {
        "subject": "Une tâche", "own": None, "territory": "Essai", "base_url": BASE, "preferences": None,
    } | changes  # fmt: skip
    return mail(body=body, **values)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.said.append(data)


def read(text: str) -> _Words:
    found = _Words()
    found.feed(text)
    return found


def test_paragraphs_lists_and_addresses_become_what_they_mean():
    html = page(f"Bonjour Anne,\n\nPour l'ouvrir :\n{BASE}/t/x/taches/1\n\n- Une\n  {BASE}/a\n- Deux\n\nFin")
    found = read(html)
    assert f"{BASE}/t/x/taches/1" in found.links
    assert "Ouvrir dans Relais" in "".join(found.said)
    assert found.tags.count("li") == 2
    assert f"{BASE}/a" in found.links


def test_a_personal_link_says_what_it_is_for():
    assert "Lire et répondre" in page(f"Répondez :\n{BASE}/o/abc")
    assert "Ouvrir la page" in page("Voir :\nhttps://www.anah.gouv.fr/")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200))
def test_whatever_a_fact_holds_it_stays_text(text):
    found = read(page(f"Bonjour {text}\n\n- {text}\n\nfin"))
    assert not {"script", "img", "iframe", "style", "object", "form"} & set(found.tags)
    assert all(link.startswith(("http://", "https://")) for link in found.links)


@pytest.mark.parametrize("evil", ["<script>x</script>", '"><img src=x onerror=y>', "javascript:alert(1)"])
def test_marks_and_other_addresses_are_written_as_they_stand(evil):
    html = page(f"Bonjour {evil}\n\n- {evil}\n\n{evil}", subject=evil, territory=evil)
    assert not {"script", "img"} & set(read(html).tags)
    assert not [link for link in read(html).links if not link.startswith("http")]


def test_nothing_is_fetched_and_no_sheet_of_styles_is_needed():
    html = page(f"Bonjour,\n{BASE}/t/x", preferences=f"{BASE}/t/x/mes-avis")
    assert re.search(r"<(img|link|style|script)|url\(|@import", html) is None
    assert f'href="{BASE}/t/x/mes-avis"' in html
    assert '<html lang="fr">' in html


def test_the_footer_offers_choices_to_accounts_alone():
    assert "Choisir ce que je reçois" not in page("Bonjour")


def test_the_same_letter_gives_the_same_bytes():
    letter = Letter(
        "a@b.example", "Anne", "Une tâche", "Bonjour\n", "<x@y>", clock.now(), page("Bonjour"), f"{BASE}/p"
    )
    first, second = (bytes(write(letter, "Relais <r@x.example>")) for _ in range(2))
    assert first == second
    parsed = message_from_bytes(first)
    assert [part.get_content_type() for part in parsed.get_payload()] == ["text/plain", "text/html"]
    assert parsed["List-Unsubscribe"] == f"<{BASE}/p>"
    assert parsed["Content-Language"] == "fr"


@given(st.text(max_size=300))
def test_an_sms_fits_in_one_and_in_its_alphabet(text):
    words = wording.sms(text, f"{BASE}/t/carene/taches/0198e2b0-1111-7aaa-8bbb-cccccccccccc")
    assert len(words) <= wording.SMS_LENGTH
    assert set(words) <= wording.GSM7
    assert f"{BASE}/t/carene/taches/" in words
