import { readFileSync } from "node:fs";
import { InputError } from "../errors";
import { checkFinite, type ModelFile, type ModelFileOptions, readModelFile, readValues, type Values } from "../files/model_file";
import { readNpy } from "../files/npy";
import { readSafetensors } from "../files/safetensors";

function readBytes(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: "there is no such file", EISDIR: "it is a folder", EACCES: "permission denied" };
    throw new InputError(`${what} ${path} cannot be read: ${reasons[code ?? ""] ?? code}`);
  }
}

/** @throws InputError */
export function readModel(path: string, options: ModelFileOptions): ModelFile {
  return readModelFile(readSafetensors(readBytes(path, "the model"), path), path, options);
}

/** Inputs of a .npy file, or `x` (else the only tensor) of a .safetensors file. @throws InputError */
export function readInput(path: string, notes: string[]): Values {
  const bytes = readBytes(path, "--input");
  if (/\.npy$/i.test(path)) {
    const array = readNpy(bytes, path);
    checkFinite(array.data, array.shape, path);
    return array;
  }
  if (!/\.safetensors$/i.test(path)) throw new InputError(`--input ${path}: its name must end in .npy or .safetensors`);
  const { tensors } = readSafetensors(bytes, path);
  const values = readValues(tensors, tensors.size === 1 ? [...tensors.keys()][0] : "x", path, notes);
  if (!values) throw new InputError(`--input ${path} has no tensor x: its tensors are ${[...tensors.keys()].join(", ") || "none"}`);
  return values;
}

/** `x` and `y` of a .safetensors file. @throws InputError */
export function readSequences(path: string, notes: string[]): { x: Values; y: Values } {
  const { tensors } = readSafetensors(readBytes(path, "--data"), path);
  const take = (name: string) => {
    const values = readValues(tensors, name, path, notes);
    if (!values) throw new InputError(`--data ${path} has no tensor ${name}: its tensors are ${[...tensors.keys()].join(", ") || "none"}`);
    return values;
  };
  return { x: take("x"), y: take("y") };
}
