"""One value, three versions: which one the merge keeps, written down for people."""

from collections.abc import Callable, Mapping

from app.merging.model import MAX_SHOWN, OURS, THEIRS, Choice, Conflict, Movement, Side, Spot, Told

Say = Callable[[str | None], str]


def quoted(value: str | None) -> str:
    """Return a value as a sentence quotes it."""
    if value is None:
        return "rien"
    text = " ".join(value.split())
    if not text:
        return "vide"
    return f"« {text[:MAX_SHOWN]}{'…' if len(text) > MAX_SHOWN else ''} »"


class Ledger:
    """Decides each value and remembers how it was decided."""

    def __init__(self, choices: Mapping[str, Choice]) -> None:
        self.choices = choices
        self.conflicts: list[Conflict] = []
        self.told: list[Told] = []

    def settle(
        self,
        spot: Spot,
        base: str | None,
        ours: str | None,
        theirs: str | None,
        *,
        say: Say = quoted,
        cosmetic: bool = False,
        editable: bool = True,
        silent: bool = False,
    ) -> str | None:
        """Return the value that the merge keeps; None where the thing goes away.

        Args:
            say: gives a value in words.
            cosmetic: when both changed it, ours stays and nobody is asked.
            editable: other words may be given in place of both.
            silent: told as a part of something larger.
        """
        if theirs in (ours, base):
            if ours != base and not silent:
                self._tell(spot, "both" if ours == theirs else OURS, base, ours, say, cosmetic=cosmetic)
            return ours
        if ours == base:
            if not silent:
                self._tell(spot, THEIRS, base, theirs, say, cosmetic=cosmetic)
            return theirs
        if cosmetic:
            return ours
        return self._asked(spot, base, ours, theirs, say, editable=editable)

    def _asked(
        self,
        spot: Spot,
        base: str | None,
        ours: str | None,
        theirs: str | None,
        say: Say,
        *,
        editable: bool,
    ) -> str | None:
        choice = self.choice(spot, editable=editable)
        kept = choice.value if choice.side == "edit" else (theirs if choice.side == "theirs" else ours)
        self.conflicts.append(
            Conflict(
                id=spot.id,
                spot=spot,
                base=base,
                ours=ours,
                theirs=theirs,
                said_base=say(base),
                said_ours=say(ours),
                said_theirs=say(theirs),
                chosen=choice.side,
                decided=spot.id in self.choices,
                editable=editable,
                value=kept,
            )
        )
        return kept

    def choice(self, spot: Spot, *, editable: bool = False) -> Choice:
        """Return what was decided of a place; our side until somebody decides."""
        choice = self.choices.get(spot.id, Choice(OURS))
        return choice if editable or choice.side != "edit" else Choice(OURS)

    def ask(
        self,
        spot: Spot,
        *,
        base: str,
        ours: str,
        theirs: str,
        said_ours: str,
        said_theirs: str,
        said_base: str,
    ) -> Side:
        """Ask about something that is no single value; return the side to follow."""
        choice = self.choice(spot)
        self.conflicts.append(
            Conflict(
                id=spot.id, spot=spot, base=base, ours=ours, theirs=theirs, said_base=said_base,
                said_ours=said_ours, said_theirs=said_theirs, chosen=choice.side,
                decided=spot.id in self.choices, editable=False,
            )
        )  # fmt: skip
        return THEIRS if choice.side == "theirs" else OURS

    def take(self, other: "Ledger") -> None:
        """Write down what another ledger decided of a file."""
        self.conflicts += other.conflicts
        self.told += other.told

    def tell(self, told: Told) -> None:
        """Write down a difference that needed nobody."""
        self.told.append(told)

    def _tell(
        self, spot: Spot, side: str, old: str | None, new: str | None, say: Say, *, cosmetic: bool
    ) -> None:
        movement: Movement = "added" if old is None else ("removed" if new is None else "changed")
        self.told.append(
            Told(
                spot=spot,
                side=side,  # type: ignore[arg-type]  # one of three words
                movement=movement,
                old=old,
                new=new,
                cosmetic=cosmetic,
                sentence=sentence(spot, say(old), say(new), movement),
            )
        )


def sentence(spot: Spot, old: str, new: str, movement: Movement) -> str:
    """Return a difference in one sentence."""
    where = spot.element_name or spot.file
    what = spot.attribute_name
    if not what:
        verb = {"added": "est ajouté", "removed": "est retiré", "changed": "change"}[movement]
        return f"{where} {verb}."
    if movement == "added":
        return f"{where} : {what} devient {new}."
    if movement == "removed":
        return f"{where} : {what} disparaît ({old})."
    return f"{where} : {what} passe de {old} à {new}."
