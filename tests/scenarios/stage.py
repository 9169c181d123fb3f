"""A stage for disasters: a whole sandbox with shoppers in it, and operators who only have the commands."""

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

import settings
from runbooks.journal import Record, parsed
from sandbox.attend import shopping
from sandbox.clients import Clients
from sandbox.launch import Sandbox
from sandbox.ledger import Order, acknowledged, longest_wait, orders_in, read_ledger
from settings import HERE, PROJECT, Settings
from tests.commands import Command, Ended

EAST, WEST = "us-east-1", "us-west-2"
SHOPPERS = 8  # as many as sandbox.traffic has when it is not told


class Operator:
    """Somebody at a machine of their own: ``ana`` and ``ben`` share nothing but AWS."""

    first: Callable[[], None] | None = None

    def __init__(self, sandbox: Sandbox, name: str, **environ: str) -> None:
        self.home = sandbox.root / "operators" / name
        self.home.mkdir(parents=True, exist_ok=True)
        self._said = sandbox.root / f"said-by-{name}.log"
        self._environ = os.environ | sandbox.environment() | {"XDG_STATE_HOME": str(self.home), "COLUMNS": "160"} | environ

    def does(self, *words: str, within: float = 120, cwd: Path = HERE, stdin: int | None = None) -> Ended:
        """Run ``invoke`` with *words* to its end."""
        ended = Command(words, self._environ, cwd, stdin, self.first).ends(within)
        with self._said.open("a", encoding="utf-8") as said:
            said.write(ended.out + ended.err)
        return ended

    def begins(self, *words: str, cwd: Path = HERE) -> Command:
        """Start ``invoke`` with *words*, from whatever directory the operator is in."""
        return Command(words, self._environ, cwd, first=self.first)


class Stage:
    """One sandbox and what can be seen of it from outside."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.chosen = sandbox, settings.load(sandbox.config)
        self.clients = Clients(sandbox.endpoint)
        self._ledgers = 0

    def operator(self, name: str = "ana", **environ: str) -> Operator:
        return Operator(self.sandbox, name, **environ)

    def settings_with(self, **minutes: int) -> Path:
        """Return a copy of the stage's settings with these minutes as ``rto`` or ``rpo``."""
        document = yaml.safe_load(self.sandbox.config.read_text(encoding="utf-8"))
        document["config"][f"{PROJECT}:disasterRecovery"] |= minutes
        file = self.sandbox.root / f"Pulumi.{'-'.join(f'{name}{value}' for name, value in minutes.items())}.yaml"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return file

    def known(self, name: str, **environ: str) -> Operator:
        """Return an operator whom the lease and the request log know by *name*."""
        return self.operator(name, AWS_ACCESS_KEY_ID=name, LOGNAME=name, **environ)

    @contextmanager
    def shoppers(self, rate: float = 20.0) -> Iterator[Path]:
        """Let shoppers place orders meanwhile; yields their ledger once each of them was served."""
        self._ledgers += 1
        ledger = self.sandbox.root / f"ledger-{self._ledgers}.jsonl"
        with shopping(self.sandbox, ledger, rate):
            eventually(lambda: ledger.exists() and len(_served(read_ledger(ledger))) == SHOPPERS, "every shopper to be served")
            yield ledger

    def survived(self, region: str) -> set[str]:
        """Return the ids of the orders in *region*'s database."""
        return orders_in(self.chosen, region, self.sandbox.endpoint)

    def everyone_is_back(self, ledger: Path, since: datetime) -> list[Order]:
        """Wait until every shopper was served again since *since*, and return the ledger."""
        eventually(lambda: longest_wait(read_ledger(ledger), since) is not None, "every shopper to be served again", within=40)
        return read_ledger(ledger)

    def records(self, command: str = "", run: str = "", after: int = 0) -> tuple[Record, ...]:
        """Return the newest run of *command* as the journal bucket holds it now, from record *after* on; empty when there is none."""
        s3, bucket = self.clients("s3", WEST), self.journal_bucket
        found = s3.list_objects_v2(Bucket=bucket, Prefix="runs/").get("Contents", [])
        keys = sorted(entry["Key"] for entry in found if entry["Key"].split("/")[2][:4].isdigit())
        newest = run or max((key.split("/")[1] for key in keys if f"-{command}-" in key), default="")
        chosen = [key for key in keys if key.split("/")[1] == newest][after:]
        return tuple(parsed(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), key) for key in chosen)

    def unreplicated(self) -> list[str]:
        """Return the ids of the orders that the newest failback listed as known to the old writer alone."""
        key = f"runs/{self.records('failback')[0].run}/unreplicated.json"
        kept = self.clients("s3", WEST).get_object(Bucket=self.journal_bucket, Key=key)["Body"].read()
        return [order for table in json.loads(kept) for order in table["keys"]]

    @property
    def journal_bucket(self) -> str:
        from names import Names

        return Names(self.chosen).journal_bucket(WEST)

    def effects(self, since: int, *operations: str, by: str = "operator") -> list[dict[str, Any]]:
        """Return the requests after number *since* by which the operator *by* changed something, of *operations* if given."""
        logged = self.sandbox.requests(since)
        return [
            entry for entry in logged if entry["caller"] == by and entry["effect"] and (not operations or entry["operation"] in operations)
        ]

    def now(self) -> int:
        """Return the number of the newest logged request."""
        logged = self.sandbox.requests(0)
        return int(logged[-1]["seq"]) if logged else 0

    def database(self, region: str) -> dict[str, Any]:
        """Return RDS's description of the shop's database in *region*."""
        found = self.clients("rds", region).describe_db_instances(DBInstanceIdentifier=self.chosen.workload.database.instance)
        return dict(found["DBInstances"][0])

    def fails_over(self, operator: Operator | None = None, *words: str) -> Ended:
        return (operator or self.operator()).does("failover", "--region", WEST, "--yes", WEST, *words)

    def fails_back(self, operator: Operator | None = None, *words: str) -> Ended:
        return (operator or self.operator()).does("failback", "--region", EAST, "--yes", EAST, *words)

    def is_away(self) -> bool:
        """Return whether west serves and everything else waits for the failback."""
        if not self.sandbox.alive or any(self.sandbox.state()["regions"].values()) or self.sandbox.faults():
            return False
        status = self.operator("inspector").does("status", "--json")
        seen = json.loads(status.out) if status.out else {}
        return bool(seen) and seen["world"]["answers"][0]["region"] == WEST and not seen["unfinished"] and not seen["holder"]

    def is_whole(self) -> bool:
        """Return whether nothing remains of an earlier disaster: east serves, west stands by, no run is open."""
        if not self.sandbox.alive or any(self.sandbox.state()["regions"].values()) or self.sandbox.faults():
            return False
        inspector = self.operator("inspector")
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(inspector.does, *words) for words in (("status", "--json"), ("check-readiness", "--region", WEST))]
        status, ready = (each.result() for each in asked)
        seen = json.loads(status.out) if status.out else {}
        return (
            bool(seen)
            and seen["world"]["answers"][0]["region"] == EAST
            and not seen["unfinished"]
            and not seen["holder"]
            and ready.code == 0
        )


def _served(orders: list[Order]) -> set[int]:
    return {order.shopper for order in acknowledged(orders)}


def eventually(true: Callable[[], object], what: str, within: float = 30.0) -> None:
    """Wait until *true* holds; fail saying that *what* did not come about."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, f"waited {within:.0f} s for {what}"
        time.sleep(0.05)


__all__ = ["EAST", "WEST", "Ended", "Operator", "Settings", "Stage", "eventually"]
