"""Tiny models of pictures and clips, alone and beside words."""

from pathlib import Path

import torch
import transformers

from tiny.text import BERT, save_tokenizer

SIDE = 32
"""Pixels of a side that the networks look at."""
VIT = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "image_size": SIDE,
    "patch_size": 8,
}
LABELS = {"id2label": {0: "cat", 1: "dog", 2: "tea"}, "label2id": {"cat": 0, "dog": 1, "tea": 2}}
WORDS = {"vocab_size": BERT["vocab_size"]}
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}
WRITES = {"max_new_tokens": 5, "suppress_tokens": [0, 1, 2, 3, 4]}


def _seed():
    torch.manual_seed(0)


def _square(name: str, folder: Path, **settings):
    """The image processor of that name, which makes pictures small squares."""
    size = {"height": SIDE, "width": SIDE}
    processor = getattr(transformers, f"{name}ImageProcessor")(size=size, **settings)
    processor.save_pretrained(folder)
    return processor


def save_vit(folder: Path, head: str = "ForImageClassification") -> Path:
    """A ViT."""
    _seed()
    config = transformers.ViTConfig(**VIT, **LABELS)
    getattr(transformers, f"ViT{head or 'Model'}")(config).save_pretrained(folder)
    _square("ViT", folder)
    return folder


def save_yolos(folder: Path) -> Path:
    """A detector."""
    _seed()
    shape = VIT | {"image_size": [SIDE, SIDE]}
    config = transformers.YolosConfig(**shape, num_detection_tokens=6, **LABELS)
    transformers.YolosForObjectDetection(config).save_pretrained(folder)
    size = {"shortest_edge": SIDE, "longest_edge": SIDE}
    transformers.YolosImageProcessor(size=size).save_pretrained(folder)
    return folder


def save_clip(folder: Path) -> Path:
    """A model of pictures and texts."""
    _seed()
    config = transformers.CLIPConfig(
        text_config={**SMALL, **WORDS, "max_position_embeddings": 64, "eos_token_id": 3,
                     "projection_dim": 8},
        vision_config={**VIT, "projection_dim": 8},
        projection_dim=8,
    )  # fmt: skip
    transformers.CLIPModel(config).save_pretrained(folder)
    save_tokenizer(folder, model_max_length=64)
    size = {"shortest_edge": SIDE}
    crop = {"height": SIDE, "width": SIDE}
    transformers.CLIPImageProcessor(size=size, crop_size=crop).save_pretrained(folder)
    return folder


def save_owlvit(folder: Path) -> Path:
    """A detector of what is named."""
    _seed()
    config = transformers.OwlViTConfig(
        text_config={**SMALL, **WORDS, "max_position_embeddings": 16, "eos_token_id": 3,
                     "pad_token_id": 0, "bos_token_id": 2},
        vision_config=VIT,
        projection_dim=16,
    )  # fmt: skip
    transformers.OwlViTForObjectDetection(config).save_pretrained(folder)
    save_tokenizer(folder, model_max_length=16)
    _square("OwlViT", folder)
    return folder


def save_sam(folder: Path) -> Path:
    """A maker of masks."""
    _seed()
    config = transformers.SamConfig(
        vision_config={"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
                       "image_size": SIDE, "patch_size": 8, "output_channels": 16, "mlp_dim": 16,
                       "global_attn_indexes": [0], "num_pos_feats": 8, "window_size": 2},
        prompt_encoder_config={"hidden_size": 16, "image_size": SIDE, "patch_size": 8,
                               "image_embedding_size": 4},
        mask_decoder_config={"hidden_size": 16, "mlp_dim": 16, "num_hidden_layers": 1,
                             "num_attention_heads": 2, "iou_head_hidden_dim": 16},
    )  # fmt: skip
    model = transformers.SamModel(config)
    model.mask_decoder.iou_prediction_head.proj_out.bias.data += 1.0  # so that it is sure
    model.save_pretrained(folder)
    size = {"longest_edge": SIDE}
    pad = {"height": SIDE, "width": SIDE}
    processor = transformers.SamImageProcessor(size=size, pad_size=pad)
    transformers.SamProcessor(processor).save_pretrained(folder)
    return folder


