"""Files written by PyTorch for the tests, and whether PyTorch takes what became of them.

    /usr/bin/python3 test/pytorch/round_trip.py make FOLDER     writes the files of test/pytorch/files, and their exponents
    /usr/bin/python3 test/pytorch/round_trip.py check FOLDER    loads each with load_state_dict(strict=True), prints JSON

Debian has PyTorch, but not the safetensors package: where that is missing, its format is read and written here.
"""
import json
import os
import struct
import sys

import torch

DTYPES = {"F32": torch.float32, "F64": torch.float64, "BF16": torch.bfloat16, "F16": torch.float16, "I64": torch.int64}
NAMES = {dtype: name for name, dtype in DTYPES.items()}

try:
    from safetensors.torch import load_file, save_file
except ImportError:

    def save_file(tensors, path, metadata=None):
        order = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
        header, data = {"__metadata__": metadata} if metadata else {}, b""
        for name in order:
            tensor = tensors[name].contiguous()
            raw = bytes(tensor.view(-1).view(torch.uint8).tolist()) if tensor.dim() else struct.pack("<q", int(tensor))
            header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + data)

    def load_file(path):
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header, data = json.loads(file.read(length)), file.read()
        header.pop("__metadata__", None)
        read = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            raw = torch.tensor(list(data[begin:end]), dtype=torch.uint8)
            read[name] = raw.view(DTYPES[entry["dtype"]]).view(entry["shape"])
        return read


class Classifier(torch.nn.Module):
    """A network inside another, with a readout and a counter that only the owner knows."""

    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.RNN(2, 12, batch_first=True)
        self.readout = torch.nn.Linear(12, 3)
        self.register_buffer("seen", torch.tensor(41))

    def forward(self, x):
        return self.readout(self.encoder(x)[0])


def awake(module):
    """A bias that keeps most units above zero: where too few are, exponents are minus infinity."""
    with torch.no_grad():
        module.bias_ih_l0 += 1.0
    return module


MODULES = {
    "rnn": lambda: torch.nn.RNN(2, 12, batch_first=True),
    "rnn-nobias": lambda: torch.nn.RNN(2, 12, bias=False, batch_first=True),
    "rnn-prefix": Classifier,
    "rnn-f64": lambda: torch.nn.RNN(2, 12, batch_first=True).double(),
    "rnn-bf16": lambda: torch.nn.RNN(2, 12, batch_first=True).bfloat16(),
    "rnn-relu": lambda: awake(torch.nn.RNN(2, 12, nonlinearity="relu", batch_first=True)),
    "gru": lambda: torch.nn.GRU(2, 12, batch_first=True),
    "lstm": lambda: torch.nn.LSTM(2, 12, batch_first=True),
    "lstm-nobias": lambda: torch.nn.LSTM(2, 12, bias=False, batch_first=True),
}
STEPS, K = 60, 5


def exponents(module):
    """The first K exponents in float64, with Jacobians by autograd of PyTorch's own module; inputs cos(t + s), start zero."""
    module = module.double()
    lstm = isinstance(module, torch.nn.LSTM)
    N = module.hidden_size

    def step(state, x):
        parts = [part.reshape(1, 1, N) for part in state.split(N)]
        after = module(x.reshape(1, 1, -1), tuple(parts) if lstm else parts[0])[1]
        return torch.cat([part.reshape(-1) for part in after]) if lstm else after.reshape(-1)

    D = 2 * N if lstm else N
    state, frame, logs = torch.zeros(D, dtype=torch.float64), torch.eye(D, K, dtype=torch.float64), 0.0
    for t in range(STEPS):
        x = torch.cos(t + torch.arange(module.input_size, dtype=torch.float64)).float().double()
        frame, r = torch.linalg.qr(torch.autograd.functional.jacobian(lambda s: step(s, x), state) @ frame)
        logs = logs + torch.diagonal(r).abs().log()
        state = step(state, x).detach()
    return (logs / STEPS).tolist()


def make(folder):
    for number, (name, module) in enumerate(MODULES.items()):
        torch.manual_seed(number)
        made = module()
        save_file(made.state_dict(), os.path.join(folder, name + ".safetensors"), {"format": "pt"})
        if name in ("rnn-relu", "gru", "lstm"):
            with open(os.path.join(folder, name + ".json"), "w") as file:
                json.dump({"steps": STEPS, "k": K, "exponents": exponents(made)}, file)


def check(folder):
    for name, module in MODULES.items():
        loaded = module()
        before = load_file(os.path.join(os.path.dirname(__file__), "files", name + ".safetensors"))
        after = load_file(os.path.join(folder, name + ".safetensors"))
        loaded.load_state_dict(after, strict=True)
        state = loaded.state_dict()
        changed = sorted(key for key in before if not torch.equal(before[key], after[key].to(before[key].dtype)))
        finite = all(bool(torch.isfinite(value.double()).all()) for value in state.values())
        output = loaded.float()(torch.ones(1, 4, 2))
        output = output[0] if isinstance(output, tuple) else output
        print(json.dumps({"name": name, "changed": changed, "finite": finite, "output": list(output.shape)}))


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](sys.argv[2])
