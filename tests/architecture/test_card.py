"""The user's card: the libraries asked for do the work they are for, and the house has its parts."""

import ast
import tomllib

import pytest

from app.config import ROOT

LIBRARIES = {
    "spiffworkflow": ("SpiffWorkflow", {"app/engine"}),
    "flask": ("flask", {"app/web"}),
    "flask-sqlalchemy": ("flask_sqlalchemy", {"app/database.py"}),
    "flask-login": ("flask_login", {"app/web"}),
    "apscheduler": ("apscheduler", {"app/scheduler.py"}),
    "marshmallow": ("marshmallow", {"app/catalog", "app/handlers"}),
    "weasyprint": ("weasyprint", {"app/documents"}),
}
"""Distribution → the module it gives, and every place that must import it."""

PARTS = (
    "pyproject.toml",
    "app",
    "bpmn",
    "forms",
    "app/handlers",
    "app/notifications",
    "tests",
    "README.md",
)


def imports(place: str) -> set[str]:
    """The top-level modules that a file, or any file of a folder, imports."""
    found = set()
    where = ROOT / place
    for path in [where] if where.suffix else sorted(where.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {line.split(">")[0].split("=")[0].split("[")[0].strip() for line in project["dependencies"]}


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_each_library_asked_for_is_declared_and_does_its_work_in_its_room(library):
    module, rooms = LIBRARIES[library]
    assert library in declared()
    assert {room for room in rooms if module not in imports(room)} == set()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_asked_for_is_there(part):
    where = ROOT / part
    assert where.is_file() if "." in part else any(where.iterdir())


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locked_libraries_are_hashed_and_name_no_index(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all("==" in line and line.endswith("\\") for line in pins)
    assert "://" not in text
    assert not any(line.startswith(("-i", "--index", "--extra-index", "-f", "--find-links")) for line in pins)


def test_every_declared_library_is_locked():
    locked = {
        line.partition("==")[0].partition("[")[0].lower()
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    assert declared() <= locked
