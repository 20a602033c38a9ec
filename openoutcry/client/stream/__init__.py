"""The live half of the client: messages, books kept from them, order entry over one socket."""
