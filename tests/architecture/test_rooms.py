"""What no room may do, read from the code itself. (``make check`` also runs import-linter.)"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app.config import ROOT

APP = ROOT / "app"

MAY_CATCH_EVERYTHING = {
    "app/jobs.py": "one poison job must not hold back the others",
    "app/scheduler.py": "one failing pass must not stop the pump",
    "app/services/timers.py": "one poison timer must not hold back the others",
    "app/services/reminders.py": "one notice that cannot be written must not hold back the others",
    "app/services/duties.py": "one poison rule must not hold back the others",
    "app/services/breach_records.py": "one promise that cannot be written down must not hold back the others",
    "app/services/retention.py": "one case that cannot be looked at must not hold back the others",
    "app/services/migrating/judging.py": "one case that breaks its judge must not hold back the others",
    "app/services/migrating/carrying.py": "one case that cannot follow must not hold back the others",
    "app/publishing/children.py": "whatever goes wrong in a process is told to whoever asked for it",
    "app/publishing/trial_runs.py": "one simulation that breaks must not stay at work for ever",
    "app/engine/advance.py": "whatever goes wrong in one step becomes the fault of that step",
    "app/engine/programme.py": "whatever a file breaks in the compiler is told as the fault of that file",
    "app/engine/checks/__init__.py": "one file that cannot be judged must not hide the others",
    "app/engine/checks/trial.py": "one file that cannot be compiled must not hide the others",
    "app/checker/files/reading.py": "one file that cannot be judged must not hide what is said of the others",
}
"""The guards around one item: one job, one due timer, one rendered PDF, one checked file."""

LONGER_MODULES: dict[str, int] = {}
LONGER_FUNCTIONS: dict[str, int] = {}
"""What is longer than the house's measure, and how long at most: each says one thing all the same."""

NOT_WORDS_OF_A_TERRITORY = frozenset({"public", "partenaire", "menage", "donneur_alerte"})
"""Lanes and kinds that are words of the product itself: the verbs' own addressees."""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(APP.rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), tree(path)


def places(wanted) -> list[str]:
    """Where ``wanted(file, node)`` holds, as ``file:line``."""
    return [
        f"{file}:{node.lineno}"
        for file, module in modules()
        for node in ast.walk(module)
        if hasattr(node, "lineno") and wanted(file, node)
    ]


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def test_only_the_database_room_commits():
    def commits(file, node):
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and (
                node.func.attr == "commit"
                or re.search(r"(session|engine|connection)\.begin$", ast.unparse(node.func)) is not None
            )
            and file != "app/database.py"
        )

    assert places(commits) == []


_CLOCKS_OF_WORK = {"monotonic", "perf_counter", "process_time", "sleep"}


def test_only_the_clock_room_reads_the_wall_clock():
    readers = re.compile(r"(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime))$")

    def reads(file, node):
        return file != "app/clock.py" and (
            (isinstance(node, ast.Call) and readers.search(ast.unparse(node.func)) is not None)
            or (
                isinstance(node, ast.Attribute)
                and node.attr in {"now", "current_timestamp"}
                and ast.unparse(node.value) in {"func", "sa.func", "sqlalchemy.func"}
            )
            or (
                isinstance(node, ast.ImportFrom)
                and node.module == "time"
                and {alias.name for alias in node.names} - _CLOCKS_OF_WORK
            )
        )

    assert places(reads) == []


def test_only_the_guards_around_one_item_catch_everything():
    def broad(file, node):
        if not isinstance(node, ast.ExceptHandler):
            return False
        caught = "" if node.type is None else ast.unparse(node.type)
        catches = node.type is None or re.search(r"\b(Base)?Exception\b", caught) is not None
        raises_again = any(isinstance(part, ast.Raise) and part.exc is None for part in node.body)
        return catches and not raises_again and file not in MAY_CATCH_EVERYTHING

    assert places(broad) == []


def test_only_the_engine_room_imports_the_engine():
    def imports_engine(file, node):
        return not file.startswith("app/engine/") and any(
            name.partition(".")[0] == "SpiffWorkflow" for name in imported(node)
        )

    assert places(imports_engine) == []


def test_the_engine_knows_neither_the_database_nor_the_web():
    def leaks(file, node):
        return file.startswith("app/engine/") and any(
            name.partition(".")[0] in {"flask", "sqlalchemy", "flask_sqlalchemy"}
            or name.startswith(("app.database", "app.models"))
            for name in imported(node)
        )

    assert places(leaks) == []


