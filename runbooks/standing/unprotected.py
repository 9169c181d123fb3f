"""What no backup is made of: what the settings switch off, and what is in AWS that nobody thought of. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import takewhile

from names import Names
from runbooks.standing.look import Photograph


@dataclass(frozen=True, slots=True)
class Unprotected:
    """Something of which no backup is made. ``decided``: the settings say so; otherwise nobody did."""

    what: str
    why: str
    do: str
    decided: bool


def switched_off(names: Names) -> Iterator[Unprotected]:
    """Yield what the settings leave without protection."""
    settings = names.settings
    edit = "if that is not meant, set it to true in the settings, then pulumi up"
    off = {
        "database: no backups": ("database.enabled", settings.database.enabled),
        "database: no copies in another region": ("database.crossRegion", settings.database.cross_region or not settings.database.enabled),
        "application": ("application.enabled", settings.application.enabled),
        "files": ("files.enabled", settings.files.enabled),
        "recovery in another region": ("disasterRecovery.enabled", settings.disaster_recovery.enabled),
    }
    for kind in ("media", "uploads", "assets", "cdn"):
        if settings.files.enabled and getattr(settings.workload.buckets, kind):
            off[kind] = (f"files.include{kind.title()}", getattr(settings.files, f"include_{kind}"))
    for what, (place, on) in off.items():
        if not on:
            yield Unprotected(what, f"{place} is false", edit, decided=True)


def forgotten(seen: Photograph, names: Names) -> Iterator[Unprotected]:
    """Yield the databases and the shop's own buckets that are in AWS, that no settings name, and of which our vaults hold nothing."""
    kept = {point.resource for each in seen.kept.values() for point in each.points}
    ours = (names.database, names.restored_databases, f"{names.database}-retired-*")
    for view in seen.status.world.views.values():
        for instance in view.instances.values():
            known = any(fnmatch(instance.identifier, each) for each in ours)
            if instance.writer and not known and instance.arn not in kept:
                do = f"tag it {names.backup_tag}: database, and the next run of the schedule takes it"
                yield Unprotected(
                    f"{instance.identifier} in {view.region}", "a database of which our vaults hold no backup", do, decided=False
                )
    for bucket in sorted({bucket for each in seen.kept.values() for bucket in each.buckets}):
        if _shops_own(bucket, names) and names.bucket_arn(bucket) not in kept:
            do = "add it to workload.buckets in the settings, then pulumi up"
            yield Unprotected(
                bucket, "a bucket of the shop that no settings name, and of which our vaults hold no backup", do, decided=False
            )


def _shops_own(bucket: str, names: Names) -> bool:
    """Tell whether *bucket* is called as the shop's are, and is neither one of them nor one that the program declares."""
    declared = [each for each in names.settings.workload.buckets.model_dump().values() if each]
    known = {f"{each}-{region}" for each in declared for region in names.settings.regions}
    return bucket.startswith(_beginning(declared)) and bucket not in known and f"-{names.settings.account}-" not in bucket


def _beginning(buckets: Sequence[str]) -> str:
    """Return the words that all these names begin with, without the last of each: ``solemate-prod-`` of media and uploads."""
    words = zip(*(bucket.split("-")[:-1] for bucket in buckets), strict=False)
    return "".join(f"{word[0]}-" for word in takewhile(lambda each: len(set(each)) == 1, words)) or "nothing-in-common/"
