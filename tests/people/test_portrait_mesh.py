"""The mesh of a whole portrait: its triangles, its symmetry, and warps to the atlas and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pixelfes.face.topology import INNER_LIPS, N_POINTS, Region, face_topology
from pixelfes.people.appearance_file import shipped_people
from pixelfes.people.portrait_mesh import (
    FOREHEAD,
    HALO,
    N_RING,
    N_VERTICES,
    Atlas,
    lip_pairs,
    mirror_vertices,
    portrait_topology,
)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return shipped_people().atlas


def test_the_face_is_drawn_over_mouth_outline_and_halo() -> None:
    mesh = portrait_topology()
    rank = np.select([mesh.region == HALO, mesh.region == Region.RING, mesh.region == Region.MOUTH], [0, 1, 2], 3)
    assert (np.diff(rank) >= 0).all()
    assert set(np.unique(mesh.triangles)) == set(np.unique(face_topology().triangles)) | set(
        range(N_POINTS, N_VERTICES)
    )
    assert (rank == 0).sum() == 2 * N_RING


def test_a_vertex_mirrored_twice_is_itself() -> None:
    mirror = mirror_vertices()
    assert np.array_equal(mirror[mirror], np.arange(N_VERTICES))
    forehead = set(FOREHEAD)
    assert forehead == set(mirror[list(FOREHEAD)])


def test_the_inner_lips_form_pairs() -> None:
    upper, lower = lip_pairs()
    assert (INNER_LIPS[0], INNER_LIPS[1]) in set(zip(upper.tolist(), lower.tolist(), strict=True))
    assert len(set(upper) | set(lower)) == 18


def test_the_atlas_is_symmetric(atlas: Atlas) -> None:
    mirrored = atlas.vertices[mirror_vertices()] * [-1, 1] + [atlas.size - 1, 0]
    assert np.abs(mirrored - atlas.vertices).max() < 1e-2


def test_a_portrait_warped_to_the_atlas_and_back_is_unchanged(atlas: Atlas) -> None:
    y, x = np.mgrid[: atlas.size, : atlas.size].astype(np.float32)
    picture = np.stack([x, y, 0 * x + 7], axis=-1)
    vertices = atlas.vertices * 0.8 + 20
    texture = atlas.from_portrait(picture, vertices)
    drawn = cv2.resize(atlas.to_portrait(texture, vertices, atlas.size, mouth=True), (atlas.size, atlas.size))
    oval = vertices[:N_POINTS]
    low, high = oval.min(0).astype(int) + 25, oval.max(0).astype(int) - 25
    inner = np.s_[low[1] : high[1], low[0] : high[0]]
    assert np.abs(drawn - picture)[inner].max() < 1.0
    assert np.allclose(drawn[inner][..., 2], 7, atol=1e-3)


def test_a_closed_mouth_is_not_drawn(atlas: Atlas) -> None:
    mouth = np.repeat(atlas.coverage(Region.MOUTH)[..., None], 3, axis=2)
    assert atlas.to_portrait(mouth, atlas.vertices, atlas.size, mouth=True).max() > 0.9
    vertices = atlas.vertices.copy()
    upper, lower = lip_pairs()
    vertices[upper] = vertices[lower] = (vertices[upper] + vertices[lower]) / 2
    assert atlas.to_portrait(mouth, vertices, atlas.size, mouth=False).mean() < 0.005


def test_the_regions_add_up_to_the_whole_mesh(atlas: Atlas) -> None:
    total = sum(atlas.coverage(region) for region in range(HALO + 1))
    whole = atlas.coverage(*range(HALO + 1))
    assert np.allclose(total, whole, atol=1e-5)
    assert whole[200, 128] == 1
    assert whole[5, 5] == 0
