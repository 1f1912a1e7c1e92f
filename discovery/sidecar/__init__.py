"""A small process beside every instance, which tells the registry whether the instance can be given work."""
