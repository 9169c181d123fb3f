"""Keys, vaults, plans and what AWS Backup is told."""

from names.base import Base


class Vaults(Base):
    __slots__ = ()

    def key_alias(self, purpose: str) -> str:
        """The alias of the customer key for *purpose*: ``data``, ``vault``, ``topic`` or ``signing``; the same in both regions."""
        return f"alias/{self.prefix}-{purpose}"

    def vault(self, region: str) -> str:
        return f"{self.prefix}-{region}"

    def vault_arn(self, region: str) -> str:
        return self.arn("backup", region, f"backup-vault:{self.vault(region)}")

    def air_gapped_vault(self, region: str) -> str:
        """The logically air-gapped vault: a second copy that nobody can take away, under a key that is not the account's."""
        return f"{self.vault(region)}-air-gapped"

    def air_gapped_vault_arn(self, region: str) -> str:
        return self.arn("backup", region, f"backup-vault:{self.air_gapped_vault(region)}")

    def backup_plan(self, target: str) -> str:
        return f"{self.prefix}-{target}"

    @property
    def backup_tag(self) -> str:
        """The tag whose value, ``database`` or ``file-system``, puts a further one of the workload's under that plan.

        Buckets are named: S3 lets no role read just those that bear a tag.
        """
        return f"{self.prefix}-backup"
