"""Types of resource that are only recorded: no runbook, drill, alarm or report that runs here would find anything in them.

Each is named with the reason why the emulator has nothing behind it. Whatever is not here and has no maker is refused.
"""

RECORDED: dict[str, str] = {
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": "the emulator has no vault of this kind; copies into one fail here",
    "aws:cloudwatch/eventRule:EventRule": "no trail is kept here, so there are no calls to hear of",
    "aws:cloudwatch/eventTarget:EventTarget": "the emulator's rules reach no topic and no other region",
}
