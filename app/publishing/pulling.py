"""``relais territory offer`` and ``relais territory pull``."""

from collections.abc import Mapping
from typing import Final

import click

from app import tenancy
from app.catalog.words import printable
from app.errors import BundleFault, RelaisError
from app.merging import Choice, Conflict
from app.models import Territory
from app.publishing.commands import Opener
from app.services import actors, offers, pulls, releases
from app.services.pulls import Ancestor, Preview

_MOST: Final = 40
"""Lines of a list that are written; the others are counted."""


class Undecided(RelaisError):
    """Both sides changed the same things and nobody said which to keep."""

    sentence_template = (
        "{times} : rien n'est écrit. Décidez-en dans l'atelier, page « Nouveautés », ou relancez avec --ours "
        "(garder ce qui est ici) ou --theirs (prendre ce qui vient)."
    )


@click.command()
@click.argument("code")
@click.option(
    "--release", "number", type=click.IntRange(1, 999_999), help="La version ; à défaut, celle en vigueur."
)
@click.option("--words", default="", help="Ce que vous en dites aux autres territoires.")
@click.option("--withdraw", is_flag=True, help="Ne plus l'offrir ; ce qui en a été repris reste.")
@click.pass_obj
def offer(server: Opener, code: str, *, number: int | None, words: str, withdraw: bool) -> None:
    """Offre une version de CODE aux autres territoires, qui peuvent en partir ou la récupérer."""
    with server().app_context(), tenancy.serving(_territory(code).id):
        wanted = number or releases.current().number
        if withdraw:
            offers.withdraw(wanted, by=actors.SYSTEM)
        else:
            offers.offer(wanted, words, by=actors.SYSTEM)
    said = "n'est plus offerte" if withdraw else "est offerte aux autres territoires"
    click.echo(f"{code} : la version {wanted} {said}.")


@click.command()
@click.argument("code")
@click.option("--from", "source", help="Le territoire d'où récupérer ; à défaut, le plus proche.")
@click.option("--release", "number", type=click.IntRange(1, 999_999), help="Sa version ; sinon la dernière.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui viendrait, sans rien écrire.")
@click.option("--ours", "side", flag_value="ours", help="Dans un désaccord, garder ce qui est ici.")
@click.option("--theirs", "side", flag_value="theirs", help="Dans un désaccord, prendre ce qui vient.")
@click.pass_obj
def pull(
    server: Opener, code: str, *, source: str | None, number: int | None, dry_run: bool, side: str | None
) -> None:
    """Récupère dans le brouillon de CODE ce qui a changé dans le dispositif dont il est issu."""
    with server().app_context(), tenancy.serving(_territory(code).id):
        chosen = _chosen(code, source)
        wanted = number or offers.newest_of(chosen.territory) or chosen.number
        if wanted == chosen.number:
            click.echo(f"{code} : rien de nouveau chez « {chosen.territory} » depuis la version {wanted}.")
            return
        found = pulls.preview(chosen.territory, wanted, by=actors.SYSTEM)
        _tell(found)
        if dry_run:
            click.echo("Rien n'est écrit (--dry-run).")
            return
        choices = _choices(found.merged.conflicts, side)
        pulls.apply(chosen.territory, wanted, choices=choices, expected=found.version, by=actors.SYSTEM)
    click.echo(
        f"{code} : le brouillon a récupéré la version {wanted} de « {chosen.territory} ». Rien n'est publié."
    )


def _territory(code: str) -> Territory:
    found = releases.territory_by_code(code)
    if found is None:
        raise BundleFault(
            file=code[:40],
            cause="ce territoire n'existe pas ici. « relais territory list » donne ceux qui existent.",
        )
    return found


def _chosen(code: str, source: str | None) -> Ancestor:
    ancestors = pulls.lineage()
    found = next((one for one in ancestors if source in (None, one.territory)), None)
    if found is None:
        known = ", ".join(one.territory for one in ancestors)
        raise BundleFault(
            file=code,
            cause=f"ce territoire ne vient pas de « {source} ». Sa lignée : {known}."
            if known
            else "ce territoire n'est issu d'aucun autre : il n'a rien à récupérer.",
        )
    return found


def _tell(found: Preview) -> None:
    """Say what comes in, what stays, what both changed, and what the check says of the result."""
    for title, lines in (
        (f"Depuis la version {found.base_number}, viennent :", [t.sentence for t in found.merged.coming()]),
        ("Restent les vôtres :", [told.sentence for told in found.merged.staying()]),
        ("Changés des deux côtés :", [_said(conflict) for conflict in found.merged.conflicts]),
        (
            "La vérification du résultat dit :",
            [f"{p.path} {p.element} : {p.message}" for p in found.problems if p.severity == "error"],
        ),
    ):
        if lines:
            click.echo(title)
            for line in lines[:_MOST]:
                click.echo(printable(f"  {line}"))
            if len(lines) > _MOST:
                click.echo(f"  et {len(lines) - _MOST} autres.")


def _said(conflict: Conflict) -> str:
    return (
        f"{conflict.spot.file}, {conflict.where} : ici {conflict.said_ours}, là-bas {conflict.said_theirs} "
        f"(avant : {conflict.said_base})"
    )


def _choices(conflicts: tuple[Conflict, ...], side: str | None) -> Mapping[str, Choice]:
    if conflicts and side is None:
        count = len(conflicts)
        raise Undecided(times=f"{count} désaccord{'s' if count > 1 else ''}")
    return {one.id: Choice("theirs" if side == "theirs" else "ours") for one in conflicts}
