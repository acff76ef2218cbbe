/** Workgroups in one dimension at most, below WebGPU's default limit of 65535. */
export const MOST_GROUPS = 32768;

/** Workgroups for so many items: one each, or as many as there may be, to which the kernel deals the items round. */
export function dealtGroups(items: number, most = MOST_GROUPS): number {
  return Math.max(1, Math.min(most, items));
}
