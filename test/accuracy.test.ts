import { expect, it } from "vitest";
import { caseNames, trainCaseNames, verifyAccuracy } from "../src/verify/index";
import { testDevice } from "./helpers/device";

it("accuracy rule: at most PyTorch's float32 error on every case", async () => {
  const rows = await verifyAccuracy(await testDevice());
  for (const { case: name, kind, median, largest, pytorch } of rows)
    console.log(`${name} ${kind}: median ${median.toExponential(1)}, largest ${largest.toExponential(1)}, PyTorch ${pytorch.toExponential(1)}`);
  expect(rows).toHaveLength(2 * (caseNames.length + trainCaseNames.length));
  for (const { limit, passed, ...row } of rows) expect(passed, JSON.stringify({ limit, ...row })).toBe(true);
});
