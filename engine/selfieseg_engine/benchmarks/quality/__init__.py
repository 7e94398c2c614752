"""How good mattes are, against pictures whose true matte is known: one metric family per file.

``overlap``, ``boundary``, ``matte_error`` judge one matte; ``temporal``, ``alignment_frames``,
``alignment_pixels`` and ``ghost`` judge a stream of them. All take 8-bit mattes, as that is what users see:
the model's mask becomes one before anything is drawn with it.
"""
