"""The Pulumi program, unchanged, run in this process; each resource it registers is really created in the emulator.

It keeps no state: a sandbox is made fresh. What it cannot create it refuses: an unknown type, and an input that no AWS call takes.
``python -m sandbox.deploy --config Pulumi.sandbox.yaml`` deploys to ``AWS_ENDPOINT_URL``.
"""
