"""A stub of S3 for benchmarks: lists of a bucket in two regions, delivered as S3 Inventory does, from files on this machine.

It answers ListObjectsV2 with a delimiter and GetObject, takes the region from the request's credentials, and counts both. There is no
object but the lists.
"""

import gzip
import json
import sys
import time
from collections.abc import Iterator, Sequence
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

REGIONS = ("us-east-1", "us-west-2")
FIELDS = (
    *("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "StorageClass", "ETag"),
    *("IsMultipartUploaded", "ReplicationStatus", "EncryptionStatus", "ObjectLockRetainUntilDate", "ObjectLockMode"),
    *("ObjectLockLegalHoldStatus", "BucketKeyStatus", "ChecksumAlgorithm"),
)
ROWS = 100_000
"""In a file, in no order."""

ROW = (
    '"media","products/%08x/shoe-%d.jpg","%032x","true","false","%d","2026-01-0%dT10:00:00.000Z","STANDARD","%032x","false","%s",'
    '"SSE-S3","","","Off","DISABLED","CRC64NVME"\n'
)
STATES = {"us-east-1": "COMPLETED", "us-west-2": "REPLICA"}


def write(folder: Path, prefixes: Sequence[str], count: int) -> None:
    """Write both regions' lists of *count* objects, alike but for their order, under *folder*; *prefixes* end in ``/``, one a region."""
    for region, prefix in zip(REGIONS, prefixes, strict=True):
        files = []
        for number, body in enumerate(_bodies(region, count)):
            key = f"{prefix}data/{number}.csv.gz"
            _put(folder / region / key, body)
            files.append({"key": key, "size": len(body), "MD5checksum": md5(body, usedforsecurity=False).hexdigest()})
        manifest = json.dumps(
            {"creationTimestamp": str(int(time.time() * 1000)), "fileFormat": "CSV", "fileSchema": ", ".join(FIELDS), "files": files}
        ).encode()
        _put(folder / region / f"{prefix}2026-11-22T01-00Z/manifest.json", manifest)
        checksum = md5(manifest, usedforsecurity=False).hexdigest().encode()
        _put(folder / region / f"{prefix}2026-11-22T01-00Z/manifest.checksum", checksum)


def _bodies(region: str, count: int) -> Iterator[bytes]:
    numbers = list(range(count))
    Random(region).shuffle(numbers)  # noqa: S311 - the same order each time
    for start in range(0, count, ROWS):
        rows = "".join(_row(number, STATES[region]) for number in numbers[start : start + ROWS])
        yield gzip.compress(rows.encode(), compresslevel=6)


def _row(number: int, state: str) -> str:
    scattered = number * 0x9E3779B97F4A7C15 % 2**64
    ident = scattered << 64 | number
    return ROW % (scattered % 2**32, number, ident, 1000 + scattered % 5_000_000, 1 + number % 9, ident ^ 2**127 - 1, state)


def _put(file: Path, body: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)


class Answers(BaseHTTPRequestHandler):
    """``calls`` counts requests; anything that is not a list's is answered with 404 and counted as a read of an object."""

    protocol_version = "HTTP/1.1"
    folder = Path()
    calls = 0
    objects = 0

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        if target.path == "/counted":
            return self._send(json.dumps({"calls": Answers.calls, "objects": Answers.objects}).encode())
        Answers.calls += 1
        root = self.folder / self.headers["Authorization"].partition("Credential=")[2].split("/")[2]
        asked, (_, bucket, key) = parse_qs(target.query), (*target.path.split("/", 2), "")[:3]
        if "list-type" in asked:
            return self._send(_listing(root, asked["prefix"][0]))
        if "inventories" not in bucket or not (root / key).is_file():
            Answers.objects += "inventories" not in bucket
            return self._send(b"<Error><Code>NoSuchKey</Code></Error>", 404)
        return self._send((root / key).read_bytes())

    def _send(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


def _listing(root: Path, prefix: str) -> bytes:
    names = sorted(each.name for each in (root / prefix).iterdir()) if (root / prefix).is_dir() else []
    found = "".join(f"<CommonPrefixes><Prefix>{prefix}{name}/</Prefix></CommonPrefixes>" for name in names)
    return f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{found}</ListBucketResult>'.encode()


def serve(folder: Path) -> None:
    Answers.folder = folder
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder]:
            serve(Path(folder))
        case [folder, count, *prefixes]:
            write(Path(folder), prefixes, int(count))
