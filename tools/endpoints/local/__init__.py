"""The local endpoint: models of the Hub, or of a folder, loaded into this process and run here."""
