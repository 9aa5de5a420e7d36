"""The ``relais`` command."""

import io
import json
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import checker, create_app, keeping, logs, publishing, queues, scheduler, tenancy
from app import worker as carrier
from app.catalog.words import printable, printable_json
from app.cli_cases import case
from app.config import Settings
from app.database import db
from app.errors import Invalid, RelaisError
from app.models import Territory
from app.services import accounts, ceilings, releases, schema, structures
from app.services import demo as demo_data
from app.simulator.command import simulate
from app.web.server import serve as serve_web


class French(click.Group):
    """Says domain errors as sentences, without a traceback; exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except Invalid as refusal:
            for sentences in refusal.problems.values():
                click.echo("\n".join(map(printable, sentences)), err=True)
            ctx.exit(1)
        except RelaisError as error:
            click.echo(printable(error.sentence), err=True)
            ctx.exit(1)
        except OperationalError as error:
            click.echo(
                "La base de données ne répond pas, ou n'est pas à jour. Vérifiez DATABASE_URL, puis "
                f"lancez « relais db upgrade » et « relais doctor ». ({type(error.orig).__name__})",
                err=True,
            )
            ctx.exit(1)


@click.group(cls=French)
@click.pass_context
def main(context: click.Context) -> None:
    """Relais : chaque signalement, de main en main, jusqu'à son règlement."""
    context.obj = create_app  # what commands of other rooms open the database with
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our signs shows « ? » in their place


@main.command()
@click.option("--fresh", is_flag=True, help="Repartir d'une base neuve.")
@click.option("--port", default=8000, show_default=True)
def demo(*, fresh: bool, port: int) -> None:
    """Crée la base de démonstration si elle manque, puis sert sur 127.0.0.1."""
    settings = _demo_settings(port)
    if fresh:
        _forget(settings)
    schema.upgrade_for(settings)
    app = _serving_app(quiet=True, settings=settings)
    with app.app_context():
        click.echo("Préparation des territoires et des dossiers d'exemple…")
        demo_data.fill(settings.programmes_root, lived=publishing.first_lived)
        scheduler.arm_calendars()
        db.session.remove()
        db.engine.dispose()
    click.echo(f"Relais vous attend sur {settings.base_url} (Ctrl+C pour arrêter).")
    serve_web(app, port=port, on_start=lambda: _pump(app))


def _serving_app(*, quiet: bool = False, settings: Settings | None = None) -> Flask:
    """Build the application of a process that stays, its log written as the settings say."""
    resolved = settings or Settings.from_env()
    logs.configure(resolved.logs, level=logging.WARNING if quiet else logging.INFO)
    return create_app(resolved)


def _pump(app: Flask) -> Callable[[], None] | None:
    """Start the pump of this process; return how to stop it. None when workers of their own do its work."""
    settings: Settings = app.config["RELAIS_SETTINGS"]
    if settings.jobs == "procrastinate":
        return None
    running = scheduler.start(app)
    return lambda: running.shutdown(wait=True)


def _demo_settings(port: int) -> Settings:
    env = {"RELAIS_BASE_URL": f"http://127.0.0.1:{port}", **os.environ, "RELAIS_DEMO": "1"}
    return Settings.from_env(env)


def _forget(settings: Settings) -> None:
    """Remove the demonstration's SQLite file and its attached files; never another database."""
    if not settings.database_url.startswith("sqlite:///"):
        raise click.UsageError("--fresh n'efface qu'une base SQLite de démonstration.")
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(settings.files_folder, ignore_errors=True)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Nombre de processus web.")
@click.option("--pump/--no-pump", default=True, help="Faire aussi ce qui tombe à échéance.")
def serve(*, host: str, port: int, workers: int, pump: bool) -> None:
    """Sert l'application avec la base de DATABASE_URL."""
    app = _serving_app()
    on_start = (lambda: _pump(app)) if pump else None
    serve_web(app, host=host, port=port, workers=workers, on_start=on_start)


