"""Other ways to list the recovery points of twenty vaults as JSON, each a process of its own: ``python -m benchmarks.backups_rivals WAY``.

- raw: a thread for each vault, http.client, orjson; unsigned, unordered, and nothing that fails is noticed: the practical floor
- sequential: boto3's paginator, vault after vault, each page written as it comes
- building: the same, with everything in one list before it is written
- one: boto3's paginator over one vault: what a loop over processes runs
"""

import http.client
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlsplit

from benchmarks.vaults import REGIONS, VAULTS

FIELDS = ("RecoveryPointArn", "ResourceType", "Status", "CreationDate", "BackupSizeInBytes", "BackupVaultName", "ResourceArn")


def raw() -> None:
    import orjson

    where = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc

    def read(place: tuple[str, str]) -> None:
        region, vault = place
        connection, more = http.client.HTTPConnection(where), ""
        while True:
            path = f"/backup-vaults/{vault}/recovery-points/?maxResults=1000" + (f"&nextToken={quote(more)}" if more else "")
            connection.request("GET", path, headers={"Authorization": f"AWS4-HMAC-SHA256 Credential=a/20261122/{region}/backup/"})
            page = orjson.loads(connection.getresponse().read())
            rows = [{field: entry[field] for field in FIELDS} for entry in page["RecoveryPoints"]]
            sys.stdout.write(b"\n".join(map(orjson.dumps, rows)).decode())
            if not (more := page.get("NextToken", "")):
                return

    with ThreadPoolExecutor(len(REGIONS) * len(VAULTS)) as pool:
        list(pool.map(read, ((region, vault) for region in REGIONS for vault in VAULTS)))


def pages(regions: tuple[str, ...], vaults: tuple[str, ...]) -> Iterator[list[dict[str, Any]]]:
    import boto3

    session = boto3.Session()
    for region in regions:
        paginator = session.client("backup", region_name=region).get_paginator("list_recovery_points_by_backup_vault")
        for vault in vaults:
            for page in paginator.paginate(BackupVaultName=vault, PaginationConfig={"PageSize": 1000}):
                yield page["RecoveryPoints"]


def sequential() -> None:
    for page in pages(REGIONS, VAULTS):
        sys.stdout.write(json.dumps([{field: entry[field] for field in FIELDS} for entry in page], default=str))


def building() -> None:
    sys.stdout.write(json.dumps([entry for page in pages(REGIONS, VAULTS) for entry in page], default=str))


def one(region: str, vault: str) -> None:
    for page in pages((region,), (vault,)):
        sys.stdout.write(json.dumps(page, default=str))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["raw"]:
            raw()
        case ["sequential"]:
            sequential()
        case ["building"]:
            building()
        case ["one", region, vault]:
            one(region, vault)
