"""A two-region AWS on one machine: moto, what moto lacks, real PostgreSQL, and a shop that takes real orders."""
