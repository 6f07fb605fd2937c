"""`hugginggpt demo`: four questions about files that come with the package, in one request."""

from hugginggpt.app.ask import ask
from hugginggpt.app.terminal import err
from hugginggpt.examples import example

FILES = ("receipt.png", "page.txt", "review-1.txt", "review-2.txt", "portrait.jpg")
REQUEST = (
    "What is the total on receipt.png, and say it aloud. "
    "Summarise page.txt and read the summary to me. "
    "Which of the two reviews, review-1.txt or review-2.txt, is happier? "
    "And how many faces are in portrait.jpg?"
)


def show_demo() -> int:
    """Ask the question of the demo, as `hugginggpt ask` would, and return its exit status."""
    err().print(REQUEST, style="bold", soft_wrap=not err().is_terminal)
    return ask(REQUEST, [str(example(name)) for name in FILES])
