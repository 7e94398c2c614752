"""Puts the person before another background. Only numpy and cv2; pure but for reading a picture file."""
