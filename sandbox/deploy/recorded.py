"""Types of resource that are only recorded: no runbook, drill, alarm or report that runs here would find anything in them.

Each is named with the reason why the emulator has nothing behind it. Whatever is not here and has no maker is refused.
"""

RECORDED: dict[str, str] = {}
