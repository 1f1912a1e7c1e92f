"""Charla with one small mistake at a time, and the test that must notice: `./charla drill --mutants`."""
