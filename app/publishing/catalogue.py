"""The catalogue of programmes: what each offered one does, with whom, in what time, and who uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.catalog.bundle import bundle_from_files
from app.decisions import DecisionFault
from app.engine import ProgrammeFault
from app.errors import BundleFault
from app.publishing.handbook import Handbook, handbook
from app.publishing.handbook_words import plain
from app.services import offers, releases
from app.services.offers import Offered
from app.services.studio.judging import Remembered

_HUMAN: Final = "à faire"
_MOST_CACHED: Final = 16
_read: Remembered[Handbook | None] = Remembered(_MOST_CACHED)


@dataclass(frozen=True)
class Programme:
    """One territory's offered programme, its newest offered release in full.

    ``processes`` are ``(name, why, how it begins)``; ``figures`` are ``(label, number)``; ``users`` are the
    names of the territories whose programme comes from it; ``others`` are its earlier offered releases.
    """

    offer: Offered
    others: tuple[Offered, ...]
    processes: tuple[tuple[str, str, str], ...]
    roles: tuple[str, ...]
    figures: tuple[tuple[str, int], ...]
    users: tuple[str, ...]
    readable: bool = True


def catalogue() -> list[Programme]:
    """Return the programmes that are offered, by name of territory."""
    found: dict[str, list[Offered]] = {}
    for one in offers.listing():
        found.setdefault(one.territory, []).append(one)
    return [_programme(rows) for rows in found.values()]


def detail(territory: str, number: int) -> tuple[Offered, Handbook]:
    """Return an offered release and its handbook.

    Raises:
        NotFound: it is not offered, or no more.
        BundleFault: this version of Relais cannot read it.
    """
    offers.opened(territory, number)
    offer = next(one for one in offers.listing(territory) if one.number == number)
    book = _book(offer)
    if book is None:
        raise BundleFault(file=f"{territory}, version {number}", cause="ce dispositif ne se lit plus ici.")
    return offer, book


def _programme(rows: Sequence[Offered]) -> Programme:
    newest = rows[0]
    book = _book(newest)
    if book is None:
        return Programme(newest, tuple(rows[1:]), (), (), (), _users(newest.territory), readable=False)
    steps = [step for chapter in book.chapters for step in chapter.steps]
    return Programme(
        offer=newest,
        others=tuple(rows[1:]),
        processes=tuple((one.name, plain(one.why), one.starts) for one in book.chapters),
        roles=tuple(role.label for role in book.bundle.settings.roles.values() if book.duties.get(role.id)),
        figures=(
            ("parcours", len(book.chapters)),
            ("étapes de personnes", sum(step.kind == _HUMAN for step in steps)),
            ("formulaires", len(book.forms)),
            ("tables de décision", len(book.tables)),
            ("délais suivis", len(book.deadlines)),
            ("indicateurs", len(book.bundle.indicators.all)),
        ),
        users=_users(newest.territory),
    )


def _book(offer: Offered) -> Handbook | None:
    """Return the handbook of an offer, None when its files cannot be read here any more."""
    key = f"{offer.territory} {offer.number} {offer.fingerprint}"
    found = _read.get(key)
    if found is None:
        try:
            found = handbook(bundle_from_files(offers.opened(offer.territory, offer.number).files))
        except (BundleFault, ProgrammeFault, DecisionFault):
            return None
        _read.keep(key, found)
    return found


def _users(territory: str) -> tuple[str, ...]:
    """Return the territories whose lineage names this one."""
    return tuple(
        one.name
        for one in releases.all_territories()
        if any(ancestor.get("territoire") == territory for ancestor in one.lineage)
    )
