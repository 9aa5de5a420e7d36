"""What the server tells of each request: a line of its log, and figures by route for Prometheus.

A route is told by its template (``/t/<code>/dossiers/<reference>``), never by its address: an address may
hold a personal link.
"""

import hmac
import ipaddress
import logging
import os
import re
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app import logs
from app.config import Settings
from app.services import gauges
from app.web import session
from app.web.permissions import place

BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
QUIET: Final = frozenset({"static", "health.alive", "health.ready", "health.metrics"})
"""Endpoints asked for all day: no line each."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Observe every request of the application."""
    registry = CollectorRegistry()
    registry.register(_FromDatabase())
    durations = Histogram(
        "relais_http_request_seconds",
        "Durée des requêtes, par modèle d'adresse.",
        ("route", "method", "status", "process"),
        buckets=BUCKETS,
        registry=registry,
    )
    app.extensions["relais_metrics"] = registry
    app.before_request(_begin)

    @app.after_request
    def _end(response: Response) -> Response:
        seconds = perf_counter() - g.get("began", perf_counter())
        route = request.url_rule.rule if request.url_rule is not None else "inconnue"
        durations.labels(route, request.method, f"{response.status_code // 100}xx", str(os.getpid())).observe(
            seconds
        )
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint not in QUIET:
            _tell(route, response.status_code, seconds)
        return response


def _begin() -> None:
    g.began = perf_counter()
    given = request.headers.get("X-Request-Id", "") if current_app.config["RELAIS_SETTINGS"].proxies else ""
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    logs.start_afresh(request_id=g.request_id)


def _tell(route: str, status: int, seconds: float) -> None:
    where, who = place(), session.known()
    with logs.about(
        method=request.method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000),
        territory=where.code if where is not None else None,
        user_id=who,
    ):
        _log.info("%s %s %s", request.method, route, status)


def exposition() -> bytes:
    """Return the figures in Prometheus's text format."""
    return generate_latest(current_app.extensions["relais_metrics"])


def may_read_figures(settings: Settings) -> bool:
    """Whether this request may read the figures: by the token, or from this very machine.

    Without a token, a request that came through a proxy is refused: behind one on this machine, everybody
    would look local.
    """
    if settings.metrics_token is not None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.metrics_token.encode())
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


class _FromDatabase(Collector):
    """Queues, deadlines and lateness, read when asked: the same from every process of the server."""

    def describe(self) -> list[Any]:
        """Say nothing beforehand: registering must not open the database."""
        return []

    def collect(self) -> list[GaugeMetricFamily]:
        """Read the figures."""
        families: dict[str, GaugeMetricFamily] = {}
        for figure in gauges.read():
            family = families.setdefault(
                figure.name, GaugeMetricFamily(figure.name, figure.help, labels=list(figure.labels))
            )
            family.add_metric(list(figure.labels.values()), figure.value)
        return list(families.values())
