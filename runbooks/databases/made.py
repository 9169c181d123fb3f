"""The instance that a restore makes: whose it is, when it can be used, and whether it holds what it should."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from runbooks.aws import rds
from runbooks.aws.restores import Placed
from runbooks.checked import Checked
from runbooks.databases.candidates import Candidate, told
from runbooks.databases.verify import look_into
from runbooks.errors import Refused, StepFailed
from runbooks.journal import Facts
from runbooks.plan import Step
from runbooks.reach import Reach

FAILED = ("failed", "incompatible-restore", "incompatible-parameters", "incompatible-network", "inaccessible-encryption-credentials")
LONGEST = timedelta(hours=12)
PAUSE = 2.0
RUN, FROM, AT = "RestoredBy", "RestoredFrom", "RestoredAt"


@dataclass(frozen=True, slots=True)
class Made:
    """What is restored (``candidate``), under which name (``to``), and where (``placed``)."""

    candidate: Candidate
    to: str
    placed: Placed

    def tags(self, run: str) -> Mapping[str, str]:
        return {RUN: run, FROM: self.candidate.origin, AT: told(self.candidate.moment)}

    def clear_away(self) -> str:
        """Return how to take away what a failed restore left: nobody who restores may delete a database."""
        named = f"--region {self.candidate.region} --db-instance-identifier {self.to}"
        return (
            f"What it left, with the break-glass role: aws rds modify-db-instance {named} --no-deletion-protection"
            f" && aws rds delete-db-instance {named} --skip-final-snapshot"
        )


def mine(instance: rds.Instance | None, made: Made, run: str) -> bool:
    """Return whether *run* made the instance; raise :class:`Refused` when somebody else did."""
    if instance is None:
        return False
    maker = instance.tags.get(RUN)
    if maker not in (None, run):
        raise Refused(f"{made.to} was made by {maker}", "give this run up (invoke abandon --run restore-database), and choose another --to")
    return maker == run


def follow(reach: Reach, made: Made, run: str, needs: tuple[str, ...]) -> Step:
    """Wait until the restored instance can be used."""
    region = made.candidate.region

    def usable(seen: Mapping[str, rds.Instance]) -> rds.Instance | None:
        instance = seen.get(made.to)
        if instance is not None and instance.status in FAILED:
            raise StepFailed(
                f"RDS restored {made.to} and calls it {instance.status}",
                f"see its events, then begin anew: invoke abandon --run restore-database --reason WHY. {made.clear_away()}",
            )
        return instance if instance is not None and instance.status == "available" and mine(instance, made, run) else None

    def act() -> Facts:
        instance = reach.instances(region).until(f"{made.to} to be available", usable, LONGEST)
        return {"instance": instance.arn}

    return Step(
        name="available",
        says=f"Wait until {made.to} is available",
        region=region,
        act=act,
        done=lambda: usable(reach.instances(region).now()) is not None,
        needs=needs,
        estimate=timedelta(minutes=20),
        deadline=LONGEST + timedelta(minutes=5),
    )


def found_in(reach: Reach, made: Made, *, alone: bool = False) -> tuple[Checked, ...]:
    """Return what is found in the restored instance; *alone*, no other region is asked."""
    region = made.candidate.region
    instance = reach.instances(region).now()[made.to]
    # A snapshot holds what was written up to its end, of which AWS Backup tells only the beginning.
    moment = made.candidate.moment if made.candidate.kind.endswith("log") else None
    found = look_into(reach, region, instance, moment, alone=alone)
    if not all(each.well for each in found):
        reach.clock.sleep(PAUSE)  # a session that was refused in passing is no fault of what was restored
        found = look_into(reach, region, instance, moment, alone=alone)
    return found


def check(reach: Reach, made: Made, needs: tuple[str, ...]) -> Step:
    """Look into the restored instance with the application's own credentials."""

    def act() -> Facts:
        found = found_in(reach, made)
        wrong = [each for each in found if not each.well]
        if wrong:
            raise StepFailed(
                f"{made.to} is not as it should be: {'; '.join(f'{each.name}: {each.says}' for each in wrong)}",
                "look into it with psql, then --resume; or leave it as it is: invoke abandon --run restore-database --reason WHY",
            )
        return {"checked": [each.spoken() for each in found]}

    return Step(
        name="check",
        says=f"Look into {made.to}: the tables that the settings name, with the application's own credentials",
        region=made.candidate.region,
        act=act,
        done=lambda: False,  # only looks
        needs=needs,
        estimate=timedelta(seconds=30),
        deadline=timedelta(minutes=10),
    )
