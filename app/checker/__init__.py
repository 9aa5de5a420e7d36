"""Judges a bundle: diagrams, decisions, forms, templates, settings; words for people."""
