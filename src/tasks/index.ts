import { InputError } from "../errors";
import { adding } from "./adding";
import { copy, xor, xorSpatial, xorTree } from "./delayed";
import type { Task, TaskOptions } from "./task";

export type { Task, TaskOptions } from "./task";

/** Every task that is drawn. */
const tasks: Readonly<Record<string, (options: TaskOptions) => Task>> = {
  copy: (options) => copy(options),
  "copy-real": (options) => copy(options, true),
  xor: (options) => xor(options),
  "xor-real": (options) => xor(options, true),
  "xor-tree": xorTree,
  "xor-spatial": xorSpatial,
  adding,
};

export const taskNames: readonly string[] = Object.keys(tasks);

/** @throws InputError where there is no such task, or its numbers make no sense */
export function createTask(name: string, options: TaskOptions): Task {
  const make = tasks[name];
  if (!make) throw new InputError(`there is no task '${name}': choose ${taskNames.join(", ")} or file`);
  return make(options);
}
