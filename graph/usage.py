"""What asking a chat model has cost: calls and tokens, which add up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls and tokens of a stage or a run; all zero where no chat model was asked."""

    calls: int = 0
    """Attempts that failed are counted too."""
    input_tokens: int = 0
    """As the server tells; zero where it does not."""
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        """The sum of both."""
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )
