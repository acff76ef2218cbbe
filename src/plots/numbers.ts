// Numbers as pictures and their captions write them.

/** With the typographic minus. */
export function minus(value: number): string {
  return String(value).replace("-", "−");
}

/** 10 to a whole power, like 10⁻⁷⁷. */
export function powerOfTen(power: number): string {
  return `10${[...String(power)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("")}`;
}

/** A positive number to one digit, like 5·10³. */
export function scientific(value: number): string {
  const power = Math.floor(Math.log10(value) + 1e-9);
  const digit = Math.round(value / 10 ** power);
  return digit === 1 ? powerOfTen(power) : `${digit}·${powerOfTen(power)}`;
}
