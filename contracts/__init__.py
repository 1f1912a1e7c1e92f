"""What the services say to each other: views, events, errors and RPC interfaces."""
