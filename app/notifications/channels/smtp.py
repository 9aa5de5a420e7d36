"""Mail through an SMTP server: ``smtp://user:password@host:port`` (STARTTLS when offered) or ``smtps://``."""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Final
from urllib.parse import unquote, urlsplit

from app.config import Settings
from app.errors import MissingSetting
from app.notifications.errors import PermanentRefusal, TemporaryRefusal
from app.notifications.letter import Letter

_TIMEOUT: Final = 20.0
"""Seconds for each exchange; well under a job's lease."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BAD_URL: Final = (
    "RELAIS_SMTP_URL doit s'écrire smtp://utilisateur:motdepasse@serveur:port ou smtps://…"
    " (les caractères spéciaux du mot de passe codés, par exemple %40 pour @)."
)


@dataclass(frozen=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str

    @classmethod
    def parse(cls, url: str) -> "Server":
        """Read the address of a server.

        Raises:
            MissingSetting: it is no SMTP address; the sentence shows the form, never the password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise MissingSetting(cause=_BAD_URL) from None
        tls = parts.scheme == "smtps"
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise MissingSetting(cause=_BAD_URL)
        user = unquote(parts.username) if parts.username else None
        return cls(parts.hostname, port or (465 if tls else 25), tls, user, unquote(parts.password or ""))


def fault_in(url: str) -> str | None:
    """Return None when ``url`` names a server, else the sentence that says how to write it."""
    try:
        Server.parse(url)
    except MissingSetting as fault:
        return fault.sentence
    return None


def send(letter: Letter, settings: Settings) -> None:
    """Hand one message to the server; returning means that the server answers for it.

    Raises:
        PermanentRefusal: the server refuses this recipient or this message for good (5xx).
        TemporaryRefusal: anything that may pass: no answer, 4xx, a wrong password someone will mend.
    """
    server = Server.parse(settings.smtp_url or "")
    mail = write(letter, settings.mail_from)
    try:
        connection = _connect(server, _domain(settings.mail_from))
        try:
            connection.send_message(mail)
        finally:
            # The server has answered: a failing goodbye must not send the message a second time.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()
    except smtplib.SMTPRecipientsRefused as error:
        [(code, said)] = error.recipients.values()
        # 5.1.x: there is no such mailbox (RFC 3463); other refusals speak of us, or of today.
        unknown = said.lstrip().startswith(b"5.1.")
        _refuse(
            code, f"le serveur refuse le destinataire (code {code}). Vérifiez l'adresse.", unknown=unknown
        )
    except smtplib.SMTPDataError as error:
        _refuse(error.smtp_code, f"le serveur refuse le contenu (code {error.smtp_code}).")
    except smtplib.SMTPNotSupportedError as error:
        raise PermanentRefusal(cause="le serveur n'accepte pas cette forme d'adresse.") from error
    except smtplib.SMTPAuthenticationError as error:
        raise TemporaryRefusal(cause="le serveur de courrier refuse l'identifiant de Relais.") from error
    except smtplib.SMTPException as error:
        raise TemporaryRefusal(cause=f"le serveur de courrier a répondu {type(error).__name__}.") from error
    except OSError as error:
        raise TemporaryRefusal(cause="le serveur de courrier ne répond pas.") from error


def greet(settings: Settings) -> None:
    """Connect to the server, log in and leave: nothing is sent.

    Raises:
        MissingSetting: the address is no SMTP address.
        OSError: nobody answers there.
        smtplib.SMTPException: the server refuses us.
    """
    connection = _connect(Server.parse(settings.smtp_url or ""), _domain(settings.mail_from))
    with contextlib.suppress(smtplib.SMTPException, OSError):
        connection.quit()


def write(letter: Letter, mail_from: str) -> EmailMessage:
    """Return the message with its headers; the same letter gives the same message."""
    name, address = parseaddr(mail_from)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = Address(display_name=letter.recipient_name, addr_spec=letter.recipient)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.queued_at)
    mail["Message-ID"] = letter.message_id
    mail["Auto-Submitted"] = "auto-generated"
    if letter.preferences is not None:
        mail["List-Unsubscribe"] = f"<{letter.preferences}>"
    mail.set_content(letter.body, cte="quoted-printable")
    if letter.html is not None:
        mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        # The same letter must give the same message, byte for byte: the boundary comes from its name.
        mail.set_boundary(f"=_{sha256(letter.message_id.encode()).hexdigest()[:32]}")
    mail["Content-Language"] = "fr"  # last: making alternatives gives such headers to the first of them
    return mail


def _connect(server: Server, our_name: str) -> smtplib.SMTP:
    # Our own name is given: finding it out would ask the network.
    if server.tls:
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, our_name, timeout=_TIMEOUT, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, our_name, timeout=_TIMEOUT)
    try:
        _introduce(connection, server)
    except BaseException:
        connection.close()
        raise
    return connection


def _introduce(connection: smtplib.SMTP, server: Server) -> None:
    connection.ehlo()
    safe = server.tls or server.host in _LOOPBACK
    if not server.tls and connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
        safe = True
    if server.user is None:
        return
    if not safe:
        raise TemporaryRefusal(
            cause="le serveur de courrier ne chiffre pas : le mot de passe n'est pas envoyé."
        )
    connection.login(server.user, server.password)


def _domain(mail_from: str) -> str:
    return parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"


def _refuse(code: int, cause: str, *, unknown: bool = False) -> None:
    if code >= 500:
        raise PermanentRefusal(cause=cause, unknown_address=unknown)
    raise TemporaryRefusal(cause=cause)
