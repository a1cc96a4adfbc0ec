"""RMSprop with epsilon inside the root, as Keras has it; torch.optim's adds it to the root. For checking, not for timing."""

import torch

RHO = 0.9
EPSILON = 1e-7


class KerasRMSprop(torch.optim.Optimizer):
    def __init__(self, parameters, learning_rate):
        super().__init__(parameters, {"lr": learning_rate})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                mean = state.setdefault("mean", torch.zeros_like(weight))
                mean.mul_(RHO).addcmul_(weight.grad, weight.grad, value=1 - RHO)
                weight.sub_(group["lr"] * weight.grad * torch.rsqrt(mean + EPSILON))
