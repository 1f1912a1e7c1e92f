"""What scripts/generate.py makes of the OpenAPI document."""
