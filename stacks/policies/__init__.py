"""IAM, KMS, bucket and topic policies as pure functions that return documents."""
