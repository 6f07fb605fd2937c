"""Tiny pipelines of diffusers, which draw pictures of 16 x 16 pixels."""

import json
from dataclasses import replace
from pathlib import Path

import diffusers
import numpy as np
import torch
import transformers
from PIL import Image
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from hugginggpt.tools.endpoints.local.families import Loaded
from hugginggpt.tools.video import write_video

SIDE = 16
"""Pixels: latents of 8 x 8, enlarged twice."""


def _tokenizer() -> CLIPTokenizer:
    letters = "abcdefghijklmnopqrstuvwxyz"
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def _text_encoder(tokenizer: CLIPTokenizer, **settings) -> CLIPTextModel:
    config = {
        "vocab_size": len(tokenizer), "hidden_size": 16, "intermediate_size": 16,
        "num_hidden_layers": 1, "num_attention_heads": 2, "projection_dim": 16,
        "bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
    }  # fmt: skip
    return CLIPTextModel(CLIPTextConfig(**config, **settings))


def _unet(**settings) -> diffusers.UNet2DConditionModel:
    config = {
        "sample_size": 8, "in_channels": 4, "out_channels": 4, "layers_per_block": 1,
        "block_out_channels": (8, 16), "norm_num_groups": 4, "cross_attention_dim": 16,
        "attention_head_dim": 2, "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    }  # fmt: skip
    return diffusers.UNet2DConditionModel(**config | settings)


def _vae() -> diffusers.AutoencoderKL:
    return diffusers.AutoencoderKL(
        block_out_channels=[8, 8], norm_num_groups=4, latent_channels=4, sample_size=SIDE,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
    )  # fmt: skip


def _diffusion_parts(**unet) -> dict:
    torch.manual_seed(0)
    tokenizer = _tokenizer()
    return {
        "tokenizer": tokenizer,
        "text_encoder": _text_encoder(tokenizer),
        "unet": _unet(**unet),
        "vae": _vae(),
        "scheduler": diffusers.DDIMScheduler(steps_offset=1, clip_sample=False),
    }


_NO_CHECKER = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


def save_stable_diffusion(folder: Path, **parts) -> Path:
    """Stable Diffusion: pictures of words."""
    made = _diffusion_parts() | _NO_CHECKER | parts
    diffusers.StableDiffusionPipeline(**made).save_pretrained(folder)
    return folder


def save_pix2pix(folder: Path) -> Path:
    """A pipeline that edits pictures as words say."""
    made = _diffusion_parts(in_channels=8) | _NO_CHECKER
    diffusers.StableDiffusionInstructPix2PixPipeline(**made).save_pretrained(folder)
    return folder


def save_ddpm(folder: Path) -> Path:
    """A pipeline that dreams up pictures."""
    torch.manual_seed(0)
    unet = diffusers.UNet2DModel(
        sample_size=SIDE, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=4,
    )  # fmt: skip
    scheduler = diffusers.DDPMScheduler(num_train_timesteps=10)
    diffusers.DDPMPipeline(unet=unet, scheduler=scheduler).save_pretrained(folder)
    return folder


def _controlnet() -> diffusers.ControlNetModel:
    return diffusers.ControlNetModel(
        in_channels=4, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4,
        cross_attention_dim=16, attention_head_dim=2,
        conditioning_embedding_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
    )  # fmt: skip


def save_controlled(folder: Path) -> Path:
    """A pipeline with its ControlNet, saved whole."""
    made = _diffusion_parts() | _NO_CHECKER | {"controlnet": _controlnet()}
    diffusers.StableDiffusionControlNetPipeline(**made).save_pretrained(folder)
    return folder


def save_controlnet(folder: Path, base: Path) -> Path:
    """A lone ControlNet, whose model card names its base."""
    torch.manual_seed(0)
    _controlnet().save_pretrained(folder)
    (folder / "README.md").write_text(f"---\nbase_model: {base}\n---\nA ControlNet.\n")
    return folder


def save_stable_audio(folder: Path) -> Path:
    """Stable Audio: sounds of words, in stereo, half a second long."""
    from tiny.text import save_tokenizer

    torch.manual_seed(0)
    tokenizer = save_tokenizer(folder / "words", model_max_length=16)
    text = transformers.T5Config(
        vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2
    )
    diffusers.StableAudioPipeline(
        tokenizer=tokenizer,
        text_encoder=transformers.T5EncoderModel(text),
        projection_model=diffusers.StableAudioProjectionModel(
            text_encoder_dim=16, conditioning_dim=16, min_value=0, max_value=32
        ),
        transformer=diffusers.StableAudioDiTModel(
            sample_size=1000,
            in_channels=3,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            num_key_value_attention_heads=2,
            out_channels=3,
            cross_attention_dim=16,
            time_proj_dim=8,
            global_states_input_dim=32,
            cross_attention_input_dim=16,
        ),
        vae=diffusers.AutoencoderOobleck(
            encoder_hidden_size=6,
            downsampling_ratios=[2, 4],
            decoder_channels=3,
            decoder_input_channels=3,
            audio_channels=2,
            channel_multiples=[2, 4],
            sampling_rate=16_000,
        ),
        scheduler=diffusers.EDMDPMSolverMultistepScheduler(
            solver_order=2, prediction_type="v_prediction", sigma_data=1.0
        ),
    ).save_pretrained(folder)
    return folder


# --- clips ------------------------------------------------------------------------------------


def save_animatediff(folder: Path) -> Path:
    """A pipeline that makes clips of words."""
    parts = _diffusion_parts() | {"feature_extractor": None, "image_encoder": None}
    parts["motion_adapter"] = diffusers.MotionAdapter(
        block_out_channels=(8, 16), motion_layers_per_block=1, motion_norm_num_groups=4,
        motion_num_attention_heads=2,
    )  # fmt: skip
    diffusers.AnimateDiffPipeline(**parts).save_pretrained(folder)
    return folder


def save_video_diffusion(folder: Path) -> Path:
    """Stable Video Diffusion: a picture that moves."""
    torch.manual_seed(0)
    unet = diffusers.UNetSpatioTemporalConditionModel(
        sample_size=32, in_channels=8, out_channels=4, block_out_channels=(32, 64),
        layers_per_block=1, num_attention_heads=(2, 4), cross_attention_dim=16, num_frames=3,
        projection_class_embeddings_input_dim=96, addition_time_embed_dim=32,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
    )  # fmt: skip
    vae = diffusers.AutoencoderKLTemporalDecoder(
        block_out_channels=[32, 32], latent_channels=4, layers_per_block=1, sample_size=32,
        down_block_types=["DownEncoderBlock2D"] * 2,
    )  # fmt: skip
    eyes = transformers.CLIPVisionModelWithProjection(
        transformers.CLIPVisionConfig(
            hidden_size=16,
            projection_dim=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            image_size=224,
            patch_size=32,
            intermediate_size=16,
        )
    )
    diffusers.StableVideoDiffusionPipeline(
        vae=vae,
        image_encoder=eyes,
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(timestep_type="continuous"),
        feature_extractor=transformers.CLIPImageProcessorPil(size=224),
    ).save_pretrained(folder)
    return folder


def save_wan(folder: Path, kind: str) -> Path:
    """Wan in the form of the pipeline of that name, such as `WanImageToVideoPipeline`."""
    from tiny.text import save_tokenizer

    torch.manual_seed(0)
    tokenizer = save_tokenizer(folder / "words")
    takes_image = kind == "WanImageToVideoPipeline"
    encoder = transformers.UMT5EncoderModel(
        transformers.UMT5Config(
            vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2
        )
    )
    transformer = diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12,
        in_channels=36 if takes_image else 16, out_channels=16, text_dim=16, freq_dim=16,
        ffn_dim=16, num_layers=1, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    )  # fmt: skip
    vae = diffusers.AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )  # fmt: skip
    more = {"image_encoder": None, "image_processor": None} if takes_image else {}
    getattr(diffusers, kind)(
        tokenizer=tokenizer,
        text_encoder=encoder,
        transformer=transformer,
        vae=vae,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0),
        **more,
    ).save_pretrained(folder)
    return folder


