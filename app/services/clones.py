"""A territory opened from another's programme, and a territory's programme carried in and out as files.

Only the programme crosses: diagrams, decisions, forms, templates, settings. No household, no account, no
partner, no message ever does (LAW-1).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from app import clock, tenancy
from app.catalog import folder, identity
from app.catalog.bundle import Bundle, bundle_from_files
from app.catalog.folder import Written
from app.catalog.lineage import MAX_GENERATIONS
from app.catalog.settings import FILE as SETTINGS_FILE
from app.database import db
from app.errors import BundleFault, UnreadableRelease
from app.models import Release, Territory
from app.services import drafts, first_money, live, proofs, releases
from app.services.proofs import Proof
from app.services.releases import LoadedRelease

_CODE: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
_NAME_SIGNS: Final = 120


@dataclass(frozen=True)
class Origin:
    """What a clone starts from: the files as they stand today, where they come from, what they passed."""

    files: Mapping[str, bytes]
    number: int
    fingerprint: str
    proof: Proof
    lineage: Sequence[Mapping[str, Any]]


def clone(source: str, new: str, *, name: str, number: int | None = None) -> LoadedRelease:
    """Open territory ``new`` on the programme of ``source``: same files, same fingerprint, same proof.

    Args:
        source: the code of a territory that exists.
        new: a code of its own, as it stands in addresses.
        name: what people read.
        number: the release to start from; the current one when None.

    Raises:
        BundleFault: an unknown source or release, a code or a name that does not fit; nothing is created.
    """
    fits(new, name)
    origin = _origin(source, number)
    text = identity.renamed(origin.files[SETTINGS_FILE].decode(), code=new, name=name.strip())
    text = first_money.left_behind(text)
    bundle = bundle_from_files({**origin.files, SETTINGS_FILE: text.encode()})
    ancestor = {
        "territoire": source,
        "version": origin.number,
        "empreinte": origin.fingerprint,
        "le": clock.today().isoformat(),
    }
    proof = dict(origin.proof) or proofs.of_check(bundle.files)
    release = releases.create(
        bundle,
        note=f"Reprise de « {source} », version {origin.number}.",
        proof={"reprise_de": {"territoire": source, "version": origin.number}, **proof},
        lineage=[ancestor, *origin.lineage][:MAX_GENERATIONS],
    )
    begin_draft(new, release)
    return release


def begin_draft(code: str, release: LoadedRelease) -> None:
    """Let the draft of a territory begin at this release, unless somebody works on it."""
    with tenancy.serving(_territory(code).id):
        drafts.begin(release)


def fits(code: str, name: str) -> None:
    """See that a new territory may have this code and this name.

    Raises:
        BundleFault: its file is the code, or ``--name``; the cause says what to do.
    """
    if not _CODE.fullmatch(code):
        raise BundleFault(
            file=code[:40],
            cause="ce code ne convient pas. Écrivez 2 à 40 minuscules sans accent, chiffres et tirets, en "
            "commençant par une lettre.",
        )
    if releases.territory_by_code(code) is not None:
        raise BundleFault(file=code, cause="ce territoire existe déjà. Choisissez un autre code.")
    if not name.strip() or len(name) > _NAME_SIGNS or not name.isprintable():
        raise BundleFault(
            file="--name", cause=f"donnez le nom que les gens liront, {_NAME_SIGNS} signes au plus."
        )


def _origin(code: str, number: int | None) -> Origin:
    territory = _territory(code)
    with tenancy.serving(territory.id):
        release = _numbered(code, number)
        return Origin(
            files=_files(release, territory),
            number=release.number,
            fingerprint=release.fingerprint,
            proof=release.proof,
            lineage=list(territory.lineage),
        )


def _numbered(code: str, number: int | None) -> Release:
    wanted = select(Release).order_by(Release.number.desc()).limit(1)
    if number is not None:
        wanted = wanted.where(Release.number == number)
    found = db.session.scalar(wanted)
    if found is None:
        told = f"n'a pas de version {number}" if number is not None else "n'a aucune version"
        raise BundleFault(file=code, cause=f"ce territoire {told}. Choisissez-en une qui existe.")
    return found


def _files(release: Release, territory: Territory) -> Mapping[str, bytes]:
    """Return a release's files with today's live values; as stored when it can no longer run."""
    try:
        return live.settled(releases.of(release.id).bundle, territory)
    except UnreadableRelease:  # carried out all the same: in a folder it can be mended
        return {name: str(text).encode() for name, text in release.files.items()}


def _territory(code: str) -> Territory:
    found = releases.territory_by_code(code)
    if found is None:
        raise BundleFault(
            file=code[:40],
            cause="ce territoire n'existe pas ici. « relais territory list » donne ceux qui existent.",
        )
    return found


def export(code: str, path: Path, *, scenarios: bytes | None = None) -> Written:
    """Write the current release of a territory into a flat folder, with today's live values.

    ``scenarios`` are those of the territory, to stand beside its programme.

    Raises:
        BundleFault: an unknown territory, or a folder that is neither empty nor an earlier export of it.
    """
    origin = _origin(code, None)
    return folder.write_folder(path, origin.files, code=code, ancestors=origin.lineage, scenarios=scenarios)


def is_current(bundle: Bundle) -> bool:
    """Whether the territory that a bundle names is here, and its current release has the same content."""
    territory = releases.territory_by_code(bundle.settings.code)
    if territory is None:
        return False
    with tenancy.serving(territory.id):
        last = releases.newest()
        return last is not None and last.fingerprint == bundle.fingerprint


def bring_in(
    bundle: Bundle, *, note: str, proof: Proof, lineage: Sequence[Mapping[str, Any]]
) -> tuple[LoadedRelease, bool]:
    """Publish a folder's bundle in the territory it names, which is created when it is not here yet.

    Returns the release, and whether it is new: equal content publishes nothing. ``lineage`` is that of the
    folder; a territory that exists keeps its own.

    Raises:
        BundleFault, ProgrammeFault, DecisionFault: a file cannot run; nothing is published.
    """
    territory = releases.territory_by_code(bundle.settings.code)
    if territory is None:
        release, is_new = releases.create(bundle, note=note, proof=proof, lineage=lineage), True
    else:
        with tenancy.serving(territory.id):
            before = releases.newest()
            release = releases.publish(bundle, note=note, proof=proof)
            is_new = before is None or release.id != before.id
    begin_draft(bundle.settings.code, release)
    return release, is_new
