"""The first agreements, envelopes and quotas of a territory, and today's written back (CAR-1).

``[vivant]`` of ``territoire.toml`` carries them in and out.

A row whose code is known already is left alone: somebody may have changed it on the page since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from dateutil.relativedelta import relativedelta
from sqlalchemy import select

from app import clock
from app.catalog import identity
from app.catalog.money import FirstAgreement, FirstEnvelope, FirstMoney, FirstQuota
from app.catalog.settings import load_toml
from app.database import db
from app.expressions.calendar import midnight
from app.ids import new_id
from app.models import Agreement, Envelope, Partner, Quota
from app.services import first_sites, money_steps

KEYS: Final = ("conventions", "enveloppes", "quotas")
_DAY: Final = timedelta(days=1)
T = TypeVar("T", FirstAgreement, FirstEnvelope, FirstQuota)


def plant(first: FirstMoney, *, remind_days: int) -> tuple[str, ...]:
    """Add the rows whose code is not known yet, inside a transaction; return the lists that gave some."""
    partners = {row.name: row for row in db.session.scalars(select(Partner))}
    added = []
    known = set(db.session.scalars(select(Agreement.key)))
    rows = [_agreement(item, partners, remind_days) for item in first.agreements if item.key not in known]
    db.session.add_all(rows)
    db.session.flush()
    if rows:
        added.append(KEYS[0])
    by_key = {row.key: row for row in db.session.scalars(select(Agreement).order_by(Agreement.starts_on))}
    codes = set(db.session.scalars(select(Envelope.code)))
    envelopes = [_envelope(item, by_key) for item in first.envelopes if item.code not in codes]
    codes = set(db.session.scalars(select(Quota.code)))
    drawn = [_quota(item, partners) for item in first.quotas if item.code not in codes]
    quotas = [row for row in drawn if row is not None]
    db.session.add_all([*envelopes, *quotas])
    db.session.flush()
    for row in quotas:
        if row.partner_id is None and row.starts_on > clock.today():
            money_steps.call_later(row.code, row.starts_on)
    added += [key for key, some in ((KEYS[1], envelopes), (KEYS[2], quotas)) if some]
    return tuple(added)


def reminder(remind_on: date | None, ends_on: date | None, days: int) -> datetime | None:
    """Return when to speak of a renewal: the day asked for, else so many days before the end.

    None for what has no end, or has ended already.
    """
    if ends_on is not None and ends_on < clock.today():
        return None
    day = remind_on or (ends_on - timedelta(days=days) if ends_on is not None else None)
    return midnight(day) if day is not None else None


def _agreement(item: FirstAgreement, partners: Mapping[str, Partner], days: int) -> Agreement:
    partner = partners.get(item.partner or "")
    return Agreement(
        id=new_id(),
        key=item.key,
        kind=item.kind,
        title=item.title,
        partner_id=partner.id if partner is not None else None,
        party=item.partner or "",
        signed_on=item.signed_on,
        starts_on=item.starts_on,
        ends_on=item.ends_on,
        remind_on=item.remind_on,
        remind_at=reminder(item.remind_on, item.ends_on, days),
        amount=item.amount,
        advance_limit=item.advance_limit,
        note=item.note or "",
        created_at=clock.now(),
    )


def _envelope(item: FirstEnvelope, agreements: Mapping[str, Agreement]) -> Envelope:
    agreement = agreements.get(item.agreement or "")
    return Envelope(
        id=new_id(),
        code=item.code,
        agreement_id=agreement.id if agreement is not None else None,
        amount=item.amount,
        starts_on=item.starts_on,
        ends_on=item.ends_on,
        created_at=clock.now(),
    )


def _quota(item: FirstQuota, partners: Mapping[str, Partner]) -> Quota | None:
    """Return a quota; the part of an operator that the directory does not hold yet is left out."""
    partner = partners.get(item.partner or "")
    if item.partner is not None and partner is None:
        return None
    return Quota(
        id=new_id(),
        code=item.code,
        partner_id=partner.id if partner is not None else None,
        count=item.count,
        starts_on=item.starts_on,
        ends_on=item.ends_on,
        created_at=clock.now(),
    )


def as_toml(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rows of today as ``[vivant]`` writes them.

    ``said`` is what ``[vivant]`` says now: a list that says the same in another order is given back as it
    is, and so is one of which no row was ever kept.
    """
    rows = _rows()
    return {
        name: said[name] if name in said and _same(rows.get(name, []), said[name]) else rows.get(name, [])
        for name in KEYS
    }


