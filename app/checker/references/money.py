"""The words of money that verbs and settings name: quotas, envelopes, natures, reports (AST-2, AST-10)."""

from collections.abc import Collection, Iterator, Mapping

from app.catalog.money import MoneyWords
from app.catalog.settings import FILE as SETTINGS_FILE
from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import perhaps
from app.checker.problem import Problem
from app.checker.references.verbs import Call, calls


def problems(model: Model) -> Iterator[Problem]:
    """Yield the quotas, envelopes and natures that the settings do not hold, the reports without a form."""
    if not model.whole or model.settings is None:
        return
    words = model.settings.money
    for call in calls(model):
        yield from _named(call, words)
    forms = inventory.forms(model)
    yield from _forms("budget.rapports", words.reports, forms)
    for nature in words.natures.values():
        yield from _forms(f"depenses.{nature.id}.rapports_fin", nature.final_reports, forms)


def _named(call: Call, words: MoneyWords) -> Iterator[Problem]:
    kinds: tuple[tuple[str, Mapping[str, object], str, str, str], ...] = (
        ("quotas", words.quotas, "unknown-quota", "Le quota", "quotas"),
        ("envelopes", words.envelopes, "unknown-envelope", "L'enveloppe", "enveloppes"),
        ("natures", words.natures, "unknown-nature", "La nature de dépense", "depenses"),
    )
    for kind, known, code, noun, section in kinds:
        for given in call.naming(kind):
            if isinstance(given.value, str) and given.value not in known:
                hint = perhaps(given.value, list(known)) or "Ajoutez ce mot, ou corrigez le paramètre."
                yield Problem(
                    call.path,
                    call.element,
                    "error",
                    code,
                    f"{noun} « {given.value} » n'est pas dans [{section}] de territoire.toml. {hint}",
                )


def _forms(place: str, named: Collection[str], forms: Collection[str]) -> Iterator[Problem]:
    for form in named:
        if form not in forms:
            yield Problem(
                SETTINGS_FILE,
                place,
                "error",
                "unknown-form",
                f"Le solde attend le formulaire « {form} », qui n'existe pas. Créez forms/{form}.json, ou "
                f"corrigez « {place.rpartition('.')[2]} ».",
            )
