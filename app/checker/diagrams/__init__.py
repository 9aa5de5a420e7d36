"""A diagram read for the rules: its elements, the flows between them, where its expressions stand."""
