"""A form to be filled by whoever lives a case by hand, with plausible answers proposed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.catalog.forms import Answers, Form
from app.catalog.kinds.attachments import holds_files
from app.catalog.submission import Flat
from app.catalog.uploads import Upload
from app.errors import RelaisError
from app.services.actors import Actor

LIFE: Final = "1"
"""The name of the only household: its dice are those of the first of a simulation."""


class Unplayable(RelaisError):
    """An action cannot be played where the case stands."""

    sentence_template = "{why}"


@dataclass(frozen=True)
class Sheet:
    """A form to be filled: for a step that waits, an act that is offered, or the alert.

    ``life`` and ``scope`` say whose answers they are, for those that follow.
    """

    form: Form
    by: Actor
    context: Mapping[str, Any]
    proposed: Answers
    life: str = LIFE
    scope: str | None = None

    def answers(self, typed: Flat) -> Answers:
        """Return what was typed; the files that the form wants are sample ones: none is asked here.

        Raises:
            Invalid: with the sentences of each field.
        """
        nested = self.form.gather(typed)
        for item in self.form.fields:
            if holds_files(item):
                nested[item.key] = [Upload.sample(f"{item.key}.png")] if item.required else None
        return self.form.parse(nested, classes=self.by.rights.collect, context=self.context)
