"""The contract that the OBS process and the engine process share."""
