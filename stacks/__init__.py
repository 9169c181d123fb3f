"""What exists: one concern is one file is one component. Pulumi, never boto3; in terms of the active and the recovery region."""
