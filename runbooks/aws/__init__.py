"""The only door to AWS: one small file per service, our records out, our errors out."""
