"""A sandbox with everything in it: what the shop already runs, and what the program adds to protect it."""

from pathlib import Path
from threading import Thread

import settings
from sandbox import workload
from sandbox.deploy.deployment import deploy
from sandbox.deploy.program import prepare
from sandbox.launch import Sandbox
from sandbox.progress import OnProgress
from sandbox.settling import settle


def bring_up(
    root: Path, on_progress: OnProgress, *, scale: float = 0.1, one_way: float = 0.035, port: int | None = None, switch: str = ""
) -> Sandbox:
    """Return a sandbox in *root* whose shop takes orders and whose standby is ready; whatever fails, nothing is left running.

    The arguments are those of :meth:`Sandbox.start`.
    """
    sandbox = Sandbox.start(root, scale=scale, one_way=one_way, port=port, switch=switch)
    try:
        chosen = settings.load(sandbox.config)
        ahead = Thread(target=prepare, daemon=True)
        ahead.start()
        workload.create(chosen, sandbox.endpoint, on_progress)
        ahead.join()
        deploy(sandbox.config, sandbox.endpoint, on_progress)
        settle(chosen, sandbox.endpoint, on_progress)
    except BaseException:
        sandbox.stop()
        raise
    return sandbox
