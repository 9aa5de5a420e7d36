"""A prepared territory proved, then opened: its release, its people, its partners, all or nothing (CAR-1)."""

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app import clock, tenancy
from app.catalog.lineage import MAX_GENERATIONS
from app.database import as_one, db
from app.errors import BundleFault, Invalid, RelaisError
from app.ids import new_id
from app.models import Logo, Membership, Territory, User
from app.publishing import opening_checks, scenario_files
from app.services import (
    actors,
    drafts,
    journal,
    opening_steps,
    openings,
    partners,
    releases,
    starting,
    storage,
    team_changes,
)  # fmt: skip
from app.services.actors import Actor
from app.services.offers import Upstream
from app.services.openings import Preparation


class NotChecked(RelaisError):
    """The preparation, as it now stands, was not checked to the end."""

    sentence_template = "Ce qui est préparé n'est pas encore vérifié. Vérifiez-le, puis ouvrez le territoire."


class NotReady(RelaisError):
    """The programme has errors, or steps that could not run."""

    sentence_template = (
        "Ce territoire ne peut pas ouvrir en l'état : {cause} Corrigez l'étape en cause, ou choisissez une "
        "autre version de départ."
    )


def open_territory(opening_id: UUID, *, expected: int, by: Actor) -> str:
    """Open a prepared territory; return its code. Everything is there, or nothing.

    Its first release is ready, its draft begun, its directory filled, its people invited by mail; whoever
    opens it administers it. What was typed is forgotten.

    Raises:
        AlreadyOpened: a click before this one opened it; the error carries the code.
        Moved: the preparation changed since it was looked at.
        Incomplete, NotChecked, NotReady, BundleFault, Invalid: nothing is created.
    """
    preparation = openings.find(opening_id, by)
    if preparation.opened_at is not None:
        raise openings.AlreadyOpened(code=preparation.code)
    proof = _ready(preparation)
    upstream, bundle = openings.source_of(preparation), openings.bundle_of(preparation)
    code = bundle.settings.code
    with as_one() as session:
        row = openings.claim(opening_id, expected=expected, by=by)
        release = releases.create(
            bundle,
            note=f"Reprise de « {upstream.territory} », version {upstream.number}.",
            proof={"reprise_de": _from(upstream), **proof},
            lineage=_lineage(upstream),
        )
        territory = releases.territory_by_code(code)
        if territory is None or by.user_id is None:
            raise BundleFault(file=code, cause="ce territoire n'a pas pu être créé. Recommencez.")
        with tenancy.serving(territory.id):
            drafts.begin(release)
            _people(preparation, territory, by.user_id)
            _logo(preparation, territory)
            session.flush()
        openings.close(row, code)
        details = {"code": code, **_from(upstream)}
        journal.write(
            "territoire.ouvert", actor=by.name, user_id=by.user_id, subject=str(opening_id), details=details
        )
        opened = territory.id
        session.flush()  # rows of this territory, before the journal of the other is sealed
    scenario_files.follow(scenario_files.of_territory(upstream.territory), code)
    with tenancy.serving(opened):
        starting.arm_all()
    return code


def _ready(preparation: Preparation) -> Mapping[str, Any]:
    """Return the proof of what opens: that of the check of exactly this preparation."""
    if preparation.next_step != "verification":
        raise opening_checks.Incomplete
    check = opening_checks.current(preparation)
    if check.get("status") != "done":
        raise NotChecked
    proof: Mapping[str, Any] = check["proof"]
    errors = [one for one in proof["verification"]["problemes"] if one["gravite"] == "error"]
    if proof["verification"]["erreurs"]:
        raise NotReady(cause=errors[0]["message"] if errors else "le dispositif contient des erreurs.")
    incidents = proof["simulation"]["chiffres"]["incidents"]
    if incidents:
        raise NotReady(cause=f"la simulation a connu {incidents} incidents.")
    return proof


def _from(upstream: Upstream) -> dict[str, Any]:
    return {"territoire": upstream.territory, "version": upstream.number}


def _lineage(upstream: Upstream) -> list[dict[str, Any]]:
    ancestor = {
        **_from(upstream),
        "empreinte": upstream.fingerprint,
        "le": clock.today().isoformat(),
    }
    return [ancestor, *upstream.lineage][:MAX_GENERATIONS]


def _people(preparation: Preparation, territory: Territory, opener: UUID) -> None:
    """Make the opener the administrator, fill the directory, invite the others."""
    settings = releases.current().settings
    roles = opening_steps.administrators(settings)
    if not roles:
        raise Invalid({"roles": ["Aucun rôle de ce dispositif n'administre le territoire."]})
    user = db.session.get_one(User, opener)
    user.memberships.append(Membership(territory_id=territory.id, roles=roles))
    db.session.flush()
    own = actors.actor_for(user)
    for partner in preparation.state.get("partenaires", ()):
        partners.save(None, {**partner, "communes": [], "actif": True}, by=own)
    for person in preparation.state.get("personnes", ()):
        if person["courriel"].casefold() != user.email:
            team_changes.invite({**person, "structure": None}, by=own)


def _logo(preparation: Preparation, territory: Territory) -> None:
    kept = preparation.state.get("logo")
    if not kept:
        return
    data = base64.b64decode(kept)
    digest = storage.digest_of(data)
    db.session.add(Logo(id=new_id(), mime="image/png", data=data, digest=digest, at=clock.now()))
    territory.live = {**territory.live, "logo": digest[:16]}
