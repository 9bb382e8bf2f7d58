"""The HTTP front: the plain admin address."""
