"""Whatever people choose and whenever, each fact reaches each person at most once by each way."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from app import clock, jobs
from app.database import db, transaction
from app.models import Message, Notice, NoticePreference, NoticeSettings, User
from app.notifications.quiet import after_quiet, quiet_hours
from app.services import digests, notices, preferences
from tests import build

KINDS = ("tache_attribuee", "tache_rappel", "tache_escalade")
WORK = frozenset({"send_digest", "deliver_message"})
TURNS = 60


class Story:
    """A random life of three people: what they were told, what they had chosen then, what they received."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311  # dice, no secret
        self.people = [build.a_user("ecorenove", name=name) for name in ("Anne", "Boris", "Chloé")]
        self.ids = [person.id for person in self.people]
        self.actors = {person.id: build.an_actor("ecorenove", name=person.name) for person in self.people}
        self.facts = 0
        self.expected: dict[tuple[str, str], str] = {}
        self.seen: set[str] = set()

    def turn(self) -> None:
        act = self.dice.choice([self.tell, self.tell, self.tell_again, self.choose, self.beat, self.beat])
        act()

    def tell(self) -> None:
        self.facts += 1
        self._tell(f"Fait-{self.facts:03d}.", self.dice.choice(KINDS), self.dice.sample(self.ids, 2))

    def tell_again(self) -> None:
        if self.expected:
            fact, kind = self.dice.choice([key.split("/")[:2] for key, _ in self.expected])
            self._tell(fact, kind, self.ids)

    def _tell(self, fact: str, kind: str, people: list) -> None:
        for user_id in people:
            name = db.session.get_one(User, user_id).name
            mode = next(
                row.mode for row in preferences.of(self.actors[user_id]).choices if row.kind.id == kind
            )
            self.expected.setdefault((f"{fact}/{kind}", name), mode)
        with transaction():
            notices.tell(people, kind, fact, f"{fact} (dossier)", "corbeille")

    def choose(self) -> None:
        user_id = self.dice.choice(self.ids)
        kind = self.dice.choice(KINDS)
        given = {
            f"mode_{kind}": self.dice.choice(
                ["aussitot", "resume"] if kind == "tache_escalade" else ["aussitot", "resume", "jamais"]
            ),
            "telephone": "06 12 34 56 78",
            "resume_a": f"{self.dice.randrange(24):02d}:30",
        }
        if self.dice.random() < 0.5:
            given[f"sms_{kind}"] = "oui"
        if self.dice.random() < 0.5:
            given |= {"calme_de": "19:00", "calme_a": "07:15"}
        preferences.save(self.actors[user_id], given)

    def beat(self) -> None:
        """Let time go by, by a minute or by two days, and do what is due."""
        clock.shift(clock.shifted() + timedelta(minutes=self.dice.choice([1, 4, 30, 200, 700, 2900])))
        self.work()

    def work(self) -> None:
        digests.digest_due()
        while jobs.run_due(only=WORK):
            pass
        self.look()

    def look(self) -> None:
        """Nothing that left just now left in its reader's quiet hours."""
        db.session.rollback()
        for row in db.session.scalars(select(Message).where(Message.status == "sent")):
            if str(row.id) not in self.seen:
                self.seen.add(str(row.id))
                chosen = db.session.scalar(
                    select(NoticeSettings).where(NoticeSettings.user_id == row.user_id)
                )
                assert row.sent_at is not None
                left = row.sent_at
                assert after_quiet(left, quiet_hours(row.channel, chosen)) == left


def told_by(channel: str) -> Counter[tuple[str, str]]:
    """Count how often each fact has reached each person by a channel that has left."""
    found: Counter[tuple[str, str]] = Counter()
    rows = db.session.scalars(select(Message).where(Message.status == "sent", Message.channel == channel))
    for row in rows:
        for fact in {word for word in f"{row.subject} {row.body}".split() if word.startswith("Fait-")}:
            found[fact, row.recipient_name] += 1
    return found


@pytest.mark.parametrize("seed", range(4))
def test_each_fact_reaches_each_person_once_and_no_more_by_each_way(carene, seed):
    before = clock.shifted()
    story = Story(seed)
    try:
        for _ in range(TURNS):
            story.turn()
        for _ in range(12):  # long enough for every quiet night, working day and summary
            clock.shift(clock.shifted() + timedelta(hours=13))
            story.work()
        check_once_each(story)
    finally:
        clock.shift(before)


def check_once_each(story: Story) -> None:
    db.session.rollback()
    names = {person.id: person.name for person in db.session.scalars(select(User))}
    lines = Counter(
        (f"{row.title.split()[0]}/{row.kind}", names[row.user_id])
        for row in db.session.scalars(select(Notice))
    )
    assert story.facts > 5
    assert set(lines) == set(story.expected)
    assert max(lines.values()) == 1
    mails = told_by("courriel")
    # A fact's word may stand in notices of several kinds: told again, it is another notice.
    wanted = Counter(
        (key.split("/")[0], name) for (key, name), mode in story.expected.items() if mode != "jamais"
    )
    assert mails == wanted
    assert set(db.session.scalars(select(Message.status))) <= {"sent", "merged"}
    assert set(db.session.scalars(select(Notice.digest))) <= {"none", "sent"}
    assert db.session.scalars(select(NoticePreference)).first() is not None
