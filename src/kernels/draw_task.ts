import type { KernelSpec } from "../gpu/kernel";
import { type StreamName, streamIds } from "../random";
import { taskWgsl } from "../shaders";
import type { Task } from "../tasks/index";
import { dealtGroups, MOST_GROUPS } from "./groups";
import { kernelShape, type Shaped } from "./shape";
import { type TrainSizes, trainLayout } from "./train_sizes";

/** Its uniform. */
export const drawTaskParams = {
  epoch: "u32",
  stream: "u32",
  T: "u32",
  B: "u32",
  BP: "u32",
  S: "u32",
  R: "u32",
  real: "u32",
  history: "u32",
  delay: "u32",
  taps: "u32",
  scale: "f32",
} as const;

/** Values of the uniform for the sequences of an epoch. */
export function drawTaskValues(sizes: TrainSizes, task: Task, epoch: number, stream: StreamName): Record<keyof typeof drawTaskParams, number> {
  const { T, B, S, R } = sizes;
  const { history, delay, taps } = task;
  return {
    epoch,
    stream: streamIds[stream],
    T,
    B,
    BP: trainLayout(sizes).BP,
    S,
    R,
    real: task.real ? 1 : 0,
    history,
    delay,
    taps,
    scale: task.scale,
  };
}

const bindings = { params: "uniform", places: "read-only-storage", inputs: "storage", targets: "storage" } as const;

/** Inputs and targets of an epoch (shaders/draw_task.wgsl and the task's file). */
export function drawTask(shader: NonNullable<Task["shader"]>, shape: Shaped): KernelSpec<keyof typeof bindings> {
  return { name: "draw_task", code: taskWgsl(shader, shape), bindings };
}

/** Workgroups: sequences, those that steps are dealt to, networks. */
export function drawTaskGroups(sizes: TrainSizes, shape: Shaped, most = MOST_GROUPS): [number, number, number] {
  return [Math.ceil(trainLayout(sizes).BP / kernelShape(shape).workgroup), dealtGroups(sizes.T, most), sizes.M];
}
