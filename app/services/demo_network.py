"""What a demonstration's network has done: verified sheets, a signed charter, threads, figures, voices.

A territory's sample file tells it (« reseau »): each fact says what it is (« fait ») and how many days ago
(« depuis »), who does it (« par ») where an account does, and a thread its replies (« parcours »). The
services do everything.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, end_read
from app.expressions.calendar import add_months
from app.handlers.directory import first_day
from app.models import Consultation, Gathering, Partner, Voice
from app.services import charter, directory_sheets, exchanges, registrations, voices, watch
from app.services.actors import Actor
from app.services.demo_days import Moment
from app.services.exchange_posts import Written

Person = Callable[[str], Actor]
"""The sample account of an e-mail."""
_THREAD: Final = "fil"


def write_down(story: Mapping[str, Any], moment: Moment, opened: dict[int, UUID], people: Person) -> None:
    """Do one fact of a network, or write the next reply of a thread.

    Args:
        story: as the sample file tells it.
        moment: its beginning, or one of its replies.
        opened: the thread of each story, by its number; this one's is added.
        people: finds a sample account.

    Raises:
        LookupError: the sample file names a fact that nobody knows.
    """
    what = story["fait"]
    if moment.step >= 0:
        _, _, who, said = story["parcours"][moment.step]
        exchanges.reply(opened[moment.case], Written(said["texte"]), by=people(who))
    elif what == _THREAD:
        said = Written(story["texte"])
        opened[moment.case] = exchanges.begin(story["sujet"], story["titre"], said, by=people(story["par"]))
    elif what in _FACTS:
        _FACTS[what](story, people)
    else:
        raise LookupError(f"sample data: a network knows no « {what} »")
    end_read()


def _sheet(story: Mapping[str, Any], people: Person) -> None:
    """Write the sheet of a structure, read again and verified."""
    whom = _partner(story["structure"])
    directory_sheets.save(
        whom, story["fiche"], version=0, by=people(story["par"]), verified=story.get("verifiee", True)
    )


def _charter(story: Mapping[str, Any], people: Person) -> None:
    charter.publish(story["titre"], "\n".join(story["texte"]), after=0, by=people(story["par"]))


def _signature(story: Mapping[str, Any], people: Person) -> None:
    """Sign the charter in force for a structure: on paper, or by its own account."""
    text = charter.text()
    number = text.number if text is not None else 0
    facts = {**story["signature"], "accord": True, "le": clock.today()}
    whom = _partner(story["structure"])
    end_read()
    charter.sign(whom, number, facts, by=people(story["par"]))


def _figures(story: Mapping[str, Any], people: Person) -> None:
    """Note what a structure counted, quarter by quarter: the last of the list is the one before today's."""
    whom, now = _partner(story["structure"]), first_day(clock.today())
    end_read()
    rows = story["trimestres"]
    for back, numbers in zip(range(len(rows), 0, -1), rows, strict=True):
        given = {key: str(number) for key, number in numbers.items()}
        watch.record(whom, add_months(now, -3 * back), given, by=people(story["par"]))


def _voices(story: Mapping[str, Any], _: Person) -> None:
    """Give what structures said of a proposal, by its title: ``[structure, choice, reason]``."""
    query = select(Voice.id).join(Consultation, Consultation.id == Voice.consultation_id)
    query = query.where(Consultation.title == story["proposition"])
    for name, choice, reason in story["voix"]:
        voice_id = db.session.scalars(query.where(Voice.partner_id == _partner(name))).one()
        end_read()
        voices.give(voice_id, choice, reason, by=name)


def _registrations(story: Mapping[str, Any], _: Person) -> None:
    """Register people on the public page of a gathering, by its title; a group is said by its name."""
    query = select(Gathering.token).where(Gathering.title == story["rencontre"])
    token = db.session.scalars(query).one()
    keys = {group.label: group.key for group in registrations.page_of(token).groups}
    end_read()
    for one in story["personnes"]:
        registrations.register(token, {**one, "groupe": keys.get(one.get("groupe", ""), "")})


_FACTS: Final[Mapping[str, Callable[[Mapping[str, Any], Person], None]]] = {
    "fiche": _sheet,
    "charte": _charter,
    "signature": _signature,
    "chiffres": _figures,
    "voix": _voices,
    "inscriptions": _registrations,
}


def _partner(name: str) -> UUID:
    return db.session.scalars(select(Partner.id).where(Partner.name == name)).one()
