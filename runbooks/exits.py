"""How a command ends: 0 done (or nothing to do), 1 refused or failed, 2 wrong usage, 3 stopped but resumable."""

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from runbooks.errors import Paused, RunbookError, StepFailed
from runbooks.output import outlive_readers

if TYPE_CHECKING:
    from settings import SettingsError

P = ParamSpec("P")
Given = TypeVar("Given")


def command(body: Callable[Concatenate[Given, P], int | None]) -> Callable[..., None]:
    """Turn what *body* raises into one ``Error:`` and one ``Try:``, and what it returns into the exit code."""

    @functools.wraps(body)
    def told(context: Given, *args: P.args, **kwargs: P.kwargs) -> None:
        outlive_readers()
        try:
            code = body(context, *args, **kwargs) or 0
        except RunbookError as error:
            code = say(error.message, error.hint, 3 if isinstance(error, Paused | StepFailed) else 1)
        except _settings_error() as error:
            code = say(error.message, error.hint, 1)
        if code:
            sys.exit(code)

    return told


def _settings_error() -> "type[SettingsError]":
    """Return the settings' own error; it is asked for only when something was raised, so that a listing loads nothing."""
    from settings import SettingsError

    return SettingsError


def say(message: str, hint: str, code: int) -> int:
    """Write one ``Error:`` and one ``Try:``, and return *code*."""
    sys.stderr.write(f"Error: {message}\n" + (f"Try: {hint}\n" if hint else ""))
    return code
