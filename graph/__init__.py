"""Many tasks in order: plan, select, execute, respond as a LangGraph graph."""
