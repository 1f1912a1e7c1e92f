"""What Charla promises, one file a topic: what its clients recorded, and a pure function that holds it against that."""
