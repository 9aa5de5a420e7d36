"""SMS through a provider that takes a JSON POST: the number, the text and the sender, under its own names."""

import json
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit

from app.config import Settings
from app.notifications.errors import PermanentRefusal, TemporaryRefusal
from app.notifications.letter import Letter

_TIMEOUT: Final = 15.0
"""Seconds for each exchange; well under a job's lease."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BAD_URL: Final = (
    "RELAIS_SMS_URL doit s'écrire https://fournisseur/chemin (http:// n'est permis que sur cette machine)."
)
_PASSING: Final = frozenset({401, 403, 407, 408, 425, 429})
"""Refusals (4xx) that somebody or time will mend: a wrong token, a request too slow or too often."""


def fault_in(url: str) -> str | None:
    """Return None when ``url`` names a provider, else the sentence that says how to write it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return _BAD_URL
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return None if encrypted and parts.hostname else _BAD_URL


def send(letter: Letter, settings: Settings) -> None:
    """Hand one SMS to the provider; returning means that the provider answers for it.

    The Message-ID goes along as ``Idempotency-Key``: a provider that knows it sends a repeated one once.

    Raises:
        PermanentRefusal: the provider refuses this number or this text for good (most 4xx).
        TemporaryRefusal: anything that may pass: no answer, 5xx, a redirection, a wrong token.
    """
    url = settings.sms_url or ""
    fault = fault_in(url)
    if fault is not None:
        raise TemporaryRefusal(cause=fault)
    code = _post(urlsplit(url), _content(letter, settings), _headers(letter, settings))
    if code in range(200, 300):
        return
    if code in range(400, 500) and code not in _PASSING:
        raise PermanentRefusal(
            cause=f"le fournisseur de SMS refuse le message (code {code}). Vérifiez le numéro."
        )
    raise TemporaryRefusal(cause=f"le fournisseur de SMS a répondu par le code {code}.")


def _content(letter: Letter, settings: Settings) -> bytes:
    to, text, sender = settings.sms_fields
    said = {to: letter.recipient, text: letter.body, sender: settings.sms_sender}
    return json.dumps(said, ensure_ascii=False).encode()


def _headers(letter: Letter, settings: Settings) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Idempotency-Key": letter.message_id.strip("<>"),
    }
    if settings.sms_token:
        headers["Authorization"] = f"Bearer {settings.sms_token}"
    return headers


def _post(place: SplitResult, content: bytes, headers: dict[str, str]) -> int:
    """Return the status of the provider's answer; a redirection is not followed."""
    host = place.hostname or ""
    connection: HTTPConnection = (
        HTTPSConnection(host, place.port, timeout=_TIMEOUT, context=ssl.create_default_context())
        if place.scheme == "https"
        else HTTPConnection(host, place.port, timeout=_TIMEOUT)
    )
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    try:
        connection.request("POST", path, content, headers)
        return connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise TemporaryRefusal(cause="le fournisseur de SMS ne répond pas.") from error
    finally:
        connection.close()
