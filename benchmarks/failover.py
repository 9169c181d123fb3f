"""A region is lost and the other takes over, with AWS's slowness injected: how much does the run add to what it must wait for?

Every run has a whole sandbox of its own: promotion takes 20 s, scaling 15 s, and the health check shows in DNS after 10 s (the
sandbox's Route 53 at AWS's own pace). In each round the region is lost twice, once refusing and once without any answer. Run it with

    .venv/bin/python -m benchmarks.failover
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.rounds import machine, print_verdict, spread
from sandbox.lab import OutageMode
from sandbox.launch import Sandbox
from sandbox.play import bring_up
from settings import HERE

ROUNDS = 5
LOST, TARGET = "us-east-1", "us-west-2"
PROMOTE, SCALE, HEALTH = 20.0, 15.0, 10.0
CHAIN = (f"promote-{TARGET}", f"switch-to-{TARGET}", "verify-order")  # scaling ends before the promotion
FENCE = f"fence-{LOST}"
READS = ("Describe", "Get", "List", "Head")

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One failover: seconds of the whole process, the journal's records, and the operator's requests."""

    process: float
    records: Sequence[Entry]
    requests: Sequence[Entry]

    def fact(self, name: str) -> float:
        return float(self.records[-1]["facts"][name])

    def seconds(self, step: str) -> float:
        return float(next(record["seconds"] for record in self.records if record["step"] == step and record["kind"] == "step-finished"))

    def at(self, kind: str, step: str = "") -> datetime:
        return next(_moment(record) for record in self.records if record["kind"] == kind and step in ("", record["step"]))

    def before_the_first_step(self) -> float:
        """Return the seconds from the declared start until something was done: the look, the decision, the lease, the journal."""
        return (self.at("step-started") - datetime.fromisoformat(self.records[0]["facts"]["declared_at"])).total_seconds()

    def over_its_path(self, wall: str) -> float:
        """Return how many times the critical path *wall* took: the journal's ``rto_seconds`` or ``run_seconds``, or the process."""
        seconds = self.process if wall == "process" else self.fact(wall)
        return seconds / self.fact("critical_path_seconds")

    def polls_a_second(self) -> tuple[str, int]:
        """Return the read that was most often made within any one second after the first step began, and how often that was.

        Among equals it is the one that was made most often in all.
        """
        asked: dict[str, list[float]] = defaultdict(list)
        for entry in self.requests:
            if entry["operation"].startswith(READS) and _moment(entry) >= self.at("step-started"):
                asked[f"{entry['service']} {entry['operation']} in {entry['region']}"].append(_moment(entry).timestamp())
        peaks = {name: max(sum(start <= at < start + 1.0 for at in times) for start in times) for name, times in asked.items()}
        most = max(peaks, key=lambda name: (peaks[name], len(asked[name])))
        return f"{most}, {len(asked[most])} in all", peaks[most]

    def calls_to_the_lost_region(self) -> Counter[str]:
        """Return how many calls went to the lost region, by what made them; ``waited for`` is what the two kinds beside do not explain."""
        return Counter(self._made_by(entry) for entry in self.requests if entry["region"] == LOST)

    def _made_by(self, entry: Entry) -> str:
        if _moment(entry) < self.at("opened"):
            return "look"
        if entry["operation"] == "PutMetricData":
            return "switch, beside"
        fenced = self.at("step-started", FENCE) <= _moment(entry) <= self.at("step-finished", FENCE)
        return "fence, beside" if fenced and entry["service"] in ("rds", "ecs") else "waited for"


def _moment(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry["at"])


@contextmanager
def _sandbox() -> Iterator[Sandbox]:
    root = Path(tempfile.mkdtemp(prefix="solemate-"))
    root.chmod(0o755)  # PostgreSQL drops root and must get in
    try:
        with bring_up(root, lambda _: None, scale=1.0) as sandbox:
            sandbox.service_times(promote=PROMOTE, scale=SCALE)
            yield sandbox
    finally:
        shutil.rmtree(root, ignore_errors=True)


