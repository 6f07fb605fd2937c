"""TaskBench (Shen et al. 2023, arXiv 2311.18760): its data, its measures, its published rows."""
