from __future__ import annotations

import numpy as np

from pixelfes.arrays import Array
from pixelfes.face.topology import INNER_MOUTH, LEFT_EYE, N_POINTS, OVAL, RIGHT_EYE, Region, face_topology


def test_the_triangles_cover_the_face_once(points: Array) -> None:
    mesh = face_topology()
    oval = points[list(OVAL), :2]
    vertices = np.concatenate([points[:, :2], oval.mean(0) + 1.3 * (oval - oval.mean(0))])
    a, b, c = (vertices[mesh.triangles[:, i]] for i in range(3))
    area = np.abs(np.linalg.det(np.stack([b - a, c - a], axis=1))).sum() / 2
    ring = np.roll(vertices[N_POINTS:], -1, axis=0)
    enclosed = abs((vertices[N_POINTS:, 0] * ring[:, 1] - vertices[N_POINTS:, 1] * ring[:, 0]).sum()) / 2
    assert 0.999 < area / enclosed < 1.02  # slightly above 1: triangles overlap at the nose of a frontal face


def test_every_edge_inside_belongs_to_two_triangles() -> None:
    triangles = face_topology().triangles
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    kinds, counts = np.unique(edges, axis=0, return_counts=True)
    assert counts.max() == 2
    border = kinds[counts == 1]
    assert len(border) == len(OVAL)
    assert (border >= N_POINTS).all()


def test_regions_have_the_points_of_their_outlines() -> None:
    mesh = face_topology()
    assert set(mesh.triangles[mesh.region == Region.MOUTH].ravel()) == set(INNER_MOUTH)
    assert set(mesh.triangles[mesh.region == Region.EYE].ravel()) == {*RIGHT_EYE, *LEFT_EYE}
    assert (mesh.triangles[mesh.region == Region.RING] >= N_POINTS).any(1).all()
    assert (mesh.triangles[mesh.region != Region.RING] < N_POINTS).all()


def test_mirror_images_are_pairs(points: Array) -> None:
    mirror = face_topology().mirror
    np.testing.assert_array_equal(mirror[mirror], np.arange(N_POINTS))
    assert [mirror[i] for i in (33, 133, 61, 13)] == [263, 362, 291, 13]
    middle = points[[33, 263], 0].mean()
    error = np.abs((points[mirror, 0] - middle) + (points[:, 0] - middle))
    assert error.max() < 0.05 * np.ptp(points[:, 0])
