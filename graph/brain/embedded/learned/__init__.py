"""What the planner has learned from its examples: which tasks requests like this one need.

`views` sees a request as numbers. `likeness` and `scores` tell how likely each kind is by examples
that are alike as a whole, `network` by the words, `sets` chooses the set of kinds, and `taught`
adds what the user's lessons say; `flow` tells which kinds work on what others make. `model` holds
it all, read from `weights.safetensors`, which
`hugginggpt.graph.brain.embedded.fit` builds from the examples.
"""
