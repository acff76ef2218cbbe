import { requestNodeDevice } from "../../src/node";

let device: Promise<GPUDevice> | undefined;

/** One device for a test file. */
export function testDevice(): Promise<GPUDevice> {
  device ??= requestNodeDevice();
  return device;
}
