"""How a deployment fails."""

from runbooks.errors import RunbookError


class DeployError(RunbookError):
    """One resource could not be made; what was already on its way was. ``where`` is the line of the program that declares it."""

    def __init__(self, type_: str, name: str, where: str, reason: str) -> None:
        self.type, self.name, self.where, self.reason = type_, name, where, reason
        super().__init__(f'{type_} "{name}", declared at {where}: {reason}', "mend that line of the program, and start a fresh sandbox")