def fail_over(mode: OutageMode) -> Run:
    """Lose the first region in a fresh sandbox and return the failover from it, made with the real command."""
    with _sandbox() as sandbox:
        sandbox.break_region(LOST, mode)
        before = sandbox.requests(0)[-1]["seq"]
        argv = [sys.executable, "-m", "invoke", "failover", "--region", TARGET, "--yes", TARGET, "--json"]
        environ = os.environ | sandbox.environment() | {"XDG_STATE_HOME": str(sandbox.root / "operator")}
        began = time.monotonic()
        ended = subprocess.run(argv, cwd=HERE, env=environ, capture_output=True, text=True, timeout=240, check=False)
        process = time.monotonic() - began
        if ended.returncode:
            raise RuntimeError(f"the failover ended with {ended.returncode}:\n{ended.stderr}")
        mine = [entry for entry in sandbox.requests(before) if entry["caller"] == "operator"]
        return Run(process, json.loads(ended.stdout), mine)


def _print_head() -> None:
    columns = "process   run    rto   critical path   before   promote  switch  verify   most polls in a second; calls to the lost region"
    print(f"{'':8}{columns}", flush=True)


def _print_run(mode: str, run: Run) -> None:
    walls = f"{run.process:7.2f} {run.fact('run_seconds'):6.2f} {run.fact('rto_seconds'):6.2f} {run.fact('critical_path_seconds'):12.2f}"
    steps = " ".join(f"{seconds:8.2f}" for seconds in (run.before_the_first_step(), *map(run.seconds, CHAIN)))
    read, times = run.polls_a_second()
    calls = ", ".join(f"{count} {what}" for what, count in run.calls_to_the_lost_region().items())
    print(f"{mode:8}{walls}    {steps}   {times} ({read}); {calls}", flush=True)


def main() -> None:
    about = f"{PROMOTE:.0f} s promotion, {SCALE:.0f} s scaling, {HEALTH:.0f} s health check"
    print(f"{2 * ROUNDS} failovers, each in a sandbox of its own: {about}. About {2 * ROUNDS} minutes. {machine()}\n")
    _print_head()
    runs: dict[OutageMode, list[Run]] = {"refuse": [], "hang": []}
    for number in range(ROUNDS):
        modes: tuple[OutageMode, ...] = ("refuse", "hang") if number % 2 == 0 else ("hang", "refuse")
        for mode in modes:
            runs[mode].append(fail_over(mode))
            _print_run(mode, runs[mode][-1])
    _print_results(runs["refuse"], runs["hang"])


def _print_results(refuse: Sequence[Run], hang: Sequence[Run]) -> None:
    print("\nOver the critical path (median, least and greatest):")
    for mode, series in (("refusing", refuse), ("hanging", hang)):
        walls = (f"{wall} {spread([run.over_its_path(wall) for run in series], 3)}" for wall in ("rto_seconds", "run_seconds", "process"))
        print(f"  {mode:10}" + "   ".join(walls))
    injected = [run.fact("rto_seconds") / (PROMOTE + HEALTH) for run in refuse]
    print(f"  rto_seconds over the {PROMOTE + HEALTH:.0f} s that were injected on that path: {spread(injected, 3)}\n")
    everyone = (*refuse, *hang)
    print_verdict("RTO over the critical path", statistics.median(run.over_its_path("rto_seconds") for run in refuse), 1.02)
    hung = [left.fact("rto_seconds") / right.fact("rto_seconds") for left, right in zip(hang, refuse, strict=True)]
    print_verdict("RTO with the lost region hanging over refusing", statistics.median(hung), 1.05)
    print_verdict("the same read in any second, service and region", max(run.polls_a_second()[1] for run in everyone), 1)
    print_verdict(
        "calls to the lost region that the run waited for", max(run.calls_to_the_lost_region()["waited for"] for run in everyone), 0
    )


if __name__ == "__main__":
    main()
