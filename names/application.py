"""What is kept of the application, and the builds that keep it."""

from names.base import Base

DOCKER_HUB = "docker-hub"


class Application(Base):
    __slots__ = ()

    def artifacts_bucket(self, region: str) -> str:
        """The bucket that holds what is kept of the application: repositories, parameters, task definitions."""
        return f"{self.prefix}-artifacts-{self.settings.account}-{region}"

    def build(self, what: str) -> str:
        """The CodeBuild project that runs one of our commands, the same name in both regions."""
        return f"{self.prefix}-{what}"

    def build_arn(self, what: str, region: str) -> str:
        return self.arn("codebuild", region, f"project/{self.build(what)}")

    def build_log(self, what: str) -> str:
        return f"/codebuild/{self.build(what)}"

    def build_log_arn(self, what: str, region: str) -> str:
        return self.arn("logs", region, f"log-group:{self.build_log(what)}")

    @property
    def restored_parameters(self) -> str:
        """The path below which parameters are restored: nothing else can be written by who restores."""
        return f"/{self.prefix}-restored"

    @property
    def git_secret(self) -> str:
        """The secret that holds the token that reads repositories of GitHub, the same name in both regions."""
        return f"{self.prefix}/github"

    @property
    def docker_hub_secret(self) -> str:
        """The owner's secret with credentials of Docker Hub, in both regions. ECR takes none whose name begins otherwise."""
        return f"ecr-pullthroughcache/{self.prefix}-docker-hub"

    def hub_repository(self, image: str) -> str:
        """The repository of Docker Hub that *image* is in; official ones are ``library``'s."""
        path = image.partition("@")[0].partition(":")[0]
        return path if "/" in path else f"library/{path}"

    def cached_repository(self, image: str) -> str:
        """The repository of ECR that *image* of Docker Hub is cached in, the same name in both regions."""
        return f"{DOCKER_HUB}/{self.hub_repository(image)}"

    def cached_image(self, image: str, region: str) -> str:
        """What *image* of Docker Hub is pulled by from *region*'s registry, which fetches it once and keeps it."""
        path, mark, version = image.partition("@") if "@" in image else image.partition(":")
        return f"{self.settings.account}.dkr.ecr.{region}.amazonaws.com/{self.cached_repository(path)}{mark}{version}"

    @property
    def standby_image(self) -> str:
        """The storefront's image as the standby pulls it: from its own region's registry, where the application is kept there."""
        image, application = self.settings.workload.service.image, self.settings.application
        kept = application.enabled and application.include_code
        return self.cached_image(image, self.settings.standby_region) if kept else image