def test_no_room_goes_around_the_territory_filter():
    """Core tables, textual SQL and bulk writes pass beside the filter of ``app.database``.

    The bench fills private databases of its own, and no others; taking a case out reads in which order the
    tables refer to each other, and deletes through the entities.
    """

    def goes_around(file, node):
        if file in {
            "app/database.py",
            "app/services/schema.py",
            "app/services/takeover/vanishing.py",
        } or file.startswith("app/bench/"):
            return False
        if isinstance(node, ast.Attribute):
            return node.attr in {"__table__", "local_table", "exec_driver_sql"} or node.attr.startswith(
                "bulk_"
            )
        return any(
            name
            in {"sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.table", "sqlalchemy.literal_column"}
            for name in imported(node)
        )

    assert places(goes_around) == []


def test_every_bare_flask_of_the_program_is_bound_by_the_database_room():
    def binds(file, node):
        return (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("db.init_app")
            and file != "app/database.py"
        )

    assert places(binds) == []


def words_of_territories() -> set[str]:
    """Codes, names, roles, lanes and partner kinds of every territory, as its settings write them."""
    words: set[str] = set()
    for settings in sorted((ROOT / "bpmn" / "territories").glob("*/territoire.toml")):
        read = tomllib.loads(settings.read_text(encoding="utf-8"))
        words.add(settings.parent.name)
        for value in (read.get("code"), read.get("nom"), read.get("name")):
            if isinstance(value, str):
                words.add(value)
        for table in ("couloirs", "roles", "partenaires", "prestations"):
            section = read.get(table, {})
            if isinstance(section, dict):
                words.update(section)
        words.update(commune["nom"] for commune in read.get("communes", []) if isinstance(commune, dict))
    return words - NOT_WORDS_OF_A_TERRITORY


def test_python_names_no_territory_no_role_no_lane():
    words = words_of_territories()
    assert words, "no territory is shipped: nothing was looked for"

    def names_one(file, node):
        return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in words

    assert places(names_one) == []


def docstrings(module: ast.Module) -> set[int]:
    return {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def test_python_speaks_of_no_programme_in_its_sentences():
    codes = {path.parent.name for path in (ROOT / "bpmn" / "territories").glob("*/territoire.toml")}
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(codes)))})\b", re.IGNORECASE)
    said = [
        f"{file}:{node.lineno}"
        for file, module in modules()
        for told in [docstrings(module)]
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in told
        and pattern.search(node.value)
    ]
    assert said == []


def test_a_number_of_days_is_written_in_a_diagram_not_in_python():
    """A duration of a day or more is a programme's rule; the few technical ones are named here."""
    technical = {
        "app/expressions/": "the meaning of a working day and of a month",
        "app/services/accounts.py": "how long a session and a failed attempt are remembered",
        "app/web/": "how long a browser keeps a file or a session",
        "app/engine/": "the meaning of a drawn duration",
        "app/catalog/kinds/": "how far apart made-up dates stand",
        "app/services/capacity_weeks.py": "a week has seven days, a year fifty-two of them",
        "app/services/inbox": "a week has seven days, and « bientôt » is two",
        "app/services/delegations.py": "how long an absence may be, against a slip in the year",
        "app/services/capacity": "a week has seven days, a year fifty-two weeks",
        "app/services/desk.py": "how far a follow-up may be, against a slip in the year",
        "app/services/calendar_file.py": "how far a calendar program looks back and ahead",
        "app/services/feeds.py": "how long an address serves",
        "app/services/retention.py": "how far a hold may be, against a slip; what « bientôt » means",
    }

    def days(file, node):
        return (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).rpartition(".")[2] in {"timedelta", "relativedelta"}
            and any(
                keyword.arg in {"days", "weeks", "months", "years"}
                and isinstance(keyword.value, ast.Constant)
                and keyword.value.value not in {0, 1}
                for keyword in node.keywords
            )
            and not file.startswith(tuple(technical))
        )

    assert places(days) == []


def test_modules_and_functions_keep_to_the_measure():
    """At most 300 lines a module and 45 a function; what is longer is listed, and grows no more."""
    long = []
    for file, module in modules():
        lines = (ROOT / file).read_text(encoding="utf-8").count("\n")
        if lines > LONGER_MODULES.get(file, 300):
            long.append(f"{file}: {lines} lines")
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGER_FUNCTIONS.get(f"{file}:{node.name}", 45):
                    long.append(f"{file}:{node.lineno} {node.name}: {length} lines")
    assert long == []


@pytest.mark.parametrize("allowed", sorted(MAY_CATCH_EVERYTHING))
def test_a_guard_that_is_allowed_exists(allowed):
    assert any(
        isinstance(node, ast.ExceptHandler) and "Exception" in ast.unparse(node.type or ast.Constant(""))
        for node in ast.walk(tree(ROOT / allowed))
    )
