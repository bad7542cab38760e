"""Artifacts on Amazon S3 and every compatible service."""
