"""The commands of whoever keeps a server running: doctor, backup, restore."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import click

from app.catalog.words import printable, printable_json
from app.clock import PARIS
from app.config import Settings, database_address
from app.services import backup as copies
from app.services import backup_restore
from app.services import doctor as health
from app.services.backup_restore import Restored


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Donner le résultat en JSON.")
def doctor(*, as_json: bool) -> None:
    """Dit ce qui manque ou ne va pas, et comment y remédier."""
    findings = health.examine(Settings.from_env())
    well = all(finding.ok or finding.optional for finding in findings)
    if as_json:
        told = {"ok": well, "findings": [finding.as_json() for finding in findings]}
        click.echo(printable_json(json.dumps(told, ensure_ascii=False, indent=2)))
    else:
        for finding in findings:
            sign = "✓" if finding.ok else "!" if finding.optional else "✗"
            click.echo(printable(f"{sign} {finding.what} : {finding.sentence}"))
    sys.exit(0 if well else 1)


@click.command()
@click.argument(
    "folder", required=False, metavar="[DOSSIER]", type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--keep", type=click.IntRange(min=1), help="Ne garder que tant de sauvegardes, les plus récentes."
)
def backup(folder: Path | None, *, keep: int | None) -> None:
    """Sauvegarde la base et les fichiers dans une archive, sans arrêter le serveur.

    Le dossier est RELAIS_BACKUPS à défaut. La clé des données n'est pas dans l'archive : gardez-la ailleurs.
    """
    made = copies.make(Settings.from_env(), folder.absolute() if folder else None, keep=keep)
    click.echo(
        f"{made.path} : {made.size / 1_000_000:.1f} Mo, {made.header.counts.get('case_file', 0)} dossiers, "
        f"{made.files} fichiers."
    )


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="ARCHIVE")
@click.option("--into", metavar="ADRESSE", help="Base à remplir ; DATABASE_URL à défaut.")
@click.option(
    "--files", type=click.Path(path_type=Path), metavar="DOSSIER", help="Fichiers ; RELAIS_FILES à défaut."
)
@click.option("--force", is_flag=True, help="Remplacer ce qui s'y trouve.")
def restore(archive: Path, *, into: str | None, files: Path | None, force: bool) -> None:
    """Remet une sauvegarde dans une base vide, la vérifie, et dit ce qui s'y trouve."""
    settings = Settings.from_env()
    if into is not None:
        settings = replace(settings, database_url=database_address(into))
    if files is not None:
        settings = replace(settings, files_folder=files.absolute())
    done = backup_restore.restore(archive.absolute(), settings, force=force)
    for line in _told(done):
        click.echo(printable(line))
    sys.exit(0 if not done.broken and not done.missing else 1)


def _told(done: Restored) -> list[str]:
    moment = done.header.moment.astimezone(PARIS)
    lines = [
        (
            f"Reprise de la sauvegarde du {moment:%d/%m/%Y à %H:%M} (Relais {done.header.release}) : "
            f"{done.territories} territoire(s), {done.running} parcours en cours, {done.files} fichier(s)."
        ),
        (
            f"Échéances armées : {done.armed}, dont {done.overdue} déjà passées. Celles-ci se déclencheront "
            "dès que "
            "le serveur tournera, les plus anciennes d'abord, une fois chacune ; celles qui l'avaient été "
            "avant la "
            "sauvegarde ne le seront plus."
        ),
        (
            f"Messages en attente : {done.queued}. Un message parti après la sauvegarde repartira, sous le "
            "même identifiant (Message-ID). Pour un simple essai, n'indiquez pas RELAIS_SMTP_URL et servez "
            "avec "
            "« relais serve --no-pump » : rien ne partira."
        ),
    ]
    if done.broken:
        lines.append(
            f"✗ Le journal ne se tient pas dans : {', '.join(done.broken)}. Gardez cette base à part et "
            "reprenez une sauvegarde plus ancienne pour comparer."
        )
    else:
        lines.append("✓ Le journal de chaque territoire se tient, de la première à la dernière ligne.")
    if done.missing:
        lines.append(f"✗ {done.missing} fichier(s) annoncés par la base manquent dans le stockage.")
    lines += [f"Ce qui s'y trouvait est gardé dans {place}." for place in done.aside]
    return lines
