"""Who hears what: bounded queues and resume for every socket."""