# --- meshes -----------------------------------------------------------------------------------


def save_shap_e(folder: Path, *, image: bool = False) -> Path:
    """Shap-E, of words or of a picture."""
    torch.manual_seed(0)
    from diffusers.pipelines.shap_e import ShapERenderer

    prior = diffusers.PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, embedding_dim=32, num_embeddings=32,
        embedding_proj_dim=16, time_embed_dim=32, num_layers=1, clip_embed_dim=64,
        additional_embeddings=0, time_embed_act_fn="gelu", norm_in_type="layer",
        encoder_hid_proj_type=None, added_emb_type=None,
        embedding_proj_norm_type="layer" if image else None,
    )  # fmt: skip
    renderer = ShapERenderer(
        param_shapes=((8, 93), (8, 8), (8, 8), (8, 8)), d_latent=32, d_hidden=8, n_output=12,
        background=(0.1, 0.1, 0.1),
    )  # fmt: skip
    renderer.mlp.mlp[-1].weight.data[0] = 0
    renderer.mlp.mlp[-1].bias.data[0] = 5  # matter everywhere: the mesh is a box
    _fill_in_triangles(renderer.mesh_decoder)
    scheduler = diffusers.HeunDiscreteScheduler(
        beta_schedule="exp", num_train_timesteps=1024, prediction_type="sample",
        use_karras_sigmas=True, clip_sample=True, clip_sample_range=1.0,
    )  # fmt: skip
    common = {"prior": prior, "shap_e_renderer": renderer, "scheduler": scheduler}
    if image:
        eyes = transformers.CLIPVisionModel(
            transformers.CLIPVisionConfig(
                hidden_size=16,
                projection_dim=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                image_size=32,
                patch_size=8,
                intermediate_size=16,
            )
        )
        diffusers.ShapEImg2ImgPipeline(
            image_encoder=eyes,
            image_processor=transformers.CLIPImageProcessorPil(
                size=32, crop_size={"height": 32, "width": 32}
            ),
            **common,
        ).save_pretrained(folder)
        return folder
    tokenizer = _tokenizer()
    encoder = transformers.CLIPTextModelWithProjection(_text_encoder(tokenizer).config)
    diffusers.ShapEPipeline(text_encoder=encoder, tokenizer=tokenizer, **common).save_pretrained(
        folder
    )
    return folder


