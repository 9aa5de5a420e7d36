"""What [simulation.refus] says of answers: the forms, fields and answers that it names exist."""

from collections.abc import Iterator, Sequence

from app.catalog.fields import Field
from app.catalog.settings import FILE
from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import perhaps
from app.checker.problem import Problem

_YES_NO = ("oui", "non")


def problems(model: Model) -> Iterator[Problem]:
    """Yield what the refusals of a whole bundle name in vain: a trial would change no share of them."""
    if not model.whole or model.settings is None:
        return
    known = inventory.forms(model)
    for dotted, answers in model.settings.simulation.refusals.items():
        name, _, key = dotted.partition(".")
        if name not in known:
            hint = perhaps(name, sorted(known)) or "Corrigez ce nom, ou retirez cette ligne."
            yield _say(dotted, "unknown-form", f"Le formulaire « {name} » n'existe pas. {hint}")
        elif name in model.forms:
            form = model.forms[name][1]
            field = next((one for one in form.fields if one.key == key), None)
            yield from _answers(dotted, field, form.title, [one.key for one in form.fields], answers)


def _answers(
    dotted: str, field: Field | None, title: str, keys: Sequence[str], answers: Sequence[str]
) -> Iterator[Problem]:
    if field is None:
        key = dotted.partition(".")[2]
        hint = perhaps(key, list(keys)) or "Corrigez ce nom, ou retirez cette ligne."
        yield _say(dotted, "unknown-field", f"Le formulaire « {title} » n'a pas de champ « {key} ». {hint}")
        return
    offered = [option.value for option in field.options] or list(_YES_NO if field.type == "oui_non" else ())
    for answer in answers if offered else ():
        if answer not in offered:
            hint = perhaps(answer, offered) or f"Choisissez parmi : {', '.join(offered)}."
            yield _say(dotted, "unknown-field", f"« {field.label} » n'a pas de réponse « {answer} ». {hint}")


def _say(key: str, code: str, message: str) -> Problem:
    return Problem(FILE, f"simulation.refus.{key}", "error", code, message)
