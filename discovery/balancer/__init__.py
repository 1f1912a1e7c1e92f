"""Makes Nginx choose from the instances that the registry says are up."""