def save_superpoint(folder: Path) -> Path:
    """A finder of corners."""
    _seed()
    config = transformers.SuperPointConfig(
        encoder_hidden_sizes=[8, 8, 16, 16],
        decoder_hidden_size=16,
        keypoint_decoder_dim=65,
        descriptor_decoder_dim=16,
        keypoint_threshold=0.0,
        max_keypoints=20,
    )
    transformers.SuperPointForKeypointDetection(config).save_pretrained(folder)
    transformers.SuperPointImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


def save_swin2sr(folder: Path) -> Path:
    """A network that doubles pictures."""
    _seed()
    config = transformers.Swin2SRConfig(
        image_size=16, embed_dim=16, depths=[1], num_heads=[2], window_size=4, upscale=2,
        num_feature=8, mlp_ratio=1.0,
    )  # fmt: skip
    transformers.Swin2SRForImageSuperResolution(config).save_pretrained(folder)
    transformers.Swin2SRImageProcessor().save_pretrained(folder)
    return folder


def save_blip(folder: Path, head: str = "ForConditionalGeneration") -> Path:
    """BLIP, which writes captions or answers."""
    _seed()
    text = {**SMALL, **WORDS, "encoder_hidden_size": 16, "projection_dim": 8, "bos_token_id": 2,
            "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0, "is_decoder": True,
            "max_position_embeddings": 64}  # fmt: skip
    config = transformers.BlipConfig(
        text_config=text, vision_config={**VIT, "projection_dim": 8}, projection_dim=8,
        image_text_hidden_size=8,
    )  # fmt: skip
    model = getattr(transformers, f"Blip{head}")(config)
    _let_write(model)
    model.save_pretrained(folder)
    tokenizer = save_tokenizer(folder, model_max_length=64)
    processor = _square("Blip", folder)
    transformers.BlipProcessor(processor, tokenizer).save_pretrained(folder)
    return folder


def save_pair(folder: Path) -> Path:
    """An encoder of pictures and a decoder of words, as TrOCR and Donut are."""
    _seed()
    encoder = transformers.ViTModel(transformers.ViTConfig(**VIT))
    decoder = transformers.BertLMHeadModel(
        transformers.BertConfig(**BERT, is_decoder=True, add_cross_attention=True)
    )
    model = transformers.VisionEncoderDecoderModel(encoder=encoder, decoder=decoder)
    model.config.decoder_start_token_id = 2
    model.config.pad_token_id = 0
    _let_write(model)
    model.generation_config.decoder_start_token_id = 2
    model.generation_config.pad_token_id = 0
    model.save_pretrained(folder)
    save_tokenizer(folder)
    _square("ViT", folder)
    return folder


def save_llava(folder: Path) -> Path:
    """A model that talks about pictures."""
    _seed()
    template = (
        "{% for m in messages %}{% for c in m['content'] %}"
        "{% if c['type'] == 'image' %}<image> {% else %}{{ c['text'] }}{% endif %}"
        "{% endfor %}{% endfor %} ."
    )
    tokenizer = save_tokenizer(folder, extra_special_tokens={"image_token": "<image>"})
    image = tokenizer.convert_tokens_to_ids("<image>")
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(**VIT),
        text_config=transformers.LlamaConfig(
            **SMALL, vocab_size=len(tokenizer), num_key_value_heads=2, max_position_embeddings=256
        ),
        image_token_id=image,
        vision_feature_layer=-1,
    )
    model = transformers.LlavaForConditionalGeneration(config)
    _let_write(model, image)
    model.save_pretrained(folder)
    crop = {"height": SIDE, "width": SIDE}
    pictures = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=crop)
    transformers.LlavaProcessor(
        pictures,
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
        image_token="<image>",
    ).save_pretrained(folder)
    return folder


