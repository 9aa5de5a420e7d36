"""Runs months of a territory on the real services, on a private database, with a travelling clock."""
