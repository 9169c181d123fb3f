"""Files: backed up on demand, brought back, and compared, by S3 itself and without a byte through this machine where it can be."""
