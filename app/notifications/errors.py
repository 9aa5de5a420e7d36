"""What can go wrong with a message. No sentence holds an address: they end up in logs and job rows."""

from app.errors import RelaisError


class MessageFault(RelaisError):
    """A message cannot be written as asked; nothing was queued."""

    sentence_template = "Le message ne peut pas être envoyé : {cause}"


class TemporaryRefusal(RelaisError):
    """The message has not left, and may leave later."""

    sentence_template = "Le message n'est pas encore parti : {cause}"


class PermanentRefusal(RelaisError):
    """The message will never leave as it is. ``unknown_address``: nobody has this address."""

    sentence_template = "Le message ne partira pas : {cause}"

    @property
    def unknown_address(self) -> bool:
        """Whether the address itself is at fault: nothing more is sent to it."""
        return bool(self.facts.get("unknown_address"))
