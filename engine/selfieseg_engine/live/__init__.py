"""A camera or recording shown live with another background: sources, window, virtual camera, their loop."""
