"""``relais territory clone``, ``export`` and ``import``."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from flask import Flask

from app import checker, tenancy
from app.catalog.folder import Written
from app.catalog.words import printable
from app.errors import BundleFault
from app.publishing import incoming, scenario_files
from app.publishing.incoming import Incoming, RefusedByCheck, RefusedBySimulation
from app.services import ceilings, clones, proofs, releases, starting, studio
from app.services.actors import SYSTEM
from app.services.releases import LoadedRelease
from app.simulator import Result

HOUSEHOLDS: Final = 30
MONTHS: Final = 12
_MOST: Final = 5
"""Ways never taken that are named; the others are counted."""
_FOLDER: Final = click.Path(file_okay=False, path_type=Path)
_MOVED: Final = (("added", "ajouté"), ("changed", "modifié"), ("removed", "retiré"))


Opener = Callable[[], Flask]
"""Opens the server's application: the command line hands it over, this room does not build it."""


@click.command()
@click.argument("source", metavar="CODE")
@click.argument("new", metavar="NOUVEAU")
@click.option("--name", required=True, help="Le nom que les gens liront.")
@click.option(
    "--release",
    "number",
    type=click.IntRange(1, 999_999),
    help="La version de départ ; à défaut, celle en vigueur.",
)
@click.pass_obj
def clone(server: Opener, source: str, new: str, *, name: str, number: int | None) -> None:
    """Ouvre un territoire NOUVEAU sur le dispositif d'un autre ; aucune donnée n'est reprise."""
    with server().app_context():
        ceilings.load_shipped()
        release = clones.clone(source, new, name=name, number=number)
        scenario_files.follow(scenario_files.of_territory(source), new)
        _arm(new)
    click.echo(f"{new} : version {release.number}, empreinte {release.fingerprint[:12]}, celle de {source}.")
    click.echo(
        "Les communes, le contact et le calendrier sont encore ceux de l'autre territoire. Adaptez-les : "
        f"« relais territory export {new} <dossier> », puis « relais territory import <dossier> »."
    )


@click.command()
@click.argument("code")
@click.argument("folder", metavar="DOSSIER", type=_FOLDER)
@click.pass_obj
def export(server: Opener, code: str, folder: Path) -> None:
    """Écrit la version en vigueur dans un DOSSIER, vide ou d'un export précédent."""
    with server().app_context():
        told = clones.export(code, folder, scenarios=scenario_files.of_territory(code))
    click.echo(printable(f"{code}, dossier {folder} : {_counted(told)}."))


def _counted(told: Written) -> str:
    parts = [
        f"{len(names)} fichier{'s' if len(names) > 1 else ''} {word}{'s' if len(names) > 1 else ''}"
        for attribute, word in _MOVED
        if (names := getattr(told, attribute))
    ]
    return f"{', '.join(parts)}" if parts else "rien n'a changé"


@click.command(name="import")
@click.argument("folder", metavar="DOSSIER", type=_FOLDER)
@click.option("--draft", is_flag=True, help="Garder comme brouillon, sans publier.")
@click.option("--note", default="", help="Ce que change cette version, en une phrase.")
@click.option("--households", type=click.IntRange(0, 1000), default=HOUSEHOLDS, show_default=True)
@click.option("--months", type=click.IntRange(1, 60), default=MONTHS, show_default=True)
@click.pass_obj
def import_folder(
    server: Opener, folder: Path, *, draft: bool, note: str, households: int, months: int
) -> None:
    """Vérifie, simule, puis publie le dispositif d'un DOSSIER ; le territoire est créé s'il n'existe pas."""
    brought, application = incoming.read(folder), server()
    scenario_files.expect(brought.scenarios)
    if not draft and _take_unchanged(application, brought):
        return
    problems, verdicts = brought.judged()
    for line in checker.report(verdicts, click.style):
        click.echo(line)
    if draft:
        with application.app_context():
            _keep_draft(brought)
        return
    if any(problem.severity == "error" for problem in problems):
        raise RefusedByCheck
    bundle = brought.bundle()
    result, proof = incoming.lived(bundle, households=households, months=months)
    _tell(result)
    with application.app_context():
        ceilings.load_shipped()
        release, _ = clones.bring_in(
            bundle,
            note=note.strip() or f"Importée du dossier « {folder.resolve().name} ».",
            proof=proofs.of_check(bundle.files, problems) | proof,
            lineage=brought.lineage,
        )
        scenario_files.follow(brought.scenarios, bundle.settings.code)
        _arm(bundle.settings.code)
    click.echo(f"{_named(release)} Les parcours en cours gardent la leur.")


def _take_unchanged(application: Flask, brought: Incoming) -> bool:
    """Take the live values of a folder whose programme is the current one; False when it is another."""
    bundle = incoming.usable(brought)
    with application.app_context():
        if bundle is None or not clones.is_current(bundle):
            return False
        release, _ = clones.bring_in(bundle, note="", proof={}, lineage=brought.lineage)
        scenario_files.follow(brought.scenarios, bundle.settings.code)
    click.echo(
        f"{_named(release)} Le dispositif n'a pas changé : rien n'est publié. Le nom, le contact, les jours "
        "fermés, l'année Anah et les équipes simulées sont ceux du dossier."
    )
    return True


def _named(release: LoadedRelease) -> str:
    return f"{release.settings.code} : version {release.number}, empreinte {release.fingerprint[:12]}."


def _keep_draft(brought: Incoming) -> None:
    code = brought.code()
    territory = releases.territory_by_code(code)
    if territory is None:
        raise BundleFault(
            file=code,
            cause="ce territoire n'existe pas ici : un brouillon demande un territoire déjà ouvert. Importez "
            "le dossier sans --draft.",
        )
    with tenancy.serving(territory.id):
        reason = f"Importé du dossier « {brought.folder.resolve().name[:80]} »."
        number = studio.bring_in(brought.files, by=SYSTEM, reason=reason)
    scenario_files.follow(brought.scenarios, code)
    click.echo(f"{code} : brouillon enregistré (état {number}). Rien n'est publié.")


def _tell(result: Result) -> None:
    """Say what the simulation found, and refuse incidents."""
    click.echo(
        f"Simulation de {result.months} mois : {result.started} parcours commencés, {result.closed} "
        f"terminés, {result.tasks_completed} étapes faites, {result.late_tasks} en retard."
    )
    for item in result.incidents_list:
        told = f"{item.element_name} ({item.element}) : {item.cause} × {item.times}"
        click.echo(f"  {printable(told)}")
    if result.never_taken:
        shown, rest = result.never_taken[:_MOST], len(result.never_taken) - _MOST
        more = f" et {rest} autres (plus de ménages ou de mois les éprouveraient)" if rest > 0 else ""
        click.echo(printable(f"  Chemins jamais pris : {', '.join(shown)}{more}."))
    if result.incidents:
        raise RefusedBySimulation(times=f"{result.incidents} incident{'s' if result.incidents > 1 else ''}")


def _arm(code: str) -> None:
    """Put the next meeting of each series of the territory in wait of its date."""
    territory = releases.territory_by_code(code)
    if territory is not None:
        with tenancy.serving(territory.id):
            starting.arm_all()
