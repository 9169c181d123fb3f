"""Where runs are recorded: a write-once bucket in each region, since the journal is kept away from the region that is lost."""

from dataclasses import dataclass
from datetime import timedelta

import pulumi

from names import Names
from stacks.account import EVIDENCE
from stacks.buckets import Bucket, BucketArgs
from stacks.keys import Keys

KEPT_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class JournalArgs:
    names: Names
    keys: Keys


class Journal(pulumi.ComponentResource):
    def __init__(self, name: str, args: JournalArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Journal", name, None, opts)
        for region in args.names.settings.regions:
            Bucket(
                f"journal-{region}",
                BucketArgs(
                    name=args.names.journal_bucket(region),
                    region=region,
                    key_arn=args.keys.arn("data", region),
                    tags=EVIDENCE,
                    locked_for=KEPT_FOR,
                ),
                pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
