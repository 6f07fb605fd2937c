"""One task: the task table, its tools, and the endpoints that run models."""
