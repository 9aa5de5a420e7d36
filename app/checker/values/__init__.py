"""The values that an expression can take, and one of each kind to try."""
