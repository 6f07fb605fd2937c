"""Small folders in TaskBench's form, with words of our own."""

import json

MODELS = [
    {"id": "Image-to-Text", "desc": "Say.", "input-type": ["image"], "output-type": ["text"]},
    {"id": "Translation", "desc": "Turn.", "input-type": ["text"], "output-type": ["text"]},
    {"id": "Text-to-Speech", "desc": "Speak.", "input-type": ["text"], "output-type": ["audio"]},
]
MEDIA = [
    {
        "id": "Voice Changer",
        "desc": "Alter.",
        "input-type": ["audio", "text"],
        "output-type": ["audio"],
    },
    {"id": "Audio-to-Text", "desc": "Hear.", "input-type": ["audio"], "output-type": ["text"]},
]
APIS = [
    {
        "id": "find_recipe",
        "desc": "Find a recipe",
        "parameters": [{"name": "dish", "type": "string", "desc": "The dish"}],
    },
    {
        "id": "buy_groceries",
        "desc": "Buy groceries",
        "parameters": [{"name": "list", "type": "string", "desc": "What to buy"}],
    },
]

READ_AND_TURN = {
    "id": "1",
    "type": "chain",
    "n_tools": 2,
    "user_request": "Read plate.jpg and turn it into Welsh.",
    "task_steps": ["Step 1: Read the picture", "Step 2: Turn the words into Welsh"],
    "task_nodes": [
        {"task": "Image-to-Text", "arguments": ["plate.jpg"]},
        {"task": "Translation", "arguments": ["<node-0>"]},
    ],
    "task_links": [{"source": "Image-to-Text", "target": "Translation"}],
}
COOK = {
    "id": "2",
    "type": "chain",
    "n_tools": 2,
    "user_request": "Find out how to bake bara brith, and buy what it takes.",
    "task_steps": ["Step 1: Call find_recipe", "Step 2: Call buy_groceries"],
    "task_nodes": [
        {"task": "find_recipe", "arguments": [{"name": "dish", "value": "bara brith"}]},
        {"task": "buy_groceries", "arguments": [{"name": "list", "value": "find_recipe"}]},
    ],
    "task_links": [{"source": "find_recipe", "target": "buy_groceries"}],
}


def write_bench(folder, tools=MODELS, gold=None, labels=None):
    """The folder, filled with the tools and with published plans or hand labels."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tool_desc.json").write_text(json.dumps({"nodes": tools}))
    if gold is not None:
        (folder / "data.json").write_text("\n".join(map(json.dumps, gold)))
    if labels is not None:
        (folder / "hand_labels.jsonl").write_text("\n".join(map(json.dumps, labels)))
        requests = [{"id": row["id"], "user_request": f"do {row['id']}"} for row in labels]
        (folder / "user_requests.json").write_text("\n".join(map(json.dumps, requests)))
    return folder
