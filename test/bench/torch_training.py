"""The peer that `floss bench training --compare torch` races against: training epochs in PyTorch (backpropagation through time, Adam).

    torch_training.py --hidden 80 --batch 16 --steps 300 --delay 40 --networks 1 --cell rnn --threads 1 [--batched]

Serves: for each line on stdin, a number of epochs, it runs them and prints one JSON line with the milliseconds per epoch of all
networks together. Copy of bits after `delay` steps, logit cross-entropy from there on, gradient norm clipped at 0.03, Adam. Drawing the
sequences is not counted. Networks run one after the other with torch.nn.RNN, GRU or LSTM; with --batched (vanilla cell) as one batch of
matrices by a loop over time.
"""
import argparse
import json
import sys
import time

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

parser = argparse.ArgumentParser()
for name, default in dict(hidden=80, batch=16, steps=300, delay=40, networks=1, threads=1).items():
    parser.add_argument("--" + name, type=int, default=default)
parser.add_argument("--cell", choices=["rnn", "gru", "lstm"], default="rnn")
parser.add_argument("--device", default="cpu")
parser.add_argument("--batched", action="store_true")
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(0)
N, B, T, delay, device = args.hidden, args.batch, args.steps, args.delay, args.device


def synchronise():
    if device != "cpu":
        torch.cuda.synchronize()


def draw(*shape):
    x = (torch.rand(T, *shape, device=device) < 0.5).float()
    y = torch.roll(x, delay, 0)
    synchronise()
    return x, y


def finish(loss, parameters, optimiser):
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 0.03)
    optimiser.step()
    synchronise()


class Module:
    def __init__(self):
        self.core = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[args.cell](1, N).to(device)
        self.readout = torch.nn.Linear(N, 1).to(device)
        self.parameters = [*self.core.parameters(), *self.readout.parameters()]
        self.optimiser = torch.optim.Adam(self.parameters, lr=1e-3)

    def epoch(self):
        x, y = draw(B, 1)
        start = time.perf_counter()
        h, _ = self.core(x)
        finish(bce(self.readout(h[delay:]), y[delay:]), self.parameters, self.optimiser)
        return time.perf_counter() - start


class Batched:
    def __init__(self, M):
        make = lambda scale, *shape: torch.nn.Parameter(scale * torch.randn(M, *shape, device=device))
        self.parameters = [make(N**-0.5, N, N), make(1, N, 1), make(0.1, N, 1), make(N**-0.5, 1, N), make(0.1, 1, 1)]
        self.optimiser = torch.optim.Adam(self.parameters, lr=1e-3)
        self.M = M

    def epoch(self):
        W, V, b, w, c = self.parameters
        x, y = draw(self.M, 1, B)
        start = time.perf_counter()
        u = V @ x + b
        h, states = torch.zeros(self.M, N, B, device=device), []
        for t in range(T):
            h = torch.tanh(torch.baddbmm(u[t], W, h))
            states.append(h)
        loss = bce(w @ torch.stack(states[delay:]) + c, y[delay:], reduction="sum") / (B * (T - delay))
        finish(loss, self.parameters, self.optimiser)
        return time.perf_counter() - start


if args.batched and args.cell != "rnn":
    parser.error("--batched is for the vanilla cell")
networks = [Batched(args.networks)] if args.batched else [Module() for _ in range(args.networks)]
for network in networks:
    network.epoch()  # the first is slower
print(json.dumps({"peer": "pytorch " + torch.__version__}), flush=True)
for line in sys.stdin:
    count = int(line)
    total = sum(network.epoch() for _ in range(count) for network in networks)
    print(json.dumps({"ms_per_epoch": 1e3 * total / count}), flush=True)
