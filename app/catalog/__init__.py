"""What a territory's files say: overlays, fingerprints, settings, forms, templates. Pure: no rows, no web."""
