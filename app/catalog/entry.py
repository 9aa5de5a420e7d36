"""How a programme begins and speaks: what an alert starts, what deadlines send, what answers a breach."""

import re
from dataclasses import dataclass

from app.catalog.source import Section

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class Entry:
    """What an alert fills in and starts: a form and a process of the programme.

    ``entrusted_as``: the relation in which the case is entrusted to the structure of whoever alerts while
    logged in; None: it is not. ``follow_up``: what the button says that sends a new alert for the household
    of a case, taking up what is known of it; None: there is none.
    """

    form: str
    process: str
    entrusted_as: str | None = None
    follow_up: str | None = None


@dataclass(frozen=True)
class Messages:
    """The messages that deadlines send, by template; None: nothing is sent."""

    reminder: str | None = None
    escalation: str | None = None
    warning: str | None = None


@dataclass(frozen=True)
class Breaches:
    """What a duty that was not kept starts: a process of the programme; None: it is only written down."""

    process: str | None = None


def read_entry(section: Section) -> Entry:
    """Read ``[dossier]``.

    Raises:
        SettingsFault: a value is missing or does not fit.
    """
    section.only("formulaire", "processus", "confie_a_qui_signale", "suite")
    return Entry(
        form=section.text("formulaire", pattern=_KEY, shape="l'identifiant d'un formulaire"),
        process=section.text("processus", pattern=_KEY, shape="l'identifiant d'un processus"),
        entrusted_as=section.optional_text(
            "confie_a_qui_signale", pattern=_KEY, shape="le mot d'une relation, comme « demandeur »"
        ),
        follow_up=section.optional_text("suite"),
    )


def read_messages(section: Section) -> Messages:
    """Read ``[messages]``.

    Raises:
        SettingsFault: a value does not fit.
    """
    section.only("rappel", "escalade", "avertissement")
    shape = "le nom d'un message, sans « .txt »"
    return Messages(
        reminder=section.optional_text("rappel", pattern=_KEY, shape=shape),
        escalation=section.optional_text("escalade", pattern=_KEY, shape=shape),
        warning=section.optional_text("avertissement", pattern=_KEY, shape=shape),
    )


def read_breaches(section: Section) -> Breaches:
    """Read ``[manquements]``.

    Raises:
        SettingsFault: a value does not fit.
    """
    section.only("processus")
    return Breaches(
        process=section.optional_text("processus", pattern=_KEY, shape="l'identifiant d'un processus")
    )
