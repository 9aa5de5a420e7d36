"""The matching of a spreadsheet as its page sends it."""

from collections.abc import Mapping
from dataclasses import replace

from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from app.services.takeover.choices import Choices
from app.services.takeover.matching import Matching

Form = ImmutableMultiDict[str, str] | MultiDict[str, str]


def typed(form: Form, choices: Choices, before: Matching) -> Matching:
    """Return what was chosen on the page of columns; what the page did not ask stays as it was."""
    return replace(
        before,
        columns={one.name: form.get(f"c{place}", "") for place, one in enumerate(choices.columns)},
        visits={one.name: form.get(f"v{place}", "") for place, one in enumerate(choices.visits)},
        steps={
            **before.steps,
            **{one.folded: form.get(f"e{place}", one.value) for place, one in enumerate(choices.steps)},
        },
        words=_words(form, choices, before),
        defaults=_defaults(form, choices),
        twins=form.get("doublons") == "oui",
        breaches=form.get("manquements") == "oui",
        told=form.get("avis") == "oui",
    )


def _words(form: Form, choices: Choices, before: Matching) -> Mapping[str, Mapping[str, str]]:
    found = {meaning: dict(words) for meaning, words in before.words.items()}
    for place, one in enumerate(choices.words):
        value = form.get(f"m{place}", one.value)
        if value:
            found.setdefault(one.meaning, {})[one.folded] = value
        else:
            found.get(one.meaning, {}).pop(one.folded, None)
    return found


def _defaults(form: Form, choices: Choices) -> Mapping[str, str]:
    found = {
        one.name: form.get(f"d{place}", one.value).strip() for place, one in enumerate(choices.questions)
    }
    added, value = form.get("ajout", ""), form.get("ajout_valeur", "").strip()
    known = {option.value for _, options in choices.addable for option in options}
    if added in known and value:
        found[added] = value
    opening = {one.name for one in choices.questions if one.opens}
    return {name: text for name, text in found.items() if text or name in opening}
