"""Speed as ratios measured side by side, and what kills, faults and load leave behind."""
