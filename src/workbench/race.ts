import { InputError } from "../errors";
import { createKernel, type KernelSpec } from "../gpu/kernel";
import { createPlan, type Plan, type Step } from "../gpu/plan";
import { createTimer } from "../gpu/timing";
import { resting, Waiter } from "../gpu/wait";
import { type Deviation, deviations } from "./numbers";
import { readAll, type Stage } from "./stage";

/** A form of a kernel on a stage. */
export interface Candidate {
  readonly kernel: Step["kernel"];
  /** Milliseconds until the first dispatch has run, less what a dispatch takes; the driver may have kept the code from before. */
  readonly compileMs: number;
}

/** The stage's dispatches, made by a form of its kernel. */
function planOf(device: GPUDevice, steps: readonly Step[], kernel: Step["kernel"]): Plan {
  return createPlan(
    device,
    kernel.name,
    steps.map((step) => (step.kernel.name === kernel.name ? { ...step, kernel } : step)),
  );
}

/** Compiles a kernel, even where it is compiled already, and runs it once. */
export async function createCandidate(device: GPUDevice, stage: Stage, spec: KernelSpec): Promise<Candidate> {
  const start = performance.now();
  // A comment of its own keeps it out of every cache that goes by text.
  const { name, pipeline } = await createKernel(device, { ...spec, code: `${spec.code}\n// ${start}` });
  const kernel = { name, pipeline };
  const plan = planOf(device, stage.steps, kernel);
  await runOnce(device, plan);
  const compiled = performance.now();
  await runOnce(device, plan);
  return { kernel, compileMs: Math.max(0, compiled - start - (performance.now() - compiled)) };
}

async function runOnce(device: GPUDevice, plan: Plan): Promise<void> {
  const encoder = device.createCommandEncoder({ label: "workbench" });
  device.pushErrorScope("validation");
  plan.encode(encoder);
  device.queue.submit([encoder.finish()]);
  const failure = await device.popErrorScope();
  if (failure) throw new InputError(`the kernel does not fit its buffers: ${failure.message.split("\n")[0]}`);
  await resting(device, device.queue.onSubmittedWorkDone());
}

/** All that a form of the kernel writes. */
export async function outputsOf(device: GPUDevice, stage: Stage, { kernel }: Candidate): Promise<Record<string, Float32Array>> {
  stage.reset();
  await runOnce(device, planOf(device, stage.around ?? stage.steps, kernel));
  return readAll(device, stage.outputs);
}

/** What a form writes beside its float64 twin, and how long the twin took. */
export async function checkCandidate(
  device: GPUDevice,
  stage: Stage,
  candidate: Candidate,
): Promise<{ outputs: Record<string, Float32Array>; deviations: Deviation[]; twinMs: number }> {
  const outputs = await outputsOf(device, stage, candidate);
  const start = performance.now();
  const pairs = stage.compare(outputs);
  return { outputs, deviations: deviations(pairs), twinMs: performance.now() - start };
}

/** Numbers that are not bit by bit the same, of how many. */
export function differing(a: Readonly<Record<string, Float32Array>>, b: Readonly<Record<string, Float32Array>>): { different: number; of: number } {
  let [different, of] = [0, 0];
  for (const [name, values] of Object.entries(a)) {
    const [left, right] = [values, b[name]].map((each) => new Uint32Array(each.buffer, each.byteOffset, each.length));
    of += left.length;
    for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) different++;
  }
  return { different, of };
}

/** Milliseconds that a round should take at least: timestamps and waiting are coarse. */
const ROUND_MS = 30;
const MOST_PASSES = 1024;

/** Milliseconds of all dispatches of each candidate, round by round, one candidate after the other within a round. */
export async function timeCandidates(
  device: GPUDevice,
  stage: Stage,
  candidates: readonly Candidate[],
  rounds: number,
  onRound?: (round: number) => void,
): Promise<{ readonly times: number[][]; readonly timestamps: boolean }> {
  const passes = stage.steps.length;
  const plans = candidates.map(({ kernel }) => planOf(device, stage.steps, kernel));
  const timer = createTimer(device, Math.max(MOST_PASSES, passes));
  const waiter = new Waiter(device);
  const time = async (plan: Plan, repeat: number): Promise<number> => {
    const encoder = device.createCommandEncoder({ label: "workbench" });
    for (let i = 0; i < repeat; i++) plan.encode(encoder, { timer });
    device.queue.submit([encoder.finish()]);
    const wall = await waiter.done(repeat);
    const told = timer && (await timer.read());
    return (told ? Object.values(told).reduce((sum, { ms }) => sum + ms, 0) : wall) / repeat;
  };
  try {
    const once = await time(plans[0], 1);
    const repeat = Math.max(1, Math.min(Math.floor(MOST_PASSES / passes), Math.ceil(ROUND_MS / Math.max(once, 0.01))));
    const times = candidates.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      onRound?.(round);
      // Who goes first changes from round to round.
      const order = candidates.map((_, i) => (i + round) % candidates.length);
      for (const i of order) times[i].push(await time(plans[i], repeat));
    }
    return { times, timestamps: timer !== undefined };
  } finally {
    timer?.destroy();
  }
}
