"""The pure machine: a batch of movements in, sealed outcomes out. Reads no clock, disk, socket or chance."""
