"""The drill on three machines: network namespaces that are cut off and killed one after the other."""
