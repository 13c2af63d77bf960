"""All losses of a chunk as named scalar terms; what is switched off or weighs zero has no term.

    generator      G_GAN G_GAN_Feat G_VGG G_L1   on final and raw pictures
                   G_Warp F_Flow F_Warp W        flow and warping
                   G_f_GAN G_f_GAN_Feat          on the face in final pictures
                   G_T_GAN G_T_GAN_Feat          of one temporal discriminator
    discriminator  D_real D_fake, D_f_real D_f_fake, D_T_real D_T_fake; their loss is half the total

A discriminator runs once on each distinct input: its outputs for a generated picture serve the generator's and its own
terms. So the terms of both share one graph, and each side must ask for the gradients of its own parameters only:
`torch.autograd.backward(total(terms), inputs=own_parameters, retain_graph=...)`, all of that before any update.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from vid2vid_core.config import DiscriminatorConfig, LossConfig
from vid2vid_core.losses.adversarial import feature_matching, gan_loss
from vid2vid_core.losses.face_region import Region
from vid2vid_core.losses.masked import masked_l1
from vid2vid_core.losses.perceptual import perceptual_loss, perceptual_taps
from vid2vid_core.ops import warp
from vid2vid_core.types import Chunk

Terms = dict[str, Tensor]
FLOW_UNIT = 20.0
"""Temporal discriminators see flows divided by this many pixels."""


def image_terms(
    discriminator: nn.Module, chunk: Chunk, losses: LossConfig, disc: DiscriminatorConfig
) -> tuple[Terms, Terms]:
    """Terms of single frames as they are judged; all frames of the chunk go through the discriminator as one batch.

    Final and raw picture both count. Where nothing was blended they are the same: a chunk that then holds one tensor as
    both has it judged once and counted twice.

    Args:
        discriminator: sees the controls of the current frame, then the picture.
        chunk: generated frames and what they are compared with.
        losses: weights and switches.
        disc: sizes of the discriminator.

    Returns:
        Terms of the generator, and of the discriminator.

    Source: Wang et al., Video-to-Video Synthesis, 2018, section 3 and appendix A.
    """
    controls, real = chunk.controls.flatten(0, 1), chunk.real.flatten(0, 1)  # (B*n, C, H, W)
    pictures, each = _pictures(chunk)
    generator, own = picture_terms(discriminator, controls, real, pictures, losses, disc)
    return {name: each * term for name, term in generator.items()}, {name: each * term for name, term in own.items()}


def likeness_terms(chunk: Chunk, losses: LossConfig, vgg: nn.Module | None) -> Terms:
    """Terms of single frames as they differ from the real ones; final and raw picture count as in `image_terms`.

    Args:
        chunk: generated frames and what they are compared with.
        losses: weights and switches.
        vgg: `models.Vgg19Features`; None leaves the perceptual loss out.

    Returns:
        Terms of the generator.
    """
    pictures, each = _pictures(chunk)
    terms = picture_likeness(chunk.real.flatten(0, 1), pictures, losses, vgg)
    return {name: each * term for name, term in terms.items()}


def picture_terms(
    discriminator: nn.Module,
    controls: Tensor,
    real: Tensor,
    pictures: Sequence[Tensor],
    losses: LossConfig,
    disc: DiscriminatorConfig,
) -> tuple[Terms, Terms]:
    """Terms of one or more generated pictures of the same thing, as they are judged, added up.

    Args:
        discriminator: sees the controls, then a picture.
        controls: (B, C, H, W), encoded.
        real: (B, 3, H, W), [-1, 1].
        pictures: (B, 3, H, W) each, likewise.
        losses: weights and switches.
        disc: sizes of the discriminator.

    Returns:
        Terms of the generator, and of the discriminator.
    """
    judged_real = discriminator(torch.cat((controls, real), dim=1))
    judged = [discriminator(torch.cat((controls, picture), dim=1)) for picture in pictures]
    return _adversarial("G", "D", judged, judged_real, losses, disc)


def picture_likeness(real: Tensor, pictures: Sequence[Tensor], losses: LossConfig, vgg: nn.Module | None) -> Terms:
    """Terms of one or more generated pictures of the same thing, as they differ from the real one, added up.

    Args:
        real: (B, 3, H, W), [-1, 1].
        pictures: (B, 3, H, W) each, likewise.
        losses: weights and switches.
        vgg: `models.Vgg19Features`; None leaves the perceptual loss out.

    Returns:
        Terms of the generator.
    """
    terms: Terms = {}
    if vgg is not None and not losses.no_vgg and losses.lambda_feat > 0:
        with torch.no_grad():
            real_taps = perceptual_taps(vgg, real)
        seen = [perceptual_loss(perceptual_taps(vgg, picture), real_taps) for picture in pictures]
        terms["G_VGG"] = losses.lambda_feat * torch.stack(seen).sum()
    if losses.lambda_L1 > 0:
        terms["G_L1"] = losses.lambda_L1 * torch.stack([l1_loss(picture, real) for picture in pictures]).sum()
    return terms


def face_terms(
    discriminator: nn.Module, chunk: Chunk, region: Region | None, losses: LossConfig, disc: DiscriminatorConfig
) -> tuple[Terms, Terms]:
    """Terms of the face in single frames: only the final picture counts, for the generator twice.

    Args:
        discriminator: sees the controls of the current frame, then the picture, both within the region.
        chunk: generated frames and what they are compared with.
        region: where the face is; None gives no terms.
        losses: weights and switches.
        disc: sizes of the image discriminator, whose num_D divides the feature matching here too.

    Returns:
        Terms of the generator, and of the discriminator.

    Source: Wang et al., Video-to-Video Synthesis, 2018 (published training of dancing).
    """
    if region is None:
        return {}, {}
    controls, real, image = (region.crop(x.flatten(0, 1)) for x in (chunk.controls, chunk.real, chunk.image))
    judged_real = discriminator(torch.cat((controls, real), dim=1))
    judged = discriminator(torch.cat((controls, image), dim=1))
    generator, own = _adversarial("G_f", "D_f", [judged], judged_real, losses, disc)
    return {name: 2 * term for name, term in generator.items()}, own


def temporal_terms(
    discriminator: nn.Module, real: Tensor, fake: Tensor, flows: Tensor, losses: LossConfig, disc: DiscriminatorConfig
) -> tuple[Terms, Terms]:
    """Terms of groups of frames, judged together with the reference flow between the real ones.

    Args:
        discriminator: sees 3*tD picture channels, then 2*(tD-1) flow channels, oldest first.
        real: (N, tD, 3, H, W), [-1, 1], oldest first.
        fake: (N, tD, 3, H, W), likewise.
        flows: (N, tD-1, 2, H, W), pixels, from each frame back to the one before it in the group.
        losses: weights and switches.
        disc: sizes of the discriminator.

    Returns:
        Terms of the generator, and of the discriminator.

    Source: Wang et al., Video-to-Video Synthesis, 2018, section 3 (conditional video discriminator).
    """
    motion = flows.flatten(1, 2) / FLOW_UNIT  # (N, 2*(tD-1), H, W)
    judged_real = discriminator(torch.cat((real.flatten(1, 2), motion), dim=1))
    judged = discriminator(torch.cat((fake.flatten(1, 2), motion), dim=1))
    return _adversarial("G_T", "D_T", [judged], judged_real, losses, disc)


def flow_terms(chunk: Chunk, losses: LossConfig, num_scales: int, no_first_img: bool) -> Terms:
    """Terms of flow, blending weight and warping; without flow only `G_Warp` remains.

    Args:
        chunk: generated frames and what they are compared with.
        losses: weights.
        num_scales: number of spatial scales; the flow loss is divided by 2^(num_scales-1).
        no_first_img: keep the blending weight low where the flow is trusted (sequences that begin from nothing).

    Returns:
        Terms of the generator.

    Source: Wang et al., Video-to-Video Synthesis, 2018, section 3 (flow loss).
    """
    confidence, flow_ref = chunk.confidence.flatten(0, 1), chunk.flow_ref.flatten(0, 1)
    terms: Terms = {}
    if losses.lambda_T > 0:
        with torch.no_grad():
            warped = warp(chunk.previous.flatten(0, 1), flow_ref)
        terms["G_Warp"] = losses.lambda_T * masked_l1(chunk.image.flatten(0, 1), warped, confidence)
    if chunk.flow is None or chunk.weight is None:
        return terms
    flow, weight = chunk.flow.flatten(0, 1), chunk.weight.flatten(0, 1)
    if losses.lambda_F > 0:
        terms["F_Flow"] = losses.lambda_F / 2 ** (num_scales - 1) * masked_l1(flow, flow_ref, confidence)
    if losses.lambda_T > 0:
        moved = warp(chunk.real_previous.flatten(0, 1), flow)
        terms["F_Warp"] = losses.lambda_T * masked_l1(moved, chunk.real.flatten(0, 1), confidence)
    if no_first_img:
        terms["W"] = masked_l1(weight, torch.zeros_like(weight), confidence)
    return terms


def total(terms: Mapping[str, Tensor]) -> Tensor:
    """Sum of all terms: the generator's loss, or twice a discriminator's (which is the mean of real and generated)."""
    return torch.stack(list(terms.values())).sum()


def _pictures(chunk: Chunk) -> tuple[list[Tensor], float]:
    """Final and raw pictures of a chunk, (B*n, 3, H, W) each, the same only once; and how often each counts."""
    pictures = [chunk.image.flatten(0, 1)]
    if chunk.raw is not chunk.image:
        pictures.append(chunk.raw.flatten(0, 1))
    return pictures, 2 / len(pictures)


def _adversarial(
    generator: str,
    discriminator: str,
    judged: Sequence[list[list[Tensor]]],
    judged_real: list[list[Tensor]],
    losses: LossConfig,
    disc: DiscriminatorConfig,
) -> tuple[Terms, Terms]:
    """Adversarial terms and feature matching of one or more generated inputs against one real input."""

    def loss(outputs: list[list[Tensor]], real: bool, own: bool) -> Tensor:
        return gan_loss([layers[-1] for layers in outputs], real, losses.gan_mode, for_discriminator=own)

    terms = {f"{generator}_GAN": torch.stack([loss(outputs, True, False) for outputs in judged]).sum()}
    if not losses.no_ganFeat and losses.lambda_feat > 0:
        matches = [feature_matching(o, judged_real, losses, disc.n_layers_D, disc.num_D) for o in judged]
        terms[f"{generator}_GAN_Feat"] = torch.stack(matches).sum()
    own = {
        f"{discriminator}_real": len(judged) * loss(judged_real, True, True),
        f"{discriminator}_fake": torch.stack([loss(outputs, False, True) for outputs in judged]).sum(),
    }
    return terms, own
