"""What the three pages with a form share: read what was sent, keep it, show it again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import Any, Final
from uuid import UUID

from flask import request
from markupsafe import Markup

from app import tenancy
from app.catalog.forms import Answers, Form
from app.catalog.kinds.attachments import KEEP as GARDER
from app.catalog.kinds.attachments import holds_files, most_files
from app.catalog.submission import ACTION, Flat, row_action
from app.catalog.uploads import IMAGES, Upload
from app.database import db
from app.errors import Invalid
from app.models import Territory
from app.services import releases, tasks
from app.services.actors import Actor
from app.web import forms, security
from app.web.errors import SENTENCES
from app.web.formats import hour, typography

STALE: Final = "La page était ouverte depuis trop longtemps."
KEEP: Final = "brouillon"
"""Value of the button that keeps a draft."""


@dataclass(frozen=True)
class Sheet:
    """A form being filled by somebody: what it reads, and which classes they may collect."""

    form: Form
    classes: frozenset[str]
    context: Mapping[str, Any] = field(default_factory=dict)
    stored: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    origins: Callable[[], Mapping[str, Any]] = dict

    def typed(self) -> Flat:
        """Return what was typed, of this form's fields that the person may collect."""
        return self.form.draft(Flat.of(request.form), classes=self.classes)

    def answers(self) -> Answers:
        """Return the typed answers.

        Raises:
            Invalid: with the sentences of each field.
        """
        return self.form.parse(
            request.form,
            request.files,
            classes=self.classes,
            context=self.context,
            stored=self.stored,
            closed=closed_days(),
        )


@dataclass(frozen=True)
class Redisplay:
    """Why a form is shown again with what was typed, instead of being carried out."""

    flat: Flat
    status: int = 200
    problems: Mapping[str, list[str]] = field(default_factory=dict)
    notice: str | None = None


def keep(sheet: Sheet, task_id: UUID, who: Actor) -> dict[str, Any]:
    """Keep a draft for a script; return when, in words, and the computed fields as they stand."""
    typed = sheet.typed()
    kept_at = tasks.save_draft(task_id, typed.values, who)
    return {
        "phrase": f"Brouillon enregistré à {hour(kept_at)}",
        "calculs": sheet.form.computed(typed, sheet.context, classes=sheet.classes),
    }


def closed_days() -> frozenset[date]:
    """Return the days on which the territory being served does not work."""
    return releases.closing_days(db.session.get_one(Territory, tenancy.current_id()))


def not_to_carry_out(sheet: Sheet) -> Redisplay | None:
    """Return why what was sent is only shown again: refused as a whole, or a row button was pressed."""
    typed = sheet.typed()
    if security.too_large():
        return Redisplay(typed, status=413, notice=SENTENCES[413])
    if security.refusal() is not None:
        return Redisplay(
            typed,
            status=400,
            notice="La page était ouverte depuis trop longtemps et rien n'a été envoyé. Vos réponses sont "
            "toujours là : relisez-les, puis envoyez à nouveau. Les fichiers joints sont à choisir "
            "de nouveau.",
        )
    pressed = row_action(Flat.of(request.form))
    return Redisplay(sheet.form.with_rows(typed, pressed)) if pressed is not None else None


def asked_to_keep() -> bool:
    """Whether the button that keeps a draft was pressed."""
    return request.form.get(ACTION) == KEEP


def refused(sheet: Sheet, refusal: Invalid) -> Redisplay:
    """Return the form again with the sentences of its fields; a browser forgets the files it sent."""
    sent = any(file.filename for file in request.files.values())
    notice = "Les fichiers joints sont à choisir de nouveau." if sent else None
    return Redisplay(sheet.typed(), status=422, problems=refusal.problems, notice=notice)


Store = Callable[[Mapping[str, Sequence[Upload]]], Mapping[str, Sequence[Mapping[str, Any]]]]
"""Stores files beside a draft and returns their references, by field."""


def keeping_files(sheet: Sheet, shown: Redisplay, task_id: UUID, who: Actor) -> tuple[Sheet, Redisplay]:
    """Store the good files just sent beside the draft of a task."""
    return files_beside(sheet, shown, lambda uploads: tasks.keep_files(task_id, uploads, who))


def files_beside(sheet: Sheet, shown: Redisplay, store: Store) -> tuple[Sheet, Redisplay]:
    """Store the good files just sent beside a draft: a browser forgets them when a form comes back."""
    uploads = _good_files(sheet)
    if not uploads or shown.status not in (200, 422):
        return sheet, shown
    new = store(uploads)
    values = dict(shown.flat.values)
    for key, references in new.items():
        name = f"{key}.{GARDER}"
        values[name] = [*values.get(name, []), *(str(item["id"]) for item in references)]
    stored = {**sheet.stored, **{key: [*sheet.stored.get(key, ()), *items] for key, items in new.items()}}
    return replace(sheet, stored=stored), replace(shown, flat=Flat(values), notice=None)


def _good_files(sheet: Sheet) -> dict[str, list[Upload]]:
    for sent in chain.from_iterable(files for _, files in request.files.lists()):
        sent.stream.seek(0)
    nested = sheet.form.gather(sheet.typed(), request.files) if request.files else {}
    found: dict[str, list[Upload]] = {}
    for item in sheet.form.fields:
        answer = nested.get(item.key)
        if item.classe not in sheet.classes or not holds_files(item) or not isinstance(answer, list):
            continue
        room = most_files(item) - sum(not isinstance(one, Upload) for one in answer)
        good = [
            one for one in answer if isinstance(one, Upload) and (item.type != "photo" or one.mime in IMAGES)
        ]
        if good[:room]:
            found[item.key] = good[:room]
    return found


def rendered(sheet: Sheet, shown: Redisplay) -> Markup:
    """Return the fields with what was typed and what each has to say about it."""
    return forms.render(
        sheet.form,
        shown.flat,
        classes=sheet.classes,
        context=sheet.context,
        stored=sheet.stored,
        problems=shown.problems,
        origins=sheet.origins(),
    )


def error_list(sheet: Sheet, problems: Mapping[str, list[str]]) -> list[dict[str, str]]:
    """Return the summary of errors, each linked to its field, in the order of the form."""
    order = {item.key: number for number, item in enumerate(sheet.form.fields)}
    keys = sorted(problems, key=lambda name: order.get(name.partition(".")[0], len(order)))
    return [
        {"href": f"#{forms.anchor(key)}", "text": typography(text)} for key in keys for text in problems[key]
    ]
