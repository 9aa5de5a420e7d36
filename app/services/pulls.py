"""What changed upstream since it was last taken, brought into the draft by a three-way merge (CAR-1).

The common version is the release that this programme comes from, or the one pulled last; ours is the draft;
theirs is a newer release of an ancestor. Code, name, communes, live values and staffing stay ours throughout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app import checker, clock, merging, tenancy
from app.catalog.lineage import MAX_GENERATIONS
from app.checker import Problem
from app.database import as_one, db, end_read
from app.errors import Conflict, NotFound
from app.ids import new_id
from app.merging import Choice, Merged, own
from app.models import ProgrammeDraft, Pull, Release, Territory
from app.services import journal, offers, releases, studio
from app.services.actors import Actor
from app.services.offers import Offered, Upstream


class Unrelated(NotFound):
    """The release is no newer version of what this programme comes from."""

    sentence_template = (
        "Cette version n'est pas une suite de celle dont part votre dispositif : il n'y a rien à récupérer. "
        "Ouvrez « Nouveautés » pour voir celles qui le sont."
    )


class OriginLost(Conflict):
    """The common version is known by its name only."""

    sentence_template = (
        "La version {number} de « {source} », dont part votre dispositif, n'est plus connue ici : rien ne "
        "peut être comparé. Demandez à qui exploite le serveur d'importer ce territoire, puis recommencez."
    )


class DraftMoved(Conflict):
    """Somebody changed the draft while the merge was being looked at; nothing was written."""

    sentence_template = (
        "Le brouillon a changé pendant que vous regardiez : rien n'est écrit. Le mélange est refait "
        "ci-dessous avec le brouillon d'aujourd'hui ; vos choix sont gardés."
    )


@dataclass(frozen=True)
class Ancestor:
    """A generation of the programme: the release that ours comes from, and the newer ones that are offered.

    ``name`` is None when the territory is not on this server. ``comparable``: its files are still known.
    """

    territory: str
    name: str | None
    number: int
    fingerprint: str
    since: date
    newer: tuple[Offered, ...]


@dataclass(frozen=True)
class Preview:
    """What a pull would do; nothing is written.

    ``version`` is that of the draft that was merged. ``problems`` are those of the merged files.
    """

    upstream: Upstream
    base_number: int
    base: Mapping[str, bytes]
    ours: Mapping[str, bytes]
    theirs: Mapping[str, bytes]
    merged: Merged
    version: int
    problems: tuple[Problem, ...] = ()

    @property
    def undecided(self) -> int:
        """How many conflicts wait for somebody."""
        return sum(not conflict.decided for conflict in self.merged.conflicts)

    @property
    def changes_nothing(self) -> bool:
        """Whether the draft holds already all that upstream changed."""
        return dict(self.merged.files) == dict(self.ours)


def lineage() -> list[Ancestor]:
    """Return where the programme of the territory being served comes from, the nearest first."""
    names = {row.code: row.name for row in releases.all_territories()}
    offered = offers.listing()
    return [
        Ancestor(
            territory=row["territoire"],
            name=names.get(row["territoire"]),
            number=row["version"],
            fingerprint=row["empreinte"],
            since=date.fromisoformat(row["le"]),
            newer=tuple(
                one for one in offered if one.territory == row["territoire"] and one.number > row["version"]
            ),
        )
        for row in _rows()
    ]


def history() -> list[Pull]:
    """Return what was pulled here, the newest first."""
    return list(db.session.scalars(select(Pull).order_by(Pull.at.desc())))


def preview(
    source: str,
    number: int,
    *,
    by: Actor,
    choices: Mapping[str, Choice] | None = None,
    judged: bool = True,
) -> Preview:
    """Merge a newer release of an ancestor with the draft, without writing anything.

    Args:
        choices: what was decided of conflicts, by id.
        judged: also say what is wrong in the result.

    Raises:
        Forbidden: ``by`` may not pull.
        NotFound: the release is not offered (the command line may take any).
        Unrelated: it is no newer release of an ancestor. OriginLost: the common version is not known.
    """
    offers.require(by)
    row = next((row for row in _rows() if row["territoire"] == source), None)
    if row is None or number <= row["version"]:
        raise Unrelated
    upstream = (offers.release_of if by.kind == "system" else offers.opened)(source, number)
    draft = studio.opened(by)
    end_read()
    return _merged(upstream, row, draft.files, draft.version, choices=choices, judged=judged)


def _merged(
    upstream: Upstream,
    row: Mapping[str, Any],
    ours: Mapping[str, bytes],
    version: int,
    *,
    choices: Mapping[str, Choice] | None,
    judged: bool,
) -> Preview:
    base = own.localised(_files(row), ours)
    theirs = own.localised(upstream.files, ours)
    merged = merging.bundles(base, ours, theirs, choices=choices)
    return Preview(
        upstream=upstream,
        base_number=row["version"],
        base=base,
        ours=ours,
        theirs=theirs,
        merged=merged,
        version=version,
        problems=tuple(checker.judge(merged.files, whole=True)) if judged else (),
    )


def apply(source: str, number: int, *, choices: Mapping[str, Choice], expected: int, by: Actor) -> Preview:
    """Put the merge into the draft and take the release as the next common version, all or nothing.

    A conflict that nobody decided follows our side.

    Args:
        expected: the version of the draft that the person saw.

    Raises:
        DraftMoved: the draft changed meanwhile; nothing is written.
        Forbidden, NotFound, Unrelated, OriginLost: as ``preview``.
    """
    found = preview(source, number, by=by, choices=choices, judged=False)
    if found.version != expected:
        raise DraftMoved
    reason = f"Récupéré de « {found.upstream.name} », version {number}."
    with as_one() as session:
        releases.in_turn()
        if session.scalar(select(ProgrammeDraft.version)) != expected:
            raise DraftMoved
        if not any(row["territoire"] == source and row["version"] < number for row in _rows()):
            raise Unrelated  # the same click, a moment before
        if not found.changes_nothing:
            studio.replace(found.merged.files, expected=expected, by=by, reason=reason)
        session.add(_pull(found, by))
        _advance(found.upstream)
        journal.write(
            "brouillon.recupere",
            actor=by.name,
            user_id=by.user_id,
            subject=source,
            details={"version": number, "depuis": found.base_number, **_counts(found.merged)},
        )
    return found


def _pull(found: Preview, by: Actor) -> Pull:
    return Pull(
        id=new_id(),
        source=found.upstream.territory,
        number=found.upstream.number,
        fingerprint=found.upstream.fingerprint,
        files={name: data.decode() for name, data in found.theirs.items()},
        report={
            **_counts(found.merged),
            "decisions": [
                {"ou": one.where, "fichier": one.spot.file, "choix": one.chosen}
                for one in found.merged.conflicts
            ],
        },
        by=by.name,
        user_id=by.user_id,
        at=clock.now(),
    )


def _counts(merged: Merged) -> dict[str, int]:
    return {
        "reprises": sum(1 for _ in merged.coming()),
        "gardees": sum(1 for _ in merged.staying()),
        "conflits": len(merged.conflicts),
    }


def _advance(upstream: Upstream) -> None:
    """Let the lineage say the release that was just taken; further generations are those of its territory."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    taken = {
        "territoire": upstream.territory,
        "version": upstream.number,
        "empreinte": upstream.fingerprint,
        "le": clock.today().isoformat(),
    }
    before = list(territory.lineage)
    place = next(n for n, row in enumerate(before) if row["territoire"] == upstream.territory)
    further = upstream.lineage if place == 0 else before[place + 1 :]
    nearer = before[:place]
    known = {row["territoire"] for row in nearer} | {upstream.territory, territory.code}
    kept = [row for row in further if row["territoire"] not in known]
    territory.lineage = [*nearer, taken, *_newest(kept, before)][:MAX_GENERATIONS]


def _newest(rows: Sequence[Any], before: Sequence[Any]) -> list[Any]:
    """Return generations, each at the newest release that was taken of it, here or by the one between."""
    held = {row["territoire"]: row for row in before}
    return [max(row, held.get(row["territoire"], row), key=lambda one: one["version"]) for row in rows]


def _rows() -> list[Any]:
    return list(db.session.get_one(Territory, tenancy.current_id()).lineage)


def _files(row: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of the common version: as pulled, else our own first release, else upstream's.

    Raises:
        OriginLost: none of them has that content.
    """
    wanted = row["empreinte"]
    for query in (
        select(Pull.files).where(Pull.fingerprint == wanted).order_by(Pull.at.desc()).limit(1),
        select(Release.files).where(Release.fingerprint == wanted).order_by(Release.number).limit(1),
    ):
        texts = db.session.scalar(query)
        if texts is not None:
            return {name: str(text).encode() for name, text in texts.items()}
    try:
        found = offers.release_of(row["territoire"], row["version"])
    except NotFound:
        found = None
    if found is None or found.fingerprint != wanted:
        raise OriginLost(source=row["territoire"], number=row["version"])
    return dict(found.files)
