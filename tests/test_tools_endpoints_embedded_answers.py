from pathlib import Path

import pytest

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.answers import answer
from hugginggpt.tools.errors import TaskError

FLAT = (
    "The flat is on the third floor of a quiet house in Lindenstrasse. It has two bedrooms, a "
    "kitchen with a gas stove, and a balcony that faces the garden. The rent is 850 euros a month, "
    "heating included. A deposit of two months' rent is due when you sign the contract. The flat "
    "is free from 1 September. Pets are welcome, but smoking is not. Viewings take place every "
    "Thursday evening. If you are interested, write to Mrs. Adler at adler@example.org."
)
COFFEE = (
    "Coffee was first grown in Ethiopia, where, as a legend has it, a goatherd named Kaldi noticed "
    "that his goats danced after eating red berries. Traders carried the beans across the Red Sea "
    "to Yemen in the fifteenth century. Coffee houses opened in Istanbul in 1554 and in Venice "
    "about ninety years later. In London they were called penny universities, because a penny "
    "bought a cup and the conversation. Brazil has been the largest producer for over 150 years. "
    "A cup holds around 95 milligrams of caffeine."
)
MINUTES = (
    "The meeting began at 14:00 in room B12. Priya reported that sales rose by eight percent in "
    "the last quarter. The new website will be launched on 3 June. Daniel is responsible for the "
    "launch. The budget for advertising was cut by 5,000 dollars because the trade fair was "
    "cancelled. Everybody agreed to meet again in two weeks. Sandra will write the report."
)
ANSWERED = [
    (FLAT, "How much is the rent?", "850 euros"),
    (FLAT, "How many bedrooms does the flat have?", "two bedrooms"),
    (FLAT, "When can I view the flat?", "Thursday"),
    (FLAT, "Can I bring my dog?", "Pets are welcome"),
    (FLAT, "Who do I write to?", "Mrs. Adler"),
    (FLAT, "How large is the deposit?", "deposit of two months"),
    (FLAT, "What does the balcony face?", "faces the garden"),
    (COFFEE, "Where was coffee first grown?", "Ethiopia"),
    (COFFEE, "Who noticed the goats dancing?", "Kaldi"),
    (COFFEE, "When did coffee houses open in Istanbul?", "1554"),
    (COFFEE, "Which country produces the most coffee?", "Brazil"),
    (COFFEE, "How much caffeine is in a cup?", "95 milligrams"),
    (COFFEE, "Why were London coffee houses called penny universities?", "penny bought"),
    (MINUTES, "When did the meeting start?", "14:00"),
    (MINUTES, "Who is responsible for the launch?", "Daniel"),
    (MINUTES, "Why was the advertising budget cut?", "trade fair"),
    (MINUTES, "When will the website be launched?", "3 June"),
    (MINUTES, "How much did sales rise?", "eight percent"),
    (MINUTES, "Who writes the report?", "Sandra"),
    (MINUTES, "When is the next meeting?", "two weeks"),
]
UNANSWERED = [
    (FLAT, "What is the capital of Peru?"),
    (FLAT, "How fast is the train?"),
    (FLAT, "Who invented the telephone?"),
    (FLAT, "How old is the landlord?"),
    (COFFEE, "How do I change a bicycle tyre?"),
    (COFFEE, "What is the rent of the flat?"),
    (COFFEE, "Who won the election?"),
    (MINUTES, "How tall is Mount Everest?"),
    (MINUTES, "What is the recipe for pancakes?"),
    (MINUTES, "Who wrote Hamlet?"),
]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def test_most_questions_get_the_sentence_that_answers(call: Call):
    def found(context: str, question: str) -> str:
        try:
            return answer({"context": context, "question": question}, call)[0].text or ""
        except TaskError:
            return ""

    right = [expected in found(context, question) for context, question, expected in ANSWERED]

    assert sum(right) >= 0.8 * len(ANSWERED)  # measured: 16 of 20


@pytest.mark.parametrize(
    ("context", "question"), UNANSWERED, ids=[question for _, question in UNANSWERED]
)
def test_a_question_that_the_text_does_not_answer_is_refused(
    context: str, question: str, call: Call
):
    with pytest.raises(TaskError, match="does not seem to answer"):
        answer({"context": context, "question": question}, call)


def test_the_answer_says_where_it_stands(call: Call):
    arguments = {"context": COFFEE, "question": "How much caffeine is in a cup?"}

    text, data = answer(arguments, call)

    found = data.data[0]
    assert COFFEE[found["start"] : found["end"]] == text.text == found["answer"]
    assert 0.4 <= found["score"] <= 1


def test_a_heading_is_no_answer(call: Call):
    context = "Opening hours of the library\n\nThe library opens at nine on weekdays."

    text, _ = answer({"context": context, "question": "When does the library open?"}, call)

    assert text.text == "The library opens at nine on weekdays."
