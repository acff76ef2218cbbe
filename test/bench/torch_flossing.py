"""The peer that `floss bench --compare torch` races against: flossing epochs in PyTorch (torch.linalg.qr and autograd).

    torch_flossing.py --hidden 80 --k 75 --steps 300 --networks 1 --batch 1 --cell rnn --threads 1 [--batched] [--forward-only]

Serves: for each line on stdin, a number of epochs, it runs them and prints one JSON line with the milliseconds per epoch of all
networks together. Weights N(0, 1/N), Bernoulli(1/2) input, no warm-up, Adam included. Networks run as one batch with --batched,
else one after the other.
"""
import argparse
import json
import math
import sys
import time

import torch

parser = argparse.ArgumentParser()
for name, default in dict(hidden=80, k=75, steps=300, networks=1, batch=1, threads=1, inputs=1).items():
    parser.add_argument("--" + name, type=int, default=default)
parser.add_argument("--cell", choices=["rnn", "gru", "lstm"], default="rnn")
parser.add_argument("--device", default="cpu")
parser.add_argument("--batched", action="store_true")
parser.add_argument("--forward-only", action="store_true")
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(0)
N, K, T, S, B, device = args.hidden, args.k, args.steps, args.inputs, args.batch, args.device
G = {"rnn": 1, "gru": 3, "lstm": 4}[args.cell]
D = 2 * N if args.cell == "lstm" else N


def column(vector):
    return vector.unsqueeze(-1)


def gate(tensor, i, dim):
    return tensor.narrow(dim, i * N, N)


def step(W, V, b, x, s, Q):
    """One step of states s [M, B, D] and tangent vectors Q [M, B, D, K]; W [M, 1, G N, N]."""
    h = s[..., :N]
    a_in = (V @ column(x)).squeeze(-1) + b
    a_h = (W @ column(h)).squeeze(-1)
    A = W @ Q[..., :N, :]
    if args.cell == "rnn":
        h = torch.tanh(a_in + a_h)
        return h, column(1 - h * h) * A
    if args.cell == "gru":
        r = torch.sigmoid(gate(a_in, 0, -1) + gate(a_h, 0, -1))
        z = torch.sigmoid(gate(a_in, 1, -1) + gate(a_h, 1, -1))
        hn = gate(a_h, 2, -1)
        n = torch.tanh(gate(a_in, 2, -1) + r * hn)
        dn = column(1 - n * n) * (column(r * (1 - r) * hn) * gate(A, 0, -2) + column(r) * gate(A, 2, -2))
        return (1 - z) * n + z * h, column(1 - z) * dn + column(z * (1 - z) * (h - n)) * gate(A, 1, -2) + column(z) * Q
    c, g = s[..., N:], a_in + a_h
    i, f = torch.sigmoid(gate(g, 0, -1)), torch.sigmoid(gate(g, 1, -1))
    n, o = torch.tanh(gate(g, 2, -1)), torch.sigmoid(gate(g, 3, -1))
    c1 = f * c + i * n
    tc = torch.tanh(c1)
    dc = column(f * (1 - f) * c) * gate(A, 1, -2) + column(f) * Q[..., N:, :]
    dc = dc + column(i * (1 - i) * n) * gate(A, 0, -2) + column(i * (1 - n * n)) * gate(A, 2, -2)
    return torch.cat([o * tc, c1], -1), torch.cat([column(o * (1 - o) * tc) * gate(A, 3, -2) + column(o * (1 - tc * tc)) * dc, dc], -2)


def make(M):
    shapes = [(M, 1, G * N, N), (M, 1, G * N, S), (M, 1, G * N)]
    scales = [1 / math.sqrt(N), 1.0, 0.1]
    return [torch.nn.Parameter(scale * torch.randn(*shape, device=device)) for shape, scale in zip(shapes, scales)]


def synchronise():
    if device != "cpu":
        torch.cuda.synchronize()


def epoch(parameters, optimiser, M):
    x = (torch.rand(T, M, B, S, device=device) < 0.5).float()
    s = torch.randn(M, B, D, device=device)
    Q = torch.linalg.qr(torch.randn(M, B, D, K, device=device))[0]
    logs = 0.0
    for t in range(T):
        s, A = step(*parameters, x[t], s, Q)
        Q, R = torch.linalg.qr(A)
        logs = logs + torch.log(torch.abs(torch.diagonal(R, dim1=-2, dim2=-1)))
    if args.forward_only:
        return
    loss = ((logs / T) ** 2).mean((-1, -2)).sum()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


groups = [make(args.networks)] if args.batched else [make(1) for _ in range(args.networks)]
optimisers = [torch.optim.Adam(group, lr=1e-3) for group in groups]


def run():
    for group, optimiser in zip(groups, optimisers):
        epoch(group, optimiser, group[0].shape[0])


grad = torch.no_grad() if args.forward_only else torch.enable_grad()
with grad:
    run()  # the first is slower
    print(json.dumps({"peer": "pytorch " + torch.__version__}), flush=True)
    for line in sys.stdin:
        count = int(line)
        synchronise()
        start = time.perf_counter()
        for _ in range(count):
            run()
        synchronise()
        print(json.dumps({"ms_per_epoch": 1e3 * (time.perf_counter() - start) / count}), flush=True)
