"""Who can help, here and now, asked for a commune, a tenure, an income class, a need (ANG-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.catalog.comparable import fold
from app.catalog.directory import Directory
from app.catalog.settings import Settings
from app.models import Partner
from app.services import directory_sheets, directory_words, releases
from app.services.directory_sheets import Sheet
from app.services.directory_words import INTAKE

_NO_DELAY: Final = 10_000
LABEL: Final = 160
"""Characters of a structure's choice in a form, its reasons included."""


@dataclass(frozen=True)
class Asked:
    """What is looked for; an empty word asks for nothing."""

    insee: str = ""
    tenure: str = ""
    income: str = ""
    need: str = ""


@dataclass(frozen=True)
class Found:
    """A structure that can help, and why it is found.

    ``reasons``: what of its sheet or of its perimeter answers what was asked, as people read it.
    ``cautions``: what to know before one counts on it (sheet to verify, no new request for now).
    """

    sheet: Sheet
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def partner(self) -> Partner:
        """The structure."""
        return self.sheet.partner


@dataclass(frozen=True)
class Verdict:
    """What a structure answers to what was asked; ``against``: why it does not fit."""

    found: Found
    against: tuple[str, ...]


def who_can_help(
    *, insee: str = "", tenure: str = "", income: str = "", need: str = "", on: date | None = None
) -> list[Found]:
    """Return the active structures that can help, those to turn to first at the top, each with its reasons.

    What a sheet does not say never excludes a structure: an empty list of tenures means that nobody said.
    A need is answered by the sheets that name it, else by the kinds of structure that the territory names.

    Args:
        insee: the commune of the household.
        tenure, income, need: words of ``[annuaire]``.
        on: the day on which a sheet must still be trusted; today unless said.
    """
    asked = Asked(insee, tenure, income, need)
    fitting = [verdict.found for verdict in verdicts(asked, on) if not verdict.against]
    return sorted(fitting, key=lambda found: _order(found, insee))


def verdicts(asked: Asked, on: date | None = None) -> list[Verdict]:
    """Return what every active structure answers, by name."""
    settings = releases.current().settings
    return [_judge(one, asked, settings) for one in directory_sheets.sheets(on) if one.partner.active]


def asked_for(tenure: str | None, answers: Mapping[str, Mapping[str, Any]], insee: str | None) -> Asked:
    """Return what a household's case asks of the directory.

    Args:
        tenure: of the dwelling.
        answers: ``{form: {field: value}}`` that whoever asks may read.
        insee: the commune of the dwelling.
    """
    words = releases.current().settings.directory
    said = _answer(words.tenure_from, answers) if words.tenure_from else tenure or ""
    income = _answer(words.income_from, answers)
    return Asked(
        insee=insee or "",
        tenure=said if said in words.tenures else "",
        income=income if income in words.incomes else "",
    )


def answered_in(words: Directory) -> frozenset[str]:
    """Return the forms whose answers say what a household asks of the directory."""
    named = (words.tenure_from, words.income_from)
    return frozenset(where.partition(".")[0] for where in named if where)


def _answer(where: str | None, answers: Mapping[str, Mapping[str, Any]]) -> str:
    form, _, key = (where or "").partition(".")
    value = answers.get(form, {}).get(key)
    return value if isinstance(value, str) else ""


def _order(found: Found, insee: str) -> tuple[Any, ...]:
    row = found.sheet.row
    return (
        row is not None and row.intake == "non",
        bool(insee) and insee not in found.partner.communes,
        not found.sheet.fresh,
        row.delay_days if row is not None and row.delay_days is not None else _NO_DELAY,
        fold(found.partner.name),
    )


def _judge(one: Sheet, asked: Asked, settings: Settings) -> Verdict:
    reasons, against = list[str](), list[str]()
    for reason, fits in filter(None, (
        _commune(one, asked.insee, settings),
        _listed(one, "tenures", asked.tenure, settings.directory.tenures, "reçoit"),
        _listed(one, "incomes", asked.income, settings.directory.incomes, "revenus"),
        _need(one, asked.need, settings),
    )):  # fmt: skip
        (reasons if fits else against).append(reason)
    row = one.row
    if row is not None and row.delay:
        reasons.append(f"délai : {row.delay}")
    return Verdict(Found(one, tuple(reasons), _cautions(one)), tuple(against))


def _commune(one: Sheet, insee: str, settings: Settings) -> tuple[str, bool] | None:
    if not insee:
        return None
    if not one.partner.communes:
        return "intervient dans toutes les communes", True
    commune = settings.commune(insee)
    name = commune.name if commune is not None else insee
    covers = insee in one.partner.communes
    return (f"couvre {name}", True) if covers else (f"ne couvre pas {name}", False)


def _listed(
    one: Sheet, attribute: str, word: str, words: Mapping[str, str], label: str
) -> tuple[str, bool] | None:
    listed = getattr(one.row, attribute, None)
    if not word or not listed:
        return None
    if word in listed:
        return f"{label} : {words.get(word, word)}", True
    return f"plutôt {label} : {directory_words.said(listed, words)}", False


def _need(one: Sheet, word: str, settings: Settings) -> tuple[str, bool] | None:
    if not word:
        return None
    need = settings.directory.needs.get(word)
    label = need.label if need is not None else word
    if one.row is not None and one.row.needs:
        fits = word in one.row.needs
        return f"{'répond au' if fits else 'ne cite pas le'} besoin « {label} »", fits
    if need is not None and one.partner.kind in need.kinds:
        return f"« {label} » : genre « {kind_label(one.partner, settings)} »", True
    return f"ne cite pas le besoin « {label} »", False


def kind_label(partner: Partner, settings: Settings) -> str:
    """Return the kind of a structure as people read it."""
    kind = settings.partner_kinds.get(partner.kind)
    return kind.label if kind is not None else partner.kind


def _cautions(one: Sheet) -> tuple[str, ...]:
    found = []
    if one.row is not None and one.row.intake == "non":
        found.append(INTAKE["non"].lower())
    if one.row is None or one.row.verified_on is None:
        found.append("fiche jamais vérifiée")
    elif not one.fresh:
        found.append(f"fiche à vérifier (vérifiée le {one.row.verified_on:%d/%m/%Y})")
    return tuple(found)


def choices(asked: Asked) -> list[dict[str, str]]:
    """Return the structures of a form's list: all that cover the commune, those that fit first.

    A structure with a sheet says why it is proposed, or what its sheet says against it; nothing is hidden
    from whoever decides. Where no structure has a sheet the list is the plain one.
    """
    covering = [
        verdict for verdict in verdicts(asked)
        if not asked.insee or not verdict.found.partner.communes
        or asked.insee in verdict.found.partner.communes
    ]  # fmt: skip
    covering.sort(key=_rank)
    return [{"valeur": str(verdict.found.partner.id), "libelle": _label(verdict)} for verdict in covering]


def _rank(verdict: Verdict) -> tuple[Any, ...]:
    partner, row = verdict.found.partner, verdict.found.sheet.row
    closed = row is not None and row.intake == "non"
    return (bool(verdict.against), closed, partner.kind, partner.name)


def _label(verdict: Verdict) -> str:
    found = verdict.found
    if found.sheet.row is None:
        return found.partner.name
    said = [*verdict.against, *found.reasons, *found.cautions]
    return f"{found.partner.name} ({' ; '.join(said)})"[:LABEL] if said else found.partner.name


def needs_of(directory: Directory) -> Mapping[str, str]:
    """Return the needs a search may ask for."""
    return {need.id: need.label for need in directory.needs.values()}
