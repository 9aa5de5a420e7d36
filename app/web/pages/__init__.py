"""One blueprint a room: its addresses, and the templates of the same name."""

from typing import Final

from flask import Flask

from app.config import Settings
from app.web.pages.about import blueprint as about
from app.web.pages.absences import blueprint as absences
from app.web.pages.access import blueprint as access
from app.web.pages.acts import blueprint as acts
from app.web.pages.alert import blueprint as alert
from app.web.pages.auth import blueprint as auth
from app.web.pages.calendar import blueprint as calendar
from app.web.pages.campaign_imports import blueprint as campaign_imports
from app.web.pages.campaigns import blueprint as campaigns
from app.web.pages.capacity import blueprint as capacity
from app.web.pages.cases import blueprint as cases
from app.web.pages.charter import blueprint as charter
from app.web.pages.deadlines import blueprint as deadlines
from app.web.pages.decisions import blueprint as decisions
from app.web.pages.demo import blueprint as demo
from app.web.pages.desk import blueprint as desk
from app.web.pages.directory import blueprint as directory
from app.web.pages.exchanges import blueprint as exchanges
from app.web.pages.files import blueprint as files
from app.web.pages.funder import blueprint as funder
from app.web.pages.gatherings import blueprint as gatherings
from app.web.pages.goals import blueprint as goals
from app.web.pages.health import blueprint as health
from app.web.pages.home import blueprint as home
from app.web.pages.household import blueprint as household
from app.web.pages.inbox import blueprint as inbox
from app.web.pages.indicators import blueprint as indicators
from app.web.pages.invitation import blueprint as invitation
from app.web.pages.late import blueprint as late
from app.web.pages.library import blueprint as library
from app.web.pages.link import blueprint as link
from app.web.pages.meetings import blueprint as meetings
from app.web.pages.mending import blueprint as mending
from app.web.pages.mending_steps import blueprint as mending_steps
from app.web.pages.migrating import blueprint as migrating
from app.web.pages.money import blueprint as money
from app.web.pages.money_changes import blueprint as money_changes
from app.web.pages.money_rows import blueprint as money_rows
from app.web.pages.network import blueprint as network
from app.web.pages.notices import blueprint as notices
from app.web.pages.opening import blueprint as opening
from app.web.pages.oversight import blueprint as oversight
from app.web.pages.partners import blueprint as partners
from app.web.pages.pilotage import blueprint as pilotage
from app.web.pages.publications import blueprint as publications
from app.web.pages.readings import blueprint as readings
from app.web.pages.registration import blueprint as registration
from app.web.pages.reports import blueprint as reports
from app.web.pages.reviews import blueprint as reviews
from app.web.pages.rounds import blueprint as rounds
from app.web.pages.series import blueprint as series
from app.web.pages.showcase import blueprint as showcase
from app.web.pages.site_changes import blueprint as site_changes
from app.web.pages.sites import blueprint as sites
from app.web.pages.stock import blueprint as stock
from app.web.pages.structure import blueprint as structure
from app.web.pages.studio import blueprint as studio
from app.web.pages.studio_archives import blueprint as studio_archives
from app.web.pages.studio_decisions import blueprint as studio_decisions
from app.web.pages.studio_diagrams import blueprint as studio_diagrams
from app.web.pages.studio_files import blueprint as studio_files
from app.web.pages.studio_forms import blueprint as studio_forms
from app.web.pages.studio_publish import blueprint as studio_publish
from app.web.pages.studio_pull import blueprint as studio_pull
from app.web.pages.studio_scenarios import blueprint as studio_scenarios
from app.web.pages.studio_settings import blueprint as studio_settings
from app.web.pages.studio_steps import blueprint as studio_steps
from app.web.pages.studio_texts import blueprint as studio_texts
from app.web.pages.studio_trials import blueprint as studio_trials
from app.web.pages.studio_walks import blueprint as studio_walks
from app.web.pages.supervision import blueprint as supervision
from app.web.pages.takeover import blueprint as takeover
from app.web.pages.tasks import blueprint as tasks
from app.web.pages.team import blueprint as team
from app.web.pages.versions import blueprint as versions
from app.web.pages.watch import blueprint as watch
from app.web.pages.works import blueprint as works

ROOMS: Final = (
    auth,
    access,
    home,
    about,
    health,
    alert,
    inbox,
    desk,
    absences,
    tasks,
    calendar,
    cases,
    acts,
    household,
    invitation,
    files,
    meetings,
    reviews,
    late,
    mending,
    mending_steps,
    money,
    money_changes,
    money_rows,
    goals,
    sites,
    site_changes,
    supervision,
    deadlines,
    oversight,
    pilotage,
    indicators,
    reports,
    notices,
    network,
    gatherings,
    decisions,
    registration,
    publications,
    partners,
    directory,
    structure,
    charter,
    showcase,
    watch,
    exchanges,
    campaigns,
    campaign_imports,
    rounds,
    readings,
    series,
    stock,
    capacity,
    funder,
    team,
    migrating,
    takeover,
    versions,
    studio,
    studio_files,
    studio_diagrams,
    studio_forms,
    studio_archives,
    studio_publish,
    library,
    studio_decisions,
    studio_settings,
    studio_steps,
    studio_texts,
    works,
    studio_trials,
    studio_pull,
    opening,
    studio_walks,
    studio_scenarios,
    link,
)


def register(app: Flask) -> None:
    """Open every room; the demo's only on a demonstration server."""
    for room in ROOMS:
        app.register_blueprint(room)
    settings: Settings = app.config["RELAIS_SETTINGS"]
    if settings.demo:
        app.register_blueprint(demo)
