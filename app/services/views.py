"""The passing view: what decisions and verbs may read during one step, and is not kept.

Answers live in submissions, one for each task. For each form the latest answers win, class by class:
a person who could not collect a class does not blank it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, String, bindparam, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.catalog.answers import decode
from app.database import db
from app.handlers.effects import Effect, Entrust, TakeBack
from app.handlers.lane_effects import KeepApart, Readmit
from app.models import Breach, Case, Entrustment, KeptApart, ProcessInstance, Submission
from app.services import agreement_facts, site_facts
from app.services.releases import LoadedRelease

TERRITORY: Final = "territoire"
"""The name under which expressions count the territory's own processes (``territory_counts``)."""
BREACHES: Final = "manquements"
"""The name under which expressions count what was not kept: ``ouverts`` and ``total``."""


def submissions_of(process: ProcessInstance) -> list[Submission]:
    """Return every answer of the case (or of a process without case), oldest first."""
    query = select(Submission).order_by(Submission.at, Submission.id)
    if process.case_id is not None:
        query = query.where(Submission.case_id == process.case_id)
    else:
        query = query.where(Submission.process_id == process.id)
    return list(db.session.scalars(query))


def latest_of(process: ProcessInstance) -> list[Submission]:
    """Return the answers that still say something, oldest first: of each form, branch and set of classes.

    Later answers of the same form, branch and classes replace the earlier ones whole (``_lay_over``): a
    case answered two hundred times is read as fast as a young one.
    """
    if process.case_id is not None:
        return list(db.session.scalars(_latest(Submission.case_id), {"of": process.case_id}))
    return list(db.session.scalars(_latest(Submission.process_id), {"of": process.id}))


@cache
def _latest(owner: InstrumentedAttribute[UUID]) -> Select[Submission]:
    """Return the statement of ``latest_of``, built once: every step reads it."""
    rank = func.row_number().over(
        partition_by=(Submission.form, Submission.scope, cast(Submission.classes, String)),
        order_by=(Submission.at.desc(), Submission.id.desc()),
    )
    ranked = select(Submission.id, rank.label("rank")).where(owner == bindparam("of")).subquery()
    return (
        select(Submission)
        .join(ranked, ranked.c.id == Submission.id)
        .where(ranked.c.rank == 1)
        .order_by(Submission.at, Submission.id)
    )


def all_answers(submission: Submission) -> dict[str, Any]:
    """Return the answers of every class, typed. For decisions and verbs; never for a screen."""
    return decode({**submission.answers, **(submission.secret or {})})


@dataclass(frozen=True)
class Pending:
    """Answers of the step under way: not stored yet, read by the decisions and verbs behind it."""

    form: str
    scope: str | None
    answers: Mapping[str, Any]
    classes: frozenset[str]


def current_answers(
    submissions: list[Submission], release: LoadedRelease, scope: str | None
) -> dict[str, dict[str, Any]]:
    """Return ``{form: {field: value}}``: answers of the case, over them those of the branch ``scope``."""
    view: dict[str, dict[str, Any]] = {form: {} for form in release.forms}
    ordered = [row for row in submissions if row.scope is None]
    if scope is not None:
        ordered += [row for row in submissions if row.scope == scope]
    for row in ordered:
        _lay_over(view, release, row.form, all_answers(row), frozenset(row.classes))
    return view


def _lay_over(
    view: dict[str, dict[str, Any]],
    release: LoadedRelease,
    form_id: str,
    answers: Mapping[str, Any],
    classes: frozenset[str],
) -> None:
    """Replace what a form's author could collect; keep what others collected before."""
    form = release.forms.get(form_id)
    classe_of = {item.key: item.classe for item in form.fields} if form else {}
    kept = {k: v for k, v in view.get(form_id, {}).items() if classe_of.get(k) not in classes}
    view[form_id] = kept | dict(answers)


