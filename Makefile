PYTHON ?= .venv/bin/python
SOURCES = __init__.py __main__.py app benchmarks evals examples graph prompts tests tools

.PHONY: check format lint types contract weights test bench embeddings planner refit

check: lint types contract weights test  ## everything that CI checks

format:  ## rewrite files in house style
	$(PYTHON) -m ruff format $(SOURCES)
	$(PYTHON) -m ruff check --fix $(SOURCES)

lint:
	$(PYTHON) -m ruff format --check $(SOURCES)
	$(PYTHON) -m ruff check $(SOURCES)

types:  ## mypy finds the package through a link, since its folders stand at the top
	mkdir -p .typecheck && ln -sfn .. .typecheck/hugginggpt
	$(PYTHON) -m mypy -p hugginggpt.app -p hugginggpt.evals -p hugginggpt.graph -p hugginggpt.prompts -p hugginggpt.tools -p hugginggpt.examples

contract:  ## imports point one way
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

weights:  ## fits the embedded planner again but for its networks, and compares; three minutes
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m hugginggpt.graph.brain.embedded.refit --but-networks

test:
	$(PYTHON) -m pytest -n 2

bench:
	$(PYTHON) -m benchmarks

embeddings:  ## builds the static table again; needs torch, see its --help
	$(PYTHON) -m hugginggpt.tools.endpoints.embedded.build_embeddings

planner:  ## fits the embedded planner to its examples again, then measures it on held-out topics
	$(PYTHON) -m hugginggpt.graph.brain.embedded.examples
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m hugginggpt.graph.brain.embedded.fit
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m hugginggpt eval planner

refit:  ## the same with its networks, for half an hour
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PYTHON) -m hugginggpt.graph.brain.embedded.refit
