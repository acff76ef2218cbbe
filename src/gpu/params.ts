/** Uniform slots of one `Params` struct of 4-byte scalars: what changes between dispatches. */
export interface ParamsBuffer<Field extends string> {
  readonly buffer: GPUBuffer;
  /** Bytes of the struct, what a binding covers. */
  readonly size: number;
  readonly slots: number;
  /** Dynamic offset of a slot, in bytes. */
  offset(slot: number): number;
  /** Sets a slot; `flush` sends all slots. */
  write(slot: number, values: Readonly<Record<Field, number>>): void;
  flush(): void;
  destroy(): void;
}

/** `fields` in the shader's order. */
export function createParams<Field extends string>(
  device: GPUDevice,
  label: string,
  fields: Readonly<Record<Field, "u32" | "f32">>,
  slots: number,
): ParamsBuffer<Field> {
  const stride = device.limits.minUniformBufferOffsetAlignment;
  const names = Object.keys(fields) as Field[];
  const size = Math.ceil(names.length / 4) * 16;
  if (size > stride) throw new Error(`${label}: a Params struct of ${size} bytes does not fit a slot of ${stride}`);
  const data = new DataView(new ArrayBuffer(stride * slots));
  const buffer = device.createBuffer({ label, size: stride * slots, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  return {
    buffer,
    ...{ size, slots },
    offset: (slot) => slot * stride,
    write(slot, values) {
      names.forEach((name, i) => {
        if (fields[name] === "u32") data.setUint32(slot * stride + 4 * i, values[name], true);
        else data.setFloat32(slot * stride + 4 * i, values[name], true);
      });
    },
    flush: () => device.queue.writeBuffer(buffer, 0, data.buffer),
    destroy: () => buffer.destroy(),
  };
}
