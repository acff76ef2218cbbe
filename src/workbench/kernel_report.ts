import type { Ceiling } from "../bench/ceiling";
import { median } from "../bench/median";
import { walkSizesOf } from "../bench/rows";
import { trainingWork, workOf } from "../bench/work";
import type { Profile } from "../gpu/device";
import { stages } from "./index";
import type { Deviation } from "./numbers";
import { type Candidate, checkCandidate, createCandidate, differing, outputsOf, timeCandidates } from "./race";
import { type StageName, trainSizesOf } from "./specs";
import type { Stage, StageSizes } from "./stage";
import { variantSpec } from "./variant";

export interface KernelOptions {
  readonly rounds: number;
  /** Steps of the comparison with the twin; default: what takes it a few seconds. */
  readonly checkSteps?: number | undefined;
  readonly ceiling: Ceiling;
  /** Another file for the kernel. */
  readonly variant?: { readonly file: string; readonly code: string } | undefined;
  readonly onProgress?: (text: string) => void;
}

/** What one form of a kernel does. */
export interface FormReport {
  readonly ms: number;
  readonly ms_min: number;
  readonly compile_ms: number;
  /** 10⁹ operations per second; undefined where its work is not counted. */
  readonly gflops: number | undefined;
  readonly gbytes_per_second: number;
  /** Of what the adapter could do at best on this work: by operations where they are counted, or by bytes. */
  readonly share_of_ceiling: number;
  readonly deviations: readonly Deviation[];
  /** Whether every output is as near its twin as the kernel's test asks for. */
  readonly right: boolean;
}

export interface VariantReport extends FormReport {
  /** Median of the time in use over the variant's, round by round: above 1 the variant is faster. */
  readonly ratio: number;
  /** Rounds that the variant won, of all. */
  readonly won: number;
  readonly bitwise_equal: boolean;
  readonly differing_numbers: number;
  readonly verdict: "wrong" | "less accurate" | "faster" | "slower" | "no difference";
}

export interface KernelReport {
  readonly kernel: StageName;
  readonly profile: Profile;
  readonly dispatches: number;
  readonly timestamps: boolean;
  readonly rounds: number;
  /** Steps of the comparison with the twin, and what the twin took. */
  readonly check_steps: number;
  readonly twin_ms: number;
  readonly in_use: FormReport;
  readonly variant: VariantReport | undefined;
}

/** Operations that the twins, plain loops, do in a few seconds. */
const TWIN_FLOPS = 2e9;
/** Enough for every kind of block and chunk of 16 steps. */
const CHECK_STEPS = 37;

/** Steps that the twin's plain loops do in a few seconds. */
export function checkStepsFor(name: StageName, given: StageSizes): number {
  if (!/^(walk_|step_|weight_|train_[fag])/.test(name)) return Math.min(given.steps, CHECK_STEPS);
  const { walk_forward, walk_adjoint, weight_gradient } = workOf(walkSizesOf(given), 1);
  const walk = [walk_forward, walk_adjoint, weight_gradient];
  const train = Object.values(trainingWork(trainSizesOf(given)));
  const flops = (name.startsWith("train") ? train : walk).reduce((sum, work) => sum + (work?.flops ?? 0), 0) / given.steps;
  return Math.min(given.steps, Math.max(2, Math.min(CHECK_STEPS, Math.floor(TWIN_FLOPS / flops))));
}

/**
 * Runs one kernel alone: compares it with its float64 twin, times it, and races a variant against it.
 * @throws InputError where the variant is no such kernel
 */
export async function benchKernel(device: GPUDevice, name: StageName, given: StageSizes, options: KernelOptions): Promise<KernelReport> {
  const { rounds, ceiling, variant, onProgress = () => {} } = options;
  const checkSteps = options.checkSteps ?? checkStepsFor(name, given);
  onProgress(`preparing ${name}`);
  const stage = await stages[name](device, given);
  const small = checkSteps === given.steps ? stage : await stages[name](device, { ...given, steps: checkSteps });
  try {
    const spec = variant && (await variantSpec(device, stage.spec, variant.file, variant.code));
    onProgress(`compiling ${name}`);
    const forms = [await createCandidate(device, stage, stage.spec), ...(spec ? [await createCandidate(device, stage, spec)] : [])];
    onProgress(`float64 twin of ${checkSteps} steps`);
    const checks: Awaited<ReturnType<typeof checkCandidate>>[] = [];
    for (const form of forms) checks.push(await checkCandidate(device, small, form));
    const same = spec && (await comparison(device, stage, forms));
    const { times, timestamps } = await timeCandidates(device, stage, forms, rounds, (round) => onProgress(`round ${round + 1} of ${rounds}`));
    const [own, other] = forms.map((form, i) => formOf(stage, form, times[i], checks[i].deviations, ceiling));
    const result = { kernel: name, profile: stage.profile, dispatches: stage.steps.length, timestamps, rounds };
    const twin = { check_steps: checkSteps, twin_ms: checks[0].twinMs };
    return { ...result, ...twin, in_use: own, variant: other && same && { ...other, ...same, ...judge(own, other, times) } };
  } finally {
    if (small !== stage) small.destroy();
    stage.destroy();
  }
}

/** Whether the two give the same bits at the full size, where no twin is needed. */
async function comparison(device: GPUDevice, stage: Stage, [own, other]: readonly Candidate[]) {
  const a = await outputsOf(device, stage, own);
  const { different } = differing(a, await outputsOf(device, stage, other));
  return { bitwise_equal: different === 0, differing_numbers: different };
}

function formOf(stage: Stage, { compileMs }: Candidate, times: readonly number[], all: readonly Deviation[], ceiling: Ceiling): FormReport {
  const ms = median(times);
  const { flops, bytes } = stage.work;
  const gbytes = bytes / ms / 1e6;
  // What the adapter allows: its product rate, or less where memory is the limit.
  const attainable = flops > 0 ? Math.max(flops / ceiling.gflops, bytes / ceiling.gbytes) : bytes / ceiling.gbytes;
  return {
    ...{ ms, ms_min: Math.min(...times), compile_ms: compileMs, gbytes_per_second: gbytes, deviations: all },
    gflops: flops > 0 ? flops / ms / 1e6 : undefined,
    share_of_ceiling: attainable / 1e6 / ms,
    right: all.every(({ error }) => error <= stage.tolerance),
  };
}

/** How much further from the twin than the kernel in use a variant may be: other orders of a sum round differently. */
const FURTHER = 3;
const FLOOR = 2e-7;
/** Share of the rounds that the faster one wins, where the difference is more than chance. */
const CLEAR = 0.8;

function judge(own: FormReport, other: FormReport, [ours, theirs]: readonly number[][]): Pick<VariantReport, "ratio" | "won" | "verdict"> {
  const ratio = median(ours.map((ms, i) => ms / theirs[i]));
  const won = ours.filter((ms, i) => theirs[i] < ms).length;
  const further = other.deviations.some(({ error }, i) => error > FURTHER * own.deviations[i].error + FLOOR);
  const share = won / ours.length;
  const pace = share >= CLEAR ? "faster" : share <= 1 - CLEAR ? "slower" : "no difference";
  return { ratio, won, verdict: !other.right ? "wrong" : further ? "less accurate" : pace };
}
