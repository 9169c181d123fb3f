"""Bundles of evidence beside the journal, under its Object Lock: written once, the manifest last, each signed and naming the one before."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from names import Names
from runbooks.aws import signing
from runbooks.aws.session import Door
from runbooks.compliance.bundle import (
    KEEP_IT,
    MANIFEST,
    PUBLIC_KEY,
    SCHEMA,
    SEALS,
    SIGNATURE,
    Manifest,
    chained,
    differing,
    evidence_in,
    files_of,
    listed,
    manifest_of,
)
from runbooks.compliance.collect import merged
from runbooks.compliance.evidence import Evidence
from runbooks.compliance.period import Period
from runbooks.errors import EvidenceBroken
from runbooks.journal import Store
from runbooks.signed import Link, named, pem, signed

PREFIX = "evidence/"
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Sealed:
    """A bundle: its manifest, its files by path, the seals beside them (manifest, signature, public key), and what the files say."""

    evidence: Evidence
    manifest: Manifest
    files: Mapping[str, bytes]
    seals: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who signs and where it is kept: the door to the region of the journal, and that journal's store."""

    names: Names
    door: Door
    store: Store

    def sealed(self, evidence: Evidence, now: datetime) -> Sealed:
        """Keep *evidence*, with what earlier bundles of its period have seen, and return it as it is kept.

        Raises :class:`EvidenceBroken` when those do not hold together: nothing is built on them.
        """
        earlier = self.earlier(evidence.about.period)
        if earlier:
            evidence = merged(evidence, evidence_in(self.files(earlier[-1])))
        before = earlier[-1] if earlier else None
        return self._keep(files_of(evidence), evidence, now, before)

    def earlier(self, asked: Period) -> list[Manifest]:
        """Return the manifests of the period's bundles, the oldest first; one that was interrupted has none."""
        names = self.store.folders(f"{PREFIX}{asked.name}/")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = [each for each in pool.map(lambda name: self._manifest(asked.name, name), names) if each]
        if fault := chained(found):
            raise EvidenceBroken(f"{self.store.where}/{PREFIX}{asked.name}: {fault}", KEEP_IT)
        return found

    def files(self, manifest: Manifest) -> dict[str, bytes]:
        """Return the files of a bundle; raise :class:`EvidenceBroken` naming the first that is not as its manifest says."""
        root = f"{PREFIX}{manifest.period}/{manifest.name}/"
        paths = [each.path for each in manifest.files]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            read = zip(paths, pool.map(lambda path: self.store.read(root + path), paths), strict=True)
            found = {path: stored.body for path, stored in read if stored}
        if wrong := differing(manifest, found):
            raise EvidenceBroken(f"{self.store.where}/{root}: {wrong[0]}", KEEP_IT)
        return found

    def _manifest(self, period: str, name: str) -> Manifest | None:
        body, signature, key = (self.store.read(f"{PREFIX}{period}/{name}/{seal}") for seal in SEALS)
        if body is None:
            return None
        if signature is None or key is None or not signed(body.body, signature.body, key.body):
            raise EvidenceBroken(f"{self.store.where}/{PREFIX}{period}/{name}: the signature does not fit the manifest", KEEP_IT)
        return manifest_of(body.body)

    def _keep(self, files: dict[str, bytes], evidence: Evidence, now: datetime, before: Manifest | None) -> Sealed:
        about, key = evidence.about, signing.signing_key(self.door, self.names.key_alias("signing"))
        made = Manifest(
            schema=SCHEMA,
            name=named(now),
            period=about.period.name,
            environment=about.environment,
            created=now,
            region=self.door.region,
            key=key.arn,
            previous=Link(before.name, before.digest) if before else None,
            files=listed(files),
        )
        seals = {PUBLIC_KEY: pem(key.public), SIGNATURE: signing.sign(self.door, key.arn, made.body), MANIFEST: made.body}
        root = f"{PREFIX}{made.period}/{made.name}/"
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda each: self.store.write_new(root + each[0], each[1]), files.items()))
        for name, body in seals.items():  # the manifest last: until then there is no bundle
            self.store.write_new(root + name, body)
        return Sealed(evidence, made, files, seals)
