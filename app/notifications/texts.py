"""The words of a message: first line « Objet : … », then the body, with ``{{ champ }}`` filled in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.catalog.templates import substitute
from app.errors import BundleFault
from app.notifications.letter import one_line

_FOLDER: Final = Path(__file__).parent / "templates"
_SUBJECT: Final = re.compile(r"Objet[ \u00a0\u202f]*:[ \u00a0\u202f]*(?P<subject>\S.*)")


def compose(
    template_text: str, context: Mapping[str, object], *, file: str = "modèle de message"
) -> tuple[str, str]:
    """Return the subject and the body of a message.

    Args:
        template_text: « Objet : … » on the first line, the body after it.
        context: the facts, nested.
        file: the template's name, for the sentence of an error.

    Raises:
        BundleFault: no subject, or more than plain fields in the template.
        MessageFault: a value would put a line break into the subject.
    """
    first, _, rest = template_text.lstrip("\ufeff").replace("\r\n", "\n").partition("\n")
    found = _SUBJECT.fullmatch(first.strip())
    if found is None:
        raise BundleFault(file=file, cause="la première ligne doit être « Objet : » suivi de l'objet.")
    subject = one_line("l'objet", substitute(found["subject"], context, html=False))
    return subject, substitute(rest.strip(), context, html=False) + "\n"


def system_message(name: str, context: Mapping[str, object]) -> tuple[str, str]:
    """Return the subject and body of a message that belongs to no programme.

    Raises:
        KeyError: no such message; ``system_messages`` names them.
    """
    if name not in system_messages():
        raise KeyError(name)
    return compose((_FOLDER / f"{name}.txt").read_text("utf-8"), context, file=f"{name}.txt")


def system_messages() -> frozenset[str]:
    """Return the names of the messages that belong to no programme."""
    return frozenset(path.stem for path in _FOLDER.glob("*.txt"))


def sms_template(name: str = "avis") -> str:
    """Return the words of an SMS, with their fields: ``avis`` to an account, ``lien`` to a household."""
    return (_FOLDER / "sms" / f"{name}.txt").read_text("utf-8").strip()
