"""The one door to the engine: data sets, runs, findings, indicators."""
