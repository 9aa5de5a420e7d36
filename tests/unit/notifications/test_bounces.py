"""What mail servers hand back is read by its standard, and anything else is refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notifications import MessageFault
from app.notifications.bounces import MOST_BYTES, read

MESSAGE_ID = "<0123456789abcdef.carene@relais.exemple.fr>"

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mail.exemple.fr (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: relais@relais.exemple.fr
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4AB1.1772438400/mail.exemple.fr"

This is a MIME-encapsulated message.

--4AB1.1772438400/mail.exemple.fr
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

This is the mail system at host mail.exemple.fr.

<anne@ccas.exemple>: host mx.ccas.exemple said: {said} (in reply to RCPT TO command)

--4AB1.1772438400/mail.exemple.fr
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.exemple.fr
X-Postfix-Queue-ID: 4AB1
Arrival-Date: Mon,  2 Mar 2026 09:00:00 +0100 (CET)

Final-Recipient: rfc822; anne@ccas.exemple
Original-Recipient: rfc822;anne@ccas.exemple
Action: {action}
Status: {status}
Remote-MTA: dns; mx.ccas.exemple
Diagnostic-Code: smtp; {said}

--4AB1.1772438400/mail.exemple.fr
Content-Description: Undelivered Message
Content-Type: {kind}

From: Relais <relais@relais.exemple.fr>
To: Anne <anne@ccas.exemple>
Subject: =?utf-8?q?Une_t=C3=A2che?=
Message-ID: {message_id}
{body}
--4AB1.1772438400/mail.exemple.fr--
"""


def dsn(
    action: str = "failed", status: str = "5.1.1", kind: str = "message/rfc822", message_id: str = MESSAGE_ID
) -> bytes:
    said = f"550 {status} no such user here"
    body = "" if kind == "text/rfc822-headers" else "\nBonjour.\n"
    text = POSTFIX.format(
        action=action, status=status, said=said, kind=kind, message_id=message_id, body=body
    )
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_mail_to_nobody_comes_back_with_its_own_name(kind):
    found = read(dsn(kind=kind))
    assert (found.message_ids, found.action, found.status) == ((MESSAGE_ID,), "failed", "5.1.1")
    assert found.final and found.unknown_address


@pytest.mark.parametrize(
    ("action", "status", "final", "unknown"),
    [
        ("delayed", "4.4.1", False, False),
        ("delivered", "2.0.0", False, False),
        ("failed", "5.2.2", True, False),  # the mailbox is full
        ("failed", "5.7.1", True, False),  # refused for what it says
        ("failed", "5.1.10", True, True),
        ("Failed", "5.1.1 (bad destination)", True, True),
        ("failed", "4.4.7", True, False),  # the server gave up
        ("failed", "", True, False),
    ],
)
def test_the_verdict_is_the_standard_s(action, status, final, unknown):
    found = read(dsn(action, status))
    assert (found.final, found.unknown_address) == (final, unknown)


def test_of_several_recipients_the_one_that_failed_counts():
    good = b"Final-Recipient: rfc822; boris@ccas.exemple\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
    both = dsn().replace(b"Final-Recipient: rfc822; anne", good + b"Final-Recipient: rfc822; anne")
    assert read(both).final


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Bonjour",
        b"Subject: Absence\r\n\r\nJe suis en conges.",
        dsn().replace(b"message/delivery-status", b"text/plain"),
        dsn().replace(MESSAGE_ID.encode(), b"sans nom"),
        dsn().replace(b"Action:", b"X-Action:"),
        dsn()[:600],
        b"x" * (MOST_BYTES + 1),
    ],
)
def test_what_is_no_notification_is_refused_with_a_sentence(raw):
    with pytest.raises(MessageFault) as refused:
        read(raw)
    assert refused.value.sentence.endswith(".")


@given(st.binary(max_size=400), st.integers(0, 1600))
def test_no_bytes_break_the_reader(noise, place):
    raw = dsn()
    for text in (noise, raw[:place] + noise + raw[place:]):
        try:
            found = read(text)
        except MessageFault as refused:
            assert refused.sentence
        else:
            assert found.message_ids
