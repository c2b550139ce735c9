"""The live page: one run, watched while it trains."""
