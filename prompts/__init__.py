"""Words: how results read, for people and for the tasks that take text."""
