"""The page « Travaux »: what waits, what fails, what gave up, whether somebody does it."""

import html
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from app import clock, jobs, tenancy
from app.database import db, end_read, transaction
from app.models import Job, Timer
from app.services import heartbeats, jobs_view, releases
from tests import build
from tests.web.conftest import Site
from tests.web.server import token_of

PAGE = "/t/carene/travaux"


def post(client, path: str, **form: str):
    """Send a form with the token of a page of the same session."""
    return client.post(path, data={"csrf_token": token_of(client.get("/aide").text), **form})


def shown(client) -> str:
    """The page as it is read."""
    return html.unescape(client.get(PAGE).text)


@pytest.fixture
def supervisor(site: Site):
    """Somebody who may supervise and act."""
    client = site.as_("admin@carene.invalid")
    client.get("/", follow_redirects=True)
    return client


@pytest.fixture
def inside(site: Site):
    """Act in the territory directly."""

    def enter(work):
        with site.app.app_context(), build.serving("carene"):
            try:
                return work()
            finally:
                db.session.remove()

    return enter


def a_job(inside, name: str = "deliver_message", **changed) -> UUID:
    """A job row of the territory, as it stands after what ``changed`` says."""

    def write() -> UUID:
        with transaction() as session:
            row = Job(name=name, ids={}, lock=None, run_at=clock.now(), created_at=clock.now())
            session.add(row)
            for key, value in changed.items():
                setattr(row, key, value)
            session.flush()
            return row.id

    return inside(write)


def the_job(inside, job_id: UUID) -> tuple[str, int]:
    def read():
        row = db.session.get_one(Job, job_id)
        return row.status, row.attempts

    return inside(read)


def change(inside, job_id: UUID, **values) -> None:
    """Write a job's row directly."""

    def write():
        with transaction() as session:
            session.execute(update(Job).where(Job.id == job_id).values(**values))

    inside(write)


def test_an_idle_server_says_so(supervisor, inside):
    heartbeats._said.clear()
    page = shown(supervisor)
    assert "n'a jamais tourné" in page
    inside(lambda: heartbeats.beat("pump"))
    page = shown(supervisor)
    assert "Le moteur des échéances tourne" in page
    assert "Aucun travail abandonné" in page


def test_a_silent_engine_is_shown_where_people_look(supervisor, inside):
    heartbeats._said.clear()
    inside(lambda: heartbeats.beat("pump"))
    with build.later(minutes=12, seconds=3):
        told = shown(supervisor)
    assert "Le moteur des échéances ne tourne plus" in told
    assert "12 min sans rien" in told


def test_queues_retries_and_dead_work_are_counted_and_told_without_quoting_an_error(supervisor, inside):
    soon = clock.now() + timedelta(minutes=8)
    a_job(inside, attempts=2, run_at=soon, last_error="TemporaryRefusal: refus de lucie.moreau@exemple.fr")
    a_job(inside, name="render_document", status="dead", attempts=8, last_error="ValueError: Moreau")
    a_job(inside, lease_until=clock.now() + timedelta(minutes=5), attempts=1)
    page = shown(supervisor)
    assert "Le serveur d'envoi n'a pas pris le message" in page or "le serveur d'envoi n'a pas pris" in page
    assert "Mise en page d'un document" in page
    assert "le journal technique du serveur dit laquelle" in page
    assert "oreau" not in page
    works = inside(lambda: jobs_view.overview(build.an_actor("administration")))
    queues = {queue.name: queue for queue in works.queues}
    assert (queues["messages"].retrying, queues["messages"].running) == (1, 1)
    assert queues["documents"].dead == 1


def test_a_job_that_failed_runs_at_once_when_asked_and_a_second_click_is_told(supervisor, inside):
    job_id = a_job(inside, attempts=3, run_at=clock.now() + timedelta(hours=2), last_error="Conflict: x")
    answer = post(supervisor, f"{PAGE}/{job_id}/reessayer")
    assert answer.status_code == 302
    assert "Nouvel essai" in shown(supervisor)
    assert the_job(inside, job_id) == ("waiting", 3)
    assert inside(lambda: db.session.get_one(Job, job_id).run_at) <= clock.now()
    change(inside, job_id, status="done")
    post(supervisor, f"{PAGE}/{job_id}/reessayer")
    assert "Rien à réessayer" in shown(supervisor)


def test_a_job_that_is_running_is_left_alone(supervisor, inside):
    job_id = a_job(
        inside, attempts=1, last_error="Conflict: x", lease_until=clock.now() + timedelta(minutes=4)
    )
    post(supervisor, f"{PAGE}/{job_id}/reessayer")
    assert "est en cours" in shown(supervisor)


