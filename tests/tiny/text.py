"""Tiny models of texts, each with a tokenizer of whole words."""

import json
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_WORDS = (
    "the a cat dog sat on mat paris is capital of france good bad film happy sad hello world ice "
    "hot cold tea . , ? ! this example what where"
)
WORDS = _WORDS.split()
BERT = {
    "vocab_size": len(SPECIAL) + len(WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 64,
}

SEQUENCES = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": 64,
}


def save_tokenizer(folder: Path, **settings) -> PreTrainedTokenizerFast:
    """A tokenizer whose vocabulary is `WORDS`."""
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    names = ("pad", "unk", "cls", "sep", "mask")
    named = {f"{name}_token": token for name, token in zip(names, SPECIAL, strict=True)}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named, **settings)
    fast.save_pretrained(folder)
    return fast


def save_bert(folder: Path, head: str, **settings) -> Path:
    """A BERT with that head, such as `ForSequenceClassification`; no head for an empty one."""
    torch.manual_seed(0)
    config = transformers.BertConfig(**BERT | settings)
    getattr(transformers, f"Bert{head or 'Model'}")(config).save_pretrained(folder)
    save_tokenizer(folder, model_max_length=config.max_position_embeddings)
    return folder


def save_t5(folder: Path, **settings) -> Path:
    """A T5, whose settings say what it can translate and how a summary is asked for."""
    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=BERT["vocab_size"],
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
        eos_token_id=3,
        pad_token_id=0,
        **settings,
    )
    model = transformers.T5ForConditionalGeneration(config)
    model.generation_config.suppress_tokens = [0, 1, 2, 3, 4]  # so that something is written
    model.generation_config.max_new_tokens = 6
    model.save_pretrained(folder)
    save_tokenizer(folder, model_max_length=32)
    return folder


def save_nllb(folder: Path) -> Path:
    """An M2M100 network with NLLB's tokenizer, which knows three languages."""
    torch.manual_seed(0)
    special = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "▁": 4}
    letters = {letter: number for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 5)}
    tokenizer = transformers.NllbTokenizer(
        vocab=special | letters,
        merges=[],
        extra_special_tokens=["eng_Latn", "fra_Latn", "deu_Latn"],
    )
    tokenizer.save_pretrained(folder)
    config = transformers.M2M100Config(vocab_size=len(tokenizer), **SEQUENCES)
    model = transformers.M2M100ForConditionalGeneration(config)
    return _save_writer(model, folder, [0, 1, 2, 3, 4])


def save_marian(folder: Path, source: str, target: str, marks: tuple[str, ...] = ()) -> Path:
    """A Marian model of one pair of languages, or of several with marks such as `>>fra<<`."""
    torch.manual_seed(0)
    pieces = _save_pieces(folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    words = ["</s>", "<unk>", *pieces, *marks, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: n for n, word in enumerate(words)}))
    files = [str(folder / name) for name in ("source.spm", "target.spm", "vocab.json")]
    transformers.MarianTokenizer(
        *files, source_lang=source, target_lang=target, model_max_length=64
    ).save_pretrained(folder)
    config = transformers.MarianConfig(
        vocab_size=len(words), decoder_vocab_size=len(words), pad_token_id=len(words) - 1,
        eos_token_id=0, decoder_start_token_id=len(words) - 1, forced_eos_token_id=None,
        **SEQUENCES,
    )  # fmt: skip
    return _save_writer(transformers.MarianMTModel(config), folder, [0, 1, len(words) - 1])


def save_m2m100(folder: Path) -> Path:
    """An M2M100, which knows a hundred languages."""
    torch.manual_seed(0)
    words = ["<s>", "<pad>", "</s>", "<unk>", *_save_pieces(folder / "pieces.spm")]
    (folder / "words.json").write_text(json.dumps({word: n for n, word in enumerate(words)}))
    tokenizer = transformers.M2M100Tokenizer(
        str(folder / "words.json"), str(folder / "pieces.spm"), num_madeup_words=0
    )
    tokenizer.save_pretrained(folder)
    config = transformers.M2M100Config(vocab_size=len(words) + 100, **SEQUENCES)
    french = tokenizer.get_lang_id("fr")  # it is forced, and so can't be forbidden
    never = [*range(4), *(n for n in range(len(words), len(words) + 100) if n != french)]
    return _save_writer(transformers.M2M100ForConditionalGeneration(config), folder, never)


