"""Picture files as a photographer keeps them: bit depth, transparency, ICC profile and EXIF."""
