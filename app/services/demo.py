"""The demonstration: sample accounts, a directory and cases carried by the real services.

Everything of it stands in ``app/data/demo/<code>.json``: a territory's accounts, partners and cases, each
case with its alert and the steps and acts (« geste/… ») people have done, in days after the alert. An account
may work for a structure of the directory; an answer « @nom » is the site or the structure of that name.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock, jobs, tenancy
from app.catalog.bundle import Bundle
from app.database import db, transaction
from app.errors import UnreadableRelease
from app.models import Case, Membership, Orientation, Partner, Task, User
from app.services import accounts as people
from app.services import (
    act_rules,
    actors,
    acts,
    cases,
    ceilings,
    demo_extras,
    demo_network,
    duties,
    form_lists,
    offers,
    partners,
    perimeter,
    releases,
    reminders,
    task_view,
    tasks,
    timers,
)
from app.services.actors import Actor
from app.services.demo_answers import over, read, sample, structure
from app.services.demo_days import Moment, moments
from app.services.proofs import Proof
from app.services.releases import LoadedRelease

_WITHOUT_RENDERING: Final = frozenset(
    {"deliver_event", "deliver_message", "arm_calendar", "watch_duty", "note_promise", "answer_breach"}
)
"""The documents of the past are made once the server is up: the first start stays short."""
_ACT: Final = "geste/"
"""What stands before the id of an act in place of a step."""
_IF_OPEN: Final = "si ouverte"
"""What a story adds to a step that some days of the year do not open: a month without a reading."""


@dataclass(frozen=True)
class SampleAccount:
    """An account anybody may enter in a demonstration."""

    email: str
    name: str
    role_label: str
    territory_code: str
    territory: str
    note: str = ""


def accounts() -> list[SampleAccount]:
    """Return the sample accounts that exist, by territory, in the order of each file."""
    found = []
    for territory in samples():
        row = releases.territory_by_code(territory["code"])
        if row is None:
            continue
        try:
            with tenancy.serving(row.id):
                roles = releases.current().settings.roles
        except UnreadableRelease:  # one territory's programme must not close the way in to the others
            continue
        known = set(db.session.scalars(select(User.email)))
        found += [
            SampleAccount(
                email=account["courriel"],
                name=account["nom"],
                role_label=", ".join(_small(roles[role].label) for role in account["roles"]),
                territory_code=territory["code"],
                territory=row.name,
                note=account.get("note", ""),
            )
            for account in territory["comptes"]
            if account["courriel"] in known
        ]
    return found


def _small(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def fill(
    root: Path, *, lived: Callable[[Bundle], Proof] | None = None, only: Collection[str] | None = None
) -> None:
    """Load the shipped territories, and sample data where a territory holds nothing yet.

    ``lived`` simulates a territory loaded for the first time (``releases.load_territory``); ``only``: these
    territories, all of them unless said.
    """
    ceilings.load_shipped()
    for told in samples():
        if only is not None and told["code"] not in only:
            continue
        releases.load_territory(root, told["code"], lived=lived)
        territory = releases.territory_by_code(told["code"])
        if territory is None:
            continue
        with tenancy.serving(territory.id):
            kept = Case if told["dossiers"] else Partner  # a network has partners and no case
            if not db.session.scalar(select(func.count()).select_from(kept)):
                _fill_territory(told, territory.id)


@cache
def samples() -> list[dict[str, Any]]:
    """Return what is told of each shipped territory (``code`` and the content of its file), by code."""
    found = []
    for file in sorted(files("app").joinpath("data/demo").iterdir(), key=lambda file: file.name):
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        found.append({"code": file.name.removesuffix(".json"), **told})
    return found


def _fill_territory(told: Mapping[str, Any], territory_id: UUID) -> None:
    release = releases.current()
    for account in told["comptes"]:
        if db.session.scalar(select(User.id).where(User.email == account["courriel"])) is None:
            people.create_user(
                account["courriel"],
                name=account["nom"],
                password=None,  # its button is the only way in
                territory_id=territory_id,
                roles=account["roles"],
            )
    system = Actor(kind="system", name="annuaire de départ", person="systeme")
    offers.offer(release.number, told["offre"], by=system)
    for partner in told["partenaires"]:
        partners.save(None, partner, by=system)
    for account in told["comptes"]:
        if "structure" in account:
            works_for(account["courriel"], account["structure"])
    now = clock.now()
    opened: dict[int, UUID] = {}
    beside = (told.get(name, ()) for name in ("campagnes", "budget", "reseau"))
    stories = [*told["dossiers"], *(story for part in beside for story in part)]
    for moment in moments(stories, now):
        with clock.at(moment.at):
            if moment.case >= 0 and "fait" in stories[moment.case]:
                demo_network.write_down(stories[moment.case], moment, opened, _person)
                continue
            _let_time_pass()
            if moment.case >= 0:
                _play(stories[moment.case], moment, opened, release)
    _let_time_pass()


def _play(story: Mapping[str, Any], moment: Moment, opened: dict[int, UUID], release: LoadedRelease) -> None:
    """Begin a story (a case, a campaign, a fact of the budget), or do its next step."""
    draw = partial(sample, number=moment.case)
    number, step = moment.case, story["parcours"][moment.step] if moment.step >= 0 else None
    if "depense" in story:
        demo_extras.share_out(story["depense"], _person(story["par"]))
    elif "geste" in story and step is None:
        opened[number] = demo_extras.begin_campaign(story, _person(story["par"]), draw)
    elif "geste" in story:
        demo_extras.go_on(story["parcours"][moment.step], opened[number], _person, draw)
    elif step is None:
        opened[number] = _alert(story, release, number)
    else:
        _step(step, opened[number], number)


def _person(email: str) -> Actor:
    """Return a sample account by its address."""
    return actors.actor_for(db.session.scalars(select(User).where(User.email == email)).one())


def works_for(email: str, name: str) -> None:
    """Have an account work for a structure of the directory, in the territory being served."""
    territory_id = tenancy.current_id()
    user_id = db.session.scalars(select(User.id).where(User.email == email)).one()
    with transaction() as session:
        held = session.scalars(
            select(Membership).where(Membership.user_id == user_id, Membership.territory_id == territory_id)
        ).one()
        held.partner_id = structure(name)


def _let_time_pass() -> None:
    timers.wake_due()
    reminders.remind_due()
    reminders.escalate_due()
    duties.watch_due()
    jobs.run_due(only=_WITHOUT_RENDERING)


def _alert(case: Mapping[str, Any], release: LoadedRelease, number: int) -> UUID:
    """Send the alert of a case: by the sample account that it names (« par »), else by the public form."""
    form, overrides = release.forms[release.entry.form], case["signalement"]
    by = actors.public(release.settings)
    if "par" in case:
        by = _person(case["par"])
    wanted = {key: overrides[key] for key in ("statut", "origine", "interprete") if key in overrides}
    drawn = sample(form, {}, wanted, by.rights.collect, number)
    told = {field.key for field in form.fields if field.classe in by.rights.collect}
    given = over(drawn, {key: value for key, value in overrides.items() if key in told})
    context = form_lists.given(form.reads, release)
    return cases.open_alert(read(form, given, context, by), by=by).case_id


def _step(step: Sequence[Any], case_id: UUID, number: int) -> None:
    element, _, wanted, overrides, *only = step
    if element.startswith(_ACT):
        _act(element.removeprefix(_ACT), case_id, {**wanted, **overrides}, number)
        return
    task = db.session.scalar(
        select(Task)
        .where(Task.case_id == case_id, Task.element == element, Task.status == "open")
        .order_by(Task.entered_at, Task.id)
        .limit(1)
    )
    if task is None:
        if only == [_IF_OPEN]:
            return
        raise LookupError(f"sample data: {element} is not open in case {number} on {clock.today()}")
    by = _who(task)
    view = task_view.open_task(task.id, by)
    drawn = sample(view.form, view.context, wanted, by.rights.collect, number)
    prefilled = {key: value for key, value in view.initial.items() if key in drawn}
    given = over({**drawn, **prefilled}, {**wanted, **overrides})
    tasks.complete(task.id, read(view.form, given, view.context, by), by=by)


def _act(act_id: str, case_id: UUID, wanted: Mapping[str, Any], number: int) -> None:
    """Do an act by hand, by a sample account that may."""
    act = releases.current().settings.acts[act_id]
    by = next(actor for actor in _people(case_id) if set(act.roles) & set(actor.roles))
    form = releases.current().forms[str(act_rules.beginning(act_id, case_id, by).step.form)]
    choices = {field.key for field in form.fields if field.type == "choix"}
    chosen = {key: value for key, value in wanted.items() if key in choices}
    drawn = sample(form, {}, chosen, by.rights.collect, number)
    acts.start(act_id, case_id, over(drawn, wanted), by=by)


def _people(case_id: UUID | None) -> Iterator[Actor]:
    """Yield the sample accounts of the territory being served who see a case, in the order of its file."""
    code = releases.current().settings.code
    told = next(place["comptes"] for place in samples() if place["code"] == code)
    for account in told:
        user = db.session.scalar(select(User).where(User.email == account["courriel"]))
        if user is not None and perimeter.who_sees([user.id], case_id):
            yield actors.actor_for(user)


def _who(task: Task) -> Actor:
    """Return a sample account that holds the task's lane, or the partner itself."""
    release = releases.of(task.process.release_id)
    lane = release.settings.lanes[task.lane]
    if lane.external and task.scope:
        row = db.session.scalars(select(Orientation).where(Orientation.id == UUID(task.scope))).one()
        kind = release.settings.partner_kinds[row.partner.kind]
        return actors.link_holder(row.partner.name, str(row.id), kind.receives, release.settings)
    for actor in _people(task.case_id):
        if task.lane in actor.lanes:
            return actor
    raise LookupError(f"sample data: nobody holds {task.lane}")
