"""Tiny causal language models in a folder, that say what they are told to say.

A saying is cut into pieces that each occur once, and each piece is a token. The model knows which
token comes next after each: a step of its one layer carries the token to the output, attention
and MLP add nothing. So it says the same whatever the prompt, and its greedy decoding is exact.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

END = "<|end|>"
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}CUE{% endif %}"
)
"""CUE is what stands before the answer."""


def write_model(
    folder: Path,
    sayings: Mapping[str, str],
    *,
    template: str = TEMPLATE,
    ends: bool = True,
    most: int | None = None,
    context: int = 16_384,
) -> Path:
    """A model that says `sayings[opening]` to a conversation whose first message begins so.

    One that does not end begins again. `most` is the longest answer, in tokens.
    """
    cues = {opening: f"<|say {number}|>" for number, opening in enumerate(sayings)}
    tokenizer = _tokenizer([END, "<|system|>", "<|user|>", "<|assistant|>", *cues.values()])
    follows = {}
    for opening, text in sayings.items():
        pieces = _pieces(text, set(follows) | set(follows.values()))
        last = END if ends else pieces[0]
        follows |= dict(zip([cues[opening], *pieces], [*pieces, last], strict=True))
    network = _network(tokenizer, follows, context)
    network.generation_config.max_new_tokens = most
    network.save_pretrained(folder)
    chat = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=END)
    chat.chat_template = template.replace("CUE", _choice(cues))
    chat.save_pretrained(folder)
    return folder


def _tokenizer(special: list[str]) -> Tokenizer:
    """Byte-level BPE, trained on this very file."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([Path(__file__).read_text()], trainer)
    return tokenizer


def _pieces(text: str, taken: set[str]) -> list[str]:
    """The text in pieces of four characters, or more where those were there before."""
    pieces: list[str] = []
    rest = text
    while rest:
        size = 4
        while rest[:size] in taken and size < len(rest):
            size += 1
        if rest[:size] in taken:  # what is left at the end
            size += len(pieces[-1])
            rest = pieces.pop() + rest
        pieces.append(rest[:size])
        taken.add(rest[:size])
        rest = rest[size:]
    return pieces


def _network(tokenizer: Tokenizer, follows: Mapping[str, str], context: int) -> LlamaForCausalLM:
    tokenizer.add_tokens(sorted(set(follows.values()) - {END}))
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=256,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=context,
        eos_token_id=tokenizer.token_to_id(END),
        bos_token_id=None,
    )
    torch.manual_seed(0)
    network = LlamaForCausalLM(config)
    if not follows:
        return network
    with torch.no_grad():
        layer = network.model.layers[0]
        for weight in (layer.self_attn.o_proj, layer.mlp.down_proj, network.lm_head):
            weight.weight.zero_()
        network.model.embed_tokens.weight.zero_()
        for direction, (token, after) in enumerate(follows.items()):
            network.model.embed_tokens.weight[tokenizer.token_to_id(token), direction] = 1
            network.lm_head.weight[tokenizer.token_to_id(after), direction] = 1
    return network


def _choice(cues: Mapping[str, str]) -> str:
    """The cue for the first message, in the language of templates; of the last saying otherwise."""
    cases = [
        f"{{% if messages[0].content.startswith('{opening}') %}}{cue}{{% else %}}"
        for opening, cue in cues.items()
    ]
    last = next(reversed(cues.values()), "<|assistant|>")
    return "".join(cases) + last + "{% endif %}" * len(cases)
