"""Stamps: a number for each set of shared rows that grows when one of them changes, so that a process may keep what it read and know when not to."""
