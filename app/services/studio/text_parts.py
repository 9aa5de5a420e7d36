"""The parts of a message and of a document, as their editor shows them; the same parts give the same file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.access import CLASSES
from app.documents.front import LAYOUTS
from app.errors import BundleFault

_SUBJECT: Final = re.compile(
    r"\A(?P<word>\ufeff?[ \t]*Objet[ \t]*:[ \t]*)(?P<subject>[^\n]*)(?P<gap>\n\n?|\Z)"
)
_FRONT: Final = re.compile(r"\A\ufeff?\s*<!--(?P<facts>[^>]*)-->(?P<gap>\n?)")
_FORBIDDEN: Final = ("|", "<", ">", "--")
TITLE: Final = "titre"
LAYOUT: Final = "mise-en-page"
ASKED: Final = "classes"
TO: Final = "destinataire"


@dataclass(frozen=True)
class Message:
    """A message: its subject, on one line, and its body."""

    subject: str
    body: str


@dataclass(frozen=True)
class Document:
    """A document: its title, layout, classes of answers, lines of the address window, and its body (HTML)."""

    title: str
    layout: str
    classes: tuple[str, ...]
    recipient: tuple[str, ...]
    body: str


def read_message(text: str) -> Message:
    """Read a message; one without a subject is all body."""
    found = _SUBJECT.match(text)
    return Message(found["subject"].strip(), text[found.end() :]) if found else Message("", text)


def write_message(new: Message, before: str) -> str:
    """Return the file of a message; unchanged parts keep their very signs.

    Raises:
        BundleFault: the subject is empty or holds a line break.
    """
    old = _SUBJECT.match(before)
    subject = new.subject.strip()
    if not subject or "\n" in subject or "\r" in subject:
        raise BundleFault(file="objet", cause="écrivez l'objet du message, sur une seule ligne.")
    if old is not None and old["subject"].strip() == subject:
        return before[: old.end()] + new.body
    return f"Objet : {subject}\n\n{new.body}"


def read_document(text: str) -> Document:
    """Read a document; without its first line it is a report of the first class."""
    facts, end = _facts(text)
    return Document(
        title=facts.get(TITLE, ""),
        layout=facts.get(LAYOUT, "rapport"),
        classes=tuple(facts.get(ASKED, CLASSES[0]).split()),
        recipient=tuple(line.strip() for line in facts.get(TO, "").split(";") if line.strip()),
        body=text[end:],
    )


def write_document(new: Document, before: str) -> str:
    """Return the file of a document; its first line is written anew only when something in it changed.

    Raises:
        BundleFault: no title, an unknown layout or class, or a sign that the first line cannot hold.
    """
    old = read_document(before)
    _, end = _facts(before)
    if (new.title, new.layout, set(new.classes), new.recipient) == (
        old.title, old.layout, set(old.classes), old.recipient,
    ):  # fmt: skip
        return before[:end] + new.body
    kept = {key: value for key, value in _facts(before)[0].items() if key not in (TITLE, LAYOUT, ASKED, TO)}
    facts = {
        TITLE: _plain("titre", new.title),
        LAYOUT: _one_of("mise en page", new.layout, LAYOUTS),
        ASKED: " ".join(_one_of("classe", one, CLASSES) for one in CLASSES if one in new.classes)
        or CLASSES[0],
    }
    if new.recipient:
        facts[TO] = " ; ".join(_plain("destinataire", line.replace(";", ",")) for line in new.recipient)
    told = " | ".join(f"{key}: {value}" for key, value in {**facts, **kept}.items())
    return f"<!-- {told} -->\n{new.body}"


def _facts(text: str) -> tuple[dict[str, str], int]:
    found = _FRONT.match(text)
    if found is None:
        return {}, 0
    pairs = dict(part.split(":", 1) for part in found["facts"].split("|") if ":" in part)
    return {key.strip(): value.strip() for key, value in pairs.items()}, found.end()


def _plain(what: str, text: str) -> str:
    line = " ".join(text.split())
    if not line and what == "titre":
        raise BundleFault(file="titre", cause="écrivez le titre du document.")
    bad = next((sign for sign in _FORBIDDEN if sign in line), None)
    if bad is not None:
        raise BundleFault(file=what, cause=f"le signe « {bad} » ne peut pas y figurer.")
    return line


def _one_of(what: str, value: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    if value not in known:
        raise BundleFault(file=what, cause=f"« {value[:40]} » n'existe pas. Choisissez : {', '.join(known)}.")
    return value
