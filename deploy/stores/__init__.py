"""What the operators of databases and broker are asked for, as far as it repeats itself for each service."""
