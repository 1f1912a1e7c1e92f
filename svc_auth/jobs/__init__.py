"""Batch jobs for `nameko shell`."""
