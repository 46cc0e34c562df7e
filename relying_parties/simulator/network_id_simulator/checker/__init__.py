"""Drives a real platform through the simulator, fault by fault, and says what it forgot.

Owns the browser, the order of faults, the verdicts and the report. Never knows the platform: what
it sees is what a person's browser sees, and what the simulator was asked. Signs nobody in anywhere
but at the platform that it was pointed at.
"""
