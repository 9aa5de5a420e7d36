"""An answer that is read as a whole: a mapping of parts, rows, files."""
# ruff: noqa: ARG002 - marshmallow fixes the arguments

from collections.abc import Mapping
from typing import Any

import marshmallow as ma


class WholeAnswer(ma.fields.Field[Any]):
    """Gives what was sent to ``read``, and takes nothing for an answer."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)

    def read(self, value: Any) -> Any:
        """Return the answer as it is kept.

        Raises:
            ma.ValidationError: what was sent is none; by part where it has some.
        """
        raise NotImplementedError

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        return self.read(value)
