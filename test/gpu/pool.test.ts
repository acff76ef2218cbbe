import { describe, expect, it } from "vitest";
import { createStorage, download } from "../../src/gpu/buffer";
import { restBy, resting } from "../../src/gpu/wait";
import { testDevice } from "../helpers/device";

const LARGE = 2 ** 15 + 5;

describe("storage that is given back", () => {
  it("serves the next of its size, and holds zeros", async () => {
    const device = await testDevice();
    const first = createStorage(device, "first", new Float32Array(LARGE).fill(7));
    first.destroy();
    const second = createStorage(device, "second", LARGE);
    expect(second.buffer).toBe(first.buffer);
    expect(second.buffer.label).toBe("second");
    const third = createStorage(device, "third", LARGE);
    expect(third.buffer).not.toBe(first.buffer);
    const [bytes] = await download(device, [{ source: second }]);
    expect(new Float32Array(bytes).every((value) => value === 0)).toBe(true);
    second.destroy();
    third.destroy();
    // Destroyed twice, a buffer still has one next owner.
    third.destroy();
    const owners = ["fourth", "fifth", "sixth"].map((label) => createStorage(device, label, LARGE));
    expect(new Set(owners.map(({ buffer }) => buffer)).size).toBe(3);
    for (const owner of owners) owner.destroy();
  });

  it("is kept up to 64 MiB, of small buffers not at all", async () => {
    const device = await testDevice();
    const small = createStorage(device, "small", 9);
    small.destroy();
    expect(createStorage(device, "small", 9).buffer).not.toBe(small.buffer);
    const many = Array.from({ length: 9 }, (_, i) => createStorage(device, "many", 2 ** 21 + 4 * i));
    for (const storage of many) storage.destroy();
    const again = many.map((_, i) => createStorage(device, "many", 2 ** 21 + 4 * i));
    expect(again.map(({ buffer }, i) => buffer === many[i].buffer)).toEqual([false, false, ...new Array(7).fill(true)]);
    for (const storage of again) storage.destroy();
  });
});

describe("waits", () => {
  it("rest while a promise of the device is pending, and hand on what it gives", async () => {
    const device = {} as GPUDevice;
    let rests = 0;
    const later = (value: number) => new Promise<number>((resolve) => setTimeout(() => resolve(value), 20));
    expect(await resting(device, later(3))).toBe(3);
    expect(rests).toBe(0);
    restBy(device, () => {
      rests++;
      return new Promise((resolve) => setImmediate(resolve));
    });
    expect(await resting(device, later(4))).toBe(4);
    expect(rests).toBeGreaterThan(1);
    await expect(resting(device, Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  });
});

describe("large writes", () => {
  it("arrive in queue order, from kept memory and from parts of arrays", async () => {
    const device = await testDevice();
    const length = 2 ** 18 + 8;
    const storage = createStorage(device, "written", length + 4);
    for (const round of [1, 2, 3]) {
      const data = Float32Array.from({ length: length + 1 }, (_, i) => round * (i % 1000));
      storage.write(data.subarray(1), 4);
      storage.write(Float32Array.of(-round), 9);
      const [bytes] = await download(device, [{ source: storage }]);
      const expected = new Float32Array(length + 4);
      expected.set(data.subarray(1), 4);
      expected[9] = -round;
      expect(new Float32Array(bytes).findIndex((value, i) => value !== expected[i])).toBe(-1);
    }
    storage.destroy();
  });
});
