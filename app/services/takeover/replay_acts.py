"""The acts (« gestes ») of a situation, done again on their day: visits noted, events told."""

from dataclasses import replace
from uuid import UUID

from app.services import actors, acts
from app.services.actors import Actor
from app.services.takeover.errors import RowRefused
from app.services.takeover.reader import Reader
from app.services.takeover.situations import Acted


def do(reader: Reader, act: Acted, case_id: UUID, by: Actor) -> None:
    """Do one act as of the present instant.

    Raises:
        RowRefused: the programme has no such act any more.
        Invalid, Conflict: as ``acts.start``.
    """
    said = reader.release.settings.acts.get(act.act)
    form = reader.meanings.form_of_act(act.act)
    if said is None or form is None:
        raise RowRefused(cause="Le dispositif n'a plus ce geste. Reliez la colonne autrement.")
    answers = reader.forms.parse(form.id, act.raw, reader.lists)
    lanes = actors.lanes_of(said.roles, reader.release.settings)
    acts.start(act.act, case_id, answers, by=replace(by, kind="user", roles=said.roles, lanes=lanes))
