"""Pure wire rules: one specification topic per file. No I/O, no clock, no entropy, no storage."""
