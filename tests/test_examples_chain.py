"""The graph in a chain of runnables."""

from hugginggpt.examples import example
from hugginggpt.examples.chain import build_chain


async def test_example_summarises_in_parallel():
    files = [example("review-1.txt"), example("review-2.txt")]
    given = [{"count": 1, "files": [str(file)]} for file in files]
    summaries = await build_chain().abatch(given)
    texts = [" ".join(file.read_text().split()) for file in files]
    assert all(summary in text for summary, text in zip(summaries, texts, strict=True))
