"""Draw every component of the screens with sample data, to be looked at and tested.

``python tools/gallery.py build FOLDER`` writes static pages; ``python tools/gallery.py serve`` shows them on
127.0.0.1:8010 under the content security policy of the product.
"""

import argparse
import json
import shutil
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "app/web/static/dist"
SAMPLES = ROOT / "tools/gallery_pages"
PAGES = ("corbeille", "dossier", "tache", "public", "elements")
FLASHED = [("success", "La visite du mardi 25 novembre est enregistrée.")]
BRAND = ":root { --marque: #164a86; --marque-sombre: #8fbcf5 }\n"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)


def environment() -> Environment:
    """Return a Jinja environment with what the application registers: asset, csrf_token, messages."""
    manifest = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    env = Environment(
        loader=FileSystemLoader([ROOT / "app/web/templates", SAMPLES]),
        autoescape=select_autoescape(),
        trim_blocks=False,
    )
    env.globals.update(
        asset=lambda name: f"static/dist/{name}?v={manifest[name][:12]}",
        csrf_token=lambda: "jeton-d-exemple",
        get_flashed_messages=lambda with_categories: FLASHED if with_categories else [],
    )
    return env


def write(folder: Path) -> None:
    """Write the sample pages, the static files and the sample diagram into ``folder``."""
    env = environment()
    context = json.loads((SAMPLES / "exemples.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        nav = [item | {"current": item["page"] == page} for item in context["nav"]]
        sample = context | {"nav": [] if page == "public" else nav, "page": page}
        html = env.get_template(f"{page}.html").render(sample)
        (folder / f"{page}.html").write_text(html, encoding="utf-8")
    shutil.copytree(DIST, folder / "static/dist", dirs_exist_ok=True)
    shutil.copy(SAMPLES / "exemple.bpmn", folder / "exemple.bpmn")
    brand = folder / "t/carene"
    brand.mkdir(parents=True, exist_ok=True)
    (brand / "marque.css").write_text(BRAND, encoding="utf-8")


class Handler(SimpleHTTPRequestHandler):
    """Serve the folder under the product's content security policy, without a line a request."""

    def end_headers(self) -> None:
        """Add the policy to every answer."""
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it so)
        """Stay silent."""


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of ``folder`` on 127.0.0.1; port 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(folder)))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["build", "serve"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--port", type=int, default=8010)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="relais-galerie-"))
    write(folder)
    print(folder)
    if options.action == "serve":
        print(f"http://127.0.0.1:{options.port}/corbeille.html")
        server(folder, options.port).serve_forever()


if __name__ == "__main__":
    main()
