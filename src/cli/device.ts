import { adapterName, isSoftware } from "../gpu/device";
import { requestNodeDevice } from "../node";
import type { IO } from "./io";
import { withoutNativeWarnings } from "./native_warnings";
import type { CommonOptions } from "./options";

/** The device that `--adapter` asks for, its name told on stderr. @throws InputError where there is none */
export async function openDevice({ adapter, quiet }: Pick<CommonOptions, "adapter" | "quiet">, io: IO): Promise<GPUDevice> {
  const device = await withoutNativeWarnings(() => requestNodeDevice(adapter ? { adapter } : {}));
  if (quiet) return device;
  io.stderr(`adapter: ${adapterName(device)}\n`);
  if (isSoftware(device)) io.stderr("warning: this adapter computes on the CPU; a GPU would be much faster\n");
  return device;
}
