"""The answers of a demonstration: drawn by the forms' own generator, then what the story says, read again."""

import random
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.forms import Answers, Form
from app.database import db
from app.errors import Invalid
from app.models import Partner, Site
from app.services.actors import Actor
from app.services.demo_days import dated

_NAMED: Final = "@"
_SEEDS: Final = 400
"""How many draws are tried to find sample answers that take the wanted way."""


def structure(name: str) -> UUID:
    """Return the structure of the directory that has this name."""
    return db.session.scalars(select(Partner.id).where(Partner.name == name)).one()


def _named(name: str) -> UUID:
    """Return the site of this name, else the structure of the directory."""
    return db.session.scalar(select(Site.id).where(Site.name == name)) or structure(name)


def sample(
    form: Form, context: Mapping[str, Any], wanted: Mapping[str, Any], classes: frozenset[str], number: int
) -> Answers:
    """Draw plausible answers that take the wanted way; the same ones each time."""
    for seed in range(_SEEDS):
        drawn = form.sample(random.Random(f"{number}/{seed}"), context, classes=classes)  # noqa: S311  # samples, no secret
        if all(drawn.get(key) == value for key, value in wanted.items()):
            return drawn
    raise LookupError(f"sample data: no sample of {form.id} fits {wanted}")


def read(form: Form, answers: Answers, context: Mapping[str, Any], by: Actor) -> Answers:
    """Return answers as the form reads them: computed fields follow what the story says, not what was drawn.

    Raises:
        LookupError: the form refuses them; a story tells nothing that a person could not send.
    """
    try:
        return form.parse(_sent(answers), classes=by.rights.collect, context=context)
    except Invalid as refused:
        raise LookupError(f"sample data: {form.id} refuses {refused.problems}") from refused


def _sent(value: Any) -> Any:
    """Return typed answers as they travel: days and amounts are texts."""
    if isinstance(value, Mapping):
        return {key: _sent(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_sent(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def over(drawn: Answers, overrides: Mapping[str, Any]) -> Answers:
    """Return what was drawn with what the story says over it, « J+4 » and « @nom » read."""
    today = clock.today()
    answers = dict(drawn)
    for key, value in overrides.items():
        before = drawn.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            answers[key] = {**before, **value}  # a signature: the name is said, the moment is drawn
            continue
        answers[key] = dated(value, today)
        if isinstance(value, str) and value.startswith(_NAMED):
            answers[key] = str(_named(value.removeprefix(_NAMED)))
    return {key: value for key, value in answers.items() if value is not None}
