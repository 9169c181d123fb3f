"""What keeps the application and brings it back."""

from names import Names
from stacks.duties.places import KeyArn, everywhere, services, through_s3
from stacks.policies.documents import Statement, allow


def keeps_artifacts(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to write what is kept, to sign it, and to look what is there; a lock keeps the writer, too, from taking it away."""
    buckets = _artifacts(names)
    return [
        allow("ListArtifacts", ["s3:ListBucket"], buckets),
        allow("KeepArtifacts", ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"], [f"{bucket}/*" for bucket in buckets]),
        through_s3("UseArtifactKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], buckets, key),
        allow("Sign", ["kms:GetPublicKey", "kms:Sign"], [key("signing", region) for region in names.settings.regions]),
    ]


def restores_the_application(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to read what is kept, and to write parameters beside those that are there."""
    application = names.settings.application
    writes = _restores_parameters(names, key) if application.enabled and application.include_config else []
    return [*reads_the_application(names, key), *writes]


def reads_the_application(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to read what is kept, to tell who signed it, and to compare it with what is there."""
    if not names.settings.application.enabled:
        return []
    buckets = _artifacts(names)
    return [
        allow("ListArtifacts", ["s3:ListBucket"], buckets),
        allow("ReadArtifacts", ["s3:GetObject", "s3:GetObjectVersion"], [f"{bucket}/*" for bucket in buckets]),
        through_s3("UseArtifactKeys", names, ["kms:Decrypt"], buckets, key),
        allow("KnowTheSigner", ["kms:GetPublicKey"], [key("signing", region) for region in names.settings.regions]),
        *_lists_files(names),
        *(_compares_configuration(names) if names.settings.application.include_config else ()),
    ]


def _restores_parameters(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to open what was sealed for a backup of parameters, and to write it below a path of its own, secrets as secrets."""
    paths = names.settings.application.parameters
    if not paths:
        return []
    data = [key("data", region) for region in names.settings.regions]
    written = everywhere(names, "ssm", f"parameter{names.restored_parameters}/*")
    for_parameter_store = {
        "StringEquals": {"kms:ViaService": [f"ssm.{region}.amazonaws.com" for region in names.settings.regions]},
        "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": written},
    }
    sealed = {"StringLike": {"kms:EncryptionContext:parameter": [f"{path}/*" for path in paths]}}
    return [
        allow("WriteRestoredParameters", ["ssm:GetParametersByPath", "ssm:PutParameter"], written),
        allow("EncryptRestoredParameters", ["kms:Encrypt", "kms:GenerateDataKey"], data, Condition=for_parameter_store),
        allow("OpenSealedParameters", ["kms:Decrypt"], data, Condition=sealed),
    ]


def _artifacts(names: Names) -> list[str]:
    return [names.bucket_arn(names.artifacts_bucket(region)) for region in names.settings.regions]


def keeps_images(names: Names) -> list[Statement]:
    """Return leave to read the credentials that images are fetched with, under whichever key they lie.

    Through the regions' caches it is leave to pull: a first pull makes the repository that it comes from.
    """
    if not names.settings.application.docker_hub:
        return []
    if names.settings.application.docker_hub == "ecr":
        pulls = ["BatchGetImage", "BatchImportUpstreamImage", "CreateRepository", "DescribeImages", "GetDownloadUrlForLayer"]
        repositories = (f"repository/{names.cached_repository(image)}" for image in names.settings.kept_images)
        return [
            allow("PullImages", [f"ecr:{action}" for action in pulls], everywhere(names, "ecr", *repositories)),
            allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        ]
    secrets = everywhere(names, "secretsmanager", f"secret:{names.docker_hub_secret}-??????")
    condition = {
        "StringEquals": {"kms:ViaService": [f"secretsmanager.{region}.amazonaws.com" for region in names.settings.regions]},
        "StringLike": {"kms:EncryptionContext:SecretARN": secrets},
    }
    return [
        allow("SignInToDockerHub", ["secretsmanager:GetSecretValue"], secrets),
        allow("DecryptItsCredentials", ["kms:Decrypt"], everywhere(names, "kms", "key/*"), Condition=condition),
    ]


def keeps_files(names: Names) -> list[Statement]:
    """Return leave to read the bundles and the configuration files that the settings name, under whichever keys they lie."""
    places = _places(names)
    if not places:
        return []
    buckets = _buckets(names)
    condition = {
        "StringEquals": {"kms:ViaService": [f"s3.{region}.amazonaws.com" for region in names.settings.regions]},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [arn for bucket in buckets for arn in (bucket, f"{bucket}/*")]},
    }
    return [
        *_lists_files(names),
        allow("ReadFiles", ["s3:GetObject"], [names.bucket_arn(place) + "*" * place.endswith("/") for place in places]),
        allow("DecryptFiles", ["kms:Decrypt"], everywhere(names, "kms", "key/*"), Condition=condition),
    ]


def _lists_files(names: Names) -> list[Statement]:
    """Return leave to see what lies at those places, and nothing beside them."""
    keys = sorted({place.partition("/")[2] for place in _places(names)})
    asked = {"StringEquals": {"s3:prefix": keys}}
    return [allow("ListFiles", ["s3:ListBucket"], _buckets(names), Condition=asked)] if keys else []


def _places(names: Names) -> list[str]:
    application = names.settings.application
    bundles = application.bundles if application.include_code else ()
    config_files = application.config_files if application.include_config else ()
    return sorted({place.removeprefix("s3://") for place in (*bundles, *config_files)})


def _buckets(names: Names) -> list[str]:
    return [names.bucket_arn(bucket) for bucket in sorted({place.partition("/")[0] for place in _places(names)})]


def reads_configuration(names: Names) -> list[Statement]:
    return [allow("SeeTheService", ["ecs:DescribeServices"], services(names)), *_compares_configuration(names)]


def _compares_configuration(names: Names) -> list[Statement]:
    """Return leave to read the storefront's task definition, and parameters without what is secret in them."""
    paths = names.settings.application.parameters
    # Task definitions are no resources.
    service = allow("SeeTaskDefinitions", ["ecs:DescribeTaskDefinition"], ["*"])
    if not paths:
        return [service]
    here = everywhere(names, "ssm", *(f"parameter{path}" for path in paths))
    return [service, allow("ReadParameters", ["ssm:GetParametersByPath"], [*here, *(f"{path}/*" for path in here)])]


def reads_secrets(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to read secret parameters, whichever key those lie under, and to seal them under the data keys; none to open them."""
    paths = names.settings.application.parameters
    if not paths:
        return []
    regions = names.settings.regions
    condition = {
        "StringEquals": {"kms:ViaService": [f"ssm.{region}.amazonaws.com" for region in regions]},
        "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": everywhere(names, "ssm", *(f"parameter{path}/*" for path in paths))},
    }
    sealed = {"StringLike": {"kms:EncryptionContext:parameter": [f"{path}/*" for path in paths]}}
    return [
        allow("DecryptParameters", ["kms:Decrypt"], everywhere(names, "kms", "key/*"), Condition=condition),
        allow("SealParameters", ["kms:Encrypt"], [key("data", region) for region in regions], Condition=sealed),
    ]
