"""Speed and memory, as ratios against named peers."""
