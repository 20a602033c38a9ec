"""The native API over one WebSocket: /api/v1/stream."""
