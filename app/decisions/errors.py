"""Why a decision could not be read or taken."""

from app.errors import RelaisError


class DecisionFault(RelaisError):
    """A decision table cannot be read, or gives no single answer for the facts at hand.

    ``facts``: ``decision`` (the table's id, or "" when none could be read) and ``cause``.
    """

    sentence_template = "{cause}"

    def __init__(self, decision: str, cause: str) -> None:
        super().__init__(decision=decision, cause=cause)


class Unwritable(DecisionFault):
    """A text that no table file can hold: typed by nobody."""

    def __init__(self, decision: str) -> None:
        super().__init__(
            decision,
            "Une case contient un caractère invisible qu'une table ne peut pas garder. Tapez-la de nouveau, "
            "sans la coller.",
        )
