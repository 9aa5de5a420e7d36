"""What a household uses, compared with what it used before; pure, no rows (BAT-7, BAT-8).

Every sum is exact (``Fraction``): sharing a quantity out between days loses nothing, and a period split in
two says the same as the whole. Rounding is done once, at the end, by ``rounding``. A day runs from ``first``;
``until`` is the first day not counted. An index is what a meter shows as a day begins.
"""
