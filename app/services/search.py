"""Finding a case by what people remember of it: a name, a street, a commune, the end of a reference.

Each case has its words, folded; a search is so many prefixes, all of which a case must have. A word that few
cases have gives their ids at once; one that many have is looked up case by case while a list is walked, so
that neither a rare name nor « saint » reads the whole table.
"""

import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app import jobs
from app.database import db, transaction
from app.jobs import job
from app.models import Case, CaseWord
from app.services.text import fold

FEW: Final = 1_000
"""Cases whose ids a list takes at once; beyond, they are looked up one by one."""
TERMS: Final = 8
"""Words of a search that are read; the others are left out."""
LONGEST: Final = 40
"""Letters of a word that are kept."""
MOST_WORDS: Final = 60
"""Words kept of one case."""
BATCH: Final = 500

_LAST = "z" * LONGEST
"""After any folded word that begins alike, in every collation: letters and digits, lower case."""
_ONE_WORD = re.compile(r"\D*\d[\d\W]*\d")


@dataclass(frozen=True)
class Match:
    """The cases that a search finds: a condition, and whether they are ``few`` (the condition lists them)."""

    condition: ColumnElement[bool]
    few: bool


def terms(text: str) -> list[str]:
    """Return the words a search looks for; « DOS-2026-0142 » and « 2026-0142 » are one word each."""
    found: list[str] = []
    for part in text.split():
        words = fold(part).split()
        found += ["".join(words)] if len(words) > 1 and _ONE_WORD.search(part) else words
    return list(dict.fromkeys(word[:LONGEST] for word in found))[:TERMS]


def match(text: str, case_id: InstrumentedAttribute[Any]) -> Match:
    """Return which cases a search finds, as a condition on a column that holds a case's id.

    A text without a letter or a digit finds nothing.
    """
    wanted = terms(text)
    if not wanted:
        return Match(false(), few=True)
    found: dict[int, list[UUID]] = {number: [] for number in range(len(wanted))}
    for number, one in db.session.execute(union_all(*(_some(n, word) for n, word in enumerate(wanted)))):
        found[number].append(one)
    rare = [set(ids) for ids in found.values() if len(ids) <= FEW]
    common = [_has(case_id, wanted[number]) for number, ids in found.items() if len(ids) > FEW]
    if not rare:
        return Match(and_(*common), few=False)
    return Match(and_(case_id.in_(set.intersection(*rare)), *common), few=True)


def _some(number: int, word: str) -> Any:
    """Return the statement that reads the cases of a word, at most one more than few.

    Not distinct: that would read every row of a common word before the first is given.
    """
    cases = select(CaseWord.case_id).where(*_begins(CaseWord, word)).limit(FEW + 1).subquery()
    return select(literal(number), cases.c.case_id)


def _begins(entity: Any, word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return entity.word >= word, entity.word <= word + _LAST


def _has(case_id: InstrumentedAttribute[Any], word: str) -> ColumnElement[bool]:
    """Return whether a case has a word that begins so, as a look-up made row by row.

    A scalar: PostgreSQL would turn an ``EXISTS`` into a join with every case of a common word.
    """
    row = aliased(CaseWord)
    first = select(row.id).where(row.case_id == case_id, *_begins(row, word)).limit(1)
    return first.scalar_subquery().is_not(None)


def words_of(case: Case) -> frozenset[str]:
    """Return the words by which a case is found: household, address, commune, reference; never an answer."""
    household, dwelling = case.household, case.dwelling
    texts = (
        household.last_name, household.first_name, dwelling.address, dwelling.match_address,
        dwelling.commune, dwelling.postcode,
    )  # fmt: skip
    words = [word[:LONGEST] for text in texts for word in fold(text).split()]
    parts = fold(case.reference).split()
    references = ["".join(parts[start:]) for start in range(len(parts))]
    return frozenset(list(dict.fromkeys([*references, *words]))[:MOST_WORDS])


def index_case(case: Case) -> None:
    """Keep the words of a case, in the transaction that is open."""
    db.session.flush()
    wanted = words_of(case)
    known = {row.word: row for row in db.session.scalars(select(CaseWord).where(CaseWord.case_id == case.id))}
    for word, row in known.items():
        if word not in wanted:
            db.session.delete(row)
    db.session.add_all(CaseWord(case_id=case.id, word=word) for word in sorted(wanted - known.keys()))


def forget(case_id: UUID) -> None:
    """Drop the words of a case that is erased, in the transaction that is open (LAW-9)."""
    gone = delete(CaseWord).where(CaseWord.case_id == case_id)
    db.session.execute(gone.execution_options(synchronize_session=False))


def reindex(limit: int = BATCH) -> int:
    """Index cases that have no words yet, those opened before words were kept; return how many."""
    with transaction() as session:
        bare = (
            select(Case).where(~exists(select(CaseWord.id).where(CaseWord.case_id == Case.id))).limit(limit)
        )
        cases = list(session.scalars(bare))
        for case in cases:
            index_case(case)
        if len(cases) == limit:
            jobs.enqueue("index_cases", lock="index_cases")
    return len(cases)


def missing() -> int:
    """Return how many cases have no words yet."""
    bare = select(func.count()).where(~exists(select(CaseWord.id).where(CaseWord.case_id == Case.id)))
    return db.session.scalar(bare.select_from(Case)) or 0


@job("index_cases")
def index_cases() -> None:
    """Index the cases opened before words were kept, so many at a time until none is left."""
    reindex()
