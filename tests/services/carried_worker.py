"""A worker process of the tests: the real worker, jobs that write where a test can count them."""

import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app import jobs, tenancy, worker
from app.config import ROOT, Settings
from app.database import bind, db, transaction
from app.models import Job, Territory
from tests.conftest import DATA_KEY

FOLDER = Path(os.environ["CARRIED_FOLDER"])


@jobs.job("ajouter")
def add(mark: str) -> None:
    """Write the mark on the territory's name, in one transaction; say when two of a lock meet."""
    with transaction() as session:
        row = session.scalars(
            select(Territory).where(Territory.id == tenancy.current_id()).with_for_update()
        ).one()
        busy = session.scalars(
            select(Job.lock).where(
                Job.lease_until.is_not(None), Job.status == "waiting", Job.lock.is_not(None)
            )
        ).all()
        if len(set(busy)) != len(busy):
            print("TOGETHER", busy, flush=True)
        if mark not in row.name.removeprefix("T").split():
            row.name += f" {mark}"
        else:
            print("AGAIN", mark, flush=True)


@jobs.job("lent")
def slow(mark: str) -> None:
    """Take long enough for the worker to be told to stop meanwhile."""
    (FOLDER / f"begun-{mark}").touch()
    time.sleep(1.5)
    add(mark)


def main() -> None:
    """Work until told to stop."""
    jobs.LEASE = timedelta(seconds=5)
    worker.STALLED = 4.0
    worker.HEARTBEAT = 1.0
    worker.RESCUE = "* * * * * */3"
    settings = Settings(
        database_url=os.environ["CARRIED_URL"],
        secret_key="clé-secrète-des-tests-assez-longue",
        data_key=DATA_KEY,
        base_url="http://127.0.0.1:8000",
        files_folder=FOLDER / "files",
        programmes_root=ROOT,
        jobs="procrastinate",
    )
    app = Flask("worker")
    app.config["RELAIS_SETTINGS"] = settings
    bind(app, settings.database_url, data_key=DATA_KEY)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.run(app, settings, stop)
    with app.app_context():
        db.engine.dispose()


if __name__ == "__main__":
    main()
