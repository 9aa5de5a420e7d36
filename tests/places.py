"""Where tests take place: a server's settings, a territory on its shipped files or on changed ones."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from flask import Flask, current_app
from lxml import etree
from sqlalchemy import select

from app import tenancy
from app.config import ROOT, Settings
from app.database import Base, db, end_read, transaction
from app.models import (
    Agreement,
    AnahCeiling,
    Envelope,
    Figure,
    Goal,
    JournalLine,
    Partner,
    Quota,
    Release,
    Site,
    SiteZoning,
    Territory,
)
from app.services import ceilings, releases

_SPIFF: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def a_server(app: Flask, folder: Path, **given: Any) -> Settings:
    """Give a bare application the settings that services read; ``given`` replaces some of them."""
    settings = Settings(
        database_url=app.config["SQLALCHEMY_DATABASE_URI"],
        secret_key="clé-des-sessions-des-tests-assez-longue",
        data_key=app.config["RELAIS_DATA_KEY"],
        base_url="http://127.0.0.1:8000",
        files_folder=folder / "files",
        programmes_root=ROOT,
        demo=True,
    )
    settings = replace(settings, **given)
    app.config["RELAIS_SETTINGS"] = settings
    return settings


_loaded: dict[tuple[str, str, str], list[tuple[type[Base], dict[str, Any]]]] = {}
"""What loading a territory wrote, to be written again in the next test's database, same ids."""


def _contents(root: Path) -> str:
    """Return what tells the files of one root from those of another, wherever they stand."""
    if root == ROOT:
        return str(ROOT)
    digest = sha256()
    for folder in ("bpmn", "forms"):
        for path in sorted(path for path in (root / folder).rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def a_territory(code: str = "carene", *, root: Path = ROOT) -> Territory:
    """Return the territory of these files, with its first release and the Anah ceilings.

    The same files are loaded for good once a process; later databases are given the same rows.
    """
    known = releases.territory_by_code(code)
    if known is not None:
        return known
    key = (_contents(root), code, str(current_app.config["RELAIS_DATA_KEY"]))
    ceilings_known = db.session.scalar(select(AnahCeiling).limit(1)) is not None
    if key not in _loaded:
        ceilings.load_shipped()
        releases.load_territory(root, code)
        _loaded[key] = _rows_of(code)
    else:
        rows = [row for row in _loaded[key] if not (row[0] is AnahCeiling and ceilings_known)]
        territory_id = next(facts["id"] for entity, facts in rows if entity is Territory)
        with tenancy.serving(territory_id), transaction() as session:
            for entity, facts in rows:
                session.add(entity(**facts))
                if entity in {Territory, Partner, Site}:
                    session.flush()
    found = releases.territory_by_code(code)
    assert found is not None
    return found


def _rows_of(code: str) -> list[tuple[type[Base], dict[str, Any]]]:
    territory = releases.territory_by_code(code)
    assert territory is not None
    found: list[tuple[type[Base], dict[str, Any]]] = []
    with tenancy.serving(territory.id):
        wrote: list[type[Base]] = [
            Territory, Release, JournalLine, AnahCeiling, Agreement, Envelope, Quota, Figure, Partner, Site,
            SiteZoning, Goal,
        ]  # fmt: skip
        for entity in wrote:
            query = select(entity).where(Territory.code == code) if entity is Territory else select(entity)
            for row in db.session.scalars(query):
                names = [column.key for column in entity.__mapper__.column_attrs]
                found.append((entity, {name: getattr(row, name) for name in names}))
    end_read()
    return found


@contextmanager
def serving(code: str = "carene", *, root: Path = ROOT) -> Iterator[Territory]:
    """Serve a territory for the time of the block; create it when it is not there."""
    territory = a_territory(code, root=root)
    with tenancy.serving(territory.id):
        yield territory


def a_variant(
    folder: Path, code: str, verbs: Mapping[str, tuple[str, Mapping[str, str]]] | None = None
) -> Path:
    """Copy CARENE's files under another code; return the root to load it from.

    Args:
        folder: an empty folder.
        verbs: ``{service task: (verb, {parameter: expression})}``, in place of what the diagram says.
    """
    for part in ("bpmn", "forms"):
        shutil.copytree(ROOT / part / "base", folder / part / "base")
        source = ROOT / part / "territories" / "carene"
        if source.exists():
            shutil.copytree(source, folder / part / "territories" / code)
    settings = folder / "bpmn" / "territories" / code / "territoire.toml"
    settings.write_text(settings.read_text().replace('code = "carene"', f'code = "{code}"'))
    for file in folder.rglob("*.bpmn"):
        tree = etree.parse(file)
        for element, (verb, parameters) in (verbs or {}).items():
            for operator in tree.iterfind(f".//*[@id='{element}']//{{{_SPIFF}}}serviceTaskOperator"):
                operator.set("id", verb)
                (given,) = operator
                given[:] = [
                    etree.Element(f"{{{_SPIFF}}}parameter", id=name, type="any", value=value)
                    for name, value in parameters.items()
                ]
        tree.write(file, xml_declaration=True, encoding="UTF-8")
    return folder
