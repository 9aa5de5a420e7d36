"""Answers as a person may see them: rows of label and text, filtered by class (LAW-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.access import CLASSES
from app.catalog.answers_view import Row, answer_rows
from app.catalog.forms import Form
from app.catalog.kinds.choices import LANES, STRUCTURES
from app.database import db
from app.handlers import crew
from app.models import Case, Orientation, Partner, ProcessInstance, Submission
from app.services import form_lists, releases, sharing, site_facts, views
from app.services.actors import Actor
from app.services.releases import LoadedRelease

_PASSED_ON: Final = frozenset({"champs_partageables", LANES})
"""Lists of answers to pass on (``services.choosing``)."""


def submission_rows(submission: Submission, release: LoadedRelease, classes: frozenset[str]) -> list[Row]:
    """Return the rows of one submission that ``classes`` may read."""
    form = release.forms.get(submission.form)
    if form is None:
        return []
    return list(answer_rows(form, views.all_answers(submission), classes, context=_lists(form, release)))


def _lists(form: Form, release: LoadedRelease) -> dict[str, Any]:
    """Return the lists that a form's choices were made from, so that they read as words."""
    asked = {item.options_from for field in form.fields for item in (field, *field.columns)}
    lists: dict[str, Any] = {}
    if "annuaire" in asked:
        lists["annuaire"] = {str(row.id): row.name for row in db.session.scalars(select(Partner))}
    if any(item and item.partition(".")[0] == STRUCTURES for item in asked):
        lists[STRUCTURES] = form_lists.directory(active=False)
    for name in {site_facts.LISTED, site_facts.OPEN_ONES} & asked:
        lists[name] = site_facts.choices(release, closed=True)
    if "intervenants" in asked:
        lists["intervenants"] = {one["valeur"]: one["libelle"] for one in crew.choices(release.settings)}
    if any(item and item.partition(".")[0] in _PASSED_ON for item in asked):
        named = {
            f"{one.id}.{field.key}": field.label for one in release.forms.values() for field in one.fields
        }
        lists["champs_partageables"] = named
        lists[LANES] = dict.fromkeys(release.settings.lanes, named)
    return lists


@dataclass(frozen=True)
class Shareable:
    """An answer that may be ticked for a partner: ``key`` is ``form.field``."""

    key: str
    label: str
    text: str
    classe: str


def shareable(process: ProcessInstance, release: LoadedRelease, classes: frozenset[str]) -> list[Shareable]:
    """Return the answers of the case, of ``classes``, that can be shared one by one."""
    given = views.latest_of(process)
    current = views.current_answers(given, release, None)
    found = []
    for form_id in dict.fromkeys(row.form for row in given):  # in the order of the route: who, then what
        form, answers = release.forms.get(form_id), current.get(form_id)
        if form is None or not answers:
            continue
        classe_of = {field.key: field.classe for field in form.fields}
        found += [
            Shareable(f"{form_id}.{row.key}", row.label, row.text, classe_of.get(row.key, "secret"))
            for row in answer_rows(form, answers, classes)
            if row.text
        ]
    return found


def shared_rows(process: ProcessInstance, release: LoadedRelease, row: Orientation) -> list[list[str]]:
    """Return ``[label, text]`` of the answers ticked for a partner, nothing else.

    Of the classes its kind may receive alone, inside tables too; nothing once the household has
    withdrawn its agreement (LAW-1, LAW-2).
    """
    kind = release.settings.partner_kinds.get(row.partner.kind)
    withdrawn = db.session.scalar(select(Case.agreement_withdrawn_on).where(Case.id == row.case_id))
    if kind is None or withdrawn is not None:
        return []
    wanted = set(row.shared_fields)
    return [
        [item.label, item.text] for item in shareable(process, release, kind.receives) if item.key in wanted
    ]


def typed(raw: Any) -> dict[str, Any]:
    """Return the typed answers of a draft kept after a fault, else nothing."""
    return dict(raw.get("answers", {})) if isinstance(raw, dict) else {}


@dataclass(frozen=True)
class AnsweredForm:
    """A form somebody answered, with the rows this person may read."""

    title: str
    element: str
    author: str
    at: datetime
    rows: Sequence[Row]
    scope: str | None
    shared: frozenset[str] = frozenset()
    """Keys of the rows read by a share alone (BAT-11)."""


def answered_forms(processes: Sequence[ProcessInstance], actor: Actor) -> list[AnsweredForm]:
    """Return the forms answered in a case, oldest first, with the rows that ``actor`` may read.

    What was shared with a lane of theirs is read as it stood when it was shared (BAT-11, LAW-7).
    """
    found = []
    shared = _shared_with(actor, processes[-1].case_id) if processes else {}
    done = {element for process in processes for element in process.done_elements}
    for submission in views.submissions_of(processes[-1]) if processes else []:
        release = releases.of(
            next((p.release_id for p in processes if p.id == submission.process_id), processes[-1].release_id)
        )
        own = actor.user_id is not None and submission.user_id == actor.user_id
        classes = actor.rights.readable_in(submission.form, own=own, done_steps=done)
        rows = submission_rows(submission, release, classes)
        by_share = _by_share(submission, release, classes, shared.get(submission.id, {}))
        form = release.forms.get(submission.form)
        if form is not None and (rows or by_share):
            found.append(
                AnsweredForm(
                    form.title, submission.element, submission.author, submission.at,
                    _in_order(form, rows, by_share), submission.scope, frozenset(by_share),
                )
            )  # fmt: skip
    return found


def _shared_with(actor: Actor, case_id: UUID | None) -> sharing.Given:
    """Return what was shared with a lane of theirs; nothing is read for whoever reads every class."""
    if case_id is None or actor.rights.read >= set(CLASSES):
        return {}
    return sharing.shown_to(actor.lanes, db.session.get(Case, case_id))


def _by_share(
    submission: Submission,
    release: LoadedRelease,
    classes: frozenset[str],
    given: Mapping[str, frozenset[str]],
) -> dict[str, Row]:
    """Return the rows that a share adds, by key: of the classes that its lanes may receive, in tables too."""
    lanes = release.settings.lanes
    found: dict[str, Row] = {}
    for key, names in given.items():
        receives = frozenset[str]().union(*(lanes[name].receives for name in names if name in lanes))
        if receives <= classes:
            continue
        rows = submission_rows(submission, release, classes | receives)
        found |= {row.key: row for row in rows if row.key == key and row.classe in receives}
    return found


def _in_order(form: Form, rows: Sequence[Row], by_share: Mapping[str, Row]) -> list[Row]:
    given = {row.key: row for row in rows} | dict(by_share)
    return [given[field.key] for field in form.fields if field.key in given]
