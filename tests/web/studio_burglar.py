"""Somebody with every right in one studio, who sends what nobody should and looks at each answer."""

import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from tests.attacked_studio import FOREIGN
from tests.web import hostile_fields
from tests.web.hostile_fields import MARKUP, RAN
from tests.web.server import token_of
from tests.web.studio_doors import Sending, family_of, forms_of

NEVER: Final = ("<script>canari", "<img src=x", 'onload="canari', RAN, "root:x:0:0", "Traceback (most recent")
"""What no answer may hold: our markup as markup, a template that ran, a file of the server, our own code."""


class Burglar:
    """A browser logged in with every right of the studio, and what went wrong with what it sent."""

    def __init__(
        self, app: Flask, client: FlaskClient, folder: Path, ids: Mapping[str, Any], mend: Callable[[], None]
    ) -> None:
        self.app, self.client, self.mend = app, client, mend
        self.token = token_of(client.get("/aide").text)
        self.mark = folder / "mark"
        others = {name: str(value) for name, value in ids.items() if name.startswith("their_")}
        self.texts = hostile_fields.texts(self.mark, others)
        self.odd = hostile_fields.odd_values(self.mark, others)
        self.files = hostile_fields.files(self.mark)
        self.wrong: list[str] = []
        self.answers: Counter[int] = Counter()
        self._forms: dict[str, list[Sending]] = {}

    def corpus(self, sending: Sending, field: str) -> Mapping[str, Any]:
        """Return what is to be sent in a field, by name."""
        if field in sending.files:
            return self.files
        return self.odd if sending.json else self.texts

    def try_(self, sending: Sending, field: str, name: str) -> None:
        """Send a form with one hostile value; note what is wrong with the answer."""
        value = self.corpus(sending, field)[name]
        self.look(f"{sending.endpoint} {field} [{sending.button()}] {name}", self.send(sending, field, value))

    def send(self, sending: Sending, field: str, value: Any) -> TestResponse:
        """Send a form as its page stands now, with a value in one field."""
        if sending.page:
            sending = sending.freshened(self._now(sending))
        if sending.json:
            body = {**dict(sending.values), field: value}
            headers = {"X-CSRFToken": self.token}
            answer = self.client.open(sending.address, method=sending.method, json=body, headers=headers)
        else:
            data: dict[str, list[Any]] = {"csrf_token": [self.token]}
            for key, kept in sending.values:
                if key not in ("csrf_token", field):
                    data.setdefault(key, []).append(kept)
            data[field] = [(io.BytesIO(value[1]), value[0]) if field in sending.files else str(value)]
            answer = self.client.post(sending.address, data=data, content_type="multipart/form-data")
        if answer.status_code < 400:
            self._forms.clear()
        return answer

    def _now(self, sending: Sending) -> Sending:
        if sending.page not in self._forms:
            if self.client.get(sending.page).status_code != 200:
                self.mend()  # what was sent before did away with the file
            self._forms[sending.page] = forms_of(self.client, self.app, sending.page)
        key = (sending.address, sending.button())
        return next((one for one in self._forms[sending.page] if (one.address, one.button()) == key), sending)

    def look(self, what: str, answer: TestResponse) -> None:
        """Note what is wrong with an answer, and with the page where it leads."""
        self.answers[answer.status_code] += 1
        self._judge(what, answer)
        if answer.location:
            there = self.client.get(answer.location)
            self._judge(f"{what} → {answer.location[:60]}", there)

    def _judge(self, what: str, answer: TestResponse) -> None:
        if answer.status_code >= 500:
            self.wrong.append(f"{what}: {answer.status_code}")
        if answer.mimetype not in ("text/html", "application/json"):
            return
        text = answer.text
        shown = text if answer.mimetype == "text/html" else ""
        self.wrong.extend(f"{what}: {one!r} is in the page" for one in NEVER if one in shown)
        if FOREIGN in text:
            self.wrong.append(f"{what}: another territory's word is in the answer")
        if answer.status_code >= 400 and not said(answer):
            self.wrong.append(f"{what}: {answer.status_code} without a sentence")


def said(answer: TestResponse) -> str:
    """Return the sentence by which an answer refuses, empty when it says none."""
    if answer.mimetype == "application/json":
        sentence = (answer.json or {}).get("message", "")
        return str(sentence) if str(sentence).endswith((".", "?", "!")) else ""
    page = html.fromstring(answer.text)
    found = page.xpath("//*[@role='alert' or contains(@class,'error') or contains(@class,'notice')]")
    told = [" ".join(one.text_content().split()) for one in found] or [
        " ".join(one.text_content().split()) for one in page.xpath("//main//p")
    ]
    return next((one for one in told if one), "")


def targets(sent: Iterator[Sending]) -> Iterator[tuple[Sending, str]]:
    """Return each field of each form once, for each button that sends it."""
    met: set[tuple[str, str, str]] = set()
    for sending in sent:
        for field in sending.targets():
            key = (sending.endpoint, sending.button(), family_of(field))
            if key not in met:
                met.add(key)
                yield sending, field


def drawn(*words: str, of: int) -> int:
    """Return a number below ``of`` that those words always give."""
    return zlib.crc32(" ".join(words).encode()) % of


def odd_addresses() -> list[str]:
    """Return the addresses of the studio that carry a name, each with names that nobody gave."""
    names = ("..%2f..%2fetc%2fpasswd", "a%00b", quote(MARKUP, safe=""), "é" * 3000, "%F0%9F%92%A9", "²")
    return [rule.replace("NAME", name) for rule in ODD for name in names]


ODD: Final = (
    "/t/estuaire/atelier/decisions/NAME", "/t/estuaire/atelier/decisions/NAME/essai",
    "/t/estuaire/atelier/fiche/NAME/retirer", "/t/estuaire/atelier/fiche/NAME/remplacer",
    "/t/estuaire/atelier/fiche/bpmn/NAME.bpmn/renommer", "/t/estuaire/atelier/fiche/NAME/reprendre",
    "/t/estuaire/atelier/formulaires/NAME", "/t/estuaire/atelier/formulaires/NAME/verdict",
    "/t/estuaire/atelier/formulaires/NAME/apercu", "/t/estuaire/atelier/formulaires/NAME/annuler",
    "/t/estuaire/atelier/diagrammes/NAME/liste", "/t/estuaire/atelier/textes/NAME/NAME",
    "/t/estuaire/atelier/textes/messages/NAME/apercu", "/t/estuaire/atelier/reglages/NAME",
    "/t/estuaire/atelier/reglages/NAME/parties", "/t/estuaire/atelier/nouveautes/NAME/2",
    "/t/estuaire/atelier/nouveautes/carene/NAME",
)  # fmt: skip
