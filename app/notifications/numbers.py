"""Mobile numbers, as providers of SMS want them (``+33612345678``)."""

import re
from typing import Final

_GAPS: Final = re.compile(r"[\s.\-()/\u00a0\u202f]")
_FRENCH: Final = re.compile(r"0[67]\d{8}", re.ASCII)
_ANY: Final = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
_FRENCH_MOBILE: Final = re.compile(r"\+33[67]\d{8}", re.ASCII)


def mobile(text: str) -> str | None:
    """Return a mobile number with its prefix; None when no SMS can be sent to what is written.

    A foreign number is believed to be a mobile: its own country says which are.
    """
    bare = _GAPS.sub("", text)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    if _FRENCH.fullmatch(bare):
        return f"+33{bare[1:]}"
    if _ANY.fullmatch(bare) and (not bare.startswith("+33") or _FRENCH_MOBILE.fullmatch(bare)):
        return bare
    return None
