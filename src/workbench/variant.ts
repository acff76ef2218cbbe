import { InputError } from "../errors";
import type { BindingKind, KernelSpec } from "../gpu/kernel";
import { locate } from "../gpu/locate";

const BINDING = /^\s*@group\((\d+)\)\s*@binding\((\d+)\)\s*var<(\w+)(?:,\s*(\w+))?>\s*(\w+)\s*:/;

/**
 * The kernel with the code of another file in place of its own.
 * @throws InputError with `file:line` where entry, bindings or sizes are not those of the kernel in use, or the WGSL is wrong
 */
export async function variantSpec(device: GPUDevice, spec: KernelSpec, file: string, code: string): Promise<KernelSpec> {
  checkBindings(spec, file, code);
  checkMade(spec, file, code);
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: file, code });
  const { messages } = await module.getCompilationInfo();
  await device.popErrorScope();
  const [first] = messages.filter(({ type }) => type === "error");
  if (first) throw new InputError(`${place(file, code, first.lineNum)}: ${first.message.split("\n")[0]}`);
  if (!new RegExp(`\\bfn ${spec.name}\\s*\\(`).test(code)) throw new InputError(`${file} has no entry point ${spec.name}: keep the function's name`);
  return { ...spec, code };
}

/** `FILE:line`, and where that is in the shaders. */
function place(file: string, code: string, line: number): string {
  const origin = locate(code, line);
  return `${file}:${line}${origin.startsWith("line ") ? "" : ` (${origin})`}`;
}

function checkBindings(spec: KernelSpec, file: string, code: string): void {
  const wanted = Object.entries<BindingKind>(spec.bindings);
  const seen = new Set<number>();
  code.split("\n").forEach((text, i) => {
    const match = BINDING.exec(text);
    if (!match) return;
    const number = Number(match[2]);
    const kind = match[3] === "uniform" ? "uniform" : match[4] === "read_write" ? "storage" : "read-only-storage";
    const [name, right] = wanted[number] ?? [];
    seen.add(number);
    if (match[1] === "0" && name === match[5] && right === kind) return;
    const is = `binding ${number} is ${match[5]}, ${words(kind)}`;
    throw new InputError(`${place(file, code, i + 1)}: ${is}; in ${spec.name} it is ${name && right ? `${name}, ${words(right)}` : "none"}`);
  });
  const missing = wanted.find((_, number) => !seen.has(number));
  if (missing)
    throw new InputError(`${file} lacks ${spec.name}'s binding ${missing[0]} (${words(missing[1])}): dump the shader with --wgsl and edit that`);
}

function words(kind: BindingKind): string {
  return { uniform: "a uniform", storage: "storage that is written", "read-only-storage": "storage that is read" }[kind];
}

/** Files that src/shaders.ts writes for the sizes at hand. */
const MADE = ["sizes", "few"];

function checkMade(spec: KernelSpec, file: string, code: string): void {
  for (const name of MADE) {
    const wanted = constants(section(spec.code, name));
    const has = constants(section(code, name));
    const [key] = Object.keys({ ...wanted, ...has }).filter((each) => wanted[each] !== has[each]);
    if (key === undefined) continue;
    const are = `${key} = ${has[key] ?? "nothing"}, the sizes asked for need ${wanted[key] ?? "none"}`;
    throw new InputError(`${file} was made for other sizes (${are}): give the sizes that it was dumped with, or dump it again`);
  }
}

/** The constants that hold a size; tile sizes are free. */
function constants(text: string): Record<string, string> {
  const free = ["TILE_COLUMNS", "SHARED"];
  return Object.fromEntries(
    [...text.matchAll(/^const (\w+) = ([^;]+);/gm)].map((match) => [match[1], match[2]]).filter(([name]) => !free.includes(name)),
  );
}

function section(code: string, name: string): string {
  return new RegExp(`^//- ${name}\\.wgsl\\n([\\s\\S]*?)(?=^//- |$(?![\\s\\S]))`, "m").exec(code)?.[1] ?? "";
}
