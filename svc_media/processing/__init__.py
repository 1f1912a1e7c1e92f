"""Looks at what people send, and makes of it what browsers show. Strangers' files are touched in a sandbox alone."""
