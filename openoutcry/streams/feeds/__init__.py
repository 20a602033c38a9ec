"""The messages of every channel of the stream: pure functions of durable records."""
