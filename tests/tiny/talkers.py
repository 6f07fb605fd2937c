"""Tiny models that talk about what they see, in the forms that the Hub publishes."""

import json
from pathlib import Path

import torch
import transformers

from tiny.text import save_tokenizer
from tiny.vision import SIDE, SMALL, VIT, WORDS, _let_write

_MARKS = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>", "<|endoftext|>")
_PATCHES = {"patch_size": 8, "merge_size": 2, "temporal_patch_size": 2}
_TEMPLATE = (
    "{% for m in messages %}{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}"
    "{% endfor %}{% endfor %} ."
)


def save_qwen(folder: Path) -> Path:
    """Qwen2-VL, whose processor has a part for clips that needs torchvision."""
    torch.manual_seed(0)
    tokenizer = save_tokenizer(folder, extra_special_tokens=list(_MARKS))
    config = _qwen_config(tokenizer)
    model = transformers.Qwen2VLForConditionalGeneration(config)
    _let_write(model, *tokenizer.convert_tokens_to_ids(_MARKS))
    model.save_pretrained(folder)
    settings = _qwen_pictures().to_dict() | {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2VLProcessor",
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": _TEMPLATE}))
    return folder


def save_colqwen(folder: Path) -> Path:
    """ColQwen2, which compares queries and pages."""
    torch.manual_seed(0)
    tokenizer = save_tokenizer(folder, extra_special_tokens=list(_MARKS))
    config = transformers.ColQwen2Config(vlm_config=_qwen_config(tokenizer), embedding_dim=8)
    transformers.ColQwen2ForRetrieval(config).save_pretrained(folder)
    transformers.ColQwen2Processor(_qwen_pictures(), tokenizer).save_pretrained(folder)
    return folder


def _qwen_pictures():
    size = {"shortest_edge": 256, "longest_edge": 4096}
    return transformers.Qwen2VLImageProcessorPil(**_PATCHES, size=size)


def _qwen_config(tokenizer):
    image, video, start, end, _ = tokenizer.convert_tokens_to_ids(_MARKS)
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10_000.0}
    return transformers.Qwen2VLConfig(
        text_config={**SMALL, "vocab_size": len(tokenizer), "num_key_value_heads": 2,
                     "max_position_embeddings": 512, "rope_parameters": rope},
        vision_config={"depth": 1, "embed_dim": 16, "hidden_size": 16, "num_heads": 2,
                       "mlp_ratio": 1, "patch_size": 8, "spatial_merge_size": 2,
                       "temporal_patch_size": 2},
        image_token_id=image, video_token_id=video, vision_start_token_id=start,
        vision_end_token_id=end,
    )  # fmt: skip


def save_paligemma(folder: Path) -> Path:
    """PaliGemma, which has no chat template and marks the picture's place in the text."""
    torch.manual_seed(0)
    tokenizer = save_tokenizer(
        folder, bos_token="[CLS]", eos_token="[SEP]",
        extra_special_tokens={"image_token": "<image>"},
    )  # fmt: skip
    image = tokenizer.convert_tokens_to_ids("<image>")
    config = transformers.PaliGemmaConfig(
        # Its processor adds 1,152 tokens of places to the tokenizer.
        text_config=transformers.GemmaConfig(
            **SMALL, vocab_size=len(tokenizer) + 1152, head_dim=8, num_key_value_heads=2,
            pad_token_id=0,
        ),
        vision_config=transformers.SiglipVisionConfig(**VIT, projection_dim=16),
        projection_dim=16, image_token_index=image,
    )  # fmt: skip
    model = transformers.PaliGemmaForConditionalGeneration(config)
    _let_write(model, image)
    model.save_pretrained(folder)
    pictures = transformers.SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    pictures.image_seq_length = 16
    transformers.PaliGemmaProcessor(pictures, tokenizer).save_pretrained(folder)
    return folder


def save_florence(folder: Path) -> Path:
    """Florence-2, which is asked by the name of a task."""
    torch.manual_seed(0)
    tokenizer = save_tokenizer(
        folder, bos_token="[CLS]", eos_token="[SEP]",
        extra_special_tokens={"image_token": "<image>"},
    )  # fmt: skip
    image = tokenizer.convert_tokens_to_ids("<image>")
    config = transformers.Florence2Config(
        text_config={"model_type": "bart", "vocab_size": len(tokenizer), "d_model": 16,
                     "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2,
                     "decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16,
                     "max_position_embeddings": 128, "pad_token_id": 0, "bos_token_id": 2,
                     "eos_token_id": 3, "decoder_start_token_id": 3, "forced_eos_token_id": None},
        vision_config={"model_type": "florence_vision", "embed_dim": [8, 8, 8, 16],
                       "depths": [1] * 4, "num_heads": [1] * 4, "num_groups": [1] * 4,
                       "window_size": 2, "projection_dim": 16},
        image_token_id=image,
    )  # fmt: skip
    model = transformers.Florence2ForConditionalGeneration(config)
    model.generation_config.forced_eos_token_id = None
    model.generation_config.decoder_start_token_id = 3
    _let_write(model, image)
    model.save_pretrained(folder)
    size = {"height": SIDE, "width": SIDE}
    pictures = transformers.CLIPImageProcessorPil(size=size, crop_size=size)
    pictures.image_seq_length = 2
    transformers.Florence2Processor(pictures, tokenizer).save_pretrained(folder)
    return folder


def save_pix2struct(folder: Path) -> Path:
    """Pix2Struct, which reads the question above the picture."""
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "d_kv": 8, "d_ff": 16}
    config = transformers.Pix2StructConfig(
        text_config={**WORDS, **shape, "num_layers": 1, "num_heads": 2, "pad_token_id": 0,
                     "eos_token_id": 3, "decoder_start_token_id": 0},
        vision_config={**shape, "patch_embed_hidden_size": 768, "num_hidden_layers": 1,
                       "num_attention_heads": 2, "seq_len": 64},
    )  # fmt: skip
    model = transformers.Pix2StructForConditionalGeneration(config)
    _let_write(model)
    model.save_pretrained(folder)
    pictures = transformers.Pix2StructImageProcessorPil(max_patches=32, is_vqa=True)
    transformers.Pix2StructProcessor(pictures, save_tokenizer(folder)).save_pretrained(folder)
    return folder
