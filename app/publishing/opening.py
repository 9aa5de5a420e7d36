"""A prepared territory proved, then opened: its release, its people, its partners, all or nothing (CAR-1)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app import checker, clock, tenancy
from app.catalog.bundle import Bundle
from app.catalog.lineage import MAX_GENERATIONS
from app.checker import Problem
from app.database import as_one, db
from app.errors import BundleFault, Invalid, RelaisError
from app.ids import new_id
from app.models import Logo, Membership, Territory, User
from app.publishing import child, nursery, scenario_files
from app.publishing.incoming import FIRST_HOUSEHOLDS, FIRST_MONTHS, SEED
from app.services import (
    actors,
    drafts,
    journal,
    opening_steps,
    openings,
    partners,
    proofs,
    releases,
    starting,
    storage,
    team_changes,
)  # fmt: skip
from app.services.actors import Actor
from app.services.offers import Upstream
from app.services.openings import Preparation
from app.services.studio.judging import Remembered, content_key

_SECONDS: Final = 60
_NICE: Final = 10


class Incomplete(RelaisError):
    """A step is still to be filled."""

    sentence_template = "Il reste une étape à remplir avant d'ouvrir ce territoire."


class NotReady(RelaisError):
    """The programme has errors, or steps that could not run."""

    sentence_template = (
        "Ce territoire ne peut pas ouvrir en l'état : {cause} Corrigez l'étape en cause, ou choisissez une "
        "autre version de départ."
    )


@dataclass(frozen=True)
class Proved:
    """What was found of a prepared territory: problems, and the figures of a short simulation."""

    problems: tuple[Problem, ...]
    figures: Mapping[str, Any]
    proof: Mapping[str, Any]

    @property
    def errors(self) -> list[Problem]:
        """What keeps it from opening."""
        return [problem for problem in self.problems if problem.severity == "error"]


_proved: Remembered[Proved] = Remembered(8)
"""The last proofs, by content: what was just shown is not lived again by the click that opens."""


def prove(preparation: Preparation) -> Proved:
    """Check and live, in a process apart, the programme that a territory would open with.

    Raises:
        Incomplete: a step was not kept.
        BundleFault: what was typed does not fit the programme.
        NotReady: the simulation could not be lived.
    """
    if preparation.next_step != "verification":
        raise Incomplete
    bundle = openings.bundle_of(preparation)
    key = content_key(bundle.files)
    known = _proved.get(key)
    return known if known is not None else _proved.keep(key, _prove(bundle))


def _prove(bundle: Bundle) -> Proved:
    problems = checker.judge(bundle.files, whole=True)
    figures: Mapping[str, Any] = {}
    proof = dict(proofs.of_check(bundle.files, problems))
    if not any(problem.severity == "error" for problem in problems):
        figures = _lived(bundle)
        households = FIRST_HOUSEHOLDS if bundle.settings.entry is not None else 0
        proof |= proofs.of_simulation(figures, households=households, months=FIRST_MONTHS, seed=SEED)
    return Proved(tuple(problems), figures, proof)


def _lived(bundle: Bundle) -> Mapping[str, Any]:
    asked = {
        "files": bundle.as_text(),
        "label": bundle.settings.name,
        "plan": {"households": FIRST_HOUSEHOLDS, "months": FIRST_MONTHS, "seed": SEED},
        "assumptions": {},
        "reference": None,
        "reference_label": "",
    }
    word = nursery.born(child.SIMULATE, asked, seconds=_SECONDS, nice=_NICE).answer(_SECONDS)
    if "done" not in word:
        raise NotReady(cause=str(word.get("fault", "")))
    found: Mapping[str, Any] = word["done"]["result"]
    return found


def open_territory(opening_id: UUID, *, expected: int, by: Actor) -> str:
    """Open a prepared territory; return its code. Everything is there, or nothing.

    Its first release is ready, its draft begun, its directory filled, its people invited by mail; whoever
    opens it administers it. What was typed is forgotten.

    Raises:
        AlreadyOpened: a click before this one opened it; the error carries the code.
        Moved: the preparation changed since it was looked at.
        Incomplete, NotReady, BundleFault, Invalid: nothing is created.
    """
    preparation = openings.find(opening_id, by)
    if preparation.opened_at is not None:
        raise openings.AlreadyOpened(code=preparation.code)
    proved = _ready(preparation)
    upstream, bundle = openings.source_of(preparation), openings.bundle_of(preparation)
    code = bundle.settings.code
    with as_one() as session:
        row = openings.claim(opening_id, expected=expected, by=by)
        release = releases.create(
            bundle,
            note=f"Reprise de « {upstream.territory} », version {upstream.number}.",
            proof={"reprise_de": _from(upstream), **proved.proof},
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


def _ready(preparation: Preparation) -> Proved:
    proved = prove(preparation)
    if proved.errors:
        raise NotReady(cause=proved.errors[0].message)
    if proved.figures.get("incidents"):
        raise NotReady(cause=f"la simulation a connu {proved.figures['incidents']} incidents.")
    return proved


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
