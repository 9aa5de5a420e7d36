"""Headers and request checks that hold on every page (CSP, CSRF, size, caches)."""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest

from app.config import Settings

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
MEGABYTE: Final = 1024 * 1024
MAX_BODY: Final = 30 * MEGABYTE
"""Largest request that is accepted, in bytes: three photos of 10 MB."""
MAX_READ: Final = 150 * MEGABYTE
"""Largest request that is still read to the end, so that its text is kept as a draft before it is refused."""

csrf = CSRFProtect()
V = TypeVar("V", bound=Callable[..., Any])


def configure(app: Flask, settings: Settings) -> None:
    """Set the cookies, the sizes and the CSRF check."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-relais" if settings.secure_cookies else "relais",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=4 * MEGABYTE,
        MAX_FORM_PARTS=4000,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf.init_app(app)
    app.before_request(_refuse_odd_bytes)
    app.before_request(_check_request)
    app.after_request(_add_headers)


def keeps_draft(view: V) -> V:
    """Say that a refused request of this page is read whole, so that the page can keep what was typed.

    The page asks ``refusal`` and answers itself.
    """
    view.keeps_draft = True  # type: ignore[attr-defined]
    return view


def signed_by_secret(view: V) -> V:
    """Say that another program asks for this page and shows a secret in a header, which the page checks.

    No browser adds such a header by itself: there is no request to forge.
    """
    view.signed_by_secret = True  # type: ignore[attr-defined]
    return view


def refusal() -> Exception | None:
    """Return why the request must be refused once its text is kept, None when it is in order."""
    found = g.get("refusal")
    return found if isinstance(found, Exception) else None


def too_large() -> bool:
    """Whether the request is over the size that is accepted."""
    return (request.content_length or 0) > int(current_app.config["MAX_CONTENT_LENGTH"])


def _check_request() -> None:
    if request.method in {"GET", "HEAD", "OPTIONS", "TRACE"} or request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "signed_by_secret", False):
        return
    lenient = getattr(view, "keeps_draft", False)
    if lenient and too_large():
        request.max_content_length = MAX_READ
    _same_site()
    try:
        csrf.protect()
    except CSRFError as error:
        if not lenient:
            raise
        g.refusal = error


def _same_site() -> None:
    """Refuse what a browser says another site sent: a second lock beside the token.

    Nothing of it is kept nor shown again: it would be sent with the token of the next page. The origin
    « null » says nothing: our own pages, which tell no referrer, send it.
    """
    origin = request.headers.get("Origin", "null")
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    ours = {request.host, urlsplit(settings.base_url).netloc}
    foreign = origin != "null" and urlsplit(origin).netloc not in ours
    if foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise CSRFError("La demande vient d'un autre site.")


def _refuse_odd_bytes() -> None:
    """Refuse a null byte in an address: no name holds one, and PostgreSQL takes none."""
    values = [request.path, *(text for pair in request.args.items(multi=True) for text in pair)]
    if any("\x00" in text for text in values):
        raise BadRequest


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
