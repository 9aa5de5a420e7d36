"""The pages: thin routes over the services. A route loads what it shows, calls one use case, answers."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import clock, database
from app.config import Settings


def build(settings: Settings) -> Flask:
    """Build the web application on ``settings``: database, session, safety, pages."""
    from app.web import (  # noqa: PLC0415  # building loads the pages, reading a format does not
        assets,
        context,
        early,
        errors,
        formats,
        observed,
        pages,
        permissions,
        security,
        session,
    )

    app = errors.Discreet(__name__)
    app.config["SECRET_KEY"] = settings.secret_key
    app.config["RELAIS_SETTINGS"] = settings
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    database.bind(app, settings.database_url, data_key=settings.data_key)
    if settings.clock_shift:
        clock.shift(settings.clock_shift)
    observed.register(app)
    session.register(app)
    security.configure(app, settings)
    permissions.register(app)
    early.register(app)
    errors.register(app)
    formats.register(app)
    assets.register(app)
    context.register(app)
    pages.register(app)
    permissions.public("Styles, scripts et polices : rien de personnel")(app.view_functions["static"])
    return app
