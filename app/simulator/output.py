"""What ``relais simulate`` gives back: text, JSON, a page, a table; and what it is compared with."""

import json
import os
from pathlib import Path

import click

from app.catalog.bundle import Bundle, bundle_from_files
from app.catalog.folder import read_folder
from app.catalog.words import printable, printable_json
from app.simulator import report, source, text
from app.simulator.comparison import Side, compare

SHIPPED = "fichiers"
"""How a person names the shipped files after ``--compare``."""


def reference(code: str, wanted: str) -> tuple[Bundle, str]:
    """Return the programme to compare with, and what to call it.

    ``wanted`` is a release number of the configured database, « fichiers » for the shipped files, or a
    folder; ``carene:3`` and ``carene:fichiers`` name another territory's.

    Raises:
        UsageError: it is none of these.
        NotFound: the database has no such release.
        BundleFault: a file cannot be used.
    """
    folder = Path(wanted)
    if os.path.isdir(folder):  # noqa: PTH112  # says no where pathlib raises: a closed folder above
        return bundle_from_files(read_folder(folder)), f"le dossier {folder.name or wanted}"
    owner, colon, name = wanted.rpartition(":")
    other = owner if colon else code
    told = f" de {other}" if other != code else ""
    if name == SHIPPED:
        return source.shipped(other), f"les fichiers livrés{told}"
    if name.isdecimal() and len(name) < 7 and 0 < int(name) <= source.MOST_RELEASES:
        return source.stored(other, int(name)), f"la version {int(name)}{told}"
    raise click.UsageError(
        f"« {wanted} » : indiquez un numéro de version, « {SHIPPED} » ou un dossier qui existe."
    )


def give(here: Side, there: Side | None, *, as_json: bool, page: Path | None, table: Path | None) -> None:
    """Print the result, as text or JSON, and write the files that were asked for."""
    comparison = compare(here, there) if there else None
    if page is not None:
        _write(page, report.page(here, comparison))
    if table is not None:
        _write(table, report.table([here, there] if there else [here]))
    if as_json:
        values = comparison.as_json() if comparison else here.result.as_json()
        click.echo(printable_json(json.dumps(values, ensure_ascii=False, indent=2)))
    else:
        click.echo("\n".join(map(printable, text.lines(here.result, here.words, comparison))))


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8", newline="")
    except OSError as fault:
        raise click.ClickException(
            f"« {path} » ne peut pas être écrit ({fault.strerror}). Choisissez un autre fichier."
        ) from None
    click.echo(f"Écrit : {path}", err=True)
