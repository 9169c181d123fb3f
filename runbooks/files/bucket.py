"""A restored bucket against the one it was restored from, as that was at a moment: every object of both."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from names import Names
from runbooks.aws import versions
from runbooks.aws.session import Door
from runbooks.aws.versions import Stored, Version
from runbooks.checked import Checked
from runbooks.errors import AwsError, BackupBroken, NotFound, Unreachable
from runbooks.files.pairs import Tally, key_of, side_by_side
from runbooks.reach import Reach


def look_into(reach: Reach, region: str, restored_bucket: str, source_bucket: str, moment: datetime) -> tuple[Checked, ...]:
    """Compare all objects of *restored_bucket*, which is in *region*, with the versions that were the latest of *source_bucket*.

    Where the source cannot be reached, its replica stands in, which is said; where neither can, the answer is INCOMPLETE and not well.
    Sizes are compared for all; bytes by their ETag, where it is the same on both sides; else by their stored checksums, and last by
    reading both.
    """
    restored = (reach.door(region), restored_bucket)
    said = ""
    for home, bucket in sources(reach.names, source_bucket, region):
        try:
            tally = _compared(restored, (reach.door(home), bucket), moment)
        except Unreachable as error:
            said += f"INCOMPLETE with {bucket}: {error.message}. "
            continue
        except AwsError as error:
            return (Checked(restored_bucket, False, f"{said}INCOMPLETE: {error.message}", seen=False),)
        against = f"compared with {bucket} as of {moment:%Y-%m-%dT%H:%M:%SZ}"
        return (Checked(restored_bucket, not tally.differences, f"{tally.spoken()}, {said}{against}"),)
    return (Checked(restored_bucket, False, said.strip(), seen=False),)


def sources(names: Names, bucket: str, region: str) -> list[tuple[str, str]]:
    """Return where the versions of *bucket* can be read: its region and itself, then the region and the name of its replica."""
    for home in names.settings.regions:
        for kind, name in names.file_buckets(home).items():
            if name == bucket:
                other = names.settings.other_region(home)
                return [(home, bucket), (other, names.file_bucket(kind, other))]
    return [(region, bucket)]


def latest_at(found: Iterable[Version], moment: datetime) -> Iterator[Version]:
    """Yield of each key the version that was the latest at *moment*, if it was an object and no delete marker.

    S3 tells whole seconds: of two versions within the moment's own second it is the later one.
    """
    done = ""
    for version in found:
        if version.key == done or version.modified > moment:
            continue
        done = version.key
        if not version.marker:
            yield version


def told_apart(left: Stored, right: Stored) -> str | None:
    """Return how two objects of the same size differ by what S3 has stored of them, ``""`` if they do not, None if that does not tell."""
    common = sorted(set(left.checksums) & set(right.checksums))
    if common:
        unequal = [name for name in common if left.checksums[name] != right.checksums[name]]
        return f"with another {unequal[0]}" if unequal else ""
    if left.md5 and right.md5:
        return "with another ETag" if left.md5 != right.md5 else ""
    return None


Place = tuple[Door, str]


def _compared(restored: Place, source: Place, moment: datetime) -> Tally:
    tally = Tally()
    now = (each for each in versions.versions(*restored) if each.latest and not each.marker)
    for got, wanted in side_by_side(now, latest_at(versions.versions(*source), moment), key_of):
        if got:
            tally.objects += 1
            tally.bytes += got.size
        if got is None or wanted is None:
            tally.add("surplus" if got else "missing", (got or wanted).key)  # type: ignore[union-attr] # one of the two is there
        elif kind := difference(restored, got, source, wanted):
            tally.add(kind, got.key)
    return tally


def difference(restored: Place, got: Version, source: Place, wanted: Version) -> str:
    if got.size != wanted.size:
        return "with another size"
    if got.etag == wanted.etag:
        return ""
    try:
        told = told_apart(versions.stored(*restored, got.key, got.id), versions.stored(*source, wanted.key, wanted.id))
        if told is not None:
            return told
        same = versions.digest(*restored, got.key, got.id) == versions.digest(*source, wanted.key, wanted.id)
    except NotFound:
        return "gone while it was looked at"
    except BackupBroken:
        return "with bytes that are not those of its checksum"
    return "" if same else "with other bytes"
