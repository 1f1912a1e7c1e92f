"""What runs inside of the sandbox. It knows the files of its folder, and nothing of the service."""
