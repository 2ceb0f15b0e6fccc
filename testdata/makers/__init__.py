"""What makes the vectors: a log, an authority, an exporter, a zip writer, and the mistakes."""
