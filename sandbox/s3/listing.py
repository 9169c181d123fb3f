"""The answer to ListObjectVersions, written as S3 writes it: moto's serializer takes a second for a page of a thousand."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

from moto.s3.models import FakeDeleteMarker, FakeKey

from sandbox.s3.archives import Thaw

OWNER = "<Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID><DisplayName>webfile</DisplayName></Owner>"


def answer(
    about: Mapping[str, object], found: list[FakeKey | FakeDeleteMarker], thaws: Mapping[tuple[str, str], Thaw], *, url: bool
) -> str:
    """Return the page; *about* it is what comes before its entries. With *url* keys are URL-encoded; *thaws* are told of archived ones."""

    def key(name: object) -> str:
        return quote_plus(str(name), safe="/") if url else escape(str(name))

    keyed = {"Prefix", "KeyMarker", "NextKeyMarker"}
    head = "".join(f"<{name}>{key(value) if name in keyed else escape(str(value))}</{name}>" for name, value in about.items())
    encoding = "<EncodingType>url</EncodingType>" if url else ""
    entries = "".join(_entry(version, key(version.name), thaws.get((version.name, version.version_id))) for version in found)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"{head}{encoding}{entries}</ListVersionsResult>"
    )


def _entry(version: FakeKey | FakeDeleteMarker, key: str, thaw: Thaw | None) -> str:
    latest, written = str(getattr(version, "is_latest", False)).lower(), version.last_modified_ISO8601
    common = (
        f"<Key>{key}</Key><VersionId>{version.version_id}</VersionId><IsLatest>{latest}</IsLatest><LastModified>{written}</LastModified>"
    )
    if isinstance(version, FakeDeleteMarker):
        return f"<DeleteMarker>{common}{OWNER}</DeleteMarker>"
    stored = f"<ETag>{escape(version.etag)}</ETag><Size>{version.size}</Size><StorageClass>{version.storage_class}</StorageClass>"
    return f"<Version>{common}{stored}{OWNER}{''.join(_thawed(thaw))}</Version>"


def _thawed(thaw: Thaw | None) -> Iterator[str]:
    if thaw is None:
        return
    under_way = datetime.now(UTC) < thaw.ready
    yield f"<RestoreStatus><IsRestoreInProgress>{str(under_way).lower()}</IsRestoreInProgress>"
    if not under_way:
        yield f"<RestoreExpiryDate>{thaw.expires:%Y-%m-%dT%H:%M:%S.000Z}</RestoreExpiryDate>"
    yield "</RestoreStatus>"
