"""Tiny models of sound."""

import json
from pathlib import Path

import numpy as np
import soundfile
import torch
import transformers

RATE = 16_000
WAV2VEC2 = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "conv_dim": (16, 16),
    "conv_kernel": (10, 8),
    "conv_stride": (20, 16),  # a frame for each 20 ms, as real ones have
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def save_sound(path: Path, seconds: float, rate: int = RATE, channels: int = 1) -> Path:
    """A recording that goes from loud to silent each second."""
    moments = np.arange(int(seconds * rate)) / rate
    tone = 0.5 * np.sin(2 * np.pi * 220 * moments) * (moments % 1 < 0.5)
    soundfile.write(path, np.stack([tone] * channels, axis=1), rate)
    return path


def save_wav2vec2(folder: Path, head: str, **settings) -> Path:
    """A wav2vec 2.0 with that head, such as `ForCTC`."""
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(**WAV2VEC2 | settings)
    getattr(transformers, f"Wav2Vec2{head}")(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(return_attention_mask=False).save_pretrained(folder)
    return folder


def save_ctc(folder: Path) -> Path:
    """A network that tells a letter for each moment."""
    vocabulary = {token: n for n, token in enumerate(["<pad>", "|", "<unk>", *LETTERS])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    save_wav2vec2(folder, "ForCTC", vocab_size=len(vocabulary), pad_token_id=0)
    transformers.Wav2Vec2CTCTokenizer(
        str(folder / "vocab.json"), pad_token="<pad>", bos_token=None, eos_token=None
    ).save_pretrained(folder)
    return folder


def save_whisper(folder: Path, languages: tuple[str, ...] = ("en", "fr", "de")) -> Path:
    """A Whisper of these languages; of English alone it has no tokens for languages."""
    torch.manual_seed(0)
    words = [f"Ġ{word}" for word in ("the", "cat", "sat", "on", "a", "mat")]
    special = ["<|endoftext|>", "<|startoftranscript|>"]
    special += [f"<|{code}|>" for code in languages] if len(languages) > 1 else []
    special += ["<|translate|>", "<|transcribe|>", "<|notimestamps|>"]
    times = [f"<|{n * 0.02:.2f}|>" for n in range(1501)]
    vocabulary = {token: number for number, token in enumerate([*words, *special, *times])}
    tokenizer = transformers.WhisperTokenizer(
        vocab={token: n for token, n in vocabulary.items() if token in words},
        merges=[],
        unk_token="<|endoftext|>",
    )
    tokenizer.add_tokens([*special, *times], special_tokens=True)
    tokenizer.save_pretrained(folder)
    transformers.WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)
    ids = tokenizer.get_vocab()
    config = transformers.WhisperConfig(
        vocab_size=len(ids), num_mel_bins=16, d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_target_positions=32, pad_token_id=ids["<|endoftext|>"],
        bos_token_id=ids["<|endoftext|>"], eos_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    said = model.generation_config
    said._from_model_config = False  # else what is set below is dropped when it is loaded
    said.no_timestamps_token_id = ids["<|notimestamps|>"]
    said.is_multilingual = len(languages) > 1
    if said.is_multilingual:
        said.lang_to_id = {f"<|{code}|>": ids[f"<|{code}|>"] for code in languages}
        said.task_to_id = {name: ids[f"<|{name}|>"] for name in ("translate", "transcribe")}
    said.suppress_tokens = [ids[token] for token in special]  # so that words are written
    said.begin_suppress_tokens = None
    said.max_length = 12
    model.save_pretrained(folder)
    return folder


def save_moonshine(folder: Path) -> Path:
    """A network that writes, without times."""
    from tiny.text import save_tokenizer

    torch.manual_seed(0)
    tokenizer = save_tokenizer(folder)
    config = transformers.MoonshineConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16,
        encoder_num_hidden_layers=1, decoder_num_hidden_layers=1,
        encoder_num_attention_heads=2, decoder_num_attention_heads=2,
        pad_head_dim_to_multiple_of=None, bos_token_id=2, eos_token_id=3, decoder_start_token_id=2,
    )  # fmt: skip
    model = transformers.MoonshineForConditionalGeneration(config)
    model.generation_config.suppress_tokens = [0, 1, 2, 3, 4]
    model.generation_config.max_new_tokens = 4
    model.save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(return_attention_mask=True).save_pretrained(folder)
    return folder


def save_parakeet(folder: Path) -> Path:
    """A CTC network that writes by itself, as Parakeet does."""
    from tiny.text import save_tokenizer

    torch.manual_seed(0)
    words = len(save_tokenizer(folder))
    encoder = {
        "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 16, "conv_kernel_size": 3, "subsampling_conv_channels": 8,
        "num_mel_bins": 16,
    }  # fmt: skip
    config = transformers.ParakeetCTCConfig(
        vocab_size=words + 1, pad_token_id=words, encoder_config=encoder
    )
    transformers.ParakeetForCTC(config).save_pretrained(folder)
    transformers.ParakeetFeatureExtractor(feature_size=16).save_pretrained(folder)
    return folder


def save_ast(folder: Path, labels: dict) -> Path:
    """A classifier that hears clips of one length."""
    torch.manual_seed(0)
    config = transformers.ASTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_length=64, num_mel_bins=16, **labels,
    )  # fmt: skip
    transformers.ASTForAudioClassification(config).save_pretrained(folder)
    transformers.ASTFeatureExtractor(max_length=64, num_mel_bins=16).save_pretrained(folder)
    return folder


