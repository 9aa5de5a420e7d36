"""New files of a draft: begun from nothing, or brought from elsewhere."""

from app.catalog.bundle import KINDS
from app.errors import BundleFault
from app.services.actors import Actor
from app.services.studio import admitting, arrivals, blanks, drafting, judging
from app.services.studio.arrivals import Arrival
from app.services.studio.drafting import DraftFile, Taken

_LONGEST = 120


def add(folder: str, title: str, *, by: Actor) -> DraftFile:
    """Begin a file of a kind (``bpmn``, ``dmn``, ``forms``, ``messages``, ``documents``) under a title.

    Raises:
        BundleFault: no such kind, or a title without letters. Taken: a file has the name that it gives.
    """
    said = " ".join(title.split())[:_LONGEST]
    if folder not in KINDS:
        raise BundleFault(file="genre", cause="choisissez ce que vous ajoutez.")
    name = blanks.name_for(folder, said)
    if name == f"{folder}/{KINDS[folder]}":
        raise BundleFault(file="nom", cause="donnez un nom, avec des lettres.")
    if name in judging.texts():
        raise Taken(name=name)
    stem = name.rpartition("/")[2].removesuffix(KINDS[folder])
    return drafting.save(name, blanks.text_for(folder, stem, said), base=None, by=by)


def bring(filename: str, data: bytes, *, by: Actor) -> tuple[DraftFile, tuple[str, ...]]:
    """Take a file sent by a person into the draft; return it, and what was changed of it.

    Raises:
        Refused: it cannot be kept (journalled). Taken: a file has that name already.
    """
    with admitting.journalled(by, what="envoyer"):
        brought = arrivals.read(filename, data)
    if brought.name in judging.texts():
        raise Taken(name=brought.name)
    return drafting.save(brought.name, brought.text, base=None, by=by), brought.told


def replaced(
    name: str, filename: str, data: bytes, *, base: str | None, by: Actor
) -> tuple[DraftFile, Arrival]:
    """Put what a person sent in place of a file of the draft, whatever the name of what they sent.

    Raises:
        Refused: it cannot be kept, or is of another kind (journalled). StaleFile: the file changed meanwhile.
    """
    with admitting.journalled(by, what="envoyer"):
        brought = arrivals.read(filename, data)
        if brought.name.rpartition("/")[0] != name.rpartition("/")[0] or (
            "/" not in name and brought.name != name
        ):
            cause = f"ce n'est pas le même genre de fichier que « {name} »."
            raise admitting.Refused(file=filename, cause=cause, kind="genre")
    return drafting.save(name, brought.text, base=base, by=by), brought
