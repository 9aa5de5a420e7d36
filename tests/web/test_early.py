"""What is made ready for people: the process of simulations loads when a designer comes, for nobody else."""

from app.publishing import nursery
from tests import build
from tests.web.server import PASSWORD


def test_simulations_are_made_ready_when_somebody_who_may_ask_for_one_reads_a_page(empty_site):
    with empty_site.app.app_context(), build.serving("carene"):
        for name, role in (("ines", "conception"), ("zoe", "travailleur_social")):
            build.a_user(role, name=name.capitalize(), email=f"{name}@carene.invalid", password=PASSWORD)
    nursery.rest()
    worker = empty_site.as_("zoe@carene.invalid")
    assert worker.get("/", follow_redirects=True).status_code == 200
    assert nursery._held == []  # a server where nobody designs holds no process
    designer = empty_site.as_("ines@carene.invalid")
    designer.get("/", follow_redirects=True)
    assert designer.get("/t/carene/atelier").status_code == 200
    (held,) = nursery._held
    assert held.process.poll() is None
    nursery.rest()
    assert held.process.poll() is not None