def save_vilt(folder: Path) -> Path:
    """ViLT, which ranks the answers that it knows."""
    _seed()
    config = transformers.ViltConfig(
        **VIT, **WORDS, max_position_embeddings=40, modality_type_vocab_size=2, **LABELS
    )
    transformers.ViltForQuestionAnswering(config).save_pretrained(folder)
    tokenizer = save_tokenizer(folder, model_max_length=40)
    pictures = transformers.ViltImageProcessor(size={"shortest_edge": SIDE}, size_divisor=8)
    transformers.ViltProcessor(pictures, tokenizer).save_pretrained(folder)
    return folder


def save_layoutlm(folder: Path) -> Path:
    """A reader of words and their places."""
    _seed()
    shape = BERT | {"max_position_embeddings": 512, "max_2d_position_embeddings": 1024}
    transformers.LayoutLMForQuestionAnswering(transformers.LayoutLMConfig(**shape)).save_pretrained(
        folder
    )
    save_tokenizer(folder, model_max_length=512)
    return folder


def save_videomae(folder: Path) -> Path:
    """A watcher of clips."""
    _seed()
    config = transformers.VideoMAEConfig(**VIT, num_frames=4, tubelet_size=2, **LABELS)
    transformers.VideoMAEForVideoClassification(config).save_pretrained(folder)
    size = {"shortest_edge": SIDE}
    crop = {"height": SIDE, "width": SIDE}
    transformers.VideoMAEImageProcessor(size=size, crop_size=crop).save_pretrained(folder)
    return folder


def save_colpali(folder: Path) -> Path:
    """A model that compares queries and pages."""
    _seed()
    tokenizer = save_tokenizer(
        folder, bos_token="[CLS]", eos_token="[SEP]",
        extra_special_tokens={"image_token": "<image>"},
    )  # fmt: skip
    image = tokenizer.convert_tokens_to_ids("<image>")
    text = transformers.GemmaConfig(
        **SMALL, vocab_size=len(tokenizer) + 8, head_dim=8, num_key_value_heads=2, pad_token_id=0
    )
    vlm = transformers.PaliGemmaConfig(
        text_config=text,
        vision_config=transformers.SiglipVisionConfig(**VIT, projection_dim=16),
        projection_dim=16,
        image_token_index=image,
    )
    config = transformers.ColPaliConfig(vlm_config=vlm, text_config=text, embedding_dim=8)
    transformers.ColPaliForRetrieval(config).save_pretrained(folder)
    pictures = transformers.SiglipImageProcessor(size={"height": SIDE, "width": SIDE})
    pictures.image_seq_length = 16
    transformers.ColPaliProcessor(pictures, tokenizer).save_pretrained(folder)
    return folder


def save_qwen_audio(folder: Path) -> Path:
    """A model that talks about recordings."""
    _seed()
    template = (
        "{% for m in messages %}{% for c in m['content'] %}"
        "{% if c['type'] == 'audio' %}<|AUDIO|> {% else %}{{ c['text'] }}{% endif %}"
        "{% endfor %}{% endfor %} ."
    )
    names = ("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")
    tokenizer = save_tokenizer(folder, extra_special_tokens=list(names))
    audio = tokenizer.convert_tokens_to_ids("<|AUDIO|>")
    config = transformers.Qwen2AudioConfig(
        audio_config={"d_model": 16, "encoder_layers": 1, "encoder_attention_heads": 2,
                      "encoder_ffn_dim": 16, "num_mel_bins": 16, "max_source_positions": 1500},
        text_config={**SMALL, "model_type": "qwen2", "vocab_size": len(tokenizer),
                     "num_key_value_heads": 2},
        audio_token_index=audio,
    )  # fmt: skip
    model = transformers.Qwen2AudioForConditionalGeneration(config)
    _let_write(model, audio)
    model.save_pretrained(folder)
    ears = transformers.WhisperFeatureExtractor(feature_size=16)
    transformers.Qwen2AudioProcessor(ears, tokenizer, chat_template=template).save_pretrained(
        folder
    )
    return folder


def _let_write(model, *never: int) -> None:
    model.generation_config.max_length = None
    for name, value in WRITES.items():
        setattr(model.generation_config, name, value)
    model.generation_config.suppress_tokens = [*WRITES["suppress_tokens"], *never]
