"""The audit stories of the method, one file each, told with a clock: `fieldtrace simulate tests/stories/….jsonl`."""
