"""The user's own models: added, removed, quantized. Knows the registry and inference, and no terminal."""
