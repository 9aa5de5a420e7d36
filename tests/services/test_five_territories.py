"""Every shipped programme in one database: the same processes, the same household, no look next door.

Each territory that has households opens the same alert: same name, same telephone, same reference. Whoever
holds every role in one of them is told nothing of the others; what one keeps apart, the others never learn.
"""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.config import ROOT
from app.database import db, end_read, transaction
from app.errors import NotFound
from app.handlers.lane_effects import KeepApart
from app.models import Case, KeptApart, ProcessInstance, Task, Territory
from app.services import actors, apart, cases, releases, task_view
from app.services import perimeter as sight
from tests import build
from tests.services.test_secrecy_everywhere import answer, inside, told_to

CODES = sorted(path.parent.name for path in (ROOT / "bpmn/territories").glob("*/territoire.toml"))
SAME = {"menage.nom": "Moreau", "menage.prenom": "Lucie", "menage.telephone": "02 61 91 00 12"}
"""What every territory knows of the household, by the fact that a field feeds."""


def live():
    """Open the household's case in the territory being served and answer two steps; return what names it."""
    release = releases.current()
    if release.settings.entry is None:
        return None
    build.a_directory()
    sender, form = actors.public(release.settings), release.forms[release.entry.form]
    wanted = {field.key: SAME[field.feeds] for field in form.fields if field.feeds in SAME}
    case = cases.open_alert(build.sample(form, {}, classes=sender.rights.collect, **wanted), by=sender)
    for number in range(2):
        ours = [task for task in build.open_tasks(case.case_id) if inside(task)]
        if ours:
            answer(ours[0], Unmarked(), number)
    end_read()
    return case


class Unmarked:
    """No mark: plain answers."""

    def wanted(self, _form):
        return {}


def names_of(case):
    rows = db.session.scalars(select(Task.id).where(Task.case_id == case.case_id))
    return {str(one) for one in (case.case_id, case.process_id, *rows)}


@pytest.mark.usefixtures("monday")
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_five_programmes_hold_the_same_household_and_never_see_each_other(app, tmp_path):
    build.a_server(app, tmp_path)
    lived, names, bosses = {}, {}, {}
    for code in CODES:
        with build.serving(code):
            case = live()
            if case is not None:
                lived[code], names[code] = case, names_of(case)
                roles = [role.id for role in releases.current().settings.roles.values() if not role.limited]
                bosses[code] = build.an_actor(*roles, name=f"Tout {code}")
    assert len(lived) >= 4
    assert len({case.reference for case in lived.values()}) == 1, "the same reference everywhere"
    first = next(iter(lived))
    with build.serving(first):
        lane = next(iter(releases.current().settings.lanes))
        with transaction() as session:
            process = session.get_one(ProcessInstance, lived[first].process_id)
            apart.keep(KeepApart(lane, "Santé"), process, by=("essai", None))
    for code, case in lived.items():
        with build.serving(code) as territory:
            boss = bosses[code]
            with sight.serving(boss):
                text = " ".join(told_to(boss, case).values())
            for other in lived.keys() - {code}:
                assert not [name for name in names[other] if name in text], (code, other)
                assert db.session.get(Case, lived[other].case_id) is None
                with pytest.raises(NotFound):
                    task_view.open_task(next(iter(tasks_of(names[other], lived[other]))), boss)
            assert cases.listing(boss, search="Moreau", status="all").total == 1
            assert db.session.get_one(Territory, territory.id).keeps_apart == (code == first)
            assert len(db.session.scalars(select(KeptApart)).all()) == (1 if code == first else 0)


def tasks_of(names, case):
    """The ids of a case's steps, as another territory would guess them."""
    return {UUID(name) for name in names} - {case.case_id, case.process_id}
