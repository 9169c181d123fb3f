"""Parameters brought back as a new set: under a path of their own, where nothing that runs reads them before it is told to."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from names import Names
from runbooks.application.archive import Archive
from runbooks.application.manifest import CONFIGURATION, Manifest
from runbooks.application.place import Place
from runbooks.aws import signing, ssm
from runbooks.aws.ssm import SECRET, Parameter
from runbooks.clock import RealClock
from runbooks.errors import BackupBroken, NotFound, Refused, Rejected, Unreachable
from runbooks.watch import patiently

DEEPEST, LONGEST = 15, 1011
"""Levels and characters of a parameter's name. Source: the Systems Manager API reference, "PutParameter"."""

PATIENCE = timedelta(minutes=2)
"""With one parameter: Parameter Store takes a few writes a second."""

NAMED = 5


@dataclass(frozen=True, slots=True)
class Returned:
    """The names of what was ``written`` below ``to`` in ``region``, and of what was ``there`` already, the same."""

    backup: str
    region: str
    to: str
    written: tuple[str, ...]
    there: tuple[str, ...]

    def spoken(self) -> str:
        same = f"; {len(self.there)} were there already" if self.there else ""
        return (
            f"{len(self.written)} parameters of {self.backup} are below {self.to} in {self.region}{same}.\n"
            f"Nothing reads them yet: name them in the task definition, or copy them over: aws ssm get-parameters-by-path --path {self.to}"
        )


def restore_parameters(archive: Archive, moment: datetime, to: str, *, replace: bool) -> Returned:
    """Write the parameters of the newest backup at or before *moment* below the path *to*, each under its whole name.

    Secrets are opened in memory and written as secrets, under the region's data key. Whatever cannot be is found before the first is
    written. Raises :class:`Refused` when *to* has other values of them and *replace* is not given; what is overwritten stays a version.
    """
    at = archive.place
    newest = archive.at(moment)
    kept = _kept(archive, newest)
    _check(at.names, to, kept)
    there = {each.name: each for each in ssm.parameters(at.door, to, decrypted=False)}
    values = {name: _value(at, name, each) for name, each in kept.items()}
    same = {name for name, each in kept.items() if _same(there.get(f"{to}{name}"), each)}
    other = [f"{to}{name}" for name in kept if name not in same and f"{to}{name}" in there]
    if other and not replace:
        raise Refused(
            f"{to} holds {len(other)} of {len(kept)} parameters with another or a secret value: {_few(other)}",
            "choose another path, or add --replace: Parameter Store keeps what they were as older versions",
        )
    new = [name for name in kept if name not in same]
    clock = RealClock()
    for name in new:
        wanted = ssm.Wanted(f"{to}{name}", kept[name]["type"], values[name], at.names.key_alias("data"))
        patiently(lambda wanted=wanted: ssm.put(at.door, wanted, overwrite=replace), clock, PATIENCE)  # type: ignore[misc]
    return Returned(newest.name, at.region, to, tuple(f"{to}{name}" for name in new), tuple(f"{to}{name}" for name in sorted(same)))


def _kept(archive: Archive, newest: Manifest) -> Mapping[str, Mapping[str, Any]]:
    if not newest.configuration:
        raise Refused(f"{newest.name} holds no configuration", "set application.includeConfig, or name another moment: --at")
    with TemporaryDirectory(prefix="solemate-") as scratch:
        whole = archive.fetch(newest.name, newest.part(CONFIGURATION), Path(scratch) / CONFIGURATION)
        found: Mapping[str, Mapping[str, Any]] = json.loads(whole.read_bytes())["parameters"]
        return found


def _check(names: Names, to: str, kept: Mapping[str, object]) -> None:
    if not re.fullmatch(rf"{re.escape(names.restored_parameters)}(/[\w.-]+)+", to, re.ASCII):
        example = f"{names.restored_parameters}/20261122T100459Z"
        raise Refused(f"--parameters-to {to} is no path below {names.restored_parameters}", f"give one, such as {example}")
    long = [name for name in kept if len(to + name) > LONGEST or (to + name).count("/") > DEEPEST]
    if long:
        raise Refused(f"below {to} the name of {_few(long)} is longer than Parameter Store takes", "choose a shorter path")


def _value(at: Place, name: str, each: Mapping[str, Any]) -> str:
    """Return the value of a parameter; a secret is opened where KMS answers, in this region or the other."""
    if "value" in each:
        return str(each["value"])
    context = {"parameter": name, "version": str(each["version"])}
    for region in sorted(each["sealed"], key=lambda where: where != at.region):
        try:
            return signing.unseal(at.door_to(region), each["sealed"][region], context)
        except (Unreachable, NotFound, Rejected):  # dark, deleted or disabled
            continue
    raise BackupBroken(f"KMS opens {name} in no region that it was sealed for", "wait until KMS answers, then repeat the command")


def _same(there: Parameter | None, each: Mapping[str, Any]) -> bool:
    """Whether a parameter is there as it was kept; of a secret nobody can tell without opening it."""
    return there is not None and each["type"] != SECRET and (there.type, there.value) == (each["type"], each["value"])


def _few(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
