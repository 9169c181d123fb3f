"""What interrupts a run without killing it: operators who stop or leave, a step that is skipped, a full disk, an answer that is lost."""

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from io import FileIO
from pathlib import Path
from resource import RLIMIT_FSIZE, setrlimit

from runbooks.journal import MOVES
from settings import HERE
from tests.scenarios.stage import EAST, WEST, Ended, Operator, Stage, eventually

OVER, BACK = ("failover", "--region", WEST), ("failback", "--region", EAST)
PAUSED = re.compile(r"Error: the run was paused\. The run (\S+) can be carried on with\nTry: invoke (.+)\n")


class AtTerminal(Operator):
    """An operator at a terminal, one command at a time."""

    _TAKE = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"

    def sits_down_to(self, *words: str, cwd: Path = HERE) -> None:
        terminal, inner = pty.openpty()
        os.set_blocking(terminal, False)
        self._terminal, self._shown = FileIO(terminal, "r+"), b""
        argv = [sys.executable, "-c", self._TAKE, sys.executable, "-m", "invoke", "--search-root", str(HERE), *words]
        self._process = subprocess.Popen(argv, cwd=cwd, env=self._environ, stdin=inner, stdout=inner, stderr=inner, start_new_session=True)
        os.close(inner)

    def sees(self) -> str:
        """Return everything that was shown up to now, as plain lines."""
        with suppress(OSError):  # the other end was closed
            while not self._terminal.closed and (more := self._terminal.read(65536)):
                self._shown += more
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._shown.decode(errors="replace")).replace("\r\n", "\n")

    def types(self, text: str) -> None:
        self._terminal.write(text.encode())

    def leaves(self) -> None:
        """Close the terminal, as a lost connection does."""
        self._terminal.close()

    def ended(self) -> int:
        """Return the exit code of what was begun, once it ended."""

        def over() -> bool:
            self.sees()
            return self._process.poll() is not None

        eventually(over, "the command to end", within=60)
        return self._process.wait()


class OnFullDisk(Operator):
    """An operator whose machine can make files and write nothing into them."""

    first = staticmethod(partial(setrlimit, RLIMIT_FSIZE, (0, 0)))


def test_a_paused_failover_goes_on_by_the_command_it_printed(stage: Stage) -> None:
    """Ctrl-C, a termination and a closed terminal: exit 3, on record, the lease free; what was printed carries on elsewhere."""
    ana, ben = AtTerminal(stage.sandbox, "ana"), stage.operator("ben")
    stage.sandbox.break_region(EAST, "refuse")
    stage.sandbox.service_times(promote=300)
    since = stage.now()

    ana.sits_down_to(*OVER)
    eventually(lambda: f"Type {WEST} to go on" in ana.sees(), "the question", within=60)
    ana.types(f"{WEST}\n")
    eventually(lambda: stage.effects(since, "PromoteReadReplica"), "the promotion to begin", within=60)
    ana.types("\x03")
    words = _paused(stage, "failover", ana.ended(), ana.sees())
    assert words == [*OVER, "--resume"]

    process = ben.begins(*words, "--yes", WEST, cwd=ben.home)
    eventually(lambda: _times_promoting(stage) == 2, "ben to wait for the promotion", within=60)
    process.signal(signal.SIGTERM)
    words = _paused(stage, "failover", *_said(process.ends()))

    ana.sits_down_to(*words, cwd=ana.home)
    eventually(lambda: _times_promoting(stage) == 3, "ana to wait for the promotion", within=60)
    ana.leaves()
    assert ana.ended() == 3
    _is_resumable(stage, "failover")

    stage.sandbox.service_times(promote=0)
    ended = ben.does(*words, cwd=ben.home)
    assert ended.code == 0, ended
    assert len(stage.effects(since, "PromoteReadReplica")) == 1
    stage.sandbox.heal_region(EAST)


