"""git itself, run so that nothing of this machine's own configuration plays in, and so that its token is nowhere to be read."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from runbooks.errors import GitFailed

PASSED_ON = (
    "PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"),
)
TOKEN = "SOLEMATE_GIT_TOKEN"  # noqa: S105 - the name of a variable

HELPER = f'!f() {{ test "$1" = get && echo username=x-access-token && echo "password=${TOKEN}"; }}; f'
"""Answers git's question for a password from the environment: the command line, the configuration and the URL never hold the token."""


@dataclass(frozen=True, slots=True)
class Git:
    """git, signed in at ``host`` (such as ``https://github.com``) and nowhere else; without a host it stays on this machine."""

    host: str = ""
    token: str = field(default="", repr=False)

    def __call__(self, *arguments: str | Path, at: Path | None = None, given: str = "") -> str:
        """Return what git prints, run in the directory *at* with *given* as its input; raise :class:`GitFailed` with its last words."""
        argv = ["git", *map(str, arguments)]
        try:
            ended = subprocess.run(
                argv, cwd=at, env=self._environment(), input=given, capture_output=True, text=True, errors="replace", check=False
            )
        except FileNotFoundError:
            raise GitFailed("this machine has no git", "install git, then repeat the command") from None
        if ended.returncode:
            last = self._without_token(ended.stderr.strip().splitlines()[-1:] or ["no reason given"])
            raise GitFailed(f"git {arguments[0]} failed: {last}", "check the repository's name and what the token may read, then repeat")
        return ended.stdout

    def _without_token(self, lines: list[str]) -> str:
        text = " ".join(lines)
        return text.replace(self.token, "***") if self.token else text

    def _environment(self) -> dict[str, str]:
        settings = {
            # A link that stands still for a minute is given up.
            "http.lowSpeedLimit": "1",
            "http.lowSpeedTime": "60",
            "credential.helper": "",  # an empty one takes all earlier ones away
            **({f"credential.{self.host}.helper": HELPER} if self.token else {}),
        }
        numbered = {
            f"GIT_CONFIG_{part}_{number}": text
            for number, pair in enumerate(settings.items())
            for part, text in zip(("KEY", "VALUE"), pair, strict=True)
        }
        return {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            **numbered,
            "GIT_CONFIG_COUNT": str(len(settings)),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "https:http",
            "LC_ALL": "C",
            **({TOKEN: self.token} if self.token else {}),
        }
