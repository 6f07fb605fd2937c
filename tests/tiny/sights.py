"""Tiny models that annotate pictures: depth, pose, regions."""

from pathlib import Path

import torch
import transformers


def save_depth(folder: Path, *, metric: bool = False) -> Path:
    """Depth Anything, which tells nearness or, where it is metric, metres."""
    torch.manual_seed(0)
    backbone = transformers.Dinov2Config(
        image_size=28, patch_size=14, hidden_size=16, num_hidden_layers=4, num_attention_heads=2,
        out_indices=[1, 2, 3, 4], apply_layernorm=True, reshape_hidden_states=False,
    )  # fmt: skip
    config = transformers.DepthAnythingConfig(
        backbone_config=backbone, patch_size=14, reassemble_hidden_size=16,
        neck_hidden_sizes=[8] * 4, fusion_hidden_size=8, head_hidden_size=8, max_depth=10,
        depth_estimation_type="metric" if metric else "relative",
    )  # fmt: skip
    transformers.DepthAnythingForDepthEstimation(config).save_pretrained(folder)
    transformers.DPTImageProcessorPil(size={"height": 28, "width": 28}).save_pretrained(folder)
    return folder


def save_vitpose(folder: Path, joints: int = 17, experts: int = 1) -> Path:
    """ViTPose, or ViTPose+ where it has several experts."""
    torch.manual_seed(0)
    backbone = transformers.VitPoseBackboneConfig(
        image_size=[32, 32], patch_size=[8, 8], hidden_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_experts=experts, part_features=4, out_indices=[1],
    )  # fmt: skip
    config = transformers.VitPoseConfig(backbone_config=backbone, num_labels=joints, scale_factor=4)
    model = transformers.VitPoseForPoseEstimation(config)
    model.head.conv.bias.data += 1.0  # so that it is sure of what it sees
    model.save_pretrained(folder)
    transformers.VitPoseImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def save_segformer(folder: Path, classes: int = 150) -> Path:
    """SegFormer."""
    torch.manual_seed(0)
    config = transformers.SegformerConfig(
        num_encoder_blocks=2, depths=[1, 1], sr_ratios=[2, 1], hidden_sizes=[8, 16],
        patch_sizes=[3, 3], strides=[2, 2], num_attention_heads=[1, 2], mlp_ratios=[1, 1],
        decoder_hidden_size=16, num_labels=classes,
    )  # fmt: skip
    transformers.SegformerForSemanticSegmentation(config).save_pretrained(folder)
    transformers.SegformerImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(
        folder
    )
    return folder
