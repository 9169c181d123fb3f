"""Scratch directories of drills on this machine: named by their run, so that whoever comes later finds what one left."""

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

from runbooks.drills.drill import CLEAR
from runbooks.journal import Fact, Facts
from runbooks.plan import Step

PREFIX = "solemate-drill-"


def directory(run: str) -> Path:
    return _home() / f"{PREFIX}{run}"


def _home() -> Path:
    return Path(os.environ.get("TMPDIR") or tempfile.gettempdir())


def left() -> tuple[str, ...]:
    """Return the directories that drills have left here, the hidden ones of a restore that was cut short too."""
    return tuple(sorted(str(each) for pattern in (f"{PREFIX}*", f".{PREFIX}*") for each in _home().glob(pattern)))


def clear(region: str) -> Step:
    """Remove every scratch directory of drills from this machine, whichever run made it."""

    def act() -> Facts:
        found = left()
        for each in found:
            rmtree(each, ignore_errors=True)  # what could not be removed, the look names
        return {"removed": list[Fact](found)}

    return Step(
        name=CLEAR,
        says=f"Remove {PREFIX}* from this machine, whatever came of the drill",
        region=region,
        act=act,
        done=lambda: not left(),
        estimate=timedelta(seconds=5),
    )
