"""Who is here: a registry of instances, the sidecars that keep it true, and the balancer that follows it."""
