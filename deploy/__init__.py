"""Kubernetes manifests: see README.md. What repeats itself is generated out of `stack/topology.py`."""
