"""The families of domain error. An error carries facts; ``sentence`` is what a person reads.

Only ``app/web/errors.py`` turns a family into an HTTP status.
"""

from collections.abc import Mapping


class RelaisError(Exception):
    """Something a person can understand and act upon went wrong."""

    sentence_template = "L'opération n'a pas pu aboutir."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The French sentence that says what is wrong and what to do."""
        return self.sentence_template.format_map(self.facts)


class NotFound(RelaisError):
    """Nothing of that name or number in the territory being served."""

    sentence_template = "Cette page n'existe pas, ou ne fait pas partie de votre territoire."


class Forbidden(RelaisError):
    """The person may not do this."""

    sentence_template = (
        "Votre rôle ne permet pas cette action. Demandez-la à la personne qui coordonne le dossier."
    )


class Conflict(RelaisError):
    """The facts changed since the person looked."""

    sentence_template = "La situation a changé entre-temps. Rechargez la page pour voir où elle en est."


class TaskAlreadyDone(Conflict):
    """Someone else completed this task first."""

    sentence_template = (
        "Cette étape a déjà été faite. Votre saisie n'a pas été appliquée ; elle reste en brouillon."
    )


class ProcessSuspended(Conflict):
    """Somebody put the process in suspense: nothing of it moves until it is taken up again."""

    sentence_template = (
        "Ce parcours est suspendu : rien n'y avance tant que la supervision ne l'a pas repris. "
        "Ce que vous avez saisi reste en brouillon ; envoyez-le quand le parcours aura repris."
    )


class Gone(RelaisError):
    """A link or a code was valid once and is no longer."""

    sentence_template = "Ce lien n'est plus valable. Demandez-en un nouveau à votre correspondant."


class Invalid(RelaisError):
    """The answers do not fit the form. ``problems`` maps a field's key to its sentences."""

    sentence_template = "Certaines réponses sont à corriger."

    def __init__(self, problems: Mapping[str, list[str]], **facts: object) -> None:
        self.problems = dict(problems)
        super().__init__(**facts)


class TooMany(RelaisError):
    """Too many attempts in a short time."""

    sentence_template = "Trop d'essais. Réessayez dans {minutes} minutes."


class DesignFault(RelaisError):
    """A step of the diagram cannot run: the designer must mend it, the person loses nothing."""

    sentence_template = "L'étape « {element} » ne peut pas s'exécuter : {cause}"


class BundleFault(RelaisError):
    """A file of a territory cannot be used."""

    sentence_template = "{file} : {cause}"


class UnreadableRelease(RelaisError):
    """A stored release that this version of the program cannot run: an earlier one took it."""

    sentence_template = (
        "La version {number} du dispositif de ce territoire ne peut pas tourner avec cette version de "
        "Relais. {cause} Aucun dossier n'est perdu. La personne qui exploite le serveur écrit ce dispositif "
        "dans un dossier (« relais territory export »), le corrige (« relais check ») et le publie "
        "(« relais territory import »), ou remet la version de Relais d'avant."
    )


class MissingSetting(RelaisError):
    """The program cannot start with this configuration."""

    sentence_template = "Configuration incomplète : {cause}"