def test_dead_work_is_started_again_one_by_one_or_all_of_a_kind(supervisor, inside):
    dead = [a_job(inside, status="dead", attempts=8, last_error="X: y") for _ in range(3)]
    post(supervisor, f"{PAGE}/travail/{dead[0]}/relancer")
    assert the_job(inside, dead[0]) == ("waiting", 0)
    post(supervisor, f"{PAGE}/travail/{dead[0]}/relancer")
    assert "Rien à relancer" in shown(supervisor)
    post(supervisor, f"{PAGE}/tous/deliver_message/relancer")
    assert "2\u00a0travaux relancés" in shown(supervisor)
    assert {the_job(inside, job_id) for job_id in dead} == {("waiting", 0)}
    post(supervisor, f"{PAGE}/tous/inconnu/relancer")
    assert "Rien à relancer" in shown(supervisor)


def test_dead_work_is_set_aside_with_a_reason_that_the_journal_keeps(supervisor, inside):
    job_id = a_job(inside, status="dead", attempts=8, last_error="X: y")
    post(supervisor, f"{PAGE}/{job_id}/ecarter", raison="  ")
    assert "Dites en une phrase" in shown(supervisor)
    assert the_job(inside, job_id)[0] == "dead"
    post(supervisor, f"{PAGE}/{job_id}/ecarter", raison="x" * 500)
    assert the_job(inside, job_id)[0] == "dead"
    post(supervisor, f"{PAGE}/{job_id}/ecarter", raison="Le partenaire a fermé.")
    assert the_job(inside, job_id)[0] == "discarded"
    (line,) = inside(lambda: build.the_journal("travail.ecarte"))
    assert line.details["raison"] == "Le partenaire a fermé."
    post(supervisor, f"{PAGE}/{job_id}/ecarter", raison="Encore une fois.")
    assert "Rien à écarter" in shown(supervisor)
    assert inside(jobs.run_due) == 0


def test_a_dead_deadline_is_shown_and_started_again(supervisor, inside):
    def kill():
        build.a_case("prendre_rendez_vous")
        with transaction() as session:
            session.execute(update(Timer).values(status="dead"))
        end_read()
        return db.session.scalars(select(Timer.id)).first()

    timer_id = inside(kill)
    page = shown(supervisor)
    assert "Échéance «" in page
    post(supervisor, f"{PAGE}/echeance/{timer_id}/relancer")
    assert inside(lambda: db.session.get_one(Timer, timer_id).status) == "waiting"


@pytest.mark.parametrize("verb", ["reessayer", "ecarter"])
def test_nobody_touches_the_work_of_another_territory(supervisor, inside, elsewhere, site, verb):
    def write():
        with transaction() as session:
            row = Job(name="deliver_message", ids={}, lock=None, run_at=clock.now(), created_at=clock.now())
            row.status, row.attempts, row.last_error = "dead", 8, "X: y"
            session.add(row)
            session.flush()
            return row.id

    with site.app.app_context():
        other = releases.territory_by_code(elsewhere)
        assert other is not None
        other_id = other.id
        with tenancy.serving(other_id):
            job_id = write()
            db.session.remove()
    page = shown(supervisor)
    assert str(job_id) not in page
    post(supervisor, f"{PAGE}/{job_id}/{verb}", raison="Ce n'est pas le mien.")
    post(supervisor, f"{PAGE}/travail/{job_id}/relancer")
    post(supervisor, f"{PAGE}/tous/deliver_message/relancer")
    with site.app.app_context(), tenancy.serving(other_id):
        assert db.session.get_one(Job, job_id).status == "dead"
        db.session.remove()


def test_an_id_that_is_nothing_is_no_error(supervisor):
    for path in (f"{uuid4()}/reessayer", f"travail/{uuid4()}/relancer", f"autre/{uuid4()}/relancer"):
        assert post(supervisor, f"{PAGE}/{path}").status_code == 302
    assert supervisor.post(f"{PAGE}/{uuid4()}/reessayer").status_code == 400


def test_done_work_is_removed_after_its_time_and_dead_work_stays(inside):
    old = clock.now() - timedelta(days=40)
    gone = a_job(inside, status="done", run_at=old, done_at=old)
    kept = a_job(inside, status="dead", run_at=old)
    recent = a_job(inside, status="done", run_at=old, done_at=clock.now())
    assert inside(jobs.tidy) == 1
    left = set(inside(lambda: db.session.scalars(select(Job.id)).all()))
    assert gone not in left
    assert {kept, recent} <= left
