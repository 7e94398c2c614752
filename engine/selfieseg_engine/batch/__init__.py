"""Many recordings and stills: plans tasks, lets workers do them, here or on a cluster, and remembers."""
