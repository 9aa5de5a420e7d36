"""What can go wrong in the engine room, each with the place in the diagram and a French cause."""

from app.engine.findings import Finding
from app.errors import Conflict, DesignFault, RelaisError


class StepFault(DesignFault):
    """A step of the diagram cannot run. The state handed in is untouched: the engine works on a copy.

    Attributes:
        element: id of the element in its diagram.
        element_name: what people read on that element, else its id.
        cause: one French sentence without its full stop at the start of the word, for an incident.

    The error that caused it, when there is one, is its ``__cause__``.
    """

    sentence_template = "L'étape « {element_name} » ne peut pas s'exécuter : {cause}"

    def __init__(self, *, element: str, element_name: str, cause: str) -> None:
        self.element = element
        self.element_name = element_name
        self.cause = cause
        super().__init__(element=element, element_name=element_name, cause=cause)


class NotReady(Conflict):
    """The task or the event waited for is not there any more."""

    sentence_template = "Cette étape n'attend plus de réponse : elle a été faite, interrompue ou annulée."


class MoveRefused(Conflict):
    """A move by hand would leave a process that could not go on as its diagram says."""

    sentence_template = "{cause}"


class ProgrammeFault(RelaisError):
    """A diagram cannot be compiled.

    Attributes:
        file: name of the diagram, as handed in.
        element: id of the element at fault, None when the file as a whole is.
        code: what is wrong, as a finding's code.
        cause: one French sentence or two.
    """

    sentence_template = "{file}, élément « {element} » : {cause}"

    def __init__(self, found: Finding) -> None:
        self.file = found.file
        self.element = found.element
        self.code = found.code
        self.cause = f"{found.cause[:1].lower()}{found.cause[1:]}"
        super().__init__(file=self.file, element=self.element or "—", cause=self.cause)


class StateFault(RelaisError):
    """A stored state does not fit the programme it is read with."""

    sentence_template = "L'état enregistré de ce processus ne correspond pas à sa version : {cause}"
