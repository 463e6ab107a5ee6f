"""Runs the command line as `python -m marketplace`."""

from marketplace.cli import main

main()
