"""What has been published, the public's answers, and nothing else."""
