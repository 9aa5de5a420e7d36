"""The one error of the expression language."""


class ExpressionError(SyntaxError):
    """An expression cannot be read, may not be run, or failed while running.

    ``str()`` is a French sentence that names the culprit and says what to write instead.
    A subclass of ``SyntaxError`` because engines that probe a cell such as ``>= 16`` expect one.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
