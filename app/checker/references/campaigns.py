"""The campaigns of territoire.toml: the forms and fields that they name exist (CAR-5)."""

from collections.abc import Iterator

from app.catalog.campaigns import Campaigns
from app.catalog.forms import Form
from app.catalog.settings import FILE
from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import perhaps
from app.checker.problem import Problem
from app.expressions import check

_DOOR = "porte."


def problems(model: Model) -> Iterator[Problem]:
    """Yield what the campaigns of a whole bundle name in vain."""
    if not model.whole or model.settings is None or model.settings.campaigns is None:
        return
    rules = model.settings.campaigns
    known = inventory.forms(model)
    if rules.form not in known:
        yield _say("formulaire", "unknown-form", f"Une campagne remplit le formulaire « {rules.form} », qui "
                   f"n'existe pas. {perhaps(rules.form, sorted(known)) or 'Créez-le.'}")  # fmt: skip
    elif rules.form in model.forms:
        yield from _door(rules, model.forms[rules.form][1])
    entry = model.settings.entry
    if entry is None:
        yield _say("signalement", "unknown-form", "Un oui ouvre un dossier : écrivez [dossier], ou retirez "
                   "[campagne].")  # fmt: skip
    elif entry.form in model.forms:
        yield from _alert(rules, model.forms[entry.form][1])
    template = f"documents/{rules.document}.html"
    if rules.document is not None and template not in model.files:
        yield _say("document", "unknown-template", f"Le modèle « {rules.document} » n'existe pas dans "
                   "documents/. Créez-le, ou corrigez ce nom.")  # fmt: skip


def _door(rules: Campaigns, form: Form) -> Iterator[Problem]:
    keys = [field.key for field in form.fields]
    for key, name in (("motif", rules.reason), ("plafond_avant", rules.ceiling_field)):
        if name is not None and name not in keys:
            yield _missing(key, name, form.title, keys)
    for key, text in rules.expressions.items():
        for name in sorted(check(text)):
            field = name.removeprefix(_DOOR)
            if name.startswith(_DOOR) and field.partition(".")[0] not in keys:
                yield _missing(key, field, form.title, keys)


def _alert(rules: Campaigns, form: Form) -> Iterator[Problem]:
    keys = [field.key for field in form.fields]
    for key in rules.alert:
        if key not in keys:
            yield _missing(f"signalement.{key}", key, form.title, keys)
    for field in form.fields:
        if field.required and field.condition is None and field.key not in rules.alert:
            yield _say(
                "signalement", "unknown-field",
                f"Le signalement exige « {field.label} » : dites dans [campagne.signalement] d'où vient "
                f"« {field.key} ».",
            )  # fmt: skip


def _missing(key: str, name: str, title: str, keys: list[str]) -> Problem:
    hint = perhaps(name, keys) or "Corrigez ce nom, ou ajoutez ce champ."
    return _say(key, "unknown-field", f"Le formulaire « {title} » n'a pas de champ « {name} ». {hint}")


def _say(key: str, code: str, message: str) -> Problem:
    return Problem(FILE, f"campagne.{key}", "error", code, message)
