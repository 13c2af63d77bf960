"""The photograph the face world is made of, and where things are in it."""

import numpy as np
from numpy.typing import NDArray

HEAD = (226.0, 98.0)
"""Middle of the head with its hair, x and y in pixels of the photograph."""
HEAD_RADII = (76.0, 86.0)
FACE = (225.0, 128.0)
"""Middle of the face, on the nose."""
FACE_RADII = (46.0, 58.0)
NECK = (226.0, 186.0)
"""About which the head tilts."""
MOUTH = (224.5, 145.0)
MOUTH_HALF_WIDTH = 20.0
MOUTH_CORNERS = 140.6
"""Height of the corners of the mouth."""
TEETH_END = 149.8
"""Height at which, in the middle, the lower lip meets the upper teeth."""
CHIN = 177.0
JAW_HALF_WIDTH = 42.0
COLLAR = 206.0
"""Height from which on nothing of the face moves anything."""
EYES = (((194.5, 100.8), (213.2, 103.8)), ((237.5, 104.6), (256.2, 103.8)))
"""Both corners of both eyes."""
LID_ABOVE, LID_BELOW = 5.0, 2.4
"""How far the lids are above and below the line between the corners, in the middle of an eye."""
BROWS = ((199.0, 88.0), (251.0, 90.0))
SHUTTLE = (424.0, 140.0)
"""Middle of the model of a space shuttle: there is no face around it."""


def read_astronaut() -> NDArray[np.uint8]:
    """Portrait of Eileen Collins by NASA, (512, 512, 3) RGB. In the public domain; scikit-image brings it."""
    from skimage.data import astronaut

    picture: NDArray[np.uint8] = astronaut()
    return picture
