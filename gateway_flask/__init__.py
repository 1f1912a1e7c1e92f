"""The API gateway: the only door for clients. It checks, limits and passes on; it stores nothing."""
