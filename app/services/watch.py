"""The statistical watch: what cases and structures' figures tell, anonymous (ANG-2, ANG-6).

Every count passes through ``suppression``, the one calculation that hides small numbers (LAW-9).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.network_rooms import Watch
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.handlers.directory import first_day
from app.models import Case, Dwelling, Partner, StructureLink, Submission, WatchFigure
from app.services import journal, releases, suppression, views
from app.services.actors import Actor

READ: Final = ("veille.voir", "indicateurs.voir")
KEEP: Final = "annuaire.agir"
QUARTERS: Final = 8
"""How many quarters the page goes back, the current one included."""
MOST: Final = 1_000_000


@dataclass(frozen=True)
class Trend:
    """One table: lines of (label, a count a quarter, their sum); None is hidden."""

    title: str
    lines: Sequence[tuple[str, Sequence[int | None], int | None]]


@dataclass(frozen=True)
class Seen:
    """The page: the first days of its quarters, cases opened in each, tables, and the structures' figures.

    ``given``: how many structures answered each quarter.
    """

    quarters: Sequence[date]
    opened: Sequence[int | None]
    trends: Sequence[Trend]
    figures: Trend | None
    given: Sequence[int]


def words() -> Watch:
    """Return ``[veille]``."""
    return releases.current().settings.rooms.watch


def seen(by: Actor) -> Seen:
    """Return the trends of the territory, the oldest quarter first.

    Raises:
        Forbidden: the role does not see the watch.
    """
    if not any(by.rights.may(right) for right in READ):
        raise Forbidden
    quarters = _quarters(clock.today())
    facts = _cases(quarters[0])
    tables = [
        _table("Situations par commune", quarters, [(day, name) for day, name, _, _ in facts]),
        _table(
            "Situations par statut d'occupation", quarters, [(day, tenure) for day, _, tenure, _ in facts]
        ),
    ]
    shown = [table for table in tables if table is not None]
    trends = [_trend(title, published, labels) for title, published, labels in shown]
    signs = _signs(quarters, facts)
    figures, given = _figures(quarters)
    return Seen(
        quarters,
        _opened(quarters, [one[1] for one in shown]),
        [*trends, *([signs] if signs else [])],
        figures,
        given,
    )


def _opened(quarters: Sequence[date], tables: Sequence[suppression.Published]) -> list[int | None]:
    """Return how many cases each quarter opened: hidden where any of the tables hides it."""
    if not tables:
        return [0] * len(quarters)
    told = zip(*(table.column_totals for table in tables), strict=True)
    return [None if None in totals else totals[0] for totals in told]


def label_of(quarter: date) -> str:
    """Return a quarter as people say it: « 1er trimestre 2026 »."""
    rank = (quarter.month - 1) // 3 + 1
    return f"{rank}{'er' if rank == 1 else 'e'} trimestre {quarter.year}"


def _quarters(today: date) -> list[date]:
    found = [first_day(today)]
    while len(found) < QUARTERS:
        year, month = (found[-1].year, found[-1].month - 3)
        found.append(date(year - 1, 10, 1) if month < 1 else date(year, month, 1))
    return found[::-1]


class _Opened(NamedTuple):
    """A case, by the first day of its quarter, its commune and its tenure as people read them."""

    quarter: date
    commune: str
    tenure: str
    case_id: UUID


def _cases(since: date) -> list[_Opened]:
    rows = db.session.execute(
        select(Case.id, Case.opened_at, Dwelling.commune, Dwelling.tenure)
        .join(Dwelling, Dwelling.id == Case.dwelling_id)
        .where(Case.opened_at >= datetime.combine(since, datetime.min.time(), clock.PARIS))
    )
    tenures = releases.current().settings.directory.tenures
    return [
        _Opened(
            first_day(row.opened_at.astimezone(clock.PARIS).date()),
            row.commune or "Non précisée",
            tenures.get(row.tenure or "", "Autre ou non précisé"),
            row.id,
        )
        for row in rows
    ]


def _table(
    title: str, quarters: Sequence[date], facts: Iterable[tuple[date, str]]
) -> tuple[str, suppression.Published, list[str]] | None:
    counted = Counter(facts)
    labels = sorted({label for _, label in counted})
    if not labels:
        return None
    return title, suppression.publish([[counted[day, label] for day in quarters] for label in labels]), labels


def _trend(title: str, published: suppression.Published, labels: Sequence[str]) -> Trend:
    return Trend(title, list(zip(labels, published.rows, published.row_totals, strict=True)))


def _signs(quarters: Sequence[date], facts: Sequence[_Opened]) -> Trend | None:
    """Return how many cases say each sign of ``[veille] indices_de``: a case may say several."""
    where = words().signs_from
    form_id, _, key = (where or "").partition(".")
    form = releases.current().forms.get(form_id)
    field = form.field(key) if form is not None else None
    if field is None or not facts:
        return None
    day_of = {one.case_id: one.quarter for one in facts}
    said: dict[UUID, Any] = {}
    rows = db.session.scalars(
        select(Submission).where(Submission.form == form_id, Submission.case_id.in_(list(day_of)))
        .order_by(Submission.at, Submission.id)
    )  # fmt: skip
    for row in rows:
        if row.case_id is not None:
            said[row.case_id] = views.all_answers(row).get(key)
    counted = Counter(
        (day_of[case_id], sign)
        for case_id, signs in said.items()
        for sign in (signs if isinstance(signs, list) else [signs] if signs else [])
    )
    labels = {option.value: option.label for option in field.options}
    found = [sign for sign in labels if any(counted[day, sign] for day in quarters)]
    if not found:
        return None
    published = suppression.publish([[counted[day, sign] for day in quarters] for sign in found])
    return _trend(
        "Signes signalés (un ménage peut en donner plusieurs)", published, [labels[s] for s in found]
    )


# What the structures count themselves


def _figures(quarters: Sequence[date]) -> tuple[Trend | None, list[int]]:
    known = words().figures
    rows = db.session.execute(
        select(WatchFigure.quarter, WatchFigure.key, WatchFigure.number, WatchFigure.partner_id).where(
            WatchFigure.quarter.in_(list(quarters))
        )
    ).all()
    given = [len({row.partner_id for row in rows if row.quarter == day}) for day in quarters]
    if not known:
        return None, given
    lines = []
    for figure in known.values():
        sums = [
            sum(row.number for row in rows if (row.quarter, row.key) == (day, figure.id)) for day in quarters
        ]
        cells, total = suppression.publish_list(sums)
        lines.append((figure.label, cells, total))
    return Trend("Ce que comptent les structures", lines), given


def of_structure(partner_id: UUID, quarter: date) -> dict[str, int]:
    """Return the figures that a structure gave for a quarter (its first day), by key.

    Raises:
        NotFound: no such structure here.
    """
    if db.session.scalar(select(Partner.id).where(Partner.id == partner_id)) is None:
        raise NotFound
    rows = db.session.execute(
        select(WatchFigure.key, WatchFigure.number).where(
            WatchFigure.partner_id == partner_id, WatchFigure.quarter == quarter
        )
    )
    return {row.key: row.number for row in rows}


def record(
    partner_id: UUID, quarter: date, given: Mapping[str, str], *, by: Actor, link_id: UUID | None = None
) -> int:
    """Keep the figures of a structure for a quarter; an empty one is taken away. Return how many stand.

    Args:
        partner_id: the structure.
        quarter: any of its days, not to come.
        given: what was typed, by key of ``[veille.chiffres]``.
        by: the structure by its link, or who keeps the directory.
        link_id: the link by which it answers.

    Raises:
        Forbidden: neither of them.
        Invalid: by key, or ``trimestre``.
        NotFound: no such structure here.
    """
    if not (by.rights.may(KEEP) or (by.kind == "link" and by.partner_id == partner_id)):
        raise Forbidden
    first, wanted = first_day(quarter), _read(given)
    if first > clock.today():
        raise Invalid({"trimestre": ["Ce trimestre n'est pas commencé."]})
    with transaction() as session:
        held = select(Partner.id).where(Partner.id == partner_id).with_for_update(of=Partner)
        if session.scalar(held) is None:
            raise NotFound
        _write(partner_id, first, wanted, by)
        if link_id is not None:
            session.get_one(StructureLink, link_id).answered_at = clock.now()
        journal.write(
            "veille.chiffres", actor=by.name, user_id=by.user_id, subject=str(partner_id),
            details={"trimestre": first.isoformat()},
        )  # fmt: skip
    return len(wanted)


def _write(partner_id: UUID, first: date, wanted: Mapping[str, int], by: Actor) -> None:
    rows = select(WatchFigure).where(WatchFigure.partner_id == partner_id, WatchFigure.quarter == first)
    before = {row.key: row for row in db.session.scalars(rows)}
    for key in words().figures:
        number, row = wanted.get(key), before.get(key)
        if row is None and number is not None:
            _add(partner_id, first, key, number, by)
        elif row is not None and number is None:
            db.session.delete(row)
        elif row is not None and number is not None:
            row.number, row.at, row.by = number, clock.now(), by.name


def _add(partner_id: UUID, quarter: date, key: str, number: int, by: Actor) -> None:
    db.session.add(
        WatchFigure(
            partner_id=partner_id, quarter=quarter, key=key, number=number, at=clock.now(), by=by.name
        )
    )


def _read(given: Mapping[str, str]) -> dict[str, int]:
    problems, found = {}, {}
    for key in words().figures:
        text = given.get(key, "").strip().replace(" ", "").replace("\u202f", "").replace("\u00a0", "")
        if not text:
            continue
        if not (text.isascii() and text.isdecimal()) or int(text[:8]) > MOST or len(text) > 8:
            problems[key] = ["Indiquez un nombre entier, ou laissez vide si vous ne le comptez pas."]
        else:
            found[key] = int(text)
    if problems:
        raise Invalid(problems)
    return found