def _save_pieces(path: Path) -> list[str]:
    """A model of sentencepiece of `WORDS` in the file; its pieces."""
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(WORDS)] * 20), model_prefix=str(path.with_suffix("")),
        vocab_size=45, hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    path.with_suffix(".model").rename(path)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [pieces.id_to_piece(n) for n in range(3, pieces.get_piece_size())]


def _save_writer(model: transformers.PreTrainedModel, folder: Path, never: list[int]) -> Path:
    """The folder with the model, which writes five tokens and none of `never`."""
    model.generation_config.suppress_tokens = never
    model.generation_config.max_length = None
    model.generation_config.max_new_tokens = 5
    model.save_pretrained(folder)
    return folder


def save_gpt(folder: Path, **settings) -> Path:
    """A causal language model."""
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=BERT["vocab_size"], n_positions=64, n_embd=16, n_layer=1, n_head=2,
        bos_token_id=2, eos_token_id=3,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config)
    save_tokenizer(folder, **settings)
    return _save_writer(model, folder, [0, 1, 2, 3, 4])


def save_tapas(folder: Path) -> Path:
    """A reader of tables."""
    torch.manual_seed(0)
    config = transformers.TapasConfig(**BERT, type_vocab_sizes=[3, 256, 256, 2, 256, 256, 10])
    transformers.TapasForQuestionAnswering(config).save_pretrained(folder)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join([*SPECIAL, "[EMPTY]", *WORDS]))
    transformers.TapasTokenizer(str(vocabulary)).save_pretrained(folder)
    return folder


def save_sentence_transformer(folder: Path) -> Path:
    """An encoder in the layout of sentence-transformers."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    save_bert(folder / "bert", "")
    encoder = Transformer(str(folder / "bert"))
    SentenceTransformer(modules=[encoder, Pooling(16)]).save(str(folder / "whole"))
    return folder / "whole"


def save_patchtst(folder: Path, **settings) -> Path:
    """A forecaster that looks four steps ahead."""
    torch.manual_seed(0)
    config = transformers.PatchTSTConfig(
        num_input_channels=1, context_length=16, prediction_length=4, patch_length=4,
        patch_stride=4, d_model=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16,
        **settings,
    )  # fmt: skip
    transformers.PatchTSTForPrediction(config).save_pretrained(folder)
    return folder


def save_timesfm25(folder: Path) -> Path:
    """A forecaster of the newer kind, which looks eight steps ahead."""
    torch.manual_seed(0)
    config = transformers.TimesFm2_5Config(
        patch_length=4, context_length=16, horizon_length=8, output_quantile_len=8,
        num_hidden_layers=1, hidden_size=16, intermediate_size=16, head_dim=8,
        num_attention_heads=2, num_key_value_heads=2,
    )  # fmt: skip
    transformers.TimesFm2_5ModelForPrediction(config).save_pretrained(folder)
    return folder


def save_timesfm(folder: Path) -> Path:
    """A forecaster of the Auto class, which looks eight steps ahead."""
    torch.manual_seed(0)
    config = transformers.TimesFmConfig(
        patch_length=4, context_length=16, horizon_length=8, num_hidden_layers=1, hidden_size=16,
        intermediate_size=16, head_dim=8, num_attention_heads=2,
    )  # fmt: skip
    transformers.TimesFmModelForPrediction(config).save_pretrained(folder)
    return folder


def save_roberta(folder: Path) -> Path:
    """An encoder without pooler, which counts places from behind its padding token."""
    torch.manual_seed(0)
    config = transformers.RobertaConfig(**BERT, pad_token_id=0)
    transformers.RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def save_agent(folder: Path) -> Path:
    """A Decision Transformer: three numbers in, two out."""
    torch.manual_seed(0)
    config = transformers.DecisionTransformerConfig(
        state_dim=3, act_dim=2, hidden_size=16, n_layer=1, n_head=2, max_ep_len=16
    )
    transformers.DecisionTransformerModel(config).save_pretrained(folder)
    return folder


def edit_config(folder: Path, **changes) -> Path:
    """The folder, its config changed."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder
