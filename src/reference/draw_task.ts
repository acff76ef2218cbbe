import { type StreamName, stream } from "../random";
import type { Task } from "../tasks/index";

/** Inputs [B, T, S] and targets [B, T, R] of a task in one epoch, as shaders/draw_task.wgsl draws them. */
export function drawTask(
  task: Task,
  { B, T, seed, network = 0, epoch, name }: { B: number; T: number; seed: number; network?: number; epoch: number; name: StreamName },
): { x: Float32Array; y: Float32Array } {
  const { S, R } = task;
  const x = new Float32Array(B * T * S);
  const y = new Float32Array(B * T * R);
  for (let b = 0; b < B; b++) {
    const numbers = stream(name, seed, network, epoch, b);
    const value = (t: number, s: number) => {
      const u = numbers.uniform((t + task.history) * S + s);
      return task.real ? u : u < 0.5 ? 1 : 0;
    };
    if (task.shader === "adding") {
      addingSequence(numbers.uniform, T, x.subarray(b * T * S), y.subarray(b * T * R));
      continue;
    }
    for (let t = 0; t < T; t++) {
      for (let s = 0; s < S; s++) x[(b * T + t) * S + s] = task.scale * value(t, s);
      if (t + task.history < task.taps * task.delay) continue;
      let target = value(t - task.taps * task.delay, 0);
      for (let tap = task.taps - 1; tap > 0; tap--) target = Math.abs(target - value(t - tap * task.delay, 0));
      if (task.shader === "spatial") for (let s = 1; s < S; s++) target = Math.abs(target - value(t - task.delay, s));
      y[b * T + t] = target;
    }
  }
  return { x, y };
}

function addingSequence(uniform: (i: number) => number, T: number, x: Float32Array, y: Float32Array): void {
  const half = Math.floor(T / 2);
  const first = Math.min(Math.floor(uniform(T) * half), half - 1);
  const second = half + Math.min(Math.floor(uniform(T + 1) * (T - half)), T - half - 1);
  for (let t = 0; t < T; t++) {
    x[2 * t] = uniform(t);
    x[2 * t + 1] = t === first || t === second ? 1 : 0;
  }
  y[T - 1] = uniform(first) + uniform(second);
}
