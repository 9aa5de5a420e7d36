"""Which acts (« gestes ») somebody may do, where, and why one is closed."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import engine, perimeter
from app.catalog import acts as catalog
from app.database import db
from app.engine import Described
from app.errors import DesignFault, Forbidden, NotFound
from app.expressions import ExpressionError, evaluate
from app.models import Case, ProcessInstance
from app.services import releases, views
from app.services.actors import Actor
from app.services.releases import LoadedRelease

PEOPLE: Final = ("userTask", "manualTask")


@dataclass(frozen=True)
class Act:
    """An act as somebody is offered it; ``reason`` says in words why it is closed, None when it is open."""

    id: str
    label: str
    help: str
    process: str
    reason: str | None = None


@dataclass(frozen=True)
class Beginning:
    """An act about to be done: where, in which release, and its first step."""

    act: catalog.Act
    case: Case | None
    release: LoadedRelease
    step: Described
    reason: str | None

    @property
    def case_id(self) -> UUID | None:
        """The case it is for, None for the territory's."""
        return self.case.id if self.case is not None else None


def offered(actor: Actor, case_id: UUID | None) -> list[Act]:
    """Return what ``actor`` may start in a case, else in the territory, in the order of the settings.

    A closed case offers nothing, nor does a case in which the process of « pendant » is not under way.

    Raises:
        NotFound: no such case for this person.
    """
    case, release = _place(case_id)
    if case is not None and case.status != "open":
        return []
    mine = [act for act in release.settings.acts.values() if _is_for(act, actor, case_id, release)]
    busy = _under_way(case_id, release) if any(act.during for act in mine) else frozenset[str]()
    return [
        Act(act.id, act.label, act.help, act.process, _closed(act, case, release))
        for act in mine
        if act.during is None or act.during in busy
    ]


def beginning(act_id: str, case_id: UUID | None, actor: Actor) -> Beginning:
    """Return an act that ``actor`` may do, with its first step; ``reason`` says why it is closed now.

    Raises:
        NotFound: no such case or act here, or it is of the other kind.
        Forbidden: another role's.
    """
    case, release = _place(case_id)
    act = release.settings.acts.get(act_id)
    if act is None or act.of_case == (case_id is None):
        raise NotFound
    if not _is_for(act, actor, case_id, release):
        raise Forbidden
    return Beginning(act, case, release, first_step(act, release), why_not(act, case, release))


def first_step(act: catalog.Act, release: LoadedRelease) -> Described:
    """Return the step of a person with which the process of an act begins.

    Raises:
        DesignFault: it begins otherwise.
    """
    steps = {step.element: step for step in release.programme.described.get(act.process, ())}
    begin = next((step for step in steps.values() if step.kind == "startEvent" and not step.within), None)
    first = steps.get(begin.next[0]) if begin is not None and len(begin.next) == 1 else None
    if first is None or first.kind not in PEOPLE or first.multiple:
        cause = "le processus de ce geste ne commence pas par une étape d'une personne."
        raise DesignFault(element=act.label, cause=cause)
    return first


def _place(case_id: UUID | None) -> tuple[Case | None, LoadedRelease]:
    """Return the case, and the release that its latest process runs; the newest release for the territory."""
    if case_id is None:
        return None, releases.current()
    case = db.session.scalar(select(Case).where(Case.id == case_id))
    if case is None:
        raise NotFound
    going = select(ProcessInstance.release_id).where(
        ProcessInstance.case_id == case_id, ProcessInstance.status.in_(("running", "suspended"))
    )
    pinned = db.session.scalar(going.order_by(ProcessInstance.started_at.desc()).limit(1))
    return case, releases.of(pinned) if pinned is not None else releases.current()


def _is_for(act: catalog.Act, actor: Actor, case_id: UUID | None, release: LoadedRelease) -> bool:
    if act.of_case == (case_id is None) or actor.kind != "user" or not set(act.roles) & set(actor.roles):
        return False
    try:
        return first_step(act, release).lane in actor.lanes
    except DesignFault:
        return False


def why_not(act: catalog.Act, case: Case | None, release: LoadedRelease) -> str | None:
    """Return why an act cannot be done now, as a sentence."""
    if case is not None and case.status != "open":
        return "le dossier est clos."
    if act.during is not None and act.during not in _under_way(case.id if case else None, release):
        name = release.programme.names.get(act.during, act.during)
        return f"« {name} » n'est plus en cours dans ce dossier."
    return _closed(act, case, release)


def _closed(act: catalog.Act, case: Case | None, release: LoadedRelease) -> str | None:
    """Return the reason in words of an act whose condition does not hold."""
    if not act.open_if:
        return None
    with perimeter.lifted("step"):  # a condition counts for everybody alike
        names = {
            "reglages": dict(release.settings.rules),
            "dossier": views.case_facts(case.id if case else None),
            views.TERRITORY: views.territory_counts(release),
        }
    try:
        return None if evaluate(act.open_if, names, {}) is True else act.closed_because
    except ExpressionError as fault:
        return f"sa condition ne peut pas être lue ({fault})"


def _under_way(case_id: UUID | None, release: LoadedRelease) -> frozenset[str]:
    """Return the processes under way in a case, called ones included; of this release."""
    rows = db.session.execute(
        select(ProcessInstance.state, ProcessInstance.release_id).where(
            ProcessInstance.case_id == case_id, ProcessInstance.status == "running"
        )
    )
    return frozenset[str]().union(
        *(
            engine.under_way(release.programme, row.state)
            for row in rows
            if row.state and row.release_id == release.id
        )
    )
