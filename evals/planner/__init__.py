"""The embedded planner on requests that it was not fitted to: figures, ablations, mistakes."""
