"""The process that lays out one page of HTML, under limits: ``python -m app.documents.render``.

Standard input holds the HTML, standard output gets the PDF. It reads no address but ``data:`` and
the bundled files, so that a designer's template can neither reach the network nor read a file.
"""

import contextlib
import logging
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from app.documents.assets import bundled
from app.documents.exits import NO_MEMORY, NO_PANGO, REACHES_OUT

_MOST_SPAN: Final = 100
"""Columns a cell may span: more than a sheet of A4 can show. Each costs time, used or not."""
_MOST_ROWSPAN: Final = 65534
"""Rows a cell may span: the limit of the HTML standard; those past the table's end cost nothing."""


def main(argv: list[str]) -> int:
    """Lay out standard input; return the exit status.

    Args:
        argv: seconds of processor time, bytes of memory, bytes of output; or ``--check`` alone,
            which only tries to load the layout engine.
    """
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    if argv != ["--check"]:
        _limit(*(int(value) for value in argv))
    try:
        import weasyprint  # noqa: PLC0415  # costs a second, and fails without Pango
    except (ImportError, OSError) as error:
        sys.stderr.write(str(error))
        return NO_PANGO
    if argv == ["--check"]:
        return 0
    try:
        sys.stdout.buffer.write(_layout(weasyprint, sys.stdin.buffer.read().decode()))
    except MemoryError:
        return NO_MEMORY
    except weasyprint.urls.URLFetchingError:
        # A refused picture or style sheet is left out; a colour profile is the one call that cannot be.
        return REACHES_OUT
    except Exception:
        # A library that is refused memory may say it in its own words.
        if _near_the_limit():
            return NO_MEMORY
        raise
    return 0


def _near_the_limit() -> bool:
    """Whether this process has used nearly all the address space it may (Linux; elsewhere no)."""
    try:
        import resource  # noqa: PLC0415  # absent on Windows

        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except (ImportError, OSError):
        return False
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    peak = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmPeak:")), 0)
    return limit > 0 and peak > 0.8 * limit


def _layout(weasyprint: Any, html: str) -> bytes:
    page = weasyprint.HTML(string=html, url_fetcher=_fetcher(weasyprint))
    for element in page.etree_element.iter():
        _clamp(element.attrib)
    result: bytes = page.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True, optimize_images=True)
    return result


def _fetcher(weasyprint: Any) -> Any:
    urls = weasyprint.urls
    base: Any = urls.URLFetcher

    class Bundled(base):  # type: ignore[misc]  # weasyprint ships no types
        """Gives ``data:`` and the closed list of bundled files; refuses everything else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            path = bundled().get(url)
            if path is not None:
                return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})
            return super().fetch(url, headers)

    return Bundled(allowed_protocols=("data",), allow_redirects=False)


def _clamp(attributes: Any) -> None:
    limits: Mapping[str, int] = {"colspan": _MOST_SPAN, "span": _MOST_SPAN, "rowspan": _MOST_ROWSPAN}
    for name, most in limits.items():
        value = attributes.get(name)
        if value is None:
            continue
        digits = value.strip().lstrip("+")
        if not digits.isdecimal() or len(digits) > 9 or int(digits) > most:
            attributes[name] = str(most if digits.isdecimal() else 1)


def _limit(cpu_seconds: int, memory: int, output: int) -> None:
    """Bind this process before it reads anything; systems without a limit keep the wall clock one."""
    try:
        import resource  # noqa: PLC0415  # absent on Windows
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    with contextlib.suppress(ValueError, OSError):
        # One second between the two: SIGXCPU comes first and tells time from memory.
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
