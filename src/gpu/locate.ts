/** The file and line, as an author sees them, of `line` (1-based) of a module joined by `src/shaders.ts`. */
export function locate(code: string, line: number): string {
  const above = code.split("\n").slice(0, line);
  const start = above.findLastIndex((text) => text.startsWith("//- "));
  return start < 0 ? `line ${line}` : `${above[start].slice(4)}:${line - start - 1}`;
}
