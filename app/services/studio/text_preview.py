"""What a message or a document of the draft would say in an invented case, as a page or as a PDF."""

import re
from dataclasses import dataclass
from typing import Final

from app import clock
from app.catalog.bundle import Bundle
from app.catalog.templates import substitute
from app.catalog.words import day
from app.documents import Brand, Heading, pdf, render_html
from app.documents.front import check_front, front, without_front
from app.errors import BundleFault
from app.notifications.layout import mail
from app.services import logos, releases
from app.services.studio import judging, sample_case, text_parts

_ROOM: Final = "<style>@media screen { body { padding: 1.5rem; } }</style>"
_FACE: Final = re.compile(r"@font-face\s*\{[^}]*\}")
MESSAGES: Final = "messages"
_SERVER: Final = "https://relais.exemple.invalid"


@dataclass(frozen=True)
class Preview:
    """A template filled in; ``subject`` and ``text`` (as plain mail) for a message."""

    html: str
    subject: str = ""
    text: str = ""


def preview(name: str, text: str) -> Preview:
    """Fill in a template of the draft with an invented case; nothing is kept nor sent.

    Raises:
        BundleFault: braces that hold more than a field, or a first line that says too little.
    """
    bundle = _bundle()
    return _message(bundle, text) if name.startswith(f"{MESSAGES}/") else _document(bundle, name, text)


def on_screen(name: str, text: str) -> str:
    """Return the page as a browser shows it, without the typefaces that only paper carries.

    Raises:
        BundleFault: as ``preview``.
    """
    return _FACE.sub("", preview(name, text).html).replace("</head>", f"{_ROOM}</head>", 1)


def paper(name: str, text: str) -> bytes:
    """Return the document as a PDF.

    Raises:
        BundleFault: as ``preview``.
        DocumentFault: it cannot be laid out.
    """
    return pdf(preview(name, text).html)


def _bundle() -> Bundle:
    """Return the draft, or the current release while the draft cannot be read whole."""
    try:
        return judging.bundle()
    except BundleFault:
        return releases.current().bundle


def _message(bundle: Bundle, text: str) -> Preview:
    facts = sample_case.of_message(bundle)
    parts = text_parts.read_message(text)
    subject = substitute(parts.subject, facts, html=False)
    body = substitute(parts.body, facts, html=False)
    html = mail(
        subject=subject,
        body=body,
        own=None,
        territory=bundle.settings.name,
        base_url=_SERVER,
        preferences=None,
    )
    return Preview(html, subject, body)


def _document(bundle: Bundle, name: str, text: str) -> Preview:
    check_front(text, file=name)
    said = front(text, name)
    facts = sample_case.of_document(bundle, said)
    contact = bundle.settings.contact
    told = (contact.service, contact.address, contact.telephone, contact.email)
    lines = [substitute(line, facts, html=False).strip() for line in said.recipient]
    letter = said.layout == "lettre"
    html = render_html(
        without_front(text),
        facts,
        title=said.title,
        layout=said.layout,  # type: ignore[arg-type]  # checked just above
        brand=Brand(
            name=bundle.settings.name, address=tuple(line for line in told if line), logo_png=logos.png()
        ),
        heading=Heading(
            reference="DOS-2026-0001",
            date=day(clock.today()),
            recipient=tuple(dict.fromkeys(line for line in lines if line)) or _addressee(bundle)
            if letter
            else (),
        ),
    )
    return Preview(html)


def _addressee(bundle: Bundle) -> tuple[str, ...]:
    partner = sample_case.of_message(bundle)["partenaire"]
    return (partner["nom"], partner["adresse"])
