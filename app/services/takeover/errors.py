"""What may be wrong with a take-over, in sentences for whoever does it."""

from app.errors import Conflict, RelaisError


class RowRefused(RelaisError):
    """A line of the sheet cannot become a case; nothing of it is stored."""

    sentence_template = "{cause}"


class NoSuchWay(RowRefused):
    """The diagram has no way to the step, whatever is answered."""

    sentence_template = (
        "Aucun chemin du parcours ne mène à « {step} » avec ces réponses. Choisissez une autre étape."
    )


class BatchBusy(Conflict):
    """The batch is being brought in, undone, or was already confirmed."""

    sentence_template = (
        "Cette reprise n'en est plus là : elle a été confirmée, abandonnée ou annulée entre-temps. "
        "Rechargez la page pour voir où elle en est."
    )


class StalePreview(Conflict):
    """The matching changed since the preview that is confirmed was shown."""

    sentence_template = (
        "La correspondance des colonnes a changé depuis cet aperçu : rien n'a été repris. "
        "Relisez l'aperçu à jour, puis confirmez-le."
    )


class WorkedOn(Conflict):
    """Somebody has worked on the case since it was brought in: it stays."""

    sentence_template = (
        "Quelqu'un a travaillé sur ce dossier depuis la reprise : il ne peut plus être annulé. "
        "Clôturez-le s'il ne doit pas être suivi."
    )
