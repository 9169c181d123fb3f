"""Reports on a period: the evidence read, sealed and rendered, against only reading and parsing the same pages; and its HTML and PDF.

100,000 recovery points in twenty vaults and 3,000 jobs, in pages of 1,000 at 50 to 100 ms, from a stub on this machine. Each way is a
process from its start to its end. Run it with

    .venv/bin/python -m benchmarks.reports
"""

import html
import json
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import settings
from benchmarks.backups import listed, stub
from benchmarks.rounds import Spent, interleaved, machine, print_table, print_verdict, ratios
from benchmarks.vaults import REGIONS, VAULTS
from names import Names
from runbooks import collector
from runbooks.aws import job_history
from runbooks.aws.recovery_points import Point
from runbooks.backups import Backups, Wanted
from runbooks.clock import RealClock
from runbooks.compliance import bundle, mapping, page
from runbooks.compliance.evidence import About, Evidence
from runbooks.compliance.period import Period
from runbooks.compliance.safekeeping import Sealed
from runbooks.compliance.writing import rendered
from runbooks.reach import Reach

ROUNDS, COUNT, FEW = 3, 100_000, 1_000
OVER_READING, OVER_ROWS, OF_MEMORY, OVER_FEW = 1.5, 2.0, 300, 1.2
HERE = [sys.executable, "-m", "benchmarks.reports"]


def read() -> Evidence:
    """Return what the stub has, as evidence."""
    chosen, clock = settings.load(settings.stack_file("prod")), RealClock()
    reach, now = Reach(Names(chosen), clock), clock.now()
    points = tuple(chain.from_iterable(Backups(reach, Wanted(vaults=VAULTS), clock).batches()))
    since = now - timedelta(days=29)
    jobs = chain.from_iterable(job_history.jobs(reach.door(region), "backup", since, now) for region in REGIONS)
    return Evidence(_about(now), jobs=tuple(jobs), points=points, documents=mapping.documents())


def _about(now: datetime) -> About:
    span = Period((now - timedelta(days=29)).date(), now.date())
    return About(
        period=span,
        environment="prod",
        account="123456789012",
        active_region=REGIONS[0],
        recovery_region=REGIONS[1],
        collected=now,
        covered_since=span.since,
        sandbox=True,
        rto_seconds=1800.0,
        rpo_seconds=900.0,
        success_objective=99.9,
        promises=(),
        copied=(),
        vaults=VAULTS,
        tests=True,
        documented=True,
    )


def report(evidence: Evidence) -> None:
    """Write the evidence and its report, as the command does, but for S3 and the signature."""
    files = bundle.files_of(evidence)
    about = evidence.about
    made = bundle.Manifest(
        bundle.SCHEMA, "b", about.period.name, about.environment, about.collected, REGIONS[1], "", None, bundle.listed(files)
    )
    with TemporaryDirectory(prefix="solemate-") as folder:
        for name, body in (files | rendered(Sealed(evidence, made, files, {}), ("html", "json"))[1]).items():
            to = Path(folder) / name
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(body)


def plain(points: Sequence[Point]) -> str:
    """Return the same rows as an escaped f-string each, and nothing clever."""
    return "".join(
        f"<tr><td>{each.created:%Y-%m-%d %H:%M}</td><td>{html.escape(each.target)}</td><td>{html.escape(each.kind)}</td>"
        f"<td>{html.escape(each.state)}</td><td>{html.escape(each.region)}</td><td>{html.escape(each.vault)}</td><td>{each.tier}</td>"
        f"<td class=number>{each.size:,}</td><td>{each.expires:%Y-%m-%d}</td><td><code>{html.escape(each.arn)}</code></td></tr>\n"
        for each in points
    )


def rows(count: int) -> None:
    """Print the seconds that the whole page took, the f-strings took, and the PDF took, of *count* recovery points."""
    from runbooks.compliance import record, sheet

    now = datetime(2026, 11, 1, tzinfo=UTC)
    made = [_point(number, now) for number in range(count)]
    told = record.report(Evidence(_about(now), points=tuple(made), documents=mapping.documents()), "b", "0" * 64)
    ways = (lambda: page.render(told, made), lambda: plain(made), lambda: sheet.render(told))
    best = []
    with collector.resting():
        for way in ways:
            took = []
            for _ in range(ROUNDS):
                began = time.process_time()
                way()
                took.append(time.process_time() - began)
            best.append(min(took))
    print(json.dumps(best))


def _point(number: int, now: datetime) -> Point:
    made = now - timedelta(minutes=number)
    arn = f"arn:aws:backup:{REGIONS[0]}:123456789012:recovery-point:{number:036d}"
    return Point(arn, "database", "snapshot", "COMPLETED", made, now, 214748364800, "warm", REGIONS[0], VAULTS[0], "arn:aws:rds", "")


def _seconds(count: int) -> list[float]:
    import subprocess

    ended = subprocess.run([*HERE, "rows", str(count)], cwd=settings.HERE, capture_output=True, text=True, check=True)
    found: list[float] = json.loads(ended.stdout)
    return found


def main() -> None:
    with stub(COUNT) as environ:
        print(f"\n{COUNT:,} recovery points and 3,000 jobs, {ROUNDS} rounds. {machine()}\n", flush=True)
        cases = {name: partial(listed, [[*HERE, name]], environ) for name in ("report", "read")}
        spent: dict[str, list[Spent]] = interleaved(cases, ROUNDS)
    print_table(spent, "read")
    peak = statistics.median(one.peak for one in spent["report"] if hasattr(one, "peak"))
    (whole, plainly, many), (_, _, few) = _seconds(COUNT), _seconds(FEW)
    print(
        f"\nHTML {whole:.2f} s, f-strings {plainly:.2f} s; PDF {many:.2f} s, of {FEW:,} recovery points {few:.2f} s; peak {peak:.0f} MB\n"
    )
    print_verdict(
        "report over reading and parsing the same pages", statistics.median(ratios(spent["report"], spent["read"], "wall")), OVER_READING
    )
    print_verdict("the page over an escaped f-string of the same rows", whole / plainly, OVER_ROWS)
    print_verdict("peak memory, MB", peak, OF_MEMORY)
    print_verdict(f"the PDF over that of {FEW:,} recovery points", many / few, OVER_FEW)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["read"]:
            read()
        case ["report"]:
            report(read())
        case ["rows", count]:
            rows(int(count))
        case _:
            main()
