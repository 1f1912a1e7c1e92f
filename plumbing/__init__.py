"""What every service stands on; there is no domain word in here."""
