"""A diagram read for the rules: ``as_drawn``, whatever it holds; ``as_run``, what the engine runs of it."""
