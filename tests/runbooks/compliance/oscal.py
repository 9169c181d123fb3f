"""NIST's OSCAL model "assessment-results", as far as reports write it: fields that are required, allowed and no others, and their forms.

Source: the JSON schema of OSCAL 1.1.3 and 1.2.1, which say the same of these.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Uuid = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$")]
Token = Annotated[str, Field(pattern=r"^[^\W\d][\w.-]*$")]
Line = Annotated[str, Field(pattern=r"^\S(.*\S)?$")]
Text = Annotated[str, Field(min_length=1)]
Reference = Annotated[str, Field(pattern=r"^\S+$")]


def hyphenated(name: str) -> str:
    return name.replace("_", "-")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=hyphenated)


class Property(Strict):
    name: Token
    value: Line


class Metadata(Strict):
    title: Text
    last_modified: AwareDatetime
    version: Line
    oscal_version: Literal["1.1.3"]


class ImportAp(Strict):
    href: Reference
    remarks: Text


class SelectedControl(Strict):
    control_id: Token


class Selection(Strict):
    description: Text
    include_controls: Annotated[list[SelectedControl], Field(min_length=1)]


class Reviewed(Strict):
    control_selections: Annotated[list[Selection], Field(min_length=1)]


class Relevant(Strict):
    href: Reference
    description: Text


class Observation(Strict):
    uuid: Uuid
    title: Text
    description: Text
    props: Annotated[list[Property], Field(min_length=1)]
    methods: Annotated[list[Literal["EXAMINE", "INTERVIEW", "TEST", "UNKNOWN"]], Field(min_length=1)]
    collected: AwareDatetime
    relevant_evidence: Annotated[list[Relevant], Field(min_length=1)] | None = None


class Status(Strict):
    state: Literal["satisfied", "not-satisfied"]
    reason: Literal["pass", "fail", "other"]
    remarks: Text | None = None


class Target(Strict):
    type: Literal["statement-id", "objective-id"]
    target_id: Token
    status: Status


class Related(Strict):
    observation_uuid: Uuid


class Finding(Strict):
    uuid: Uuid
    title: Text
    description: Text
    target: Target
    related_observations: Annotated[list[Related], Field(min_length=1)]


class Result(Strict):
    uuid: Uuid
    title: Text
    description: Text
    start: AwareDatetime
    end: AwareDatetime
    props: Annotated[list[Property], Field(min_length=1)]
    reviewed_controls: Reviewed
    observations: Annotated[list[Observation], Field(min_length=1)]
    findings: Annotated[list[Finding], Field(min_length=1)]


class Digest(Strict):
    algorithm: Literal["SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"]
    value: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]


class RemoteLink(Strict):
    href: Reference
    hashes: Annotated[list[Digest], Field(min_length=1)]


class Resource(Strict):
    uuid: Uuid
    title: Text
    description: Text
    rlinks: Annotated[list[RemoteLink], Field(min_length=1)] | None = None


class BackMatter(Strict):
    resources: Annotated[list[Resource], Field(min_length=1)]


class AssessmentResults(Strict):
    uuid: Uuid
    metadata: Metadata
    import_ap: ImportAp
    results: Annotated[list[Result], Field(min_length=1)]
    back_matter: BackMatter