class Names(Mapping[str, Any]):
    """Everything an expression may read beside the process data; read from the database when asked for."""

    def __init__(
        self,
        process: ProcessInstance,
        release: LoadedRelease,
        scope: str | None,
        pending: Pending | None,
        earlier: Sequence[Effect] = (),
    ) -> None:
        self._earlier = earlier
        self._process = process
        self._release = release
        self._scope = scope
        self._pending = pending

    @cached_property
    def _view(self) -> dict[str, dict[str, Any]]:
        view = current_answers(latest_of(self._process), self._release, self._scope)
        pending = self._pending
        if pending is not None and pending.scope in (None, self._scope):
            _lay_over(view, self._release, pending.form, pending.answers, pending.classes)
        return view

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return case_facts(self._process.case_id, self._earlier)

    @cached_property
    def _breaches(self) -> dict[str, int]:
        return breaches_of(self._process)

    @cached_property
    def _territory(self) -> dict[str, dict[str, int]]:
        return territory_counts(self._release)

    def __getitem__(self, key: str) -> Any:
        if key == "reglages":
            return dict(self._release.settings.rules)
        if key == BREACHES:
            return self._breaches
        if key == TERRITORY:
            return self._territory
        if key == agreement_facts.NAME:
            return agreement_facts.Agreements()
        return self._facts if key == "dossier" else self._view[key]

    def __contains__(self, key: object) -> bool:
        return (
            key in ("reglages", "dossier", BREACHES, TERRITORY, agreement_facts.NAME)
            or key in self._release.forms
            or key in self._view
        )

    def __iter__(self) -> Iterator[str]:
        ours = ("reglages", "dossier", BREACHES, TERRITORY, agreement_facts.NAME)
        return iter({**self._view, **dict.fromkeys(ours)})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def breaches_of(process: ProcessInstance) -> dict[str, int]:
    """Return how many breaches of the case are open and how many it had; else those of the territory."""
    theirs = Breach.case_id.is_(None) if process.case_id is None else Breach.case_id == process.case_id
    open_ones = func.count().filter(Breach.status == "open")
    row = db.session.execute(select(open_ones, func.count()).select_from(Breach).where(theirs)).one()
    return {"ouverts": row[0], "total": row[1]}


def territory_counts(release: LoadedRelease) -> dict[str, dict[str, int]]:
    """Return how many runs of each process of the territory (without a case) have ended, are under way.

    Every process of the programme has a count; one that was cancelled has not ended.
    """
    rows = db.session.execute(
        select(ProcessInstance.process, ProcessInstance.status, func.count())
        .where(ProcessInstance.case_id.is_(None), ProcessInstance.state != b"")
        .group_by(ProcessInstance.process, ProcessInstance.status)
    ).all()
    found = {word: dict.fromkeys(release.programme.names, 0) for word in ("termines", "en_cours")}
    for process, status, number in rows:
        word = {"finished": "termines", "running": "en_cours", "suspended": "en_cours"}.get(status)
        if word is not None and process in found[word]:
            found[word][process] += number
    return found


class Entrusted(Mapping[str, str]):
    """To which structure a case is entrusted now, by relation (``dossier.confie.operateur``), as ids in text.

    Read from the database when it is asked for, once; what the step under way has just entrusted or taken
    back counts already.
    """

    def __init__(self, case_id: UUID, earlier: Sequence[Effect]) -> None:
        self._case_id = case_id
        self._earlier = earlier

    @cached_property
    def _stored(self) -> dict[str, str]:
        rows = db.session.execute(
            select(Entrustment.relation, Entrustment.partner_id).where(
                Entrustment.case_id == self._case_id, Entrustment.until.is_(None)
            )
        )
        return {row.relation: str(row.partner_id) for row in rows}

    @property
    def _now(self) -> dict[str, str]:
        held = dict(self._stored)
        for effect in self._earlier:
            if isinstance(effect, Entrust):
                held[effect.relation] = str(effect.partner_id)
            elif isinstance(effect, TakeBack):
                held.pop(effect.relation, None)
        return held

    def __getitem__(self, key: str) -> str:
        return self._now[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)


def lanes_apart(case: Case, earlier: Sequence[Effect] = ()) -> list[str]:
    """Return the lanes kept apart from a case now, in order (``dossier.ecartes``, BAT-10)."""
    found: set[str] = set()
    if case.keeps_apart:
        rows = select(KeptApart.lane).where(KeptApart.case_id == case.id, KeptApart.until.is_(None))
        found |= set(db.session.scalars(rows))
    for effect in earlier:
        if isinstance(effect, KeepApart):
            found.add(effect.lane)
        elif isinstance(effect, Readmit):
            found.discard(effect.lane)
    return sorted(found)


def case_facts(case_id: UUID | None, earlier: Sequence[Effect] = ()) -> dict[str, Any]:
    """Return the facts of the case that diagrams may read; no identity.

    ``earlier``: what the step under way has asked for already.
    """
    case = db.session.get(Case, case_id) if case_id else None
    if case is None:
        return {}
    return {
        "reference": case.reference,
        "priorite": case.priority,
        "ouvert_le": case.opened_at,
        "commune": case.dwelling.insee,
        "statut": case.dwelling.tenure,
        "dpe": case.dwelling.energy_class,
        "confie": Entrusted(case.id, earlier),
        "site": site_facts.OfCase(case, earlier),
        "ecartes": lanes_apart(case, earlier),
    }
