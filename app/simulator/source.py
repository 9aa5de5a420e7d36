"""Where the programme to simulate comes from: shipped files, a folder, a stored release, the draft."""

import os
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy import make_url, select

from app import tenancy
from app.catalog.bundle import Bundle, bundle_from_files, bundle_from_text, resolve
from app.catalog.folder import read_folder
from app.config import ROOT, Settings
from app.database import bind, db
from app.errors import BundleFault, NotFound
from app.models import ProgrammeDraft, Release
from app.services import releases

MOST_RELEASES: Final = 999_999


class NotStored(NotFound):
    """The configured database holds no such programme."""

    sentence_template = "{what}"


def shipped(code: str) -> Bundle:
    """Return a territory's shipped files.

    Raises:
        BundleFault: there are none of that code, or one cannot be used.
    """
    return resolve(Path(os.environ.get("RELAIS_PROGRAMMES") or ROOT).absolute(), code)


def in_folder(folder: Path, code: str) -> Bundle:
    """Return the files of a flat folder.

    Raises:
        BundleFault: one cannot be used, or they are another territory's.
    """
    bundle = bundle_from_files(read_folder(folder))
    if bundle.settings.code != code:
        raise BundleFault(
            file=f"{folder}/territoire.toml",
            cause=f"« code » vaut « {bundle.settings.code} » : demandez la simulation de ce territoire.",
        )
    return bundle


def stored(code: str, number: int | None) -> Bundle:
    """Return a release of the configured database by its number, or the draft (None); nothing is written.

    Raises:
        NotFound: no such territory, release or draft.
    """
    server = Settings.from_env()
    app = Flask("relais-simulation-source")
    _expect_database(server.database_url)
    bind(app, server.database_url, data_key=server.data_key)
    with app.app_context():
        try:
            return bundle_from_text(_files(code, number))
        finally:
            db.session.remove()
            db.engine.dispose()


def _expect_database(address: str) -> None:
    """Refuse an SQLite file that is not there: opening it would make it."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise NotStored(
            what="La base de données n'existe pas encore. Vérifiez DATABASE_URL, puis lancez « relais db "
            "upgrade » et « relais territory load »."
        )


def _files(code: str, number: int | None) -> dict[str, str]:
    territory = releases.territory_by_code(code)
    if territory is None:
        raise NotStored(what=f"« {code} » n'est pas dans la base. « relais territory list » le dit.")
    with tenancy.serving(territory.id):
        wanted = (
            select(ProgrammeDraft.files)
            if number is None
            else select(Release.files).where(Release.number == number)
        )
        files = db.session.scalar(wanted)
    if files is None:
        missing = "de brouillon" if number is None else f"de version {number}"
        raise NotStored(what=f"« {code} » n'a pas {missing}. La page « Versions » dit ce qu'il a.")
    return {name: str(text) for name, text in files.items()}
