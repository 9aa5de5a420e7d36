"""How the layout process ends, beside 0: what ``press`` turns into a sentence."""

from typing import Final

NO_PANGO: Final = 4
NO_MEMORY: Final = 5
REACHES_OUT: Final = 6
