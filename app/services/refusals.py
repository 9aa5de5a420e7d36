"""Mail that does not arrive: who is told, and what a mail server hands back (RFC 3464)."""

from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db
from app.errors import RelaisError
from app.models import Case, Message
from app.notifications.bounces import Bounce
from app.notifications.delivery import refuse, when_refused
from app.services import mail, notices, releases

KIND = "message_refuse"
_UNKNOWN = "Le message est revenu : cette adresse n'existe pas. Corrigez-la, puis relancez l'envoi."
_RETURNED = "Le message est revenu (code {}) : le serveur du destinataire ne l'a pas accepté."


@when_refused
def tell(row: Message) -> None:
    """Tell whoever may act in Supervision of a message refused for good, without naming its reader.

    What tells of a refusal is not told of in turn.
    """
    if row.kind == KIND:
        return
    try:
        release = releases.current()
    except RelaisError:  # a territory without a programme that runs has nobody who may act
        return
    case = db.session.get(Case, row.case_id) if row.case_id else None
    about = f" (dossier {case.reference})" if case is not None else ""
    notices.tell(
        mail.who_may_act(release, row.case_id),
        KIND,
        f"{row.id}:{clock.now().isoformat()}",
        f"Un message n'a pas pu être remis{about}",
        "supervision",
        case_id=row.case_id,
        release=release,
    )


def came_back(bounce: Bounce) -> bool:
    """Mark the message that a mail server hands back; False when it is none of ours, or known already.

    A delay, or a mailbox that is full today, changes nothing: the server goes on trying, or the next
    message will pass.
    """
    if not bounce.final:
        return False
    with tenancy.unscoped("token"):
        found = db.session.execute(
            select(Message.id, Message.territory_id)
            .where(Message.message_id.in_(bounce.message_ids))
            .limit(1)
        ).first()
    if found is None:
        return False
    with tenancy.serving(found.territory_id):
        return _refuse(found.id, bounce)


def _refuse(row_id: UUID, bounce: Bounce) -> bool:
    cause = _UNKNOWN if bounce.unknown_address else _RETURNED.format(bounce.status)
    return refuse(row_id, cause, unknown_address=bounce.unknown_address)
