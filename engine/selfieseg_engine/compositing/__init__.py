"""Puts the person before another background. Only numpy and cv2; pure but for reading a picture file.

Not called ``composite``: a package of that name would hide the function of that name in the API.
"""
