"""Counts checks and says what went wrong; standard library only."""

import contextlib
import sys
import traceback


class Skip(Exception):
    """The client or the server at hand has no such thing; the text says which."""


class Checks:
    def __init__(self, title):
        self.title = title
        self.section = ""
        self.passed = self.failed = self.skipped = 0

    @contextlib.contextmanager
    def check(self, name):
        """One check: whatever is raised inside fails it, and the next one still runs."""
        name = f"{self.section}: {name}" if self.section else name
        try:
            yield
        except Skip as why:
            self.skipped += 1
            print(f"  skip  {name} ({why})")
        except Exception as error:
            self.failed += 1
            print(f"  FAIL  {name}\n        {reason(error)}")
        else:
            self.passed += 1
            print(f"  ok    {name}")
        sys.stdout.flush()

    def finish(self):
        """Prints the closing line and gives the exit status."""
        line = f"{self.passed} passed, {self.failed} failed"
        if self.skipped:
            line += f", {self.skipped} skipped"
        print(f"{self.title}\n{line}", flush=True)
        return 0 if self.failed == 0 and self.passed > 0 else 1


def reason(error):
    """The innermost error, with the line of ours where it showed."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "/tests/clients/" in frame.filename:
            where = f" (line {frame.lineno}: {frame.line})"
    return shorten(f"{type(error).__name__}: {error}", 1200) + where


def equal(got, expected, what="value"):
    if got != expected or type(got) is not type(expected):
        raise AssertionError(f"{what}: expected {shorten(expected)}, got {shorten(got)}")


def holds(part, whole, what="text"):
    if part not in whole:
        raise AssertionError(f"{what}: expected {shorten(part)} in {shorten(whole)}")


def true(condition, message):
    if not condition:
        raise AssertionError(message)


def shorten(value, limit=400):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
