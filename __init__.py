"""HuggingGPT."""
