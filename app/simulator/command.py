"""``relais simulate``: the programme chosen, the run, its figures."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click

from app.catalog.bundle import Bundle
from app.simulator import source, text
from app.simulator.plan import MOST_HOUSEHOLDS, MOST_MONTHS, Plan, Progress
from app.simulator.run import simulate as run

_WIDTH = 30


@click.command()
@click.argument("code")
@click.option("--households", type=click.IntRange(0, MOST_HOUSEHOLDS), help="Combien de ménages.")
@click.option("--months", type=click.IntRange(1, MOST_MONTHS), default=12, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Le même nombre rejoue la même vie.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="Premier jour, comme 2026-01-15.")
@click.option("--release", "number", type=int, help="Une version de la base, par son numéro.")
@click.option("--draft", is_flag=True, help="Le brouillon de la base.")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Un dossier.")
@click.option("--json", "as_json", is_flag=True, help="Donner les chiffres en JSON.")
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
    as_json: bool,
) -> None:
    """Vit les mois d'un territoire en quelques secondes, sans toucher à votre base ni rien envoyer.

    À défaut d'autre choix, le dispositif est celui des fichiers livrés.
    """
    bundle = chosen(code, number=number, draft=draft, folder=folder)
    count = bundle.settings.simulation.alerts_month * months if households is None else households
    plan = Plan(count, months, seed, start.date() if start else None)
    result = run(bundle, plan, progress=_show if sys.stderr.isatty() else None)
    if sys.stderr.isatty():
        click.echo("\r\033[K", nl=False, err=True)
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(text.lines(result)))


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
