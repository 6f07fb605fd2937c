"""What `--help` says. A paragraph is one line, so that it wraps where the terminal ends."""

HUGGINGGPT = (
    "Turn a request in plain words into a graph of Hugging Face tasks, and run it.\n\n"
    "Works with no key and no network. Settings come from HUGGINGGPT_* variables or a file "
    "named .env in the current folder; `hugginggpt doctor` says what works here."
)
EXAMPLES = (
    "Examples\n"
    "  hugginggpt demo\n"
    '  hugginggpt ask "What is the total on receipt.png?" -f receipt.png\n'
    '  hugginggpt ask "Summarise page.txt and read the summary to me" --out sounds\n'
    '  hugginggpt plan "Read menu.jpg and translate it into French" --json\n'
    "  hugginggpt tasks image-to-text"
)
ASK = (
    "Plan a request, run its tasks, and answer it.\n\n"
    "Progress goes to stderr, the answer to stdout, as Markdown where stdout is no terminal.\n\n"
    "With --json one object is printed: answer, plan (in the wire form of the HuggingGPT paper), "
    "selections, results and artifacts. A result holds status, kind, model, endpoint, seconds, "
    "and output or error; its output is the text, the data or the path of the file that the task "
    "gave. All files are in artifacts, each with modality, path and mime type.\n\n"
    "With --approve the plan is shown first, with the model of each task: accept it, change it, or "
    "say why not, and a chat model plans anew. --approve cost asks only where a hosted or a large "
    "local model would run.\n\n"
    "Where the embedded brain is not sure, you are asked, on a terminal, which of two plans you "
    "mean; HUGGINGGPT_CLARIFY=false takes the likelier one. --yes asks nothing at all.\n\n"
    "Exit status: 0 all done, 1 answered with failures, 2 bad input, 3 internal error, "
    "130 interrupted (143 by SIGTERM). What was interrupted can be gone on with: `hugginggpt "
    "resume`.\n\n"
    "Examples\n"
    '  hugginggpt ask "How many faces are in team.jpg?" -f team.jpg\n'
    '  echo "Read hello aloud" | hugginggpt ask - --out sounds'
)
RESUME = (
    "Go on with a run that was not finished; without ID, list all of those.\n\n"
    "A run that was interrupted, killed or not approved stays in the store until it is answered "
    "or forgotten. It goes on with the settings that it had, but for those that are given now. "
    "Tasks that had ended do not run again; what was asked and not answered is asked again, unless "
    "--yes is given.\n\n"
    "Runs are kept in SQLite in the user's data folder, or in HUGGINGGPT_DATA_DIR; or in the "
    "Postgres database that HUGGINGGPT_DATABASE names (postgresql://USER:PASSWORD@HOST/NAME).\n\n"
    "With --json the list is an array of objects with id, command, began, request, done, total "
    "and state; the answer of a run is that of `hugginggpt ask --json`.\n\n"
    "Exit status: as of `hugginggpt ask`.\n\n"
    "Examples\n"
    "  hugginggpt resume\n"
    "  hugginggpt resume --last\n"
    "  hugginggpt resume 1a2b3c4d --forget"
)
PLAN = (
    "Show the tasks of a request, and run none of them. Where the embedded brain is not sure, the "
    "plan that may be meant instead follows.\n\n"
    "With --json only the plan is printed, in the wire form of the HuggingGPT paper.\n\n"
    "With --explain the embedded planner shows the words that led to each task and to each of its "
    "values, each with the number of its task behind it. Where a plan was learned rather than "
    "asked for by a cue, these are the words without which the kind's score falls most, and the "
    "examples most like the request are quoted. A cue is a wording that the rules know. With "
    "--json one object is printed: tasks, and explanation.\n\n"
    'With --batch each line of FILE holds {"id", "request"}, and for each one line is printed '
    'at once: {"id", "tasks"}, and "error" where there is no valid plan. Blank lines are left '
    "out.\n\n"
    "Exit status: 0 planned, 1 a plan could not be used, 2 bad input.\n\n"
    "Examples\n"
    '  hugginggpt plan "Read menu.jpg and translate it into German"\n'
    '  hugginggpt plan "Read menu.jpg and translate it into German" --explain\n'
    "  hugginggpt plan --batch requests.jsonl > plans.jsonl"
)
TEACH = (
    "Teach the embedded planner the right plan for a request.\n\n"
    "The plan of today is shown and opened in your editor (EDITOR); an empty list teaches that "
    "there is no task in the request. --plan and --reason teach without asking. The same request, "
    "with whatever files, is planned so from then on, and requests like it take it as an example. "
    "Which of the shipped tests change is shown; where one becomes worse, you are asked whether to "
    "keep the lesson.\n\n"
    "Lessons are rows of JSON in lessons.jsonl in your data folder, or in the file that "
    "HUGGINGGPT_LESSONS names; `none` there plans without any.\n\n"
    "Exit status: 0 kept or nothing to do, 1 not kept, or with --list a line is no lesson, "
    "2 bad input.\n\n"
    "Examples\n"
    '  hugginggpt teach "do the usual with scan.png"\n'
    '  hugginggpt teach "archive scan.pdf" --reason unsupported\n'
    '  hugginggpt teach "tidy desk.jpg" --plan @plan.json\n'
    "  hugginggpt teach --list"
)
TASKS = (
    "List the kinds of tasks, and what can run each here.\n\n"
    "Example\n"
    "  hugginggpt tasks text-to-speech"
)
MODELS = (
    "List the models of one kind of task, and say which can run here and why others can't.\n\n"
    "They come from the user's own list (HUGGINGGPT_MODELS), from the Hub, which is asked once a "
    "day, and from facts that come with the package. With --request they are ordered by how well "
    "their descriptions fit, and the one that a run would choose is named.\n\n"
    "With --json one object is printed: kind, asked_at, trouble, models and chosen. A model has "
    "endpoints, where it runs, and obstacles, which say why it does not.\n\n"
    "Exit status: 0 one can run here, 1 none can, 2 bad input.\n\n"
    "Examples\n"
    "  hugginggpt models translation\n"
    '  hugginggpt models text-classification --request "Is this review angry?" --json'
)
CHAT = (
    "Talk; requests may refer to earlier files and results.\n\n"
    "Conversations are kept where runs are, see `hugginggpt resume`. Ctrl-C stops a request, and "
    "Enter goes on with it; at the prompt Ctrl-C leaves. Where `hugginggpt ask` would ask which of "
    "two plans you mean, so does this.\n\n"
    "Example\n"
    "  hugginggpt chat --thread holidays"
)
DOCTOR = (
    "Say what works here, what does not, and why.\n\n"
    "With --call the chat model is asked one short question, to see that key, network and model "
    "work together.\n\n"
    "Exit status: 0 if the brain and an endpoint work, else 1."
)
PROMPTS = (
    "Show what a chat model is asked for a plan, and about how many tokens that takes.\n\n"
    "Nothing is sent. Without REQUEST the parts are counted; with it the whole prompt is "
    "printed. The system prompt is made from the kinds of tasks that can run here.\n\n"
    "Examples\n"
    "  hugginggpt prompts\n"
    '  hugginggpt prompts "Read menu.jpg to me" -f menu.jpg --all'
)
DEMO = "Ask four questions about files that come with the package."
EVAL = "Measure how well requests are planned and answered."
EVALS = {
    "planner": (
        "Measure how well the embedded planner reads requests that it was not fitted to.\n\n"
        "It is fitted anew without some topics and one style of its examples, in half an hour, "
        "and plans those. FILE holds more requests of yours, DIR what TaskBench publishes: both "
        "are planned with the weights shipped. Ctrl-C shows what is done so far.\n\n"
        "exact plans: the right tasks with the right links; exact sets: the right kinds; n-F1, "
        "e-F1: kinds, and links between kinds.\n\n"
        "Exit status: 0 measured, 2 bad input, 130 interrupted.\n\n"
        "Examples\n"
        "  hugginggpt eval planner --report before\n"
        "  hugginggpt eval planner --data taskbench --labelled mine.jsonl --ablations"
    ),
    "taskbench": (
        "Measure plans by the measures of TaskBench.\n\n"
        "DIR holds what TaskBench publishes (https://github.com/microsoft/JARVIS, `taskbench`): "
        "tool_desc.json with data.json, or with user_requests.json and hand_labels.jsonl. The "
        "domain is found by its tools. Ctrl-C shows what is done so far.\n\n"
        "n-F1, e-F1: tools and links; t-F1, v-F1: names and values of arguments; ED: edit "
        "distance, less is better; R1, R2: ROUGE of the steps, where the brain writes steps.\n\n"
        "Exit status: 0 measured, 1 a request got no plan, 2 bad input, 130 interrupted.\n\n"
        "Examples\n"
        "  hugginggpt eval taskbench --data taskbench --domain huggingface\n"
        "  hugginggpt eval taskbench --data data_multimedia --brain openai:gpt-5-mini --limit 100"
    ),
    "suite": (
        "Run the project's own requests with real files, and check plans, results and answers.\n\n"
        "Without --brain and --endpoints it needs no key and no network, whatever is set.\n\n"
        "Nothing is uploaded, whatever the environment says, unless --upload is given: then the "
        "cases become a data set in LangSmith (LANGSMITH_API_KEY), and the run an experiment.\n\n"
        "Exit status: 0 all pass, or as many as --least asks for; 1 fewer; 2 bad input; "
        "130 interrupted.\n\n"
        "Examples\n"
        "  hugginggpt eval suite --least 90 --report before\n"
        "  hugginggpt eval suite --brain openai:gpt-5-mini --judge openai:gpt-5 --report after"
    ),
    "compare": (
        "Compare two reports on the cases that both have, with 95 % intervals.\n\n"
        "Exit status: 0 nothing has surely become worse, 1 something has, 2 bad input.\n\n"
        "Example\n"
        "  hugginggpt eval compare before/report.json after/report.json"
    ),
}
