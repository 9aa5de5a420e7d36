"""Each class × role × place, in every shipped programme: visible where it is read, absent elsewhere.

A case is carried as far as it goes with a mark in every text and every sum; then somebody of each role, who
answered nothing, is told all that the programme's lists, pages, exports and papers can tell (LAW-1, LAW-7).
"""

import logging

import pytest
import zstandard
from marshmallow import ValidationError
from sqlalchemy import select

from app.access import CLASSES
from app.config import ROOT
from app.database import db, end_read
from app.errors import DesignFault, Invalid, NotFound, RelaisError
from app.models import Document, Incident, Job, JournalLine, Message, ProcessInstance, Submission
from app.services import (
    actors,
    case_view,
    cases,
    documents,
    inbox,
    releases,
    sharing,
    supervision_exports,
    task_view,
    tasks,
    views,
)
from app.services import perimeter as sight
from app.services.supervised import Filters
from tests import build
from tests.services.test_perimeter_matrix import said
from tests.web.marks import Marks

CODES = sorted(path.parent.name for path in (ROOT / "bpmn/territories").glob("*/territoire.toml"))
STEPS = 14
LEAST = 10


def marked(marks, form):
    """Answers to ask for: marks, but not where the answer is who lives there and where."""
    return {
        key: value
        for key, value in marks.wanted(form).items()
        if (field := form.field(key)) is not None and not field.feeds
    }


def a_lived_case(marks):
    """Open a case and answer what waits, each text with a mark; return it."""
    release = releases.current()
    sender, form = actors.public(release.settings), release.forms[release.entry.form]
    answers = build.sample(form, {}, classes=sender.rights.collect, **marked(marks, form))
    opened = cases.open_alert(answers, by=sender)
    for number in range(STEPS):
        ours = [task for task in build.open_tasks(opened.case_id) if inside(task)]
        if not ours or not answer(ours[0], marks, number):
            break
    build.pump()
    end_read()
    return opened


def inside(task):
    return not releases.of(task.process.release_id).settings.lanes[task.lane].external


def answer(task, marks, number):
    """Answer one step with marks, else as the form itself would; whether the case went on."""
    task_id, by = task.id, build.the_hand(task)
    view = task_view.open_task(task_id, by)
    for wanted in (marked(marks, view.form), {}):
        try:
            given = build.sample(view.form, view.context, classes=view.classes, seed=number, **wanted)
            tasks.complete(task_id, given, by=by)
        except (Invalid, DesignFault, ValidationError, ValueError):
            end_read()
            continue
        return True
    return False


def told_to(reader, case):
    """Everything that the places of a programme tell one reader, by place."""
    found = {"inbox": said(inbox.inbox(reader, which="equipe")), "search": "", "list": ""}
    if reader.rights.may("dossiers.voir"):
        found["list"] = said(cases.listing(reader, status="all"))
        found["search"] = said(cases.listing(reader, search=case.reference, status="all"))
        try:
            found["page"] = said(case_view.file_view(case.reference, reader))
        except NotFound:
            found["page"] = ""
    for task in build.open_tasks(case.case_id):
        try:
            view = task_view.open_task(task.id, reader)
            found["task"] = said([view.earlier, view.initial, view.context, view.decisions, view.header])
        except RelaisError:
            continue
    if reader.rights.may("supervision.voir"):
        export = supervision_exports.prepare(reader, Filters(), sort="echeance", kind="csv")
        found["export"] = said([export, *export.rows(reader)])
    if reader.rights.may("dossiers.voir"):
        papers = db.session.scalars(select(Document)).all()
        opens = [row for row in papers if set(row.classes) <= reader.rights.read]
        found["paper"] = " ".join(map(documents.page_of, opens))
    return found


def may_read(reader, classe, home, shared):
    form, field = home.split(".")[:2]
    return (
        classe in reader.rights.read
        or (classe == CLASSES[0] and form in reader.rights.read_forms)
        or (form, field) in shared
    )


@pytest.mark.usefixtures("monday")
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", CODES)
def test_a_class_is_visible_where_it_is_read_and_absent_everywhere_else(app, tmp_path, caplog, code):
    marks = Marks()
    caplog.set_level(logging.DEBUG)
    build.a_server(app, tmp_path)
    with build.serving(code):
        if releases.current().settings.entry is None:
            pytest.skip("no household in this programme")
        build.a_directory()
        case = a_lived_case(marks)
        stored = [views.all_answers(row) for row in db.session.scalars(select(Submission))]
        kept = marks.found_in(stored)
        assert {"technique", "social"} <= set(kept.values()), "the case holds marks of several classes"
        assert len(kept) >= LEAST, "and many of them"
        settings = releases.current().settings
        seen_by = set()
        for role in settings.roles.values():
            reader = build.an_actor(role.id, name=f"Lecteur {role.id}")
            with sight.serving(reader):
                places = told_to(reader, case)
                given = sharing.told(case.case_id)
            shared = {tuple(name.split(".")) for lane in reader.lanes for name in given.get(lane, ())}
            for place, text in places.items():
                found = marks.found_in(text)
                hidden = {
                    mark: marks.home_of[mark]
                    for mark, classe in found.items()
                    if not may_read(reader, classe, marks.home_of[mark], shared)
                }
                assert hidden == {}, (role.id, place)
            if places.get("page"):
                shown = set(marks.found_in(places["page"]).values())
                assert role.read & set(kept.values()) <= shown, (role.id, "page")
                seen_by.add(role.id)
        assert seen_by, "somebody opens the case"
        nothing_is_kept_beside(marks, caplog)


def nothing_is_kept_beside(marks, caplog):
    """Engine state, journal, jobs, incidents, logs hold no answer; letters, none that is protected."""
    for line in db.session.scalars(select(JournalLine)):
        assert not marks.found_in(line.actor, line.subject, line.details), line.action
    for process in db.session.scalars(select(ProcessInstance).where(ProcessInstance.state != b"")):
        state = zstandard.ZstdDecompressor().decompress(process.state, max_output_size=10**8).decode()
        protected = {mark for mark, classe in marks.found_in(state).items() if classe != "technique"}
        assert not protected, process.process
    for row in db.session.scalars(select(Message)):
        protected = {
            mark for mark, classe in marks.found_in(row.subject, row.body).items() if classe != "technique"
        }
        assert not protected, row.kind
    for entity in (Job, Incident):
        for row in db.session.scalars(select(entity)):
            assert not marks.found_in(said(row)), entity.__name__
    assert not marks.found_in(caplog.text)