def test_a_skipped_step_is_not_done_and_why_is_on_record(away: Stage) -> None:
    """Only steps of the plan can be skipped, for a reason; who resumes the run skips what its operator skipped."""
    ana, ben, since = away.operator("ana"), away.operator("ben"), away.now()
    begun = (*BACK, "--yes", EAST, "--skip")
    assert "the plan has no step dance" in ana.does(*begun, "dance", "--reason", "no music").refusal()[0]
    assert "a skipped step needs a reason" in ana.does(*begun, "announce").refusal()[0]
    assert away.effects(since) == []

    process = ana.begins(*begun, "announce", "--reason", "told by telephone")
    eventually(lambda: away.effects(since, "CreateDBInstanceReadReplica"), "the replica to be asked for", within=60)
    process.signal(signal.SIGHUP)
    ended = ben.does(*_paused(away, "failback", *_said(process.ends())))
    assert ended.code == 0, ended
    told = [(record.kind, record.facts) for record in away.records("failback") if record.step == "announce"]
    assert told == [("step-skipped", {"reason": "told by telephone"})]
    assert away.effects(since, "Publish") == []


def test_a_full_disk_stops_no_run_that_the_bucket_records(stage: Stage) -> None:
    """One operator's disk takes no byte, the next one's directory is a file: the bucket has every record. A journal here is refused."""
    full = OnFullDisk(stage.sandbox, "full")
    nowhere = stage.operator("nowhere", XDG_STATE_HOME=str(stage.sandbox.config))
    since = stage.now()
    stage.sandbox.break_region(EAST, "refuse")
    for unable in (full, nowhere, stage.operator("ana", XDG_STATE_HOME="/dev/full/state")):
        why, way_out = unable.does(*OVER, "--yes", WEST, "--local-journal", stage.chosen.environment).refusal()
        assert "cannot use" in why
        assert "free some disk space, or set XDG_STATE_HOME" in way_out
    assert stage.effects(since) == []

    stage.sandbox.service_times(promote=300)
    process = full.begins(*OVER, "--yes", WEST)
    eventually(lambda: stage.effects(since, "PromoteReadReplica"), "the promotion to begin", within=60)
    process.signal(signal.SIGTERM)
    words = _paused(stage, "failover", *_said(process.ends()))
    stage.sandbox.service_times(promote=0)
    ended = nowhere.does(*words)
    assert ended.code == 0, ended
    assert sum(path.stat().st_size for path in full.home.rglob("*") if path.is_file()) == 0
    assert stage.records("failover")[-1].outcome == "completed"
    stage.sandbox.heal_region(EAST)


def test_a_promotion_whose_answer_is_lost_is_not_a_failure(away: Stage) -> None:
    """RDS promoted, the answer never came, and a second request is refused: the run looks, sees the writer, and goes on."""
    since = away.now()
    away.sandbox.fault("swallow", service="rds", operation="PromoteReadReplica", times=1)
    back = away.fails_back()
    assert back.code == 0, back
    asked = [entry for entry in away.sandbox.requests(since) if entry["operation"] == "PromoteReadReplica"]
    assert [(entry["effect"], entry["status"]) for entry in asked] == [(True, None), (False, 400)]


def _said(ended: Ended) -> tuple[int, str]:
    return ended.code, ended.err


def _paused(stage: Stage, command: str, code: int, said: str) -> list[str]:
    """Return the words that carry on, as printed; fail unless the pause is told, once, as it should be, and on record."""
    assert code == 3, said
    assert (said.count("Error:"), said.count("Try:")) == (1, 1), said
    told = PAUSED.search(said)
    assert told, said
    assert told[1] == stage.records(command)[0].run
    _is_resumable(stage, command)
    return shlex.split(told[2])


def _is_resumable(stage: Stage, command: str) -> None:
    """Fail unless the newest run's last record says paused, and nobody holds the lease."""
    assert stage.records(command)[-1].kind == "paused"
    body = stage.clients("s3", WEST).get_object(Bucket=stage.journal_bucket, Key=MOVES.lease)["Body"].read()
    assert json.loads(body)["released"] is True


def _times_promoting(stage: Stage) -> int:
    return sum(record.kind == "step-started" and record.step == f"promote-{WEST}" for record in stage.records("failover"))
