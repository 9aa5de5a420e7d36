"""Documents and messages."""

from uuid import UUID

from marshmallow import Schema, fields

from app.handlers.effects import MakeDocument, QueueMessage
from app.handlers.registry import NAMES, Context, HandlerFault, Result, operation


class DocumentParameters(Schema):
    """``modele``: a file of ``documents/``; ``orientation``: the one it is about."""

    modele = fields.String(required=True, metadata={NAMES: "documents"})
    orientation = fields.UUID(load_default=None)


class MessageParameters(Schema):
    """``message``: a file of ``messages/``; ``a``: a lane, or one of the known addressees."""

    message = fields.String(required=True, metadata={NAMES: "messages"})
    a = fields.String(required=True, metadata={NAMES: "audience"})
    orientation = fields.UUID(load_default=None)


ADDRESSEES = frozenset({"donneur_alerte", "menage", "partenaire"})
"""Addressees that are no lane: who sent the alert, the household, the orientation's partner."""


@operation("produire_document", DocumentParameters, label="Produire un document")
def make_document(context: Context, *, modele: str, orientation: UUID | None) -> Result:
    """Have a document made from what is known now."""
    if f"documents/{modele}.html" not in context.bundle.files:
        raise HandlerFault(
            operation="produire_document", cause=f"le modèle « {modele} » n'existe pas dans cette version."
        )
    return Result(effects=(MakeDocument(modele, orientation or _branch(context)),))


@operation("notifier", MessageParameters, label="Envoyer un message")
def notify(context: Context, *, message: str, a: str, orientation: UUID | None) -> Result:
    """Queue a message; it leaves when the step has committed."""
    known_message(message, context, "notifier")
    if a not in ADDRESSEES and a not in context.bundle.settings.lanes:
        raise HandlerFault(
            operation="notifier",
            cause=f"« {a} » n'est ni un couloir du territoire ni un destinataire connu "
            f"({', '.join(sorted(ADDRESSEES))}).",
        )
    return Result(effects=(QueueMessage(message, a, orientation or _branch(context)),))


def known_message(message: str, context: Context, verb: str) -> None:
    """See that a message exists in this release.

    Raises:
        HandlerFault: it does not.
    """
    if f"messages/{message}.txt" not in context.bundle.files:
        raise HandlerFault(operation=verb, cause=f"le message « {message} » n'existe pas dans cette version.")


def _branch(context: Context) -> UUID | None:
    try:
        return UUID(context.scope) if context.scope else None
    except ValueError:
        return None
