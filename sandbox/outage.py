"""A dark region gives no answer: whatever is signed for it, or needs a bucket that lives in it, hangs or is cut.

Route 53 and IAM are served from us-east-1 and go dark with it, as on AWS. Both regions share one port here, so a client that hangs
meets its read time-out, where a real black hole would let it meet its connect time-out.
"""

from collections.abc import Callable

from sandbox.calls import Answer, Call, Service, Unanswered
from sandbox.lab import Regions


class Outage:
    def __init__(self, regions: Regions, region_of_bucket: Callable[[str], str | None]) -> None:
        self._regions = regions
        self._region_of_bucket = region_of_bucket

    def around(self, inner: Service) -> Service:
        """Look before and after: what a region was still doing when it went dark is done, and its answer lost."""

        def reachable(call: Call) -> Answer:
            self._refuse_dark(call, None)
            answer = inner(call)
            self._refuse_dark(call, answer)
            return answer

        return reachable

    def _refuse_dark(self, call: Call, performed: Answer | None) -> None:
        for region in [call.region, *map(self._region_of_bucket, call.buckets)]:
            mode = self._regions.outage(region) if region else None
            if mode is not None:
                raise Unanswered(mode, silent=mode == "hang", region=region, performed=performed)
