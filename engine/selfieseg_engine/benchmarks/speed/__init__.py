"""How fast the engine is: alone, around its model, and with many sessions."""