def save_vits(folder: Path, **settings) -> Path:
    """A voice."""
    torch.manual_seed(0)
    config = transformers.VitsConfig(
        vocab_size=30, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16,
        flow_size=16, spectrogram_bins=8, upsample_initial_channel=16,
        posterior_encoder_num_wavenet_layers=1, prior_encoder_num_flows=1,
        prior_encoder_num_wavenet_layers=1, duration_predictor_num_flows=1,
        duration_predictor_filter_channels=16, depth_separable_num_layers=1,
        upsample_rates=[4, 4], upsample_kernel_sizes=[8, 8], resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1]], wavenet_dilation_rate=1, **settings,
    )  # fmt: skip
    transformers.VitsModel(config).save_pretrained(folder)
    vocabulary = {letter: number for number, letter in enumerate(f"_ {LETTERS}")}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    transformers.VitsTokenizer(
        str(folder / "vocab.json"), pad_token="_", unk_token=" ", phonemize=False, is_uroman=False
    ).save_pretrained(folder)
    return folder


SPEECHT5 = {
    "hidden_size": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "conv_dim": (16, 16),
    "conv_kernel": (10, 8),
    "conv_stride": (20, 16),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
    "speech_decoder_prenet_layers": 1,
    "speech_decoder_prenet_units": 16,
    "speech_decoder_postnet_layers": 1,
    "speech_decoder_postnet_units": 16,
    "speech_decoder_postnet_kernel": 3,
    "speaker_embedding_dim": 8,
    "num_mel_bins": 8,
    "positional_dropout": 0.0,
}


def save_speecht5(folder: Path, head: str, *, vocoder: bool = True) -> Path:
    """A SpeechT5 with that head, and its vocoder in a folder of its own."""
    from tiny.text import save_tokenizer

    torch.manual_seed(0)
    tokenizer = save_tokenizer(folder)
    config = transformers.SpeechT5Config(vocab_size=len(tokenizer), **SPEECHT5)
    getattr(transformers, f"SpeechT5{head}")(config).save_pretrained(folder)
    transformers.SpeechT5FeatureExtractor(num_mel_bins=8).save_pretrained(folder)
    if vocoder:
        made = transformers.SpeechT5HifiGanConfig(
            model_in_dim=8, upsample_initial_channel=16, upsample_rates=[4, 4],
            upsample_kernel_sizes=[8, 8], resblock_kernel_sizes=[3],
            resblock_dilation_sizes=[[1]],
        )  # fmt: skip
        transformers.SpeechT5HifiGan(made).save_pretrained(folder / "vocoder")
    return folder


def save_encodec(folder: Path, channels: int = 1) -> Path:
    """A codec."""
    torch.manual_seed(0)
    encodec(channels).save_pretrained(folder)
    transformers.EncodecFeatureExtractor(feature_size=channels, sampling_rate=RATE).save_pretrained(
        folder
    )
    return folder


def encodec(channels: int = 1) -> transformers.EncodecModel:
    return transformers.EncodecModel(
        transformers.EncodecConfig(
            sampling_rate=RATE,
            audio_channels=channels,
            hidden_size=16,
            num_filters=4,
            num_residual_layers=1,
            upsampling_ratios=[8, 5, 8, 5],
            codebook_size=16,
            codebook_dim=16,
            num_lstm_layers=1,
            target_bandwidths=[8.0],
        )
    )


def save_bark(folder: Path) -> Path:
    """Bark: three networks that write, one after the other, and a codec."""
    from tiny.text import save_tokenizer

    torch.manual_seed(0)
    network = {
        "block_size": 2048, "input_vocab_size": 120, "output_vocab_size": 120, "num_layers": 1,
        "num_heads": 2, "hidden_size": 16,
    }  # fmt: skip
    config = transformers.BarkConfig(
        semantic_config=network,
        coarse_acoustics_config=network,
        fine_acoustics_config=network | {"n_codes_total": 8, "n_codes_given": 1},
        codec_config=encodec().config.to_dict() | {"target_bandwidths": [0.32]},
    )
    transformers.BarkModel(config).save_pretrained(folder)
    settings = {
        "semantic_config": {
            "eos_token_id": 60, "max_new_tokens": 8, "semantic_vocab_size": 60,
            "text_encoding_offset": 61, "text_pad_token": 110, "semantic_infer_token": 111,
            "semantic_pad_token": 60, "max_input_semantic_length": 16, "do_sample": False,
        },
        "coarse_acoustics_config": {
            "coarse_semantic_pad_token": 110, "coarse_infer_token": 111,
            "max_coarse_input_length": 16, "max_coarse_history": 16, "sliding_window_len": 8,
            "do_sample": False,
        },
        "fine_acoustics_config": {"max_fine_history_length": 16, "max_fine_input_length": 32},
        "codebook_size": 16,
        "sample_rate": RATE,
    }  # fmt: skip
    (folder / "generation_config.json").write_text(json.dumps(settings))
    save_tokenizer(folder)
    return folder


def save_musicgen(folder: Path) -> Path:
    """A composer."""
    from tiny.text import save_tokenizer

    torch.manual_seed(0)
    tokenizer = save_tokenizer(folder)
    text = transformers.T5EncoderModel(
        transformers.T5Config(
            vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2
        )
    )
    sound = encodec()
    decoder = transformers.MusicgenForCausalLM(
        transformers.MusicgenDecoderConfig(
            vocab_size=16,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            ffn_dim=16,
            num_codebooks=sound.config.num_quantizers,
            pad_token_id=16,
            bos_token_id=16,
        )
    )
    model = transformers.MusicgenForConditionalGeneration(
        text_encoder=text, audio_encoder=sound, decoder=decoder
    )
    model.generation_config.decoder_start_token_id = 16
    model.generation_config.pad_token_id = 16
    model.generation_config.guidance_scale = 1.0
    model.save_pretrained(folder)
    return folder
