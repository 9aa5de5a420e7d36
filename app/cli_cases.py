"""``relais case``: what is done to a case from the command line of the server; never a name on the screen."""

import os
from pathlib import Path
from typing import Final

import click
from flask import Flask

from app import create_app, tenancy
from app.access import CLASSES, PERMISSIONS, Rights
from app.catalog.words import day
from app.clock import PARIS
from app.models import Territory
from app.services import access_export, cases, erasure, household_view, releases
from app.services.actors import SYSTEM, Actor

_OPERATOR: Final = Actor(
    kind="system",
    name="ligne de commande",
    person="ligne-de-commande",
    rights=Rights(permissions=PERMISSIONS, read=frozenset(CLASSES)),
)
"""Whoever holds the server's keys; each act is journalled under this name."""


@click.group()
def case() -> None:
    """Les dossiers."""


@case.command(name="list")
@click.option("--territory", "code", required=True)
def case_list(code: str) -> None:
    """Liste les dossiers ouverts : référence, étape, priorité ; aucun nom."""
    with _app().app_context(), tenancy.serving(_territory(code).id):
        number, last = 1, 1
        while number <= last:
            page = cases.listing(SYSTEM, page=number)
            for row in page.rows:
                click.echo(f"{row.reference}\t{row.priority or '—'}\t{row.step}")
            number, last = number + 1, page.pages


@case.command(name="show")
@click.argument("reference")
@click.option("--territory", "code", required=True)
def case_show(reference: str, code: str) -> None:
    """Dit où en est un dossier : dates, conservation, ce qui a été fait ; aucun nom."""
    with _app().app_context(), tenancy.serving(_territory(code).id):
        found = household_view.rights_of(reference, _OPERATOR)
        state = (
            "effacé"
            if found.erased_at
            else "archivé"
            if found.archived_at
            else "ouvert"
            if found.open
            else "clos"
        )
        click.echo(f"{found.reference}\t{state}")
        if found.withdrawn_on:
            click.echo(f"accord retiré\t{day(found.withdrawn_on)}")
        if found.keep_until:
            click.echo(f"prochain examen\t{day(found.keep_until)}")
        if found.hold_until:
            click.echo(f"à conserver jusqu'au\t{day(found.hold_until)}")
        for line in found.done:
            click.echo(f"{day(line.at.astimezone(PARIS).date())}\t{line.text}\t{line.actor}")


@case.command(name="export")
@click.argument("reference")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--territory", "code", required=True)
def case_export(reference: str, folder: Path, code: str) -> None:
    """Écrit dans FOLDER tout ce qui est gardé d'un ménage, à lui remettre (LAW-6)."""
    with _app().app_context(), tenancy.serving(_territory(code).id):
        content, name = access_export.export(reference, by=_OPERATOR)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    click.echo(f"{target} : à remettre au ménage, puis à supprimer d'ici.")


@case.command(name="erase")
@click.argument("reference")
@click.option("--territory", "code", required=True)
@click.option("--reason", type=click.Choice(sorted(erasure.REASONS)), required=True)
@click.option("--yes", is_flag=True, help="Ne demande pas de recopier la référence.")
def case_erase(reference: str, code: str, reason: str, *, yes: bool) -> None:
    """Efface un ménage pour de bon : rien ne peut revenir (LAW-6)."""
    repeated = reference if yes else click.prompt("Recopiez la référence du dossier à effacer")
    with _app().app_context(), tenancy.serving(_territory(code).id):
        erasure.erase(reference, reason=reason, repeated=repeated, by=_OPERATOR)
    click.echo(f"{reference} est effacé : il n'en reste que la référence.")


def _app() -> Flask:
    return create_app()


def _territory(code: str) -> Territory:
    found = releases.territory_by_code(code)
    if found is None:
        raise click.ClickException(f"le territoire « {code} » n'est pas chargé.")
    return found
