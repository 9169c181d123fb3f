"""The steps of a restore of files from where S3 can copy them: thaw, copy, compare, hide what came after. Each looks before it acts."""

from dataclasses import dataclass
from datetime import timedelta

from runbooks.aws import copies
from runbooks.aws.versions import Version
from runbooks.errors import StepFailed
from runbooks.files.bucket import difference
from runbooks.files.decision import PATIENCE, THAWED_FOR, TIERS, Decision, batches, beside, many, needed
from runbooks.files.pairs import Tally
from runbooks.files.wanted import ARCHIVED, Sought, Survey, unchanged
from runbooks.journal import Facts
from runbooks.plan import Step
from runbooks.reach import Reach
from runbooks.watch import patiently

LONGEST = timedelta(hours=12)
LOOKS = (1.0, 60.0)
"""Seconds between two looks at what is being thawed, at first and at most: a look is a list of all."""


@dataclass(slots=True)
class Progress:
    """How far a step is; ``of`` is what there is in all, 0 where nobody knows."""

    of: int = 0
    objects: int = 0
    bytes: int = 0

    def add(self, size: int) -> None:
        self.objects += 1
        self.bytes += size

    def spoken(self) -> str:
        of = f" of {self.of:,}" if self.of else ""
        return f"{self.objects:,}{of} objects, {self.bytes:,} bytes" if self.objects else ""


def thaw(reach: Reach, decision: Decision, seen: Survey) -> Step:
    """Ask for every archived version, once each, and wait until all can be read."""
    door, total = reach.door(decision.source_region), sum(seen.archived.values())
    progress = Progress(total)

    def ask(each: Sought) -> None:
        patiently(lambda: copies.thaw(door, each.source, THAWED_FOR, TIERS[decision.tier]), reach.clock, PATIENCE)

    def left() -> int:
        """Ask for what nobody has asked for yet, and return how many cannot be read yet."""
        frozen = (each for each in needed(reach, decision, thawing=True) if each.was.storage in ARCHIVED and each.was.thaw != "ready")
        waiting = 0
        for some in batches(frozen):
            waiting += len(some)
            for _ in many(ask, [each for each in some if each.was.thaw != "under way"]):
                reach.clock.sleep(0)
        progress.objects = max(total - waiting, 0)
        return waiting

    def act() -> Facts:
        began, (pause, longest) = reach.clock.ticks(), LOOKS
        while left():
            reach.clock.sleep(pause)
            pause = min(pause * 2, longest)
        return {"thawed": total, "waited_seconds": round(reach.clock.ticks() - began, 1), "readable_for_days": THAWED_FOR}

    return Step(
        name="thaw",
        says=f"Thaw {total:,} archived versions ({decision.tier})",
        region=decision.source_region,
        act=act,
        done=lambda: False,  # only the copy shows that all could be read
        estimate=timedelta(hours=12 if "DEEP_ARCHIVE" in seen.archived else 5),
        deadline=timedelta(hours=72),
        progress=progress.spoken,
    )


def copy(reach: Reach, decision: Decision, seen: Survey, needs: tuple[str, ...]) -> Step:
    """Have S3 copy what is not there yet; a version that was copied is looked for before, so a repetition copies the rest."""
    door, progress = reach.door(decision.region), Progress(seen.objects - seen.there)

    def one(each: Sought) -> int:
        key = decision.place.key(each.was.key)
        patiently(lambda: copies.copy(door, each.source, decision.place.bucket, key), reach.clock, PATIENCE)
        return each.was.size

    def act() -> Facts:
        began = reach.clock.ticks()
        for some in batches(needed(reach, decision)):
            for size in many(one, some):
                progress.add(size)
                reach.clock.sleep(0)  # a pause comes between two objects
        seconds = reach.clock.ticks() - began
        rate = round(progress.objects / seconds, 1) if progress.objects and seconds else None
        return {"objects": progress.objects, "bytes": progress.bytes, "objects_per_second": rate}

    what = "what AWS Backup restored" if decision.point else f"{seen.objects - seen.there:,} objects"
    return Step(
        name="copy",
        says=f"Have S3 copy {what} into {decision.place.spoken()}",
        region=decision.region,
        act=act,
        done=lambda: next(needed(reach, decision), None) is None,
        needs=needs,
        estimate=timedelta(seconds=5 + seen.objects / 100),
        deadline=LONGEST,
        progress=progress.spoken,
    )


def compare(reach: Reach, decision: Decision, seen: Survey) -> Step:
    """Compare every object with the version it was copied from: its size, then what S3 has stored of both, and last their bytes."""
    source = (reach.door(decision.source_region), decision.source_bucket)
    there = (reach.door(decision.region), decision.place.bucket)
    progress = Progress(seen.objects)

    def compared(pair: tuple[Sought, Version | None]) -> tuple[str, Sought]:
        each, found = pair
        if found is None:
            return "missing", each
        if decision.in_place and unchanged(each, found):
            return "", each
        return patiently(lambda: difference(there, found, source, each.kept), reach.clock, PATIENCE), each

    def act() -> Facts:
        tally = Tally()
        for some in batches((each, found) for each, found in beside(reach, decision) if each is not None):
            for kind, each in many(compared, some):
                progress.add(each.was.size)
                if kind:
                    tally.add(kind, each.was.key)
                reach.clock.sleep(0)
        tally.objects, tally.bytes = progress.objects, progress.bytes
        if tally.differences:
            raise StepFailed(
                f"what was restored is not what it was: {tally.spoken()}",
                "somebody may have written there meanwhile: look, then begin anew: invoke abandon --run restore-files --reason WHY",
            )
        return {"compared": tally.objects, "bytes": tally.bytes, "differences": 0}

    return Step(
        name="compare",
        says="Compare each object with the version that it was copied from",
        region=decision.region,
        act=act,
        done=lambda: False,  # only looks
        needs=("copy",),
        estimate=timedelta(seconds=10),
        deadline=LONGEST,
        progress=progress.spoken,
    )


def hide(reach: Reach, decision: Decision, seen: Survey) -> Step:
    """Put a delete marker over what came after the moment; its versions stay."""
    door, progress = reach.door(decision.region), Progress(seen.later)

    def act() -> Facts:
        later = (found for each, found in beside(reach, decision) if each is None and found is not None)
        for some in batches(later, copies.HIDDEN_AT_ONCE):
            keys = [each.key for each in some]
            patiently(lambda keys=keys: copies.hide(door, decision.place.bucket, keys), reach.clock, PATIENCE)  # type: ignore[misc]
            for each in some:
                progress.add(each.size)
            reach.clock.sleep(0)
        return {"hidden": progress.objects}

    return Step(
        name="hide",
        says=f"Put a delete marker over {seen.later:,} objects that came after the moment; their versions stay",
        region=decision.region,
        act=act,
        done=lambda: all(each is not None for each, _ in beside(reach, decision)),
        needs=("compare",),
        estimate=timedelta(seconds=5 + seen.later / 500),
        deadline=LONGEST,
        progress=progress.spoken,
    )
