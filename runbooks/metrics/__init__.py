"""What backups and recoveries came to: read from AWS Backup, Cost Explorer and the journal, reckoned, shown, and served to Prometheus."""
