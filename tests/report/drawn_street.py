"""A crude street, drawn in code."""

import cv2
import numpy as np

W, H = 192, 96
SKY, ROAD, WALL, TREE, CAR, PERSON = 23, 7, 11, 21, 26, 24
COLOURS = {
    SKY: (150, 190, 225),
    ROAD: (92, 92, 98),
    WALL: (168, 128, 104),
    TREE: (78, 118, 66),
    CAR: (178, 52, 48),
    PERSON: (220, 180, 150),
}


def street(seed: int, t: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image (H, W, 3) RGB, label ids and instance ids of a crude street at time t."""
    rng = np.random.default_rng(seed)
    label = np.full((H, W), SKY, np.uint8)
    instance = np.zeros((H, W), np.uint16)
    for x in range(-W, 2 * W, 38):
        height, shift = int(rng.integers(20, 48)), x - t
        cv2.rectangle(
            label, (shift, H // 2 + 4 - height), (shift + 27, H // 2 + 8), int(rng.choice([WALL, WALL, TREE])), -1
        )
    cv2.fillPoly(label, [np.array([[W // 2 - 6, H // 2], [W // 2 + 6, H // 2], [W + 60, H], [-60, H]])], ROAD)
    label[H // 2 + 8 :][label[H // 2 + 8 :] != ROAD] = TREE
    for number, (kind, x, y, w, h) in enumerate(
        ((CAR, 40 + 2 * t, 62, 30, 15), (CAR, 150 - t, 52, 16, 9), (PERSON, 20 + t // 2, 56, 5, 16))
    ):
        cv2.rectangle(label, (x, y), (x + w, y + h), kind, -1)
        cv2.rectangle(instance, (x, y), (x + w, y + h), kind * 1000 + number, -1)
    image = np.zeros((H, W, 3), np.float32)
    for identity, colour in COLOURS.items():
        image[label == identity] = colour
    texture = np.random.default_rng(99).normal(0, 9, (H, 2 * W, 1))[:, t : t + W]
    shade = np.linspace(1.08, 0.88, H)[:, None, None]
    return np.clip(image * shade + texture, 0, 255).astype(np.uint8), label, instance
