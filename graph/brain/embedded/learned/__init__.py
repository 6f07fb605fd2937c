"""What the planner has learned from its examples: which tasks requests like this one need.

`views` sees a request as numbers, `likeness` compares it with the examples, `scores` says how
likely each kind is, `sets` chooses the set of kinds, `model` holds it all and is read from
`weights.safetensors`, which `hugginggpt.graph.brain.embedded.fit` builds from the examples.
"""
