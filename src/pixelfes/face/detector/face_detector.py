"""The detector of faces and landmarks that every model uses if it is given no other."""

from __future__ import annotations

from pixelfes.arrays import Array, Pixels
from pixelfes.extras import require_extra
from pixelfes.face.detector.detected_face import DetectedFace


class FaceDetector:
    """Finds every face of a photo, upright or rolled, large or small, and its landmarks.

    The networks are MediaPipe's, in ONNX Runtime. An instance can be shared by threads.

    Parameters
    ----------
    small_faces : bool
        Look in windows of every size, down to faces of 25 pixels, however long it takes. By default the search ends at the
        first size of windows that adds no face; see `find_all_faces`.

    Raises
    ------
    MissingDependencyError
        If ONNX Runtime or OpenCV is not installed; raised at the first photo.

    Examples
    --------
    >>> from importlib.resources import files
    >>> from pixelfes.photos.reading import read_photo
    >>> photo = read_photo(files("pixelfes.assets") / "portrait.jpg")
    >>> (face,) = FaceDetector().faces(photo.pixels)
    >>> face.points.shape, face.score > 0.9
    ((478, 3), True)
    """

    def __init__(self, *, small_faces: bool = False) -> None:
        self.small_faces = small_faces

    def detect(self, pixels: Pixels) -> list[Array]:
        """Return the landmarks (468, 3), image pixels, of every face in an (H, W, 3) RGB photo, largest face first."""
        return [face.landmarks for face in self.faces(pixels)]

    def faces(self, pixels: Pixels) -> list[DetectedFace]:
        """Return every face in an (H, W, 3) RGB photo, largest face first."""
        for module in ("cv2", "onnxruntime"):
            require_extra("photo", module)
        from pixelfes.face.detector.face_search import find_all_faces

        return find_all_faces(pixels, small_faces=self.small_faces)
