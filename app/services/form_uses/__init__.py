"""Where a form and its fields are used in a programme, and the same under another key.

``diagrams`` and ``elsewhere`` look through the files of a bundle or of a draft, tolerant of broken ones;
``renaming`` gives a field another key wherever it is named; ``readers`` says who reads which class.
"""

from app.services.form_uses.places import Kind, Use
from app.services.form_uses.readers import class_change
from app.services.form_uses.renaming import Renaming, rename
from app.services.form_uses.uses import uses, uses_in
from app.services.form_uses.verbs import Verb, verbs, with_verb

__all__ = [
    "Kind",
    "Renaming",
    "Use",
    "Verb",
    "class_change",
    "rename",
    "uses",
    "uses_in",
    "verbs",
    "with_verb",
]
