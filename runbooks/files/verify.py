"""`invoke verify --target files`: are the files of both regions the same? By S3's lists, or by listing them now."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from runbooks.checked import Checked
from runbooks.errors import AwsError, BackupBroken, Refused
from runbooks.existing import chosen
from runbooks.files import listed, live
from runbooks.files.differences import Differences, written
from runbooks.files.live import Here
from runbooks.reach import Reach
from sections import FileKind


def verify(reach: Reach, wanted: Sequence[str], now: datetime, to: Path, *, as_now: bool, content: bool) -> tuple[Checked, ...]:
    """Compare each kind that is *wanted* (none: all that are protected) and write what differs to ``<to>/<kind>.csv``.

    What could not be read is INCOMPLETE and not well, whatever else was found.
    """
    return tuple(_verified(reach, kind, now, to, as_now=as_now or content, content=content) for kind in chosen(reach.names, wanted))


def _verified(reach: Reach, kind: FileKind, now: datetime, to: Path, *, as_now: bool, content: bool) -> Checked:
    file, complete = to / f"{kind}.csv", True
    with written(file) as differences:
        try:
            says = _now(reach, kind, now, differences, content=content) if as_now else _by_lists(reach, kind, now, differences)
        except (AwsError, BackupBroken, Refused) as error:
            complete, says = False, f"INCOMPLETE: {error.message}" + (f" ({error.hint})" if error.hint else "")
    tally = differences.tally
    if not tally.differences:
        file.unlink()
        return Checked(kind, complete, says)
    return Checked(kind, False, f"{says}; {tally.differences:,} differences in {file}: {tally.kinds()}")


def _by_lists(reach: Reach, kind: FileKind, now: datetime, differences: Differences) -> str:
    first, second = reach.names.settings.regions
    sources = tuple(listed.source(reach.door(region), reach.names, kind, region, now) for region in (first, second))
    with TemporaryDirectory(prefix="solemate-lists-") as folder:
        counted = listed.compare((sources[0], sources[1]), Path(folder), differences)
    parts = [
        f"{each.region} {counted[each.region].objects:,} objects, {counted[each.region].size:,} bytes"
        f" in the list of {each.inventory.created:%Y-%m-%dT%H:%MZ}"
        for each in sources
    ]
    young, alone = (max(getattr(each, name) for each in counted.values()) for name in ("young", "incomparable"))
    parts += [f"{young:,} too young to compare"] if young else []
    parts += [f"{alone:,} by version, size and checksum algorithm without an ETag that could be compared"] if alone else []
    return "; ".join(parts)


def _now(reach: Reach, kind: FileKind, now: datetime, differences: Differences, *, content: bool) -> str:
    left, right = (Here(region, reach.names.file_bucket(kind, region), reach.door(region)) for region in reach.names.settings.regions)
    seen = live.compare(left, right, now, differences, content=content)
    parts = [f"{seen.objects:,} objects, {seen.size:,} bytes in both regions now"]
    parts += [f"{seen.read:,} read on both sides"] if content else []
    parts += [f"{seen.young:,} too young to compare"] if seen.young else []
    parts += [f"{seen.doubtful:,} compared by size alone"] if seen.doubtful else []
    return "; ".join(parts)
