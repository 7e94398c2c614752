"""From a mask at model size to a matte at frame size. Only numpy and cv2; pure, any thread."""
