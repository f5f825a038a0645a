"""The office and the portal: registers, workflow and publication over the engine's findings."""
