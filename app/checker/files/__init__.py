"""What was handed in: which files are judged together, what each holds, what is wrong with it alone."""

from app.checker.files.reading import guarded, read

__all__ = ["guarded", "read"]