def left_behind(text: str) -> str:
    """Return ``territoire.toml`` without the first rows, for a clone: another territory has its own.

    Raises:
        BundleFault: ``[vivant]`` is not written as a table of its own.
    """
    said = load_toml(text).get(identity.LIVE, {})
    apart = (*KEYS, *first_sites.KEYS)
    return identity.with_live(text, {key: value for key, value in said.items() if key not in apart})


def _same(rows: Sequence[Mapping[str, Any]], said: Sequence[Mapping[str, Any]]) -> bool:
    if not rows:
        return True
    return len(rows) == len(said) and all(dict(row) in list(map(dict, said)) for row in rows)


def _rows() -> dict[str, list[dict[str, Any]]]:
    keys = {row.id: row.key for row in db.session.scalars(select(Agreement))}
    lists: dict[str, Iterable[dict[str, Any]]] = {
        KEYS[0]: (
            {
                "cle": row.key, "genre": row.kind, "titre": row.title,
                "partenaire": row.partner.name if row.partner is not None else row.party or None,
                "signee_le": row.signed_on, "debut": row.starts_on, "fin": row.ended_on or row.ends_on,
                "rappel_le": row.remind_on, "montant": row.amount, "avance_max": row.advance_limit,
                "note": row.note or None,
            }
            for row in db.session.scalars(select(Agreement).order_by(Agreement.starts_on, Agreement.key))
        ),
        KEYS[1]: (
            {
                "enveloppe": row.code, "montant": row.amount, "debut": row.starts_on, "fin": row.ends_on,
                "convention": keys.get(row.agreement_id) if row.agreement_id else None,
            }
            for row in db.session.scalars(select(Envelope).order_by(Envelope.starts_on, Envelope.code))
        ),
        KEYS[2]: (
            {
                "quota": row.code, "nombre": row.count, "debut": row.starts_on, "fin": row.ends_on,
                "partenaire": row.partner.name if row.partner is not None else None,
            }
            for row in db.session.scalars(
                select(Quota).order_by(Quota.starts_on, Quota.code, Quota.partner_id.is_not(None))
            )
        ),
    }  # fmt: skip
    plain = {
        name: [{key: value for key, value in row.items() if value is not None} for row in rows]
        for name, rows in lists.items()
    }
    return {name: rows for name, rows in plain.items() if rows}


def renewed(first: FirstMoney, *, since: date, until: date) -> FirstMoney:
    """Return the rows followed by their renewals, one after the other, so that some is in force all along.

    For the simulator: a territory that lives on renews what ends. What has no end is left as it is.
    """
    return FirstMoney(
        agreements=_renewals(first.agreements, since, until),
        envelopes=_renewals(first.envelopes, since, until),
        quotas=_renewals(first.quotas, since, until),
    )


def _renewals(rows: tuple[T, ...], since: date, until: date) -> tuple[T, ...]:
    """Return the rows, before the first of each name those that came before, after the last those to come."""
    found = list(rows)
    named: dict[object, list[T]] = {}
    for row in rows:
        named.setdefault(_name(row), []).append(row)
    for some in named.values():
        first, last = (choose(some, key=lambda row: row.starts_on) for choose in (min, max))
        if first.ends_on is not None:
            length = _length(first.starts_on, first.ends_on)
            while first.starts_on > since:
                first = _moved(first, first.starts_on - length, first.starts_on - _DAY)
                found.append(first)
        while last.ends_on is not None and last.ends_on < until:
            begin = last.ends_on + _DAY
            last = _moved(last, begin, begin + _length(last.starts_on, last.ends_on) - _DAY)
            found.append(last)
    return tuple(found)


def _name(row: FirstAgreement | FirstEnvelope | FirstQuota) -> object:
    return row.key if isinstance(row, FirstAgreement) else (row.code, getattr(row, "partner", None))


def _length(starts: date, ends: date) -> relativedelta:
    """Return how long a period is, both days counted: in whole months where it is so, else in days."""
    apart = relativedelta(ends + _DAY, starts)
    if apart.days == 0:
        return relativedelta(months=apart.years * 12 + apart.months)
    return relativedelta(days=(ends + _DAY - starts).days)


def _moved(row: T, starts: date, ends: date) -> T:
    changed: dict[str, Any] = {"starts_on": starts, "ends_on": ends}
    if isinstance(row, FirstAgreement):
        changed |= {"remind_on": None, "signed_on": min(row.signed_on or starts, starts)}
    moved: T = replace(row, **changed)
    return moved
