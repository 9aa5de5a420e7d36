"""The use cases: plain functions that the web, the scheduler and the command line call."""
