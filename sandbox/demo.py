"""The main job, shown: a region is lost under load, the other takes over, the first comes back; everything measured.

It uses the same commands as an operator, as processes of their own, and believes only the shoppers' ledger and the databases.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

import settings
from runbooks import report
from runbooks.commands import desk
from runbooks.compliance.collect import collect
from runbooks.compliance.period import Period
from runbooks.compliance.safekeeping import Keeper
from runbooks.compliance.writing import EVIDENCE, write
from runbooks.errors import RunbookError
from runbooks.journal import Record, read_run, runs
from sandbox.attend import shopping, show
from sandbox.launch import Sandbox, default_root
from sandbox.ledger import Order, acknowledged, longest_wait, orders_in, read_ledger
from sandbox.play import bring_up
from sandbox.verdict import Verdict, verdict
from sandbox.waiting import wait_until
from settings import HERE, Settings

RATE = 20.0
WARM_UP = 100  # orders, so that every shopper has been served and the rate is known before the region is lost
NOTICE = 2.0  # seconds until somebody types the command
EVERYONE_BACK = 30.0


class DemoFailed(RunbookError):
    """A command of the demo did not end well; its own words are above."""


def run(out: Console, *, scale: float = 0.1) -> dict[str, Verdict]:
    """Show the whole story on *out*, write ``build/demo``, sealed, and return the verdicts by command."""
    results, root = HERE / "build" / "demo", default_root("demo/sandbox")
    results.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    _heading(out, "1. Two regions come up, and the program protects what the shop runs")
    with bring_up(root, lambda progress: show(out, progress), scale=scale) as sandbox:
        chosen = settings.load(sandbox.config)
        verdicts = _disaster(out, sandbox, chosen, results)
    _heading(out, "5. What it cost")
    out.print(_table(verdicts))
    out.print("\n".join(str(results / name) for name in ("report.html", "summary.json", "compliance.html")))
    out.print(f"Is all of it as it was signed? .venv/bin/invoke report --check {results.relative_to(HERE)}")
    out.print(f"The whole demo took {time.monotonic() - began:.0f} s. Measured in the sandbox, not on AWS.")
    return verdicts


def _disaster(out: Console, sandbox: Sandbox, chosen: Settings, results: Path) -> dict[str, Verdict]:
    primary, recovery = chosen.regions
    ledger = sandbox.root / "ledger.jsonl"
    with shopping(sandbox, ledger, RATE):
        opening = datetime.now(UTC)
        _heading(out, f"2. Shoppers place {RATE:.0f} orders a second; then {primary} goes dark")
        wait_until("the shoppers to be served", lambda: len(acknowledged(_so_far(ledger))) >= WARM_UP or None)
        failed = datetime.now(UTC)
        sandbox.break_region(primary, "hang")
        out.print(f"{primary} is dark: processes killed, links cut, its API hangs. {len(read_ledger(ledger))} orders were placed so far.")
        time.sleep(NOTICE)
        _heading(out, f"3. invoke failover --region {recovery}")
        _invoke(sandbox, "failover", "--region", recovery, "--yes", recovery, "--failed-at", failed.isoformat())
        _until_everyone_is_back(ledger, failed)
        after = datetime.now(UTC)
        survived = orders_in(chosen, recovery, sandbox.endpoint)
        first = verdict(_records(sandbox, "failover"), _sent_before(ledger, after), survived, opening, failed)
        _heading(out, f"4. {primary} comes back; invoke failback --region {primary}")
        sandbox.heal_region(primary)
        _invoke(sandbox, "failback", "--region", primary, "--yes", primary)
        back = _records(sandbox, "failback")
        stopped = next(record.at for record in back if record.step == f"stop-writes-{recovery}")
        _until_everyone_is_back(ledger, stopped)
    second = verdict(back, read_ledger(ledger), orders_in(chosen, primary, sandbox.endpoint), after, stopped)
    verdicts = {"failover": first, "failback": second}
    page = _page(sandbox, verdicts, {"failover": failed, "failback": stopped})
    summary = json.dumps({name: entry.as_json() for name, entry in verdicts.items()}, indent=1)
    _write(results, sandbox, opening, {"report.html": page.encode(), "summary.json": summary.encode()})
    return verdicts


def _invoke(sandbox: Sandbox, *arguments: str) -> None:
    """Run the real command, as an operator in another terminal would."""
    environ = os.environ | sandbox.environment() | {"XDG_STATE_HOME": str(sandbox.root / "operator")}
    ended = subprocess.run([sys.executable, "-m", "invoke", *arguments], cwd=HERE, env=environ, stdin=subprocess.DEVNULL, check=False)
    if ended.returncode:
        raise DemoFailed(f"invoke {arguments[0]} ended with {ended.returncode}", "its own words are above")


def _until_everyone_is_back(ledger: Path, since: datetime) -> None:
    """Wait until every shopper was served again since *since*; a cached name keeps some away longer than others."""
    deadline = time.monotonic() + EVERYONE_BACK
    while longest_wait(read_ledger(ledger), since) is None and time.monotonic() < deadline:
        time.sleep(0.5)


def _so_far(ledger: Path) -> list[Order]:
    return read_ledger(ledger) if ledger.exists() else []


def _sent_before(ledger: Path, moment: datetime) -> list[Order]:
    return [order for order in read_ledger(ledger) if datetime.fromisoformat(order.sent_at) < moment]


def _records(sandbox: Sandbox, command: str) -> tuple[Record, ...]:
    """Return the newest run of *command* as the journal bucket has it."""
    os.environ.update(sandbox.environment())
    store = desk(settings.load(sandbox.config)).journals.bucket
    return read_run(store, next(run for run in reversed(runs(store)) if f"-{command}-" in run))


def _page(sandbox: Sandbox, verdicts: dict[str, Verdict], interrupted: dict[str, datetime]) -> str:
    stories = [report.story(_records(sandbox, command)) for command in verdicts]
    observed = {
        entry.run: report.Observed(interrupted[command], entry.orders_acknowledged, entry.orders_lost, entry.client_downtime_seconds)
        for command, entry in verdicts.items()
    }
    return report.render(stories, observed)


def _write(results: Path, sandbox: Sandbox, since: datetime, made: dict[str, bytes]) -> None:
    """Write what was *made* and the report on these days into *results*, with the evidence, all of it sealed."""
    at = desk(settings.load(sandbox.config))
    now, store = at.clock.now(), at.journals.bucket
    keeper = Keeper(at.names, at.reach.door(at.names.settings.recovery_region), store)
    sealed = keeper.sealed(collect(at.reach, store, Period(since.date(), now.date()), at.clock), now)
    shutil.rmtree(results / EVIDENCE, ignore_errors=True)
    write(keeper, sealed, ("html", "json"), results, made)


def _table(verdicts: dict[str, Verdict]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for name in verdicts:
        table.add_column(name, justify="right")
    table.add_column("objective", justify="right")
    objectives = next(iter(verdicts.values())).objectives
    rows: list[tuple[str, str, str]] = [
        ("RTO, seconds", "rto_seconds", f"under {objectives.get('rto_seconds')}"),
        ("RPO, seconds", "rpo_seconds", f"under {objectives.get('rpo_seconds')}"),
        ("critical path, seconds", "critical_path_seconds", ""),
        ("longest wait of any shopper, seconds", "client_downtime_seconds", ""),
        ("orders acknowledged", "orders_acknowledged", ""),
        ("orders lost", "orders_lost", ""),
    ]
    for label, field, objective in rows:
        table.add_row(label, *(_shown(getattr(entry, field)) for entry in verdicts.values()), objective)
    return table


def _shown(value: object) -> str:
    if value is None:
        return "not measured"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _heading(out: Console, text: str) -> None:
    out.print(f"\n[bold]{text}[/]")