def _fill_in_triangles(decoder) -> None:
    """The table of marching cubes, which is part of the weights: one triangle for each case."""
    edges = [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7)]
    edges += [(0, 4), (1, 5), (2, 6), (3, 7)]
    for case in range(1, 255):
        crossed = [n for n, (a, b) in enumerate(edges) if case >> a & 1 != case >> b & 1]
        decoder.cases[case, 0] = torch.tensor(crossed[:3])
        decoder.masks[case, 0] = True


def edit_scheduler(folder: Path, **changes) -> Path:
    """The folder, its scheduler changed."""
    path = folder / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


def edit_index(folder: Path, **changes) -> Path:
    """The folder, its model_index.json changed."""
    path = folder / "model_index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


def hurried(loaded: Loaded, **settings) -> Loaded:
    """The model, told to take two steps, or what the settings say."""
    given = loaded.extras["settings"] | {"num_inference_steps": 2} | settings
    return replace(loaded, extras={"settings": given})


def save_photo(path: Path, width: int, height: int) -> Path:
    """A picture of noise."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


def save_clip(path: Path, frames: int, rate: int) -> Path:
    """A clip that goes from black to white."""
    greys = [np.full((16, 32, 3), n / (frames - 1)) for n in range(frames)]
    path.write_bytes(write_video(greys, rate))
    return path
