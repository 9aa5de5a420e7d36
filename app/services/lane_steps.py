"""Carries out what verbs asked for of a lane: kept apart, readmitted, told (BAT-10, BAT-11)."""

from functools import singledispatch
from uuid import UUID

from app.handlers import lane_effects as asked
from app.models import ProcessInstance
from app.services import apart, sharing
from app.services.releases import LoadedRelease

By = tuple[str, UUID | None]
"""Who decided: a name, and an account if there is one."""


def apply(effect: asked.OnLane, process: ProcessInstance, release: LoadedRelease, *, by: By) -> None:
    """Carry an effect out, in the step's transaction."""
    _apply(effect, process, release, by)


@singledispatch
def _apply(effect: asked.OnLane, process: ProcessInstance, release: LoadedRelease, by: By) -> None:
    raise TypeError(
        f"no way to apply {type(effect).__name__} to {process.process} of {release.number} by {by[0]}"
    )


@_apply.register
def _(effect: asked.KeepApart, process: ProcessInstance, release: LoadedRelease, by: By) -> None:
    del release
    apart.keep(effect, process, by=by)


@_apply.register
def _(effect: asked.Readmit, process: ProcessInstance, release: LoadedRelease, by: By) -> None:
    del release
    apart.readmit(effect, process, by=by)


@_apply.register
def _(effect: asked.ShareElements, process: ProcessInstance, release: LoadedRelease, by: By) -> None:
    sharing.share(effect, process, release, by=by)
