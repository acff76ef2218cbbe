import type { Engine } from "../../src/engine";
import { createKernel, type KernelSpec } from "../../src/gpu/kernel";
import { createPlan, type Plan } from "../../src/gpu/plan";
import * as engines from "../../src/workbench/engine";
import { testDevice } from "./device";
import type { Problem } from "./problem";

export { exact, floats, run, type WalkOptions } from "../../src/workbench/engine";

/** An engine on the tests' device with one network a problem. The caller destroys it. */
export async function loadedEngine(problems: readonly Problem[], options: engines.WalkOptions): Promise<Engine> {
  return engines.loadedEngine(await testDevice(), problems, options);
}

/** A plan whose dispatches of one kernel have so many workgroups in x, and are made by this form of it. */
export async function withGroups(plan: Plan, spec: KernelSpec, x: number): Promise<Plan> {
  const device = await testDevice();
  const kernel = await createKernel(device, spec);
  const steps = plan.steps.map((step) => {
    if ("copies" in step || step.kernel.name !== spec.name) return step;
    const [most, y = 1, z = 1] = step.workgroups;
    if (most <= x) throw new Error(`${spec.name} has ${most} workgroups: ${x} are no fewer`);
    return { ...step, kernel, workgroups: [x, y, z] as const };
  });
  return createPlan(device, plan.label, steps);
}