@main.command()
@click.option(
    "--queue", "serves", multiple=True, type=click.Choice(queues.NAMES), help="Ne servir que cette file."
)
@click.option(
    "--concurrency", default=2, show_default=True, help="Travaux à la fois (RELAIS_JOBS=procrastinate)."
)
def worker(*, serves: tuple[str, ...], concurrency: int) -> None:
    """Fait ce qui tombe à échéance, dans un processus à part."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    app, served = _serving_app(), serves or queues.NAMES
    settings: Settings = app.config["RELAIS_SETTINGS"]
    click.echo(f"Relais travaille : {', '.join(served)}.")
    if settings.jobs == "procrastinate":
        carrier.run(app, settings, stop, serves=served, concurrency=concurrency)
    else:
        scheduler.run_forever(app, stop, served)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Donner les chiffres en JSON.")
@click.option("--postgresql", is_flag=True, help="Mesurer sur un serveur PostgreSQL lancé pour l'occasion.")
@click.option("--large", is_flag=True, help="Avec 100 000 tâches ouvertes et un million de terminées.")
@click.option("--quick", "--rapide", "quick", is_flag=True, help="À peine, pour voir que tout se mesure.")
def bench(*, as_json: bool, postgresql: bool, large: bool, quick: bool) -> None:
    """Mesure une étape, les échéances, la corbeille et la supervision, sans toucher à votre base."""
    from app.bench import LARGE, SMALL, measure, table  # noqa: PLC0415  # a tool that the server never loads

    figures = measure(SMALL if quick else LARGE if large else None, postgresql=postgresql)
    click.echo(json.dumps(figures, ensure_ascii=False, indent=2) if as_json else table(figures))


@main.command()
@click.argument("paths", nargs=-1, metavar="CHEMIN…")
@click.option("--json", "as_json", is_flag=True, help="Donner le résultat en JSON.")
def check(paths: tuple[str, ...], *, as_json: bool) -> None:
    """Vérifie des diagrammes, tables, formulaires, messages, ou le dossier d'un territoire.

    Un fichier est jugé avec les autres de son territoire quand un territoire.toml se trouve au-dessus ;
    sinon, il est jugé seul.
    """
    try:
        verdicts = checker.check_paths(paths)
    except checker.NothingToCheck as fault:
        click.echo(printable(fault.sentence), err=True)
        sys.exit(2)
    if as_json:
        click.echo(printable_json(json.dumps(checker.as_json(verdicts), ensure_ascii=False, indent=2)))
    else:
        for line in checker.report(verdicts, click.style):
            click.echo(line)
    sys.exit(0 if all(verdict.ok for verdict in verdicts) else 1)


for tool in (simulate, keeping.backup, keeping.restore, keeping.doctor):
    main.add_command(tool)


@main.group(name="db")
def database() -> None:
    """La base de données."""


@database.command()
def upgrade() -> None:
    """Met la base au niveau de cette version."""
    schema.upgrade_for(Settings.from_env())
    click.echo("La base est à jour.")


@main.group()
def territory() -> None:
    """Les territoires."""


@territory.command(name="list")
def territory_list() -> None:
    """Liste les territoires."""
    with _app().app_context():
        for row in releases.all_territories():
            with tenancy.serving(row.id):
                last = releases.newest()
            told = f"version {last.number}\t{last.fingerprint[:12]}" if last else "aucune version"
            click.echo(f"{row.code}\t{printable(row.name)}\t{told}")


@territory.command(name="load")
@click.argument("code")
def territory_load(code: str) -> None:
    """Charge un territoire depuis ses fichiers ; un territoire connu n'est pas touché."""
    settings = Settings.from_env()
    with _app().app_context():
        ceilings.load_shipped()
        release = releases.load_territory(Path(settings.programmes_root), code, lived=publishing.first_lived)
        scheduler.arm_calendars()
    click.echo(f"{code} : version {release.number}, empreinte {release.fingerprint[:12]}.")


for command in (
    publishing.clone,
    publishing.export,
    publishing.import_folder,
    publishing.offer,
    publishing.pull,
):
    territory.add_command(command)


@main.group()
def user() -> None:
    """Les comptes."""


@user.command(name="add")
@click.argument("email")
@click.option("--name", default="", help="Nom affiché ; à défaut, l'adresse.")
@click.option("--territory", "code", required=True)
@click.option("--role", "roles", multiple=True, required=True)
@click.option("--structure", metavar="NOM", help="La structure de l'annuaire pour laquelle elle travaille.")
@click.password_option(
    "--password",
    prompt="Mot de passe (12 caractères au moins)",
    confirmation_prompt="Le même mot de passe, pour vérifier",
)
def user_add(
    email: str, *, name: str, code: str, roles: tuple[str, ...], structure: str | None, password: str
) -> None:
    """Ajoute une personne, ou des rôles à une personne connue."""
    with _app().app_context():
        place = _territory(code)
        partner_id = structures.named(place.id, structure) if structure else None
        known = accounts.by_email(email)
        if known is not None:
            accounts.grant(known.id, territory_id=place.id, roles=roles, partner_id=partner_id)
        else:
            accounts.create_user(
                email,
                name=name or email,
                password=password,
                territory_id=place.id,
                roles=roles,
                partner_id=partner_id,
            )
    works_for = f", pour {structure}" if structure else ""
    click.echo(f"{email} : {', '.join(roles)} dans {code}{works_for}.")


main.add_command(case)


def _app() -> Flask:
    return create_app()


def _territory(code: str) -> Territory:
    found = releases.territory_by_code(code)
    if found is None:
        raise click.ClickException(f"le territoire « {code} » n'est pas chargé.")
    return found


if __name__ == "__main__":
    main()
