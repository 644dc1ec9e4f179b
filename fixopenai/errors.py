"""What can go wrong with a file or with the user's words, as one line that names the place."""

from __future__ import annotations


class FixOpenAIError(Exception):
    """An error the user can act on: its text is one line, the command ends with exit code 2."""


class UsageError(FixOpenAIError):
    """A path, an option or a configuration key that cannot be used."""


class SourceError(FixOpenAIError):
    """One file that cannot be read, decoded, parsed or written; the run goes on without it.

    `line` is 1-based, and None where the trouble has no line (permission denied, say).
    """

    def __init__(self, path: str, message: str, line: int | None = None) -> None:
        # Copying and pickling call the class again with what `Exception` was given.
        super().__init__(path, message, line)
        self.path = path
        self.message = message
        self.line = line

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.line is None else f"{self.path}:{self.line}: {self.message}"
