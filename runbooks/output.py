"""Output whose reader may leave in mid-run. A closed terminal or a broken pipe ends no recovery: the journal has what is not read."""

import os
import sys
from typing import Any, TextIO, cast


class Lasting:
    """A stream that carries on into the void once its reader has left."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            self._into_the_void()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self._into_the_void()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)

    def _into_the_void(self) -> None:
        """Lead the descriptor elsewhere: what is buffered would otherwise fail again when Python ends, and change its exit code."""
        void = os.open(os.devnull, os.O_WRONLY)
        os.dup2(void, self._stream.fileno())
        os.close(void)


def outlive_readers() -> None:
    """Make this process's output and error output lasting."""
    sys.stdout, sys.stderr = cast(TextIO, Lasting(sys.stdout)), cast(TextIO, Lasting(sys.stderr))
