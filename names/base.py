"""What every name begins with."""

from dataclasses import dataclass

from settings import Settings


@dataclass(frozen=True, slots=True)
class Base:
    """The names of one stack. ``region`` arguments are AWS region names, such as ``us-west-2``."""

    settings: Settings

    @property
    def prefix(self) -> str:
        return f"solemate-{self.settings.environment}"

    def arn(self, service: str, region: str, resource: str) -> str:
        return f"arn:aws:{service}:{region}:{self.settings.account}:{resource}"
