import type { Engine } from "../../src/engine";
import * as engines from "../../src/workbench/engine";
import { testDevice } from "./device";
import type { Problem } from "./problem";

export { exact, floats, run, type WalkOptions } from "../../src/workbench/engine";

/** An engine on the tests' device with one network a problem. The caller destroys it. */
export async function loadedEngine(problems: readonly Problem[], options: engines.WalkOptions): Promise<Engine> {
  return engines.loadedEngine(await testDevice(), problems, options);
}
