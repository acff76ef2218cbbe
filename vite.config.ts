import { defineConfig } from "vitest/config";

/** What is not bundled: native packages, loaded when needed. */
const external = ["webgpu", "@resvg/resvg-js", "gmp-wasm"];

export default defineConfig({
  build: {
    ssr: true,
    target: "node20",
    minify: false,
    rolldownOptions: {
      input: {
        index: "src/index.ts",
        node: "src/node.ts",
        reference: "src/reference/index.ts",
        verify: "src/verify/index.ts",
        cli: "src/cli/bin.ts",
      },
      output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name].js" },
    },
  },
  ssr: { noExternal: true, external },
  test: { include: ["test/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false },
});
