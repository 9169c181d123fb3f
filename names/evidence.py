"""Where evidence is kept: journals, reports, lists."""

from names.base import Base


class Evidence(Base):
    __slots__ = ()

    def journal_bucket(self, region: str) -> str:
        """The bucket that holds the lease and the write-once records of runs whose recovery region is *region*."""
        return f"{self.prefix}-journal-{self.settings.account}-{region}"

    def reports_bucket(self, region: str) -> str:
        """The bucket that AWS Backup writes its reports of *region* into."""
        return f"{self.prefix}-reports-{self.settings.account}-{region}"

    def restore_tests_prefix_arn(self, region: str) -> str:
        """What the ARN of the restore tests' plan begins with: AWS Backup ends it with an identifier of its own."""
        return self.arn("backup", region, f"restore-testing-plan:{self.audit('restores')}-")

    def inventory_bucket(self, region: str) -> str:
        """The bucket that S3 lists the files of *region* into, every day."""
        return f"{self.prefix}-inventories-{self.settings.account}-{region}"

    @property
    def inventory(self) -> str:
        """The daily list of a bucket. The lists of one are under ``<its name>/<this>/`` in the bucket of inventories."""
        return f"{self.prefix}-daily"

    def audit(self, what: str) -> str:
        """A framework, report plan or restore test: AWS takes letters, digits and underscores, and 50 of them for the last."""
        return f"{self.prefix}_{what}".replace("-", "_")
