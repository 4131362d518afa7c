"""What one ingest request may hold, whatever its format."""

MAX_DECODED_BYTES = 32 * 2**20  # after decompression
MAX_SERIES = 100_000
MAX_SAMPLES = 100_000
