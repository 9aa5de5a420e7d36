"""The ``relais`` command."""

import signal
import sys
import threading
from pathlib import Path

import click
from flask import Flask

from app import create_app, scheduler, tenancy
from app.config import Settings
from app.database import db
from app.errors import RelaisError
from app.services import demo as demo_data
from app.services import accounts, doctor as health
from app.services import releases, schema
from app.web.server import serve as serve_web


class French(click.Group):
    """Says domain errors as sentences, without a traceback; exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except RelaisError as error:
            click.echo(error.sentence, err=True)
            ctx.exit(1)


@click.group(cls=French)
def main() -> None:
    """Relais : chaque signalement, de main en main, jusqu'à son règlement."""


@main.command()
@click.option("--fresh", is_flag=True, help="Repartir d'une base neuve.")
@click.option("--port", default=8000, show_default=True)
def demo(*, fresh: bool, port: int) -> None:
    """Crée la base de démonstration si elle manque, puis sert sur 127.0.0.1."""
    settings = demo_data.demo_settings(port=port)
    demo_data.prepare_files(settings, fresh=fresh)
    schema.upgrade(settings.database_url)
    app = create_app(settings)
    with app.app_context():
        demo_data.fill(settings.programmes_root)
        scheduler.arm_calendars()
        scheduler.drain()
        db.session.remove()
    click.echo(f"Relais vous attend sur {settings.base_url} (Ctrl+C pour arrêter).")
    serve_web(app, port=port, scheduler=scheduler.start(app))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Nombre de processus web.")
@click.option("--pump/--no-pump", default=True, help="Faire aussi ce qui tombe à échéance.")
def serve(*, host: str, port: int, workers: int, pump: bool) -> None:
    """Sert l'application avec la base de DATABASE_URL."""
    app = create_app()
    serve_web(app, host=host, port=port, workers=workers, scheduler=scheduler.start(app) if pump else None)


@main.command()
def worker() -> None:
    """Fait ce qui tombe à échéance, dans un processus à part."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("Relais travaille : échéances, rappels, messages, documents.")
    scheduler.run_forever(create_app(), stop)


@main.command()
def doctor() -> None:
    """Dit ce qui manque ou ne va pas, et comment y remédier."""
    findings = health.examine(Settings.from_env())
    for finding in findings:
        click.echo(f"{'✓' if finding.ok else '✗'} {finding.what} : {finding.sentence}")
    sys.exit(0 if all(finding.ok or finding.optional for finding in findings) else 1)


@main.group(name="db")
def database() -> None:
    """La base de données."""


@database.command()
def upgrade() -> None:
    """Met la base au niveau de cette version."""
    schema.upgrade(Settings.from_env().database_url)
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
                release = releases.current()
            click.echo(f"{row.code}\t{row.name}\tversion {release.number}\t{release.fingerprint[:12]}")


@territory.command(name="load")
@click.argument("code")
def territory_load(code: str) -> None:
    """Charge un territoire depuis ses fichiers ; un territoire connu n'est pas touché."""
    settings = Settings.from_env()
    with _app().app_context():
        demo_data.load_ceilings()
        release = releases.load_territory(Path(settings.programmes_root), code)
        scheduler.arm_calendars()
    click.echo(f"{code} : version {release.number}, empreinte {release.fingerprint[:12]}.")


@main.group()
def user() -> None:
    """Les comptes."""


@user.command(name="add")
@click.argument("email")
@click.option("--name", default="", help="Nom affiché ; à défaut, l'adresse.")
@click.option("--territory", "code", required=True)
@click.option("--role", "roles", multiple=True, required=True)
@click.password_option("--password", prompt="Mot de passe (12 caractères au moins)")
def user_add(email: str, name: str, code: str, roles: tuple[str, ...], password: str) -> None:
    """Ajoute une personne, ou des rôles à une personne connue."""
    with _app().app_context():
        accounts.create_user(
            email=email, name=name or email, password=password, territory_code=code, roles=roles
        )
    click.echo(f"{email} : {', '.join(roles)} dans {code}.")


@main.group()
def case() -> None:
    """Les dossiers."""


@case.command(name="list")
@click.option("--territory", "code", required=True)
def case_list(code: str) -> None:
    """Liste les dossiers ouverts : référence, étape, priorité ; aucun nom."""
    with _app().app_context(), _serving(code):
        for line in demo_data.case_lines():
            click.echo(line)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Sortie JSON.")
def bench(*, as_json: bool) -> None:
    """Mesure, en une passe, ce que coûte une étape et imprime des rapports."""
    from app import bench as measures  # noqa: PLC0415  # imports the whole engine twice

    click.echo(measures.run(as_json=as_json))


def _app() -> Flask:
    return create_app()


def _serving(code: str) -> "tenancy.AbstractContextManager[None]":
    found = releases.territory_by_code(code)
    if found is None:
        raise click.ClickException(f"le territoire « {code} » n'est pas chargé.")
    return tenancy.serving(found.id)


if __name__ == "__main__":
    main()
