/** The sizes that time can grow with. */
export const axes = ["hidden", "k", "steps", "networks", "batch"] as const;
export type Axis = (typeof axes)[number];
