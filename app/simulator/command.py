"""``relais simulate``: the programme chosen, the run, its figures."""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from app.catalog.bundle import Bundle
from app.simulator import output, source
from app.simulator.comparison import Side
from app.simulator.plan import MOST_HOUSEHOLDS, MOST_MONTHS, Plan, Progress
from app.simulator.run import simulate as run
from app.simulator.source import MOST_RELEASES
from app.simulator.words import Words

_WIDTH = 30
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("code")
@click.option("--households", type=click.IntRange(0, MOST_HOUSEHOLDS), help="Combien de ménages.")
@click.option("--months", type=click.IntRange(1, MOST_MONTHS), default=12, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Le même nombre rejoue la même vie.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="Premier jour, comme 2026-01-15.")
@click.option(
    "--release",
    "number",
    type=click.IntRange(1, MOST_RELEASES),
    help="Une version de la base, par son numéro.",
)
@click.option("--draft", is_flag=True, help="Le brouillon de la base.")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Un dossier.")
@click.option(
    "--compare", "against", metavar="VERSION", help="Comparer : un numéro, « fichiers » ou un dossier."
)
@click.option("--json", "as_json", is_flag=True, help="Donner les chiffres en JSON.")
@click.option("--html", "page", type=_FILE, help="Écrire une page à lire et à imprimer.")
@click.option("--csv", "table", type=_FILE, help="Écrire les étapes pour un tableur.")
def simulate(
    code: str,
    *,
    households: int | None,
    months: int,
    seed: int,
    start: datetime | None,
    number: int | None,
    draft: bool,
    folder: Path | None,
    against: str | None,
    as_json: bool,
    page: Path | None,
    table: Path | None,
) -> None:
    """Vit les mois d'un territoire en quelques secondes, sans toucher à votre base ni rien envoyer.

    À défaut d'autre choix, le dispositif est celui des fichiers livrés.
    """
    bundle = chosen(code, number=number, draft=draft, folder=folder)
    other = output.reference(code, against) if against is not None else None
    count = bundle.settings.simulation.alerts_month * months if households is None else households
    plan = Plan(count, months, seed, start.date() if start else None)
    here = _lived(bundle, "ce dispositif", plan)
    there = _lived(*other, replace(plan, start=plan.first_day(bundle.settings))) if other else None
    output.give(here, there, as_json=as_json, page=page, table=table)


def _lived(bundle: Bundle, label: str, plan: Plan) -> Side:
    """Run a programme; its progress shows where a person looks."""
    watched = sys.stderr.isatty()
    result = run(bundle, plan, progress=_show if watched else None)
    if watched:
        click.echo("\r\033[K", nl=False, err=True)
    return Side(label, Words(bundle), result)


def chosen(code: str, *, number: int | None, draft: bool, folder: Path | None) -> Bundle:
    """Return the programme that the options name.

    Raises:
        UsageError: several were named.
    """
    if sum((number is not None, draft, folder is not None)) > 1:
        raise click.UsageError("Choisissez une seule source : --release, --draft ou --folder.")
    if folder is not None:
        return source.in_folder(folder, code)
    if draft or number is not None:
        return source.stored(code, number)
    return source.shipped(code)


def _show(progress: Progress) -> None:
    done = round(_WIDTH * progress.share)
    bar = "█" * done + "·" * (_WIDTH - done)
    told = f"{progress.day:%d/%m/%Y} · {progress.started} ménages, {progress.closed} réglés"
    click.echo(f"\r\033[K{bar} {told}", nl=False, err=True)
