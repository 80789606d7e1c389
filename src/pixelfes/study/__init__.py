"""User studies: participants see an input and the outputs of several candidates, and choose the best.

The room knows nothing of faces: pictures come in by folder, and results go out as tables.
"""
