"""A stub of AWS Backup for benchmarks: vaults full of recovery points, in pages and in no order, behind a latency.

It answers ListRecoveryPointsByBackupVault and ListBackupJobs alone, on loopback, and takes the region from the request's credentials.
Entries are made as they are asked for: one is 1.5 kB, and nothing of it is kept.
"""

import asyncio
import sys
import time
from bisect import bisect_left, bisect_right
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

REGIONS = ("us-east-1", "us-west-2")
VAULTS = tuple(f"vault-{number}" for number in range(10))
PAGE = 1000
SPAN = 400 * 86_400
LATENCIES = (0.05, 0.09, 0.07, 0.1, 0.06, 0.08)
"""Seconds, taken in turn."""
STEP = 7919
"""A prime, by which the entries of an answer are shuffled the same way each time."""

ENTRY = """{"RecoveryPointArn":"arn:aws:backup:%(region)s:123456789012:recovery-point:%(number)036d",\
"BackupVaultName":"%(vault)s","BackupVaultArn":"arn:aws:backup:%(region)s:123456789012:backup-vault:%(vault)s",\
"ResourceArn":"arn:aws:rds:%(region)s:123456789012:db:solemate-prod-orders","ResourceType":"RDS","ResourceName":"solemate-prod-orders",\
"CreatedBy":{"BackupPlanId":"0b1d8e1c-6b0f-4d3c-9d1e-2f3a4b5c6d7e","BackupPlanArn":"arn:aws:backup:%(region)s:123456789012:backup-plan:0b1d8e1c",\
"BackupPlanVersion":"NjU0ZDk4MTItYjZlNC00ZTQ5LTkzNzUtZDQ4NmVmYTY4MzM1","BackupRuleId":"5c9f0c2e-8f1d-4e0a-b7a5-3d2c1b0a9f8e"},\
"IamRoleArn":"arn:aws:iam::123456789012:role/solemate-prod-backup","Status":"COMPLETED","StatusMessage":"%(message)s",\
"CreationDate":%(made).3f,"InitiationDate":%(made).3f,"CompletionDate":%(made).3f,"BackupSizeInBytes":214748364800,\
"CalculatedLifecycle":{"DeleteAt":%(ends).3f},"Lifecycle":{"DeleteAfterDays":420,"OptInToArchiveForSupportedResources":false},\
"EncryptionKeyArn":"arn:aws:kms:%(region)s:123456789012:key/7d2f3b1a-0c4e-4f5d-8a6b-9c0d1e2f3a4b","IsEncrypted":true,\
"EncryptionKeyType":"CUSTOMER_MANAGED_KMS_KEY","IsParent":false,"VaultType":"BACKUP_VAULT","IndexStatus":"ACTIVE"}"""


JOBS = 3000
JOB = """{"AccountId":"123456789012","BackupJobId":"%(region)s-%(number)036d","BackupVaultName":"vault-0",\
"BackupVaultArn":"arn:aws:backup:%(region)s:123456789012:backup-vault:vault-0","RecoveryPointArn":"arn:aws:backup:%(region)s:123456789012:\
recovery-point:%(number)036d","ResourceArn":"arn:aws:rds:%(region)s:123456789012:db:solemate-prod-orders","ResourceType":"RDS",\
"CreationDate":%(made).3f,"CompletionDate":%(ended).3f,"State":"COMPLETED","PercentDone":"100.0","BackupSizeInBytes":214748364800,\
"IamRoleArn":"arn:aws:iam::123456789012:role/solemate-prod-backup","BytesTransferred":214748364,\
"CreatedBy":{"BackupPlanArn":"arn:aws:backup:%(region)s:123456789012:backup-plan:0b1d8e1c"}}"""


class Vaults:
    """*count* recovery points in twenty vaults, of which the first holds half, made evenly over 400 days."""

    def __init__(self, count: int) -> None:
        now, half = time.time(), count // 2
        places = [(region, vault) for region in REGIONS for vault in VAULTS]
        share, rest = divmod(count - half, len(places) - 1)
        sizes = [half, share + rest, *[share] * (len(places) - 2)]
        self._made = {
            place: [now - SPAN * (size - number) / size - 60 for number in range(size)] for place, size in zip(places, sizes, strict=True)
        }
        self.asked = 0

    def page(self, region: str, vault: str, asked: dict[str, list[str]]) -> bytes:
        self.asked += 1
        made = self._made[region, vault]
        begin = bisect_right(made, _seconds(asked["createdAfter"][0])) if "createdAfter" in asked else 0
        end = bisect_left(made, _seconds(asked["createdBefore"][0])) if "createdBefore" in asked else len(made)
        size, offset = max(0, end - begin), int(asked.get("nextToken", ["0"])[0])
        upto = min(size, offset + PAGE)
        entries = ",".join(self._entry(region, vault, begin + place * STEP % size) for place in range(offset, upto))
        more = f',"NextToken":"{upto}"' if upto < size else ""
        return f'{{"RecoveryPoints":[{entries}]{more}}}'.encode()

    def jobs(self, asked: dict[str, list[str]], region: str) -> bytes:
        """Return a page of the jobs of a month, half of all in each region."""
        self.asked += 1
        now, offset, size = time.time(), int(asked.get("nextToken", ["0"])[0]), JOBS // len(REGIONS)
        upto = min(size, offset + PAGE)
        made = (now - 28 * 86_400 * (size - number) / size for number in range(offset, upto))
        entries = ",".join(
            JOB % {"region": region, "number": number, "made": at, "ended": at + 600} for number, at in enumerate(made, offset)
        )
        more = f',"NextToken":"{upto}"' if upto < size else ""
        return f'{{"BackupJobs":[{entries}]{more}}}'.encode()

    def _entry(self, region: str, vault: str, number: int) -> str:
        made = self._made[region, vault][number]
        return ENTRY % {
            "region": region,
            "vault": vault,
            "number": number,
            "made": made,
            "ends": made + 420 * 86_400,
            "message": "x" * 60,
        }


async def serve(vaults: Vaults) -> None:
    server = await asyncio.start_server(lambda reader, writer: _converse(vaults, reader, writer), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


async def _converse(vaults: Vaults, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            began = time.monotonic()
            target = urlsplit(head.split(b" ", 2)[1].decode())
            region = head.partition(b"Credential=")[2].split(b"/", 3)[2].decode()
            asked = parse_qs(target.query)
            jobs = target.path.startswith("/backup-jobs")
            body = vaults.jobs(asked, region) if jobs else vaults.page(region, target.path.split("/")[2], asked)
            await asyncio.sleep(LATENCIES[vaults.asked % len(LATENCIES)] - (time.monotonic() - began))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            writer.write(body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


if __name__ == "__main__":
    asyncio.run(serve(Vaults(int(sys.argv[1]))))
