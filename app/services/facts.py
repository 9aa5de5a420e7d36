"""Facts of the case that answers feed: a form's field says which one (``alimente``)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update as update_rows

from app.catalog.answers_view import answer_text
from app.catalog.forms import Form
from app.database import db
from app.ids import new_id
from app.models import Case, Dwelling, Household, Task
from app.services import journal, releases, search, sharing
from app.services.text import fold, fold_address

Facts = dict[str, dict[str, Any]]
"""``{"menage": {"nom": …}, "logement": {…}, "accord": {…}}``: room, then name, as forms write them."""

_HOUSEHOLD = {
    "civilite": "title", "nom": "last_name", "prenom": "first_name", "telephone": "phone",
    "courriel": "email", "moyen_contact": "reach", "langue": "language",
}  # fmt: skip
_DWELLING = {"statut": "tenure", "dpe": "energy_class", "bailleur": "landlord"}


SCOPE: Final = "portee"
"""The fact of the agreement that says, by words of the programme, with whom else to share (LAW-2)."""
_IN_WORDS = frozenset({"menage.civilite", "menage.moyen_contact", "donneur.origine"})
"""Facts kept as people read them (« Mme »), because nothing is decided on them."""


def read(answers: Mapping[str, Any], form: Form) -> Facts:
    """Return the facts that ``answers`` give."""
    found: Facts = {}
    for field in form.fields:
        if field.feeds and answers.get(field.key) is not None:
            room, _, name = field.feeds.partition(".")
            value = answers[field.key]
            found.setdefault(room, {})[name] = (
                answer_text(field, value) if field.feeds in _IN_WORDS else value
            )
    return found


def household(facts: Facts) -> Household:
    """Return the household that an alert tells of."""
    row = Household(id=new_id(), last_name="", first_name="", match_name="")
    _set_household(row, facts.get("menage", {}))
    return row


def dwelling(facts: Facts) -> Dwelling:
    """Return the dwelling that an alert tells of."""
    row = Dwelling(id=new_id(), address="", match_address="")
    _set_dwelling(row, facts)
    return row


def update(case: Case, facts: Facts) -> None:
    """Bring a case up to date with newer answers; what they leave out stays."""
    _set_household(case.household, facts.get("menage", {}))
    _set_dwelling(case.dwelling, facts)
    if facts.get("menage"):
        _follow(case)
    if facts.get("accord"):
        before = frozenset(case.agreement.get(SCOPE) or ())
        case.agreement = {**case.agreement, **plain(facts["accord"])}
        _narrowed(case, before - frozenset(case.agreement.get(SCOPE) or ()))
    if "site" in facts.get("dossier", {}):
        case.site_id = site_of(facts)
    if facts.get("dossier", {}).get("priorite"):
        case.priority = str(facts["dossier"]["priorite"])


def _narrowed(case: Case, words: frozenset[str]) -> None:
    """Stop what is shared with the lanes that the household's agreement covers no more (LAW-2)."""
    if words:
        lanes = releases.current().settings.lanes.values()
        sharing.stop(
            case.id, by=(journal.SYSTEM, None), lanes=[lane.id for lane in lanes if lane.agreement in words]
        )


def site_of(facts: Facts) -> UUID | None:
    """Return the site that answers say (``dossier.site``); None for a household that lives on none."""
    try:
        return UUID(str(facts.get("dossier", {}).get("site")))
    except ValueError:
        return None


def _follow(case: Case) -> None:
    """Let the search and the lists know the household by its new name and place."""
    search.index_case(case)
    moved = update_rows(Task).where(Task.case_id == case.id, Task.status == "open")
    db.session.execute(moved.values(commune=case.dwelling.commune))


def _set_household(row: Household, known: Mapping[str, Any]) -> None:
    for name, attribute in _HOUSEHOLD.items():
        if name in known:
            setattr(row, attribute, str(known[name]))
    birth = known.get("naissance")
    if birth is not None:
        row.birth_year = birth.year if isinstance(birth, date) else int(birth)
    row.match_name = fold(f"{row.last_name} {row.first_name}")


def _set_dwelling(row: Dwelling, facts: Facts) -> None:
    address = facts.get("menage", {}).get("adresse")
    if isinstance(address, Mapping):
        row.address = str(address.get("voie") or "")
        row.complement = address.get("complement")
        row.postcode, row.insee, row.commune = (address.get(key) for key in ("cp", "insee", "commune"))
        row.match_address = fold_address(row.address)
    for name, attribute in _DWELLING.items():
        if name in facts.get("logement", {}):
            setattr(row, attribute, str(facts["logement"][name]))


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a JSON column can hold; dates as ISO text."""
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in facts.items()
        if isinstance(value, str | int | bool | list | date)
    }
