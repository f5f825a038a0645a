"""The demonstration city: invented people, firms and records, with events to find and look-alikes to leave alone."""
