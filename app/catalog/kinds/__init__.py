"""The field types of forms, one module a family."""

from app.catalog.kinds.attachments import Attachment, Photo
from app.catalog.kinds.base import KINDS, FileReference, Kind, Scope, kind_of
from app.catalog.kinds.choices import Boxes, Choice, Structure, YesNo
from app.catalog.kinds.computed import Computed, Info
from app.catalog.kinds.moments import Date
from app.catalog.kinds.numbers import Money, Number
from app.catalog.kinds.places import Address
from app.catalog.kinds.signature import Signature
from app.catalog.kinds.slots import Slot
from app.catalog.kinds.tables import Table
from app.catalog.kinds.words import Email, LongText, Telephone, Text

for _kind in (
    Text(), LongText(), Email(), Telephone(), Number(), Money(), Date(), Slot(), Choice(), Structure(),
    Boxes(), YesNo(), Table(), Attachment(), Photo(), Signature(), Address(), Computed(), Info(),
):  # fmt: skip
    KINDS[_kind.name] = _kind

__all__ = ["KINDS", "FileReference", "Kind", "Scope", "kind_of"]
