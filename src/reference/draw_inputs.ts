/** The inputs of an epoch in float64, rounded: what the kernel draws is what the host draws, by the same counters. */
export { drawInputs } from "../initialise";
