"""Output whose reader left."""

import os

from runbooks.output import Lasting


def test_what_nobody_reads_is_lost_and_nothing_else() -> None:
    """After the reader has gone, writing, flushing and closing go on as before."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", buffering=1) as stream:
        output = Lasting(stream)
        os.close(reading)
        assert output.write("one line\n") == 9
        assert output.write("another\n") == 8
        output.flush()


def test_what_is_read_arrives() -> None:
    """While somebody reads, it is the stream that it was."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading) as reader:
        output = Lasting(stream)
        output.write("one line\n")
        output.flush()
        assert reader.readline() == "one line\n"
        assert output.fileno() == writing
