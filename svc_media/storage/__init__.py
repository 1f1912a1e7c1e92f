"""Where bytes lie, behind one interface: a local folder, or S3."""
